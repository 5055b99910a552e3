"""Containment: a frozen set that can be found again, where its members are, holds and releases."""

from __future__ import annotations

import pytest

from kg.model import BadInput, Conflict, NotFound
from kg.store.protocol import Store
from kg.traceability.containment import (
    ContainmentQuery,
    compare_with_now,
    count_customers,
    count_places,
    decide_on,
    get_containment,
    list_containments,
    show_members,
    start_containment,
    undo_decision,
)
from kg.traceability.locating import locate
from kg.traceability.recalling import recall
from tests.kg.plants import Facts, at, schema
from tests.kg.traceability.test_tracing import pump_plant

CAST = ContainmentQuery(("lot:CAST-1",))


@pytest.fixture
def plant(any_store: Store) -> Store:
    return pump_plant().load(any_store)


def start(store: Store, **options: int) -> str:
    return start_containment(
        store, schema(), CAST, by="me", reason="cracks",
        as_of=options.get("as_of", at("2026-06-02")),
    ).id  # fmt: skip


def test_containment_holds_what_the_lot_touched_and_where_it_is(plant: Store) -> None:
    made = get_containment(plant, start(plant))
    assert made.members == ("container:BOX", "lot:CAST-1", "unit:PU-1", "unit:PU-2")
    members = {m.key: m for m in show_members(plant, schema(), made)}
    assert members["unit:PU-1"].where.customers == ("customer:ACME",)
    assert members["unit:PU-2"].where.customers == ("customer:BOLT",)
    assert members["lot:CAST-1"].where.place == "built_in"
    assert members["lot:CAST-1"].where.into == ("unit:PU-1", "unit:PU-2")
    assert count_customers(members.values()) == {
        "customer:ACME": 1, "customer:BOLT": 2,  # the box went with the second pump at last
    }  # fmt: skip
    assert sum(count_places(members.values()).values()) == 4


def test_containment_stays_as_it_was_when_more_comes(plant: Store) -> None:
    number = start(plant)
    Facts("later").say("op:OP-3", "consumed", "lot:CAST-1", since="2026-04-01").say(
        "op:OP-3", "produced", "unit:PU-3", since="2026-04-01"
    ).load(plant, "2026-07-01")
    found = compare_with_now(plant, schema(), get_containment(plant, number))
    assert found.added == ("unit:PU-3",)
    assert found.gone == ()
    assert found.is_reproducible
    assert "unit:PU-3" not in get_containment(plant, number).members
    plant.remove_documents(["facts.csv"])
    gone = compare_with_now(plant, schema(), get_containment(plant, number))
    assert not gone.is_reproducible


def test_the_same_containment_has_the_same_hash_and_is_kept_once(plant: Store) -> None:
    number = start(plant)
    assert number == get_containment(plant, number).hash[:10]
    with pytest.raises(Conflict):
        start(plant)
    assert start(plant, as_of=at("2026-06-03")) != number
    assert len(list_containments(plant)) == 2


def test_hold_and_release_need_reason_and_role_and_can_be_undone(plant: Store) -> None:
    number = start(plant)
    everything = set(get_containment(plant, number).members)

    def do(action: str, *items: str, reason: str = "why", role: str = "quality") -> frozenset[str]:
        made = decide_on(plant, number, action, items, reason=reason, role=role, by="me")  # type: ignore[arg-type]
        return made.held

    with pytest.raises(BadInput, match="reason"):
        do("hold", reason=" ")
    with pytest.raises(BadInput, match="role"):
        do("hold", role="")
    with pytest.raises(NotFound):
        do("hold", "unit:OTHER")
    with pytest.raises(Conflict):
        do("release", "unit:PU-1")
    assert do("hold") == everything
    assert do("release", "unit:PU-1") == everything - {"unit:PU-1"}
    assert undo_decision(plant, number, 2, by="you").held == everything
    with pytest.raises(Conflict):
        undo_decision(plant, number, 2, by="you")
    assert undo_decision(plant, number, 1, by="you").held == frozenset()
    entries = get_containment(plant, number).decisions
    assert [(e.action, e.undone_by) for e in entries] == [("hold", "you"), ("release", "you")]


def test_locate_tells_shipped_stored_scrapped_and_in_process(any_store: Store) -> None:
    f = Facts()
    f.say("op:1", "produced", "unit:A", since="2026-03-01")
    f.say("op:1", "produced", "unit:B", since="2026-03-01")
    f.say("unit:B", "packedInto", "container:X", since="2026-03-02")
    f.say("container:X", "locatedIn", "location:W1", since="2026-03-02")
    f.say("op:2", "consumed", "unit:C", since="2026-03-02")
    f.say("lot:D", "suppliedBy", "supplier:S", since="2026-03-02")
    f.say("unit:E", "packedInto", "container:Y", since="2026-03-02", until="2026-03-04")
    f.say("container:Y", "shippedIn", "shipment:1", since="2026-03-05")
    f.say("unit:F", "packedInto", "container:Y", since="2026-03-02")
    f.say("shipment:1", "shippedTo", "customer:K", since="2026-03-05")
    f.say("unit:G", "hasDefect", "defect:1")
    store = f.load(any_store)
    found = locate(store, schema(), [f"unit:{n}" for n in "ABCEFG"] + ["lot:D"])
    assert {key: where.place for key, where in found.items()} == {
        "unit:A": "in_process", "unit:B": "in_stock", "unit:C": "scrapped", "lot:D": "in_stock",
        "unit:E": "unknown", "unit:F": "shipped", "unit:G": "unknown",
    }  # fmt: skip
    assert found["unit:B"].location == "location:W1"
    assert found["unit:B"].containers == ("container:X",)
    assert found["unit:F"].customers == ("customer:K",)


def test_recall_counts_everything_once_and_says_how_long_it_took(plant: Store) -> None:
    found = recall(plant, schema(), CAST)
    assert found.total == 4
    assert sum(found.by_place.values()) == 4
    assert found.located_share == 1.0
    assert found.seconds >= found.traced_seconds >= 0
    assert "4 things" in found.sentence.en
    with pytest.raises(NotFound):
        recall(plant, schema(), ContainmentQuery(("lot:NOTHING",)))
