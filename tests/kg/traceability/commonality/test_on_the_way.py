"""What units met on the way, against looking at every measurement of every unit."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kg.model.graph import NOW
from kg.model.instants import to_text
from kg.store.protocol import Store
from kg.traceability.commonality import on_the_way
from kg.traceability.commonality.asking import common_causes_of
from kg.traceability.commonality.on_the_way import measured_on_the_way
from tests.kg.plants import Facts, at, schema

START, HOUR = at("2026-03-01"), 3_600_000


def when(hours: float) -> str:
    return to_text(START + int(hours * HOUR))


def way(seed: int, units: int = 14) -> tuple[Facts, dict[str, list[float]]]:
    """Units in boxes on pallets for some hours each, measured now and then; and what each met."""
    r = random.Random(seed)
    f = Facts().node("characteristic:temperature", "Characteristic", "temperature")
    stays: dict[str, list[tuple[str, int, int]]] = {}
    for i in range(units):
        first = r.randrange(0, 30)
        stays[f"unit:U{i}"] = [(f"container:B{r.randrange(4)}", first, first + r.randrange(2, 40))]
    for b in range(4):
        first = r.randrange(0, 20)
        stays[f"container:B{b}"] = [(f"container:P{b % 2}", first, first + r.randrange(5, 40))]
    for child, listed in stays.items():
        for parent, first, last in listed:
            f.say(child, "packedInto", parent, since=when(first), until=when(last))
    measured: list[tuple[str, float, float, bool]] = []
    for n in range(150):
        thing = r.choice([*(f"container:{k}" for k in ("B0", "B1", "B2", "B3", "P0", "P1")),
                          "unit:U3", "unit:U5"])  # fmt: skip
        hour, value, looked = r.randrange(0, 80) + 0.5, r.gauss(5, 2), r.random() < 0.1
        measured.append((thing, hour, value, looked))
        key = f"measurement:{n}"
        f.node(key, "Measurement", None, value=value, occurredAt=when(hour))
        f.say(key, "ofCharacteristic", "characteristic:temperature")
        f.say(key, "measuredOn", thing, since=when(hour), until=when(hour))
        if looked:
            f.say(f"inspection:{n}", "measured", key)
    met: dict[str, list[float]] = {}
    for unit in (f"unit:U{i}" for i in range(units)):
        inside = [(unit, -1e9, 1e9)]
        for thing, first, last in inside:
            met.setdefault(unit, []).extend(
                v for t, h, v, looked in measured if t == thing and first <= h < last and not looked
            )
            inside += [(p, max(first, a), min(last, b)) for p, a, b in stays.get(thing, ())]
    return f, met


@pytest.mark.parametrize("seed", range(6))
def test_every_unit_has_the_highest_and_lowest_that_it_met(
    sqlite_store: Store, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_the_way, "_LEAST_UNITS", 1)
    f, met = way(seed)
    f.load(sqlite_store)
    units = sorted(met)
    found, note = measured_on_the_way(sqlite_store, schema(), units, (), {}, NOW)
    assert note is None
    for parameter, best in zip(found, (max, min), strict=True):
        expected = [best(met[u]) if met[u] else np.nan for u in units]
        np.testing.assert_allclose(parameter.values, expected)
    assert [p.label.en.split()[0] for p in found] == ["highest", "lowest"]


def test_what_was_measured_after_the_defect_was_found_is_no_cause(sqlite_store: Store) -> None:
    f, met = way(1)
    f.load(sqlite_store)
    unit = next(u for u in sorted(met) if len(met[u]) > 3)
    others = [f"unit:U{i}" for i in range(14) if f"unit:U{i}" != unit]
    found, _ = measured_on_the_way(
        sqlite_store, schema(), [unit, *others], (), {unit: START - HOUR}, NOW
    )
    assert all(np.isnan(p.values[0]) for p in found)


def test_too_many_measurements_are_left_out_and_it_says_so(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_the_way, "MOST_MEASUREMENTS", 10)
    f, met = way(2)
    found, note = measured_on_the_way(f.load(sqlite_store), schema(), sorted(met), (), {}, NOW)
    assert found == []
    assert note is not None
    assert "too many" in note.en


def test_warmth_in_a_box_is_found_as_the_cause(sqlite_store: Store) -> None:
    r = random.Random(3)
    f = Facts().node("characteristic:temperature", "Characteristic", "temperature")
    for i in range(60):
        unit, box = f"unit:U{i}", f"container:B{i // 5}"
        f.say(f"op:{i}", "produced", unit, since=when(i), until=when(i))
        f.say(f"op:{i}", "performedOn", f"asset:A{r.randrange(3)}", since=when(i), until=when(i))
        f.say(unit, "packedInto", box, since=when(100), until=when(140))
        if i // 5 in (2, 7):
            f.say(unit, "hasDefect", f"defect:{i}").say(
                f"defect:{i}", "ofType", "defecttype:turbid"
            )
    for b in range(12):
        for h in range(100, 140, 8):
            key = f"measurement:{b}-{h}"
            value = r.gauss(5, 0.5) + (8 if b in (2, 7) and 110 < h < 125 else 0)
            f.node(key, "Measurement", None, value=value, unitOfMeasure="CEL", occurredAt=when(h))
            f.say(key, "ofCharacteristic", "characteristic:temperature")
            f.say(key, "measuredOn", f"container:B{b}", since=when(h), until=when(h))
    causes, _, _ = common_causes_of(f.load(sqlite_store), schema(), ["defecttype:turbid"])
    assert causes.causes[0].factor.conditions[0].column.startswith("highest")
    assert "highest temperature" in causes.causes[0].sentence.en
    assert "途中最高" in causes.causes[0].sentence.zh
