"""The review queue: everything suggested waits, nothing else does, in a sensible order."""

from __future__ import annotations

from kg.model import Status
from kg.model.graph import Decision
from kg.model.keys import StatementKey
from kg.review import Filters, backlog, waiting
from kg.store.protocol import Store
from tests.kg.plants import Facts, at


def suggest(store: Store) -> None:
    facts = Facts()
    for subject, relation, object_, confidence, status in (
        ("asset:A", "exhibits", "mode:Leakage", 0.9, Status.SUGGESTED),
        ("asset:B", "exhibits", "mode:Leakage", 0.3, Status.SUGGESTED),
        ("asset:A", "hasComponent", "component:Pump", 0.5, Status.SUGGESTED),
        ("asset:A", "exhibits", "mode:Vibration", 0.9, Status.ACCEPTED),
    ):
        facts.say(subject, relation, object_, confidence=confidence)
        facts.batch.claims[-1] = facts.batch.claims[-1]._replace(status=status)
    facts.load(store)


def test_all_that_is_suggested_waits_the_surest_first(any_store: Store) -> None:
    suggest(any_store)
    assert [(s.subject, s.object) for s in waiting(any_store)] == [
        ("asset:A", "mode:Leakage"),
        ("asset:A", "component:Pump"),
        ("asset:B", "mode:Leakage"),
    ]
    found = backlog(any_store)
    assert found.total == 3
    assert [(g.relation, g.waiting) for g in found.groups] == [("exhibits", 2), ("hasComponent", 1)]


def test_filters_narrow_it_down(any_store: Store) -> None:
    suggest(any_store)
    sure = waiting(any_store, Filters(min_confidence=0.4))
    assert len(sure) == 2
    assert len(waiting(any_store, Filters(max_confidence=0.4))) == 1
    assert [s.object for s in waiting(any_store, Filters(classes=("Component",)))] == [
        "component:Pump"
    ]
    assert len(waiting(any_store, Filters(relations=("exhibits",)), limit=1)) == 1
    assert waiting(any_store, Filters(documents=("other.csv",))) == []
    assert len(waiting(any_store, Filters(documents=("facts.csv",)))) == 3
    assert waiting(any_store, Filters(extractors=("nobody",))) == []


def test_what_is_decided_waits_no_longer_and_comes_back(any_store: Store) -> None:
    suggest(any_store)
    key = StatementKey("asset:A", "exhibits", "mode:Leakage")
    any_store.decide([Decision(key, Status.REJECTED, "li.wei", at("2030-01-01"))])
    assert key not in [s.key for s in waiting(any_store)]
    any_store.decide([Decision(key, None, "li.wei", at("2030-01-02"))])
    assert key in [s.key for s in waiting(any_store)]
    any_store.remove_documents(["facts.csv"])
    assert waiting(any_store) == []
    assert backlog(any_store).total == 0
