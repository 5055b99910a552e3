"""From defective units to the worn press, through real stores; and back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from random import Random

import orjson
import pytest

from kg.investigation import Suspect, affected_by, investigate
from kg.model.errors import BadInput, NotFound
from kg.model.instants import to_datetime
from kg.store.protocol import Store
from tests.kg.plants import Facts, at, schema, work_order
from tests.oracle import MemoryStore


def shop(seed: int = 0, *, days: int = 20, worn: tuple[int, int] = (9, 13)) -> Facts:
    """Units pass one of two presses and one of two stations; press P1 is worn for a few days.

    Every asset has its share of ordinary work orders, so that a suspect must be told from noise.
    """
    random = Random(seed)
    f = Facts()
    for asset in ("P1", "P2", "S1", "S2"):
        f.node(f"asset:{asset}", "Asset", f"Asset {asset}")
    f.say("asset:P1", "hasComponent", "asset:P1-CYL").node("asset:P1-CYL", "Asset", "Cylinder")
    f.node("lot:STEEL", "MaterialLot", "STEEL")
    number = 0
    for day in range(days):
        for hour in range(8, 16, 2):
            number += 1
            unit = f"unit:U{number:03d}"
            press, station = random.choice(["P1", "P2"]), random.choice(["S1", "S2"])
            for step, asset, offset in (("A", press, 0), ("B", station, 1)):
                start = to_datetime(at("2026-03-01")) + timedelta(days=day, hours=hour + offset)
                time = {
                    "since": start.isoformat(),
                    "until": (start + timedelta(minutes=50)).isoformat(),
                }
                op = f"op:{step}{number:03d}"
                f.say(op, "performedOn", f"asset:{asset}", **time)
                f.say(op, "produced", unit, **time)
                f.say(op, "ofStep", f"step:{step}", **time)
                f.say(op, "consumed", "lot:STEEL", **time)
            is_bad = worn[0] <= day < worn[1] and press == "P1"
            if is_bad or random.random() < 0.03:
                f.say(unit, "hasDefect", f"defect:D{number:03d}")
                f.say(f"defect:D{number:03d}", "ofType", "defecttype:leak")
    for i in range(12):  # ordinary work
        asset = random.choice(["P1", "P2", "S1", "S2"])
        work_order(f, f"N{i}", f"asset:{asset}", f"2026-03-{random.randint(1, days):02d}",
                   observed=("mode:Noise",))  # fmt: skip
    work_order(f, "SEAL", "asset:P1-CYL", f"2026-03-{worn[1] + 1:02d}", text="hold pressure low",
               observed=("mode:internal leak",), causes=("cause:cylinder seal worn",))  # fmt: skip
    f.say("cause:cylinder seal worn", "causes", "mode:internal leak", confidence=0.9)
    f.say("mode:internal leak", "causes", "defecttype:leak", confidence=0.8)
    return f


def bad_units(f: Facts) -> list[str]:
    """The units of `shop` with a defect that were pressed on P1 while it was worn."""
    on_p1 = {c.subject[3:] for c in f.batch.claims
             if c.predicate == "performedOn" and c.object == "asset:P1"}  # fmt: skip
    worn = (at("2026-03-10"), at("2026-03-14"))
    times = {c.subject[3:]: c.valid_from for c in f.batch.claims if c.predicate == "performedOn"}
    return [
        c.subject
        for c in f.batch.claims
        if c.predicate == "hasDefect"
        and f"A{c.subject[-3:]}" in on_p1
        and worn[0] <= (times[f"A{c.subject[-3:]}"] or 0) < worn[1]
    ]


def first(suspects: tuple[Suspect, ...]) -> Suspect:
    assert suspects
    return suspects[0]


def test_investigate_one_unit_finds_the_worn_press(any_store: Store) -> None:
    f = shop()
    unit = bad_units(f)[-1]
    f.load(any_store)
    found = investigate(any_store, schema(), unit, zone="Asia/Shanghai")
    press = first(found.suspects)
    assert press.named.key == "asset:P1"
    event = press.events[0]
    assert event.named.key == "wo:SEAL"
    assert event.on.key == "asset:P1-CYL"
    assert event.position == "after"
    assert [s.predicate for s in event.relevance_path] in ([["causes"], ["causes", "causes"]])
    assert [s.predicate for s in press.way] == ["produced", "performedOn"]
    assert press.way[0].evidence
    assert press.causes[0].named.key == "cause:cylinder seal worn"
    assert "goes back to" in press.sentence.en
    assert "可追溯到" in press.sentence.zh
    assert "after the operation" in event.sentence.en
    assert "Asia/Shanghai" in found.window.sentence.en
    assert (found.window.before_hours, found.window.after_hours) == (168.0, 336.0)
    terms = event.terms
    assert event.score == pytest.approx(
        terms["closeness"] * terms["severity"] * terms["relevance"], abs=1e-4
    )
    assert not found.abstained


@pytest.mark.parametrize("seed", range(5))
def test_investigate_several_units_finds_the_worn_press_in_every_shop(seed: int) -> None:
    f = shop(seed)
    store = f.load(MemoryStore(schema()))
    found = investigate(store, schema(), bad_units(f))
    press = first(found.suspects)
    assert press.named.key == "asset:P1"
    assert press.items == len(bad_units(f))
    assert press.comparison is not None
    assert press.comparison.bad >= 4
    assert press.comparison.bad * press.comparison.before_made > (
        press.comparison.before_bad * press.comparison.made
    )
    assert found.shared[0].items == len(bad_units(f))
    assert "lot:STEEL" in {s.named.key for s in found.shared}


def test_investigate_from_a_defect_and_a_defect_type(any_store: Store) -> None:
    f = shop()
    unit = bad_units(f)[0]
    f.load(any_store)
    by_defect = investigate(any_store, schema(), f"defect:D{unit[-3:]}")
    assert [i.key for i in by_defect.items] == [unit]
    assert [d.key for d in by_defect.defects] == ["defecttype:leak"]
    by_type = investigate(any_store, schema(), "defecttype:leak")
    assert unit in {i.key for i in by_type.items}
    assert first(by_type.suspects).named.key == "asset:P1"


def test_investigate_keeps_to_the_known_origin_and_to_the_time_before_detection(
    any_store: Store,
) -> None:
    f = shop()
    unit = bad_units(f)[0]
    defect = f"defect:D{unit[-3:]}"
    f.say(defect, "producedAt", "step:B")
    f.load(any_store)
    found = investigate(any_store, schema(), unit)
    assert found.assets == 1
    assert {s.named.key for s in found.suspects} <= {"asset:S1", "asset:S2"}


def test_investigate_does_not_blame_work_after_the_defect_was_found(any_store: Store) -> None:
    f = Facts().node("asset:A", "Asset", "A").node("asset:B", "Asset", "B")
    for op, asset, day in (("1", "A", "01"), ("2", "B", "09")):
        time = {"since": f"2026-03-{day}T08:00:00", "until": f"2026-03-{day}T09:00:00"}
        f.say(f"op:{op}", "produced", "unit:U", **time).say(
            f"op:{op}", "performedOn", f"asset:{asset}", **time
        )
    f.say("unit:U", "hasDefect", "defect:D")
    f.node("defect:D", "Defect", occurredAt="2026-03-05T00:00:00Z")
    for asset, day in (("A", "02"), ("B", "09")):
        work_order(f, asset, f"asset:{asset}", f"2026-03-{day}", observed=("mode:Leakage",))
    f.load(any_store)
    found = investigate(any_store, schema(), "unit:U")
    assert [s.named.key for s in found.suspects] == ["asset:A"]


def test_investigate_window_is_kept(any_store: Store) -> None:
    f = shop()
    unit = bad_units(f)[0]
    f.load(any_store)
    narrow = investigate(any_store, schema(), unit, before_hours=0.5, after_hours=0.5)
    assert "wo:SEAL" not in {e.named.key for s in narrow.suspects for e in s.events}
    if narrow.abstained:
        assert narrow.reason is not None
        assert "wider window" in narrow.reason.en


def test_investigate_abstains_with_a_reason(any_store: Store) -> None:
    f = Facts().node("unit:LONELY", "Unit", "LONELY").node("defect:D", "Defect", "D")
    f.node("asset:A", "Asset", "A")
    f.load(any_store)
    lonely = investigate(any_store, schema(), "unit:LONELY")
    assert lonely.abstained
    assert lonely.reason is not None
    assert "No operation" in lonely.reason.en
    assert investigate(any_store, schema(), "defect:D").reason is not None
    with pytest.raises(BadInput, match="unit"):
        investigate(any_store, schema(), "asset:A")
    with pytest.raises(NotFound):
        investigate(any_store, schema(), "unit:NOWHERE")
    with pytest.raises(BadInput, match="time zone"):
        investigate(any_store, schema(), "unit:LONELY", zone="Mars/Olympus")


def test_affected_by_a_work_order_lists_what_was_made_then(any_store: Store) -> None:
    f = shop()
    f.say("unit:U044", "shippedIn", "shipment:S", since="2026-03-20", until="2026-03-20")
    f.say("shipment:S", "shippedTo", "customer:ACME", since="2026-03-20", until="2026-03-20")
    f.load(any_store)
    found = affected_by(any_store, schema(), "wo:SEAL", before_hours=5 * 24)
    assert "asset:P1" in {a.key for a in found.assets}
    made = {i.named.key for i in found.items}
    assert set(bad_units(f)) <= made
    assert found.bad >= len(bad_units(f))
    assert found.total == len(made)
    assert [i.made for i in found.items] == sorted(i.made or "" for i in found.items)
    assert found.trace is not None
    if "unit:U044" in made:
        assert [c.customer.key for c in found.trace.consignees] == ["customer:ACME"]
    assert "made on" in found.sentence.en


def test_affected_by_an_asset_in_a_window_equals_a_scan(any_store: Store) -> None:
    f = shop()
    f.load(any_store)
    since, until = at("2026-03-04"), at("2026-03-07")
    found = affected_by(any_store, schema(), "asset:P1", since=since, until=until)
    ran = {
        c.subject
        for c in f.batch.claims
        if c.predicate == "performedOn" and c.object == "asset:P1"
        and (c.valid_from or 0) < until and (c.valid_to or 0) > since
    }  # fmt: skip
    expected = {c.object for c in f.batch.claims if c.predicate == "produced" and c.subject in ran}
    assert {i.named.key for i in found.items} == expected
    with pytest.raises(BadInput):
        affected_by(any_store, schema(), "asset:P1", since=until, until=since)
    with pytest.raises(BadInput):
        affected_by(any_store, schema(), "lot:STEEL")


def test_investigation_answers_alike_as_json() -> None:
    def answer() -> bytes:
        f = shop()
        store = f.load(MemoryStore(schema()))
        return orjson.dumps(asdict(investigate(store, schema(), bad_units(f))))

    assert answer() == answer()
