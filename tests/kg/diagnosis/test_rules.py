"""Learnt rules: what was planted is found, what was not is not, and review decides."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kg.diagnosis.rules import Rules, learn_rules, write_rules
from kg.diagnosis.rules.mining import Condition, _simplified, lift_bounds
from kg.diagnosis.rules.table import Feature
from kg.model.claims import Run
from kg.model.graph import Status, View
from kg.model.keys import StatementKey
from kg.store.protocol import Store
from tests.kg.plants import Facts, at, schema, work_order

PLANTED = StatementKey("cause:coil burnt", "affects", "component:Valve")


def plant(*, planted: bool = True, orders: int = 240, seed: int = 2) -> Facts:
    """Six assets of two classes; on presses a valve that is involved is mostly a burnt coil."""
    rng = np.random.default_rng(seed)
    f = Facts()
    for n in range(6):
        cls = "class:HydraulicPress" if n % 2 else "class:Compressor"
        f.node(f"asset:M{n}", "Asset", f"M{n}").say(f"asset:M{n}", "ofClass", cls)
    f.node("cause:coil burnt", "FailureCause", "Coil burnt")
    for i in range(orders):
        n = int(rng.integers(6))
        component = ("component:Valve", "component:Pump", "component:Seal")[int(rng.integers(3))]
        cause = f"cause:{'abcde'[int(rng.integers(5))]}"
        if planted and n % 2 and component == "component:Valve" and rng.random() < 0.8:
            cause = "cause:coil burnt"
        day = (date(2024, 1, 1) + timedelta(days=2 * i)).isoformat()
        work_order(f, f"{i}", f"asset:M{n}", day, observed=("symptom:Noise",),
                   causes=(cause,), involves=(component,))  # fmt: skip
    return f


def learnt(store: Store, runs: int = 2) -> Rules:
    return learn_rules(store, schema(), runs=runs)


def test_rules_find_what_was_planted(sqlite_store: Store) -> None:
    found = learnt(plant().load(sqlite_store))
    assert found.records == 240
    rule = next(r for r in found.rules if r.cause.key == "cause:coil burnt")
    assert rule.share > 0.6
    assert rule.lift_low > 2
    assert rule.corrected < 0.001
    assert rule.assets == 3
    assert rule.statement in (PLANTED, PLANTED._replace(object="class:HydraulicPress"))
    assert "valve is involved" in rule.sentence.en
    assert "涉及阀" in rule.sentence.zh
    assert f"{rule.hits} of {rule.covered} failures had the cause Coil burnt" in rule.sentence.en
    assert {r.cause.key for r in found.rules} == {"cause:coil burnt"}
    assert found.chance is not None
    assert found.chance.mean <= 0.5
    assert learnt(sqlite_store) == found  # the same seed, the same rules


def test_rules_find_nothing_where_there_is_nothing(sqlite_store: Store) -> None:
    found = learnt(plant(planted=False).load(sqlite_store), runs=0)
    assert found.rules == ()
    assert found.measured > 0
    assert "0 of them stand" in found.notes[0].en


def test_rules_say_how_many_records_they_take(sqlite_store: Store) -> None:
    found = learnt(plant(orders=40).load(sqlite_store))
    assert (found.rules, found.chance, found.measured) == ((), None, 0)
    assert "40 failures" in found.notes[0].en
    assert "60" in found.notes[0].zh


def test_rules_go_to_review_and_come_back_out(sqlite_store: Store) -> None:
    plant().load(sqlite_store)
    found = learnt(sqlite_store, runs=0)
    run = Run("run-rules", at("2026-01-01"))
    proposed = {r.statement for r in found.rules} - {None}
    dry = write_rules(sqlite_store, found.rules, run, dry_run=True)
    assert dry.statements_added == len(proposed) >= 1
    assert dry.evidence_added == len(proposed)
    write_rules(sqlite_store, found.rules, run)
    waiting = View(statuses=frozenset({Status.SUGGESTED}))
    key = next(r.statement for r in found.rules if r.statement is not None)
    stored = sqlite_store.get_statements([key], waiting)[key]
    assert stored.confidence < max(r.share for r in found.rules)  # the lower bound
    assert all(
        r.statement is None for r in learnt(sqlite_store, runs=0).rules if len(r.conditions) == 1
    )
    sqlite_store.remove_run("run-rules")
    assert sqlite_store.get_statements([key], waiting) == {}


def test_a_rule_that_the_graph_states_already_is_known(sqlite_store: Store) -> None:
    f = plant()
    f.say("cause:coil burnt", "affects", "component:Valve")
    f.say("cause:coil burnt", "affects", "class:HydraulicPress")
    found = learnt(f.load(sqlite_store), runs=0)
    assert found.rules
    assert all(r.is_known and r.statement is None for r in found.rules)


def test_lift_bounds_hold_the_true_lift() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        a, c = int(rng.binomial(40, 0.5)), int(rng.binomial(160, 0.1))
        lift, low, high = lift_bounds(a, 40, c, 160)
        assert low <= lift <= high
        held += low <= 0.5 / (0.2 * 0.5 + 0.8 * 0.1) <= high
    assert held >= 180  # of 200, at 19 of 20
    for a, inside, c, outside in ((5, 5, 0, 95), (5, 6, 0, 95), (5, 5, 3, 95), (0, 5, 3, 95)):
        lift, low, high = lift_bounds(a, inside, c, outside)
        assert low <= lift <= high
    empty = lift_bounds(5, 5, 0, 95)
    assert empty[0] == pytest.approx(20)
    assert empty[1] > 1


def test_conditions_without_which_a_rule_does_as_well_are_dropped() -> None:
    features = (Feature("component", "component:a"), Feature("sign", "symptom:b"))
    values = np.array([[1, 1], [1, 0], [0, 1], [0, 0]] * 5, dtype=float)
    has = values[:, 0] > 0
    rule = (Condition(features[0], "is"), Condition(features[1], "not"))
    assert _simplified(values, has, features, rule) == (Condition(features[0], "is"),)
