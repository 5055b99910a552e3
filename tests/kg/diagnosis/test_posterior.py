"""The network's arithmetic: against every world counted one by one, and against another engine."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.diagnosis.estimating import Count, estimate
from kg.diagnosis.inference import Network, Variable, collect, noisy_or, soften
from kg.diagnosis.inference import infer as infer_elsewhere
from kg.diagnosis.posterior import (
    ABSENT,
    MAX_GROUP,
    PRESENT,
    CauseNet,
    Likelihood,
    Link,
    groups_of,
    infer,
    keep_tractable,
    soft,
)
from kg.model.errors import BadInput

_SHARE = st.floats(0.01, 0.95)


@st.composite
def problems(
    draw: st.DrawFn,
) -> tuple[CauseNet, dict[int, Likelihood], dict[int, tuple[float, float]]]:
    """A small network of any shape with evidence of every kind."""
    causes, findings = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    pairs = st.tuples(st.integers(0, causes - 1), st.integers(0, causes - 1), _SHARE)
    links, _ = keep_tractable(
        causes, [Link(a, b, w) for a, b, w in draw(st.lists(pairs, max_size=5)) if a != b]
    )
    net = CauseNet(
        priors=np.array(draw(st.lists(_SHARE, min_size=causes, max_size=causes))),
        links=tuple(links),
        strengths=np.array(
            draw(st.lists(st.lists(st.one_of(st.just(0.0), _SHARE), min_size=causes,
                                   max_size=causes), min_size=findings, max_size=findings))
        ),
        leaks=np.array(draw(st.lists(_SHARE, min_size=findings, max_size=findings))),
    )  # fmt: skip
    said = st.one_of(st.just(PRESENT), st.just(ABSENT), st.builds(soft, _SHARE, _SHARE), st.none())
    known = {f: given for f in range(findings) if (given := draw(said)) is not None}
    looked = {
        c: given
        for c in range(causes)
        if (given := draw(st.one_of(st.none(), st.none(), st.tuples(_SHARE, _SHARE)))) is not None
    }
    return net, known, looked


def count_worlds(
    net: CauseNet, findings: dict[int, Likelihood], looked: dict[int, tuple[float, float]]
) -> tuple[list[float], float, float]:
    """Every state of the causes, one by one: posteriors, that none is there, the evidence."""
    size = len(net.priors)
    total = none = 0.0
    present = [0.0] * size
    for world in product((0, 1), repeat=size):
        chance = 1.0
        for cause in range(size):
            away = 1 - net.priors[cause]
            for link in net.links:
                if link.effect == cause and world[link.cause]:
                    away *= 1 - link.strength
            chance *= 1 - away if world[cause] else away
            if_present, if_absent = looked.get(cause, (1.0, 1.0))
            chance *= if_present if world[cause] else if_absent
        for finding, said in findings.items():
            away = 1 - net.leaks[finding]
            for cause in range(size):
                if world[cause]:
                    away *= 1 - net.strengths[finding][cause]
            chance *= said.a + said.b * away
        total += chance
        none += chance * (not any(world))
        for cause in range(size):
            present[cause] += chance * world[cause]
    return [p / total for p in present], none / total, total


@settings(max_examples=60)
@given(problems())
def test_infer_counts_every_world(
    problem: tuple[CauseNet, dict[int, Likelihood], dict[int, tuple[float, float]]],
) -> None:
    found = infer(*problem)
    causes, none, evidence = count_worlds(*problem)
    assert found.causes == pytest.approx(causes, abs=1e-8)
    assert found.none == pytest.approx(none, abs=1e-8)
    assert found.evidence == pytest.approx(evidence, rel=1e-7)


@settings(max_examples=15)
@given(problems())
def test_infer_agrees_with_the_junction_tree(
    problem: tuple[CauseNet, dict[int, Likelihood], dict[int, tuple[float, float]]],
) -> None:
    net, findings, looked = problem
    variables = []
    for cause, prior in enumerate(net.priors):
        behind = [link for link in net.links if link.effect == cause]
        variables.append(
            Variable(
                f"c{cause}",
                parents=tuple(dict.fromkeys(f"c{link.cause}" for link in behind)),
                distribution=noisy_or(
                    prior,
                    [
                        1 - float(np.prod([1 - b.strength for b in behind if b.cause == parent]))
                        for parent in dict.fromkeys(link.cause for link in behind)
                    ],
                ),
                role="cause",
            )
        )
    for finding, leak in enumerate(net.leaks):
        parents = tuple(f"c{c}" for c in range(len(net.priors)))
        variables.append(
            Variable(f"f{finding}", parents=parents,
                     distribution=noisy_or(leak, list(net.strengths[finding])))
        )  # fmt: skip
    other = Network(variables)
    seen = [soften(other, f"f{f}", (s.a + s.b, s.a)) for f, s in findings.items()]
    seen += [soften(other, f"c{c}", (absent, there)) for c, (there, absent) in looked.items()]
    expected = infer_elsewhere(other, collect(other, *seen))
    found = infer(net, findings, looked).causes
    for cause in range(len(net.priors)):
        assert found[cause] == pytest.approx(expected.by_variable[f"c{cause}"][1], abs=1e-8)


def test_infer_of_many_causes_is_exact_at_once() -> None:
    rng = np.random.default_rng(3)
    net = CauseNet(
        rng.uniform(1e-4, 1e-2, 2_000), (), rng.uniform(0, 1, (6, 2_000)) ** 8, np.full(6, 1e-3)
    )
    found = infer(net, dict.fromkeys(range(6), PRESENT))
    assert found.causes.sum() + found.none > 0.99
    assert found.causes.max() <= 1


def test_infer_refuses_what_cannot_be() -> None:
    net = CauseNet(np.array([0.1]), (), np.array([[0.9]]), np.array([0.0]))
    with pytest.raises(BadInput, match="contradicts itself"):
        infer(net, {0: PRESENT}, {0: (0.0, 1.0)})
    many = CauseNet(np.array([0.1]), (), np.full((20, 1), 0.5), np.full(20, 0.1))
    with pytest.raises(BadInput, match="20 observations at once"):
        infer(many, dict.fromkeys(range(20), PRESENT))


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14), _SHARE), max_size=40))
def test_keep_tractable_leaves_no_cycle_and_no_large_group(
    pairs: list[tuple[int, int, float]],
) -> None:
    links = [Link(*pair) for pair in pairs]
    kept, dropped = keep_tractable(15, links)
    assert len(kept) + len(dropped) == len(links)
    reach = np.eye(15, dtype=bool)
    for link in kept:
        reach[link.cause, link.effect] = True
    for _ in range(15):
        reach = reach | (reach.astype(int) @ reach.astype(int) > 0)
    assert not any(reach[link.effect, link.cause] for link in kept)
    assert all(len(group) <= MAX_GROUP for group in groups_of(15, kept))


@given(
    st.floats(0, 1),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(0, 5)), max_size=4),
)
def test_estimate_is_the_sum_of_its_terms_and_never_trusts_few_records(
    begun: float, counted: list[tuple[int, int, float]]
) -> None:
    counts = [Count(f"l{i}", h, h + more, min(ind, h)) for i, (h, more, ind) in enumerate(counted)]
    found = estimate(begun, counts, 8.0)
    assert sum(found.terms.values()) == pytest.approx(found.value)
    assert found.steps[-1][1] == pytest.approx(found.value)
    by_hand = begun
    for count in counts:
        by_hand = (count.hits + 8 * by_hand) / (count.trials + 8) if count.trials else by_hand
    assert found.value == pytest.approx(by_hand)
    once = estimate(0.1, [Count("asset", 1, 1)], 8.0).value
    assert once < 0.25 < estimate(0.1, [Count("asset", 40, 40)], 8.0).value
