"""Reliability figures: right where there is much, honest where there is little."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

import numpy as np
import pytest

from kg.diagnosis.charts import draw_pareto, draw_weibull
from kg.diagnosis.lifetimes import fit_weibull, mean_between
from kg.diagnosis.reliability import measure_reliability
from kg.model.errors import BadInput, NotFound
from kg.store.protocol import Store
from tests.kg.plants import Facts, at, schema, work_order


def plant() -> Facts:
    """Three presses; M0 fails four times as often as the others, by its pump."""
    f = Facts()
    for n, days in enumerate((10, 40, 40)):
        f.node(f"asset:M{n}", "Asset", f"Press {n}").say(f"asset:M{n}", "ofClass", "class:Press")
        for i in range(400 // days):
            day = (date(2025, 1, 1) + timedelta(days=i * days)).isoformat()
            order = work_order(
                f, f"{n}-{i}", f"asset:M{n}", day,
                observed=("mode:Leakage",) if i % 2 else ("mode:Overheating",),
                causes=("cause:pump worn",) if n == 0 and i % 4 else ("cause:other",),
            )  # fmt: skip
            f.node(order, "WorkOrder", downtimeHours=float(1 + i % 3), workOrderType="Corrective")
        order = work_order(f, f"{n}-pm", f"asset:M{n}", "2025-03-03")
        f.node(order, "WorkOrder", workOrderType="Preventive")
        work_order(f, f"{n}-again", f"asset:M{n}", "2025-01-01", observed=("mode:Leakage",))
    return f


def test_reliability_of_an_asset(any_store: Store) -> None:
    plant().load(any_store)
    found = measure_reliability(any_store, schema(), "M0")
    assert found.between.failures == 40  # neither the service nor the second order counts
    assert found.between.observed_days == pytest.approx(390)
    assert found.between.mean_days == pytest.approx(390 / 40, abs=1e-3)
    assert found.repair is not None
    assert found.repair.mean_hours == pytest.approx(79 / 40, abs=1e-3)
    assert found.weibull is not None
    assert found.weibull.shape_low < found.weibull.shape < found.weibull.shape_high
    assert {m.named.key: m.failures for m in found.modes} == {
        "mode:Leakage": 20, "mode:Overheating": 20,
    }  # fmt: skip
    assert found.modes[-1].cumulative == 1
    assert any("planned work" in n.en for n in found.notes)


def test_reliability_of_a_class_names_the_bad_actor(any_store: Store) -> None:
    plant().load(any_store)
    found = measure_reliability(any_store, schema(), "class:Press")
    assert found.assets == 3
    assert [(a.named.key, a.is_bad) for a in found.actors] == [
        ("asset:M0", True), ("asset:M1", False), ("asset:M2", False),
    ]  # fmt: skip
    assert found.actors[0].expected < found.actors[0].failures / 2
    worn = measure_reliability(any_store, schema(), "class:Press", cause="cause:pump worn")
    assert worn.between.failures == 30
    early = measure_reliability(any_store, schema(), "M0", until=at("2025-02-01"))
    assert early.between.failures == 4


def test_reliability_of_the_whole_plant_and_of_a_place(sqlite_store: Store) -> None:
    plant().say("asset:M1", "locatedIn", "line:L1").load(sqlite_store)
    whole = measure_reliability(sqlite_store, schema(), None)
    of_class = measure_reliability(sqlite_store, schema(), "class:Press")
    assert whole.named is None
    assert whole.between == of_class.between
    assert whole.actors[0].named.key == "asset:M0"
    assert whole.weibull is None
    line = measure_reliability(sqlite_store, schema(), "line:L1")
    assert line.between == measure_reliability(sqlite_store, schema(), "M1").between


def test_reliability_says_little_of_few_failures(any_store: Store) -> None:
    f = Facts()
    work_order(f, "1", "asset:M", "2025-01-01", observed=("mode:Leakage",))
    work_order(f, "2", "asset:M", "2025-03-01", observed=("mode:Leakage",))
    f.load(any_store)
    found = measure_reliability(any_store, schema(), "asset:M")
    assert found.weibull is None
    assert found.repair is None
    assert found.between.high_days is not None
    assert found.between.high_days > 10 * found.between.low_days
    assert len(found.notes) == 3
    with pytest.raises(NotFound):
        measure_reliability(any_store, schema(), "asset:X")
    with pytest.raises(BadInput, match="ends before"):
        measure_reliability(any_store, schema(), "asset:M", since=2, until=1)
    with pytest.raises(BadInput, match="No record"):
        measure_reliability(any_store, schema(), "asset:M", until=at("2024-01-01"))


def test_one_record_says_nothing_of_how_often(any_store: Store) -> None:
    f = Facts()
    f.node("asset:M9", "Asset", "Press 9")
    work_order(f, "9", "asset:M9", "2025-01-01", observed=("mode:Leakage",))
    f.load(any_store)
    found = measure_reliability(any_store, schema(), "M9")
    assert any("(1) is of one moment" in n.en for n in found.notes)


def test_weibull_bounds_hold_the_truth_with_censoring() -> None:
    held = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        lives = 100 * rng.weibull(2.0, 60)
        seen = rng.uniform(20, 160, 60)
        fit = fit_weibull(list(np.minimum(lives, seen)), list(lives <= seen))
        assert fit is not None
        assert fit.censored > 5
        held += fit.shape_low <= 2.0 <= fit.shape_high
    assert held >= 17
    assert fit_weibull([1.0] * 7, [True] * 7) is None


def test_mean_between_bounds() -> None:
    none = mean_between(0, 100.0)
    assert none.mean_days is None
    assert none.high_days is None
    assert none.low_days == pytest.approx(100 / 3.689, rel=1e-3)  # of the chi-square table
    many = mean_between(400, 4_000.0)
    assert many.low_days < 10 < (many.high_days or 0)
    assert (many.high_days or 0) - many.low_days < 2.1


def test_charts_are_drawings_of_the_numbers(any_store: Store) -> None:
    plant().load(any_store)
    found = measure_reliability(any_store, schema(), "M0")
    pareto = ElementTree.fromstring(draw_pareto(found.modes))
    bars = pareto.findall(".//{*}rect")[1:]
    assert len(bars) == len(found.modes)
    assert found.weibull is not None
    curves = ElementTree.fromstring(draw_weibull(found.weibull, language="zh"))
    assert len(curves.findall(".//{*}polyline")) == 5
