"""Drifts of what was measured on assets, as events around the making of bad units."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import numpy as np
import orjson
import pytest

from kg.investigation import Investigation, drifts_around, explain_defects, investigate
from kg.model.errors import BadInput, NotFound
from kg.model.graph import NOW
from kg.model.instants import to_datetime
from kg.store.protocol import Store
from kg.traceability.drifts import ReadingsOf
from kg.traceability.drifts import reading as reading_module
from tests.kg.plants import Facts, at, schema

START = to_datetime(at("2026-03-01"))
DAYS = 24


def moment(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def plant(drift: float, *, seed: int = 0, way: str = "sensor", every: float = 6.0) -> Facts:
    """Units pass press P1 or P2; the pressure of P1 moves by `drift` spreads from day 14 to 18.

    Readings come from a sensor that monitors the press, are measured on it, or belong to its
    operations. Other parameters, and the other press, stay where they are.
    """
    rng = np.random.default_rng(seed)
    f = Facts()
    number = 0
    for press in ("P1", "P2"):
        f.node(f"asset:{press}", "Asset", f"Press {press}")
        for name in ("pressure", "temperature", "speed"):
            f.node(f"parameter:{name}", "Parameter", name)
            limits = {"lowerLimit": 80.0, "upperLimit": 130.0, "unitOfMeasure": "bar"}
            f.say(f"asset:{press}", "hasParameter", f"parameter:{name}", props=limits)
            sensor = f"sensor:{press}-{name}"
            if way == "sensor":
                f.say(sensor, "monitors", f"asset:{press}")
            for i in range(int(DAYS * 24 / every)):
                hours = i * every
                number += 1
                is_out = press == "P1" and name == "pressure" and 14 <= hours / 24 < 18
                value = 100.0 + 2.0 * float(rng.standard_normal()) + 2.0 * drift * is_out
                key = f"measurement:{press}-{name}-{i}"
                when = moment(hours)
                f.node(key, "Measurement", None, value=value, unitOfMeasure="bar", occurredAt=when)
                f.say(key, "ofCharacteristic", f"parameter:{name}", since=when, until=when)
                if way == "sensor":
                    f.say(sensor, "measured", key, since=when, until=when)
                elif way == "asset":
                    f.say(key, "measuredOn", f"asset:{press}", since=when, until=when)
                else:
                    operation = f"op:{press}-{name}-{i}"
                    f.say(operation, "performedOn", f"asset:{press}", since=when, until=when)
                    f.say(operation, "measured", key)
    for i in range(DAYS * 2):
        press = f"P{i % 2 + 1}"
        since, until = moment(i * 12 + 1), moment(i * 12 + 2)
        f.say(f"op:U{i}", "performedOn", f"asset:{press}", since=since, until=until)
        f.say(f"op:U{i}", "produced", f"unit:U{i}", since=since, until=until)
        if press == "P1" and 14 <= i / 2 < 18:
            f.say(f"unit:U{i}", "hasDefect", f"defect:D{i}")
            f.say(f"defect:D{i}", "ofType", "defecttype:leak")
    f.say("parameter:pressure", "indicates", "mode:internal leak")
    f.say("cause:seal worn", "causes", "mode:internal leak", confidence=0.9)
    f.say("mode:internal leak", "causes", "defecttype:leak", confidence=0.9)
    return f


def ask(f: Facts, store: Store) -> Investigation:
    return investigate(f.load(store), schema(), "defecttype:leak", before_hours=96, after_hours=96)


@pytest.mark.parametrize("way", ["sensor", "asset", "operation"])
def test_investigate_ranks_a_drift_beside_records(sqlite_store: Store, way: str) -> None:
    f = plant(-5.0, way=way)
    f.node("alarm:E1", "Alarm", "lid open").node("alarmevent:1", "AlarmEvent")
    f.say("alarmevent:1", "raisedBy", "asset:P2", since=moment(14 * 24), until=moment(14 * 24 + 1))
    f.say("alarmevent:1", "ofAlarm", "alarm:E1")
    found = ask(f, sqlite_store)
    first = found.suspects[0]
    assert first.named.key == "asset:P1"
    drifts = [e for e in first.events if e.drift is not None]
    assert [e.named.key for e in drifts] == ["parameter:pressure"]
    event = drifts[0]
    drift = event.drift
    assert drift is not None
    assert drift.kind == "excursion"
    assert abs((at(drift.began) - at(moment(14 * 24))) / 3_600_000) <= 6
    assert drift.ended is not None
    assert abs((at(drift.ended) - at(moment(18 * 24))) / 3_600_000) <= 12
    assert (drift.before, drift.after) == (pytest.approx(100, abs=1), pytest.approx(90, abs=1))
    assert drift.low is not None
    assert drift.high is not None
    assert drift.low <= -10 + 1 <= 0
    assert drift.q is not None
    assert drift.q <= 0.05
    assert (drift.unit, drift.lower_limit, drift.upper_limit) == ("bar", 80.0, 130.0)
    assert [n.key for n in drift.indicates] == ["mode:internal leak"]
    assert event.position == "during"
    assert [s.predicate for s in event.relevance_path] == ["causes"]
    assert event.facts
    assert all(fact.evidence for fact in event.facts)
    assert "fell" in event.sentence.en
    assert "降至" in event.sentence.zh
    assert "internal leak" in event.sentence.en
    # From there into diagnosis: what the parameter is a sign of has a known cause.
    assert "cause:seal worn" in [c.named.key for c in first.causes]
    assert not [e for s in found.suspects[1:] for e in s.events if e.drift is not None]


@pytest.mark.parametrize("seed", range(4))
def test_investigate_reports_no_drift_where_nothing_moved(sqlite_store: Store, seed: int) -> None:
    found = ask(plant(0.0, seed=seed), sqlite_store)
    assert not [e for s in found.suspects for e in s.events if e.drift is not None]
    assert any("tested for drifts" in note.en for note in found.notes)


def test_explain_defects_tells_a_drift(sqlite_store: Store) -> None:
    f = plant(-5.0)
    explained = explain_defects(f.load(sqlite_store), schema(), ["defecttype:leak"])
    top = explained.explanations[0]
    assert top.named.key == "asset:P1"
    assert "pressure" in top.sentence.en


def test_readings_too_many_to_read_are_sampled_and_it_says_so(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    f = plant(0.0, way="asset", every=1.0)
    f.load(sqlite_store)
    monkeypatch.setattr(reading_module, "MOST_READINGS", 400)
    reader = ReadingsOf(sqlite_store, schema(), NOW)
    since, until = at(moment(0)), at(moment(DAYS * 24))
    read = reader.read("asset:P1", since, until)
    total = sum(len(s.values) for s in read.series)
    assert total <= 2 * 400
    assert 0 < read.share < 1
    spread = np.diff(np.unique(np.concatenate([s.times for s in read.series])))
    assert spread.max() <= 2 * (until - since) / 48  # evenly spread over the whole time


def test_few_readings_are_fetched_from_before_the_window(sqlite_store: Store) -> None:
    plant(0.0, way="asset", every=24.0).load(sqlite_store)
    reader = ReadingsOf(sqlite_store, schema(), NOW)
    read = reader.read("asset:P1", at(moment(20 * 24)), at(moment(DAYS * 24)))
    assert {len(s.values) for s in read.series} == {DAYS}


def test_a_change_of_product_is_no_drift(sqlite_store: Store) -> None:
    f = Facts()
    rng = np.random.default_rng(1)
    for i in range(60):
        product = "A" if i < 30 else "B"
        when = moment(i * 4)
        f.say(f"op:{i}", "performedOn", "asset:P1", since=when, until=when)
        f.say(f"op:{i}", "produced", f"unit:{i}").say(
            f"unit:{i}", "ofProduct", f"product:{product}"
        )
        f.node(f"measurement:{i}", "Measurement", None, occurredAt=when,
               value=(50.0 if product == "A" else 90.0) + float(rng.standard_normal()))  # fmt: skip
        f.say(f"op:{i}", "measured", f"measurement:{i}")
        f.say(f"measurement:{i}", "ofCharacteristic", "characteristic:force")
    f.say("unit:40", "hasDefect", "defect:1").say("defect:1", "ofType", "defecttype:leak")
    found = investigate(f.load(sqlite_store), schema(), "unit:40")
    assert not [e for s in found.suspects for e in s.events if e.drift is not None]


def test_a_drift_beyond_limits_answers_as_json(sqlite_store: Store) -> None:
    found = ask(plant(20.0), sqlite_store)
    drifts = [e.drift for s in found.suspects for e in s.events if e.drift is not None]
    assert drifts[0].beyond == drifts[0].inside
    assert orjson.loads(orjson.dumps(asdict(drifts[0])))["upper_limit"] == 130.0
    assert "outside 80 – 130 bar" in found.suspects[0].events[0].sentence.en


def test_drifts_around_a_failure_and_in_a_window(sqlite_store: Store) -> None:
    f = plant(-5.0)
    f.node("event:F1", "FailureEvent", occurredAt=moment(17 * 24))
    f.say("event:F1", "reportedOn", "asset:P1", since=moment(17 * 24), until=moment(17 * 24))
    f.load(sqlite_store)
    before = drifts_around(sqlite_store, schema(), "event:F1", zone="Asia/Shanghai")
    assert [d.drift.parameter.key for d in before.drifts] == ["parameter:pressure"]
    assert before.drifts[0].facts[0].evidence
    assert before.tested == 3
    assert "Asia/Shanghai" in before.sentence.en
    window = at(moment(13 * 24)), at(moment(19 * 24))
    here = drifts_around(sqlite_store, schema(), "asset:P1", since=window[0], until=window[1])
    assert [d.on.key for d in here.drifts] == ["asset:P1"]
    beside = drifts_around(sqlite_store, schema(), "asset:P2", since=window[0], until=window[1])
    assert not beside.drifts
    with pytest.raises(BadInput, match="from when"):
        drifts_around(sqlite_store, schema(), "asset:P1")
    with pytest.raises(BadInput, match="ends before"):
        drifts_around(sqlite_store, schema(), "asset:P1", since=window[1], until=window[0])
    with pytest.raises(BadInput, match="is a Parameter"):
        drifts_around(sqlite_store, schema(), "parameter:speed")
    with pytest.raises(NotFound):
        drifts_around(sqlite_store, schema(), "asset:P9")


def test_drifts_on_what_the_goods_were_packed_in(sqlite_store: Store) -> None:
    rng = np.random.default_rng(2)
    f = Facts()
    f.say("op:1", "produced", "unit:U1", since=moment(0), until=moment(1))
    f.say("unit:U1", "packedInto", "container:BOX", since=moment(100), until=moment(220))
    f.say("unit:U1", "hasDefect", "defect:1").say("defect:1", "ofType", "defecttype:turbid")
    f.say("unit:U2", "packedInto", "container:OTHER", since=moment(100), until=moment(220))
    for box in ("BOX", "OTHER"):
        for h in range(100, 300, 3):
            warm = 8.0 * (150 <= h < 190) + 8.0 * (h >= 250)  # the latter after it was taken out
            key = f"measurement:{box}-{h}"
            f.node(key, "Measurement", None, occurredAt=moment(h), unitOfMeasure="CEL",
                   value=5.0 + float(rng.standard_normal()) * 0.5 + warm)  # fmt: skip
            f.say(key, "ofCharacteristic", "characteristic:temperature")
            f.say(key, "measuredOn", f"container:{box}", since=moment(h), until=moment(h))
    # What the inspection of the unit found is no cause, though it is beyond the limit.
    f.node("characteristic:leak", "Characteristic", upperLimit=3.0)
    f.node("measurement:leak", "Measurement", None, occurredAt=moment(210), value=9.0)
    f.say("measurement:leak", "ofCharacteristic", "characteristic:leak")
    f.say("measurement:leak", "measuredOn", "unit:U1", since=moment(210), until=moment(210))
    f.say("inspection:1", "measured", "measurement:leak").say(
        "inspection:1", "inspected", "unit:U1"
    )
    found = investigate(f.load(sqlite_store), schema(), "unit:U1")
    assert [g.on.key for g in found.goods] == ["container:BOX"]
    drift = found.goods[0].drift
    assert drift.kind == "excursion"
    assert abs(at(drift.began) - at(moment(150))) <= 3 * 3_600_000
    assert found.goods[0].facts[0].evidence
    assert not found.abstained
    assert not investigate(sqlite_store, schema(), "op:1").goods


def test_a_short_drift_is_seen_though_bad_units_are_spread_over_months(
    sqlite_store: Store,
) -> None:
    rng = np.random.default_rng(9)
    f = Facts()
    for h in range(24 * 120):
        key = f"measurement:{h}"
        when, value = moment(h), float(rng.standard_normal()) + 5.0 * (1900 <= h < 1936)
        f.node(key, "Measurement", None, value=value, occurredAt=when)
        f.say(key, "measuredOn", "asset:P1", since=when, until=when)
        f.say(key, "ofCharacteristic", "parameter:pressure", since=when, until=when)
    for i, h in enumerate((300, 850, 1400, 1905, 1930, 2450)):
        f.say(f"op:{i}", "performedOn", "asset:P1", since=moment(h), until=moment(h + 1))
        f.say(f"op:{i}", "produced", f"unit:{i}", since=moment(h), until=moment(h + 1))
        f.say(f"unit:{i}", "hasDefect", f"defect:{i}").say(f"defect:{i}", "ofType", "defecttype:x")
    found = investigate(f.load(sqlite_store), schema(), "defecttype:x")
    drifts = [e.drift for s in found.suspects for e in s.events if e.drift is not None]
    assert [(d.kind, d.parameter.key) for d in drifts] == [("excursion", "parameter:pressure")]
    assert abs(at(drifts[0].began) - at(moment(1900))) <= 6 * 3_600_000
