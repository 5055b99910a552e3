"""Cohorts from the graph: what is behind a unit is what a trace finds behind it."""

from __future__ import annotations

import pytest

from kg.model.errors import BadInput, NotFound
from kg.store.protocol import Store
from kg.traceability import find_exposures
from kg.traceability.commonality import CauseOptions
from kg.traceability.commonality.asking import common_causes_of, read_bad
from kg.traceability.commonality.genealogy import cohort_of_store
from tests.kg.plants import Facts, schema


def press_shop(units: int = 40) -> Facts:
    """Presses P1 and P2, lots of ten, an inspector; press P2 with lot L2 spoils; then rework."""
    f = Facts()
    f.node("step:PRESS", "ProcessStep", "Pressing").node("step:QC", "ProcessStep", "Final Q.C.")
    f.node("defecttype:crack", "DefectType", "Crack")
    for lot in range(units // 10):
        f.node(f"lot:L{lot}", "MaterialLot").say(
            f"lot:L{lot}", "suppliedBy", f"supplier:S{lot % 2}"
        )
    for i in range(units):
        unit, op, day = f"unit:U{i:02}", f"op:P{i:02}", f"2026-03-{i % 20 + 1:02}"
        time = {"since": f"{day}T08:00:00Z", "until": f"{day}T09:00:00Z"}
        f.node(unit, "Unit").node(op, "Operation", startedAt=f"{day}T08:00:00Z")
        f.say(op, "produced", unit, **time).say(op, "consumed", f"lot:L{i // 10}", **time)
        f.say(op, "performedOn", f"asset:P{i % 2 + 1}", **time)
        f.say(op, "performedBy", f"person:W{i % 3}", **time)
        f.say(op, "ofStep", "step:PRESS", **time)
        look = f"inspection:I{i:02}"
        seen = {"since": f"{day}T10:00:00Z", "until": f"{day}T10:05:00Z"}
        f.say(look, "inspected", unit, **seen)
        f.say(look, "performedBy", "person:Zhao" if i % 2 else "person:Qian", **seen)
        if i % 2 and i >= 10:
            f.node(f"defect:D{i}", "Defect", occurredAt=f"{day}T10:00:00Z")
            f.say(unit, "hasDefect", f"defect:D{i}", **seen)
            f.say(f"defect:D{i}", "ofType", "defecttype:crack")
            again, later = f"op:R{i:02}", {"since": f"{day}T15:00:00Z", "until": f"{day}T16:00:00Z"}
            f.node(again, "Operation", startedAt=f"{day}T15:00:00Z")
            f.say(again, "produced", unit, **later).say(again, "performedOn", "asset:R1", **later)
            f.say(again, "consumed", "lot:SPARE", **later)
    return f


@pytest.fixture
def shop(any_store: Store) -> Store:
    return press_shop().load(any_store)


def test_cohort_equals_exposures(shop: Store) -> None:
    made = cohort_of_store(shop, schema(), ["unit:U11", "unit:U13"])
    exposures = find_exposures(shop, schema(), made.keys)
    expected = {(e.item, e.factor) for e in exposures.exposures}
    expected |= {(m.item, key) for m in exposures.makings.values() for key in m.materials}
    rows = made.cohort.exposed.tocoo()
    found = {
        (made.keys[u], made.cohort.factors[f].conditions[0].value)
        for u, f in zip(rows.row, rows.col, strict=True)
        if made.cohort.factors[f].kind == "value" and made.cohort.factors[f].role == "production"
    }
    assert found == expected


def test_causes_of_a_defect_type(shop: Store) -> None:
    options = CauseOptions(shuffles=199)
    found, _, bad = common_causes_of(shop, schema(), ["defecttype:crack"], options=options)
    assert found.bad == len(bad.units) == 15
    assert found.units == 40
    assert [c.factor.value for c in found.causes][:1] == ["asset:P2"]
    everything = [c.factor for c in found.causes] + [r.factor for r in found.ranking]
    values = {c.value for f in everything for c in (*f.conditions, *f.same)}
    assert not values & {"asset:R1", "lot:SPARE", "person:Zhao", "person:Qian"}
    assert found.inspection[0].factor.value == "person:Zhao"


def test_what_is_bad_may_be_said_in_many_ways(shop: Store) -> None:
    by_type = read_bad(shop, schema(), ["defecttype:crack"])
    assert set(read_bad(shop, schema(), []).units) == set(by_type.units)
    assert read_bad(shop, schema(), ["defect:D11"]).units == ("unit:U11",)
    assert set(read_bad(shop, schema(), ["unit:U00"]).units) == {"unit:U00"}
    with pytest.raises(BadInput, match="common causes are asked of"):
        read_bad(shop, schema(), ["asset:P1"])
    with pytest.raises(NotFound):
        read_bad(shop, schema(), ["unit:NONE"])


def test_everything_bad_is_refused(shop: Store) -> None:
    with pytest.raises(BadInput, match="nothing to compare"):
        cohort_of_store(shop, schema(), ["unit:U01", "unit:U02"], good=[])
