"""Inference agrees with counting every configuration, and names contradictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.diagnosis.inference import (
    Network,
    Table,
    Variable,
    collect,
    exclude,
    infer,
    leave_unknown,
    noisy_or,
    observe,
)
from kg.model import BadInput
from tests.kg.diagnosis.inference.networks import (
    count_everything,
    random_network,
    random_observations,
)

seeds = st.integers(0, 10_000)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, count=st.integers(0, 4))
def test_infer_agrees_with_counting(seed: int, count: int) -> None:
    network = random_network(seed)
    seen = random_observations(network, seed + 1, count)
    expected, log_evidence = count_everything(network, seen)
    found = infer(network, seen, targets=list(network))
    if not expected:
        assert not found.possible
        return
    assert found.exact
    assert found.log_evidence == pytest.approx(log_evidence, abs=1e-9)
    for name in network:
        assert found.by_variable[name] == pytest.approx(expected[name], abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_conflict_is_a_smallest_impossible_set(seed: int) -> None:
    network = random_network(seed, noisy=0.0)
    seen = random_observations(network, seed + 1, 5)
    found = infer(network, seen)
    if found.possible:
        return
    conflict = {name: seen[name] for name in found.conflict}
    assert not count_everything(network, conflict)[0]
    for name in conflict:
        rest = {k: o for k, o in conflict.items() if k != name}
        assert count_everything(network, rest)[0]


def _wide(parents: int) -> Network:
    causes = [Variable(f"c{i}", distribution=Table(np.array([0.9, 0.1]))) for i in range(parents)]
    effect = noisy_or(0.01, [0.3 + 0.5 * i / parents for i in range(parents)])
    return Network(
        [*causes, Variable("f", parents=tuple(c.name for c in causes), distribution=effect)]
    )


def test_a_wide_noisy_or_equals_its_full_table() -> None:
    wide = _wide(11)
    whole = wide["f"].distribution.table()  # type: ignore[union-attr]
    full = wide.changed({"f": Variable("f", parents=wide["f"].parents, distribution=Table(whole))})
    for state in ("absent", "present"):
        a = infer(wide, collect(wide, observe(wide, "f", state)))
        b = infer(full, collect(full, observe(full, "f", state)))
        assert a.log_evidence == pytest.approx(b.log_evidence)
        for name in wide.causes:
            assert a.by_variable[name] == pytest.approx(b.by_variable[name])


def test_unknown_changes_nothing_and_against_is_the_other_state() -> None:
    wide = _wide(5)
    prior = infer(wide, {})
    assert infer(wide, collect(wide, leave_unknown(wide, "f"))).of("c1") == prior.of("c1")
    against = infer(wide, collect(wide, exclude(wide, "f", "absent")))
    seen = infer(wide, collect(wide, observe(wide, "f", "present")))
    assert against.of("c2")["present"] == pytest.approx(seen.of("c2")["present"])


def test_two_readings_that_exclude_each_other_are_a_conflict() -> None:
    wide = _wide(3)
    both = collect(wide, observe(wide, "f", "present"), observe(wide, "f", "absent"))
    assert infer(wide, both).conflict == ("f",)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ([Variable("a", parents=("b",))], "'b'"),
        ([Variable("a", distribution=Table(np.array([1.2, -0.2])))], "within 0 and 1"),
        ([Variable("a", distribution=Table(np.array([0.5, 0.4])))], "sums to 0.9"),
        ([Variable("a", distribution=Table(np.array([np.nan, 1.0])))], "within 0 and 1"),
        ([Variable("a"), Variable("a")], "twice"),
        ([Variable("a", observe_cost=-1.0)], "cost"),
        (
            [
                Variable("a", parents=("b",), distribution=noisy_or(0.1, [0.5])),
                Variable("b", parents=("a",), distribution=noisy_or(0.1, [0.5])),
            ],
            "circle",
        ),
    ],
)
def test_bad_networks_are_one_sentence(variables: list[Variable], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Network(variables)
