"""What accepting would change is what does change once somebody accepts."""

from __future__ import annotations

import itertools

import pytest

from kg.diagnosis import rank_causes
from kg.investigation.accepting import Effect, effects_of
from kg.investigation.supposing import suppose
from kg.model import Decision, Status, View
from kg.model.graph import NOW, Direction, Statement
from kg.model.keys import StatementKey
from kg.store.protocol import Store
from tests.kg.diagnosis.test_diagnosing import HOSE, ROD, SEAL, knowledge, with_records
from tests.kg.plants import Facts, at, schema

SUGGESTED = [
    StatementKey(ROD, "causes", "mode:external leak"),
    StatementKey("cause:mount loose", "causes", "mode:external leak"),
    StatementKey("cause:belt torn", "affects", "component:hose"),
    StatementKey("class:Press", "exhibits", "mode:external leak"),
    StatementKey("symptom:oil puddle", "indicates", "mode:weep"),
    StatementKey("asset:P-1", "hasComponent", "component:cylinder"),
    StatementKey(HOSE, "remedied" + "By", "remedy:replace hose"),
    StatementKey("part:SP-1", "suppliedBy", "supplier:North"),
]


def plant(store: Store) -> list[Statement]:
    """Knowledge, some records, and suggestions of what else may be so."""
    facts = knowledge()
    with_records(facts, "asset:P-1", 0, seal=1, hose=4)
    facts.load(store)
    more = Facts("proposed")
    for key in SUGGESTED:
        more.say(*key, confidence=0.7)
        more.batch.claims[-1] = more.batch.claims[-1]._replace(status=Status.SUGGESTED)
    more.load(store)
    found = store.get_statements(SUGGESTED, View(statuses=frozenset({Status.SUGGESTED})))
    return [found[key] for key in SUGGESTED]


def confirm(store: Store, key: StatementKey, status: Status | None, when: str) -> None:
    store.decide([Decision(key, status, "eva", at(when))])


def told(effect: Effect, store: Store) -> dict[str, tuple[int, float]]:
    assert effect.asset is not None
    assert effect.sign is not None
    found = rank_causes(store, schema(), effect.asset.key, effect.sign.key, limit=50)
    return {cause.named.key: (cause.rank, cause.probability) for cause in found.causes}


def test_what_is_told_to_move_moves_so_when_it_is_confirmed(any_store: Store) -> None:
    suggestions = plant(any_store)
    before = any_store.count()
    effects = effects_of(any_store, schema(), suggestions)
    assert any_store.count() == before
    moving = [e for e in effects if e.kind == "causes"]
    assert {e.statement for e in moving} >= {key.id for key in SUGGESTED[:3]}
    for number, effect in enumerate(moving):
        was = told(effect, any_store)
        key = StatementKey.from_id(effect.statement)
        confirm(any_store, key, Status.CONFIRMED, f"2026-07-{1 + number:02d}")
        now = told(effect, any_store)
        confirm(any_store, key, None, f"2026-08-{1 + number:02d}")
        for one in effect.moved:
            rank, probability = was.get(one.named.key, (None, 0.0))
            assert (one.rank_before, one.probability_before) == (
                rank, pytest.approx(probability, abs=1e-3)
            )  # fmt: skip
            rank, probability = now.get(one.named.key, (None, 0.0))
            assert (one.rank_after, one.probability_after) == (
                rank, pytest.approx(probability, abs=1e-3)
            )  # fmt: skip
        first = max(was.keys() | now.keys(), key=lambda k: abs(
            now.get(k, (0, 0.0))[1] - was.get(k, (0, 0.0))[1]
        ))  # fmt: skip
        assert effect.moved[0].named.key == first


def test_the_sentence_names_the_cause_and_where_it_goes(any_store: Store) -> None:
    suggestions = plant(any_store)
    loose = effects_of(any_store, schema(), suggestions)[1]
    assert loose.moved[0].named.key == "cause:mount loose"
    assert loose.moved[0].rank_before is None
    assert "mount loose would appear in" in loose.sentence.en
    assert "“oil puddle” on press" in loose.sentence.en
    assert "将出现在第" in loose.sentence.zh
    assert "地面油渍" in loose.sentence.zh


def test_advice_is_told_and_what_diagnosis_does_not_read_changes_nothing(any_store: Store) -> None:
    effects = dict(zip(SUGGESTED, effects_of(any_store, schema(), plant(any_store)), strict=True))
    remedy, supplier = effects[SUGGESTED[6]], effects[SUGGESTED[7]]
    assert remedy.kind == "advice"
    assert "as a remedy for hose aged, the first remedy" in remedy.sentence.en
    assert "处理措施" in remedy.sentence.zh
    assert supplier.kind == "nothing"
    assert supplier.moved == ()
    assert "change nothing" in supplier.sentence.en


def test_an_empty_plant_has_nothing_to_change(any_store: Store) -> None:
    facts = Facts()
    facts.say("cause:a", "causes", "mode:b")
    facts.batch.claims[-1] = facts.batch.claims[-1]._replace(status=Status.SUGGESTED)
    facts.load(any_store)
    key = StatementKey("cause:a", "causes", "mode:b")
    (effect,) = effects_of(any_store, schema(), [Statement(*key, Status.SUGGESTED, 0.5, 1, 0)])
    assert effect.kind == "nothing"


def answers(store: Store) -> list[object]:
    """Everything that a supposed statement may be part of."""
    keys = ["mode:external leak", HOSE, ROD, "class:Press", "asset:P-1", "component:hose"]
    ways: tuple[Direction, ...] = ("out", "in", "both")
    found: list[object] = [
        store.expand(keys, predicates, way, view=view, limit_per_node=limit)
        for predicates, way, view, limit in itertools.product(
            (None, ("causes",), ("affects", "hasComponent")),
            ways,
            (
                NOW,
                View(min_confidence=0.8),
                View.at(at("2026-01-01")),
                View(as_of=at("2026-06-02")),
            ),
            (None, 1, 2),
        )
    ]
    found += [
        store.aggregate(["causes", "exhibits"], group, objects=objects, limit=limit)
        for group, objects, limit in itertools.product(
            ("subject", "object", "predicate"), (None, ["mode:external leak"]), (None, 1)
        )
    ]
    found.append(store.closure([ROD, "class:Press"], [("causes", "out"), ("exhibits", "out")]))
    found.append(store.get_statements(SUGGESTED))
    waiting = View(statuses=frozenset({Status.SUGGESTED}))
    found += [store.get_statements(SUGGESTED, waiting), store.expand(keys, view=waiting)]
    found.append(store.aggregate(["causes"], "object", view=waiting))
    return found


def test_supposing_reads_as_if_it_were_confirmed(any_store: Store) -> None:
    for number, one in enumerate(plant(any_store)[:4]):
        supposed = answers(suppose(any_store, [one]))
        before = answers(any_store)
        confirm(any_store, one.key, Status.CONFIRMED, f"2026-07-{1 + number:02d}")
        assert supposed == answers(any_store)
        assert supposed != before
        confirm(any_store, one.key, None, f"2026-08-{1 + number:02d}")
        assert answers(any_store) == before


def test_the_seal_stays_first_where_nothing_speaks_for_another(any_store: Store) -> None:
    knowledge().load(any_store)
    key = StatementKey(SEAL, "detectedBy", "check:dye test")
    (effect,) = effects_of(any_store, schema(), [Statement(*key, Status.SUGGESTED, 0.5, 1, 0)])
    assert effect.kind == "advice"
    assert "beside 1 check" in effect.sentence.en


def test_a_chance_that_only_its_place_tells_apart_is_said_once() -> None:
    from kg.investigation.accepting_words import moved
    from kg.narration import Named, Phrase

    pump, leak, seal = (
        Named(word, "Cause", word, Phrase(word, word)) for word in ("pump", "leak", "seal")
    )
    fallen = moved(pump, leak, seal, (3, 4), (0.0712, 0.0708))
    assert "fall from 3rd to 4th, at 0.07 as before," in fallen.en
    assert "（仍为 0.07）" in fallen.zh
    risen = moved(pump, leak, seal, (4, 1), (0.07, 0.31))
    assert "rise from 4th to 1st, 0.07 to 0.31," in risen.en


def test_what_is_remembered_is_asked_once_and_cannot_be_spoilt() -> None:
    from kg.investigation.supposing import remember

    asked: list[object] = []

    class Asked:
        def expand(self, keys: object, predicates: object = None, **named: object) -> list[str]:
            asked.append((keys, predicates, named))
            return ["told"]

        def get_statements(self, keys: object) -> None:
            asked.append(keys)

    store = remember(Asked())  # type: ignore[arg-type]
    first = store.expand(["b", "a"], ("causes",), limit_per_node=3)
    first.clear()  # type: ignore[attr-defined]
    assert list(store.expand(["b", "a"], ["causes"], limit_per_node=3)) == ["told"]
    assert len(asked) == 1
    store.expand(["b", "a"], ("causes",), limit_per_node=4)
    store.expand({"b", "a"}, ("causes",), limit_per_node=4)
    store.expand({"a", "b"}, ("causes",), limit_per_node=4)
    assert len(asked) == 3
    store.get_statements([])
    store.get_statements([])
    assert len(asked) == 5
