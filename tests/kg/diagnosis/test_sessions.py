"""Sessions, the next check and what repairs teach, on both stores."""

from __future__ import annotations

from dataclasses import asdict

import orjson
import pytest

from kg.diagnosis import rank_causes, sessions
from kg.diagnosis.feedback import list_feedback, record_feedback, undo_feedback
from kg.model.errors import BadInput, Conflict, NotFound
from kg.store.protocol import Store
from tests.kg.diagnosis.test_diagnosing import HOSE, SEAL, by_key, knowledge, with_records
from tests.kg.plants import at, schema

NOON = at("2026-06-02T12:00:00Z")


def plant(store: Store) -> Store:
    f = knowledge()
    f.say("symptom:pressure drops", "indicates", "mode:internal leak")
    f.say(SEAL, "causes", "mode:internal leak")
    f.say(HOSE, "detectedBy", "check:look at the hose", props={"detection": 1, "ratingScale": 10})
    f.node("check:look at the hose", "Check", "Look at the hose", durationMinutes=2.0)
    f.node("check:pressure hold test", "Check", "Pressure hold test", durationMinutes=30.0)
    f.node("parameter:pressure drop", "Parameter", "Pressure drop")
    f.say("asset:P-1", "hasParameter", "parameter:pressure drop", props={"upperLimit": 4.0})
    f.say("parameter:pressure drop", "indicates", "mode:internal leak")
    with_records(f, "asset:P-1", 0, seal=6, hose=6)
    return f.load(store)


def begin(store: Store) -> sessions.Session:
    return sessions.start(store, "P-1", ["oil puddle"], by="li.wei", at=NOON)


def told(store: Store, session: sessions.Session) -> dict[str, float]:
    state = sessions.tell(store, schema(), session)
    return {c.named.key: c.probability for c in state.diagnosis.causes}


def answered(store: Store, session: sessions.Session, about: str, **said: object) -> dict:
    after = sessions.say(store, session.id, about, by="wang", at=NOON + 60_000, **said)  # type: ignore[arg-type]
    return told(store, after)


def test_session_asks_what_pays_and_says_why(any_store: Store) -> None:
    store = plant(any_store)
    step = sessions.tell(store, schema(), begin(store)).next
    assert step.ask
    best = step.questions[0]
    assert (best.named.key, best.about.key if best.about else "") == (
        "check:look at the hose", HOSE,
    )  # fmt: skip
    assert best.saving > 0
    assert "expected to save" in step.sentence.en
    assert "预计可节省" in step.sentence.zh
    assert 0 < best.yes < 1
    assert {q.named.key for q in step.questions} >= {"symptom:pressure drops"}


def test_session_stops_asking_when_nothing_pays(any_store: Store) -> None:
    store = plant(any_store)
    session = begin(store)
    for check, cause, answer in (
        ("check:look at the hose", HOSE, "no"), ("check:pressure hold test", SEAL, "yes"),
    ):  # fmt: skip
        session = sessions.say(store, session.id, check, cause=cause, answer=answer,  # type: ignore[arg-type]
                               by="li.wei", at=NOON + 1)  # fmt: skip
    step = sessions.tell(store, schema(), session).next
    assert not step.ask
    assert step.inspect is not None
    assert step.inspect.key == SEAL
    assert "stop testing and inspect" in step.sentence.en


def test_answers_move_the_causes_and_undo_restores_them_exactly(any_store: Store) -> None:
    store = plant(any_store)
    session = begin(store)
    before = told(store, session)
    for about, said, up in (
        ("check:look at the hose", {"cause": HOSE, "answer": "yes"}, HOSE),
        ("check:look at the hose", {"cause": HOSE, "answer": "no"}, SEAL),
        ("pressure drops", {"answer": "yes"}, SEAL),
        ("pressure drops", {"answer": "no"}, HOSE),
        ("parameter:pressure drop", {"value": 9.0}, SEAL),
        ("parameter:pressure drop", {"value": 0.5}, HOSE),
    ):
        assert answered(store, session, about, **said)[up] > before[up]
        assert told(store, sessions.take_back(store, session.id)) == before
    assert answered(store, session, "pressure drops", answer="unknown") == before
    sessions.take_back(store, session.id)
    with pytest.raises(Conflict, match="no answer left"):
        sessions.take_back(store, session.id)


def test_session_survives_and_is_handed_over(any_store: Store) -> None:
    store = plant(any_store)
    session = begin(store)
    sessions.say(store, session.id, "pressure drops", answer="yes", by="li.wei", at=NOON + 1)
    sessions.hand_over(store, session.id, "night shift", NOON + 2)
    again = sessions.find(store, session.id)
    assert (again.holder, [e.about for e in again.entries]) == (
        "night shift", ["oil puddle", "pressure drops"],
    )  # fmt: skip
    assert [s.id for s in sessions.list_sessions(store, only_open=True)] == [session.id]
    sessions.end(store, session.id, "seal replaced", NOON + 3)
    assert sessions.list_sessions(store, only_open=True) == []
    with pytest.raises(Conflict, match="ended"):
        sessions.say(store, session.id, "noise", answer="yes", by="li.wei", at=NOON)


def test_session_bad_input(any_store: Store) -> None:
    store = plant(any_store)
    session = begin(store)
    for about, said, error, words in (
        ("oil puddle", {}, BadInput, "yes, no or unknown"),
        ("oil puddle", {"answer": "yes", "value": 2.0}, BadInput, "yes, no or unknown"),
        ("parameter:pressure drop", {"value": float("nan")}, BadInput, "is a number"),
        ("  ", {"answer": "yes"}, BadInput, "which sign"),
        ("check:nothing", {"answer": "yes", "cause": HOSE}, NotFound, "check:nothing"),
    ):
        with pytest.raises(error, match=words):
            answered(store, session, about, **said)
    with pytest.raises(NotFound, match="no diagnosis session"):
        sessions.find(store, "ffff")
    with pytest.raises(BadInput, match="what was observed"):
        sessions.start(store, "P-1", [" "], by="li.wei", at=NOON)
    assert sessions.find(store, session.id) == session


def answer(store: Store) -> bytes:
    return orjson.dumps(asdict(rank_causes(store, schema(), "P-1", "oil puddle")))


def test_feedback_moves_the_ranking_for_asset_and_class_and_undo_restores_it(
    any_store: Store,
) -> None:
    store = plant(any_store)
    before = answer(store)
    own = by_key(rank_causes(store, schema(), "P-1", "oil puddle"))
    peer = by_key(rank_causes(store, schema(), "P-2", "oil puddle"))
    kept = [
        record_feedback(store, schema(), "P-1", ["oil puddle"], HOSE, "fixed", by="li.wei",
                        at=NOON + i, note="new hose fitted")
        for i in range(4)
    ]  # fmt: skip
    kept.append(
        record_feedback(store, schema(), "P-1", ["oil puddle"], SEAL, "not-it", by="wang",
                        at=NOON + 9)
    )  # fmt: skip
    after = by_key(rank_causes(store, schema(), "P-1", "oil puddle"))
    assert after[HOSE].probability > own[HOSE].probability
    assert after[SEAL].probability < own[SEAL].probability
    assert {"ruled out"} <= {t.source for t in after[SEAL].terms}
    learnt = by_key(rank_causes(store, schema(), "P-2", "oil puddle"))
    assert learnt[HOSE].probability > peer[HOSE].probability
    assert [f.id for f in list_feedback(store)] == [f.id for f in reversed(kept)]
    for feedback in kept:
        undo_feedback(store, feedback.id)
    assert answer(store) == before
    assert list_feedback(store) == []


def test_feedback_bad_input_writes_nothing(any_store: Store) -> None:
    store = plant(any_store)
    before = answer(store)
    for asset, signs, cause, error in (
        ("P-1", ["xyzzy frobozz"], HOSE, BadInput),
        ("P-9", ["oil puddle"], HOSE, NotFound),
        ("P-1", ["oil puddle"], "cause:nobody knows", NotFound),
    ):
        with pytest.raises(error):
            record_feedback(store, schema(), asset, signs, cause, "fixed", by="x", at=NOON)
    with pytest.raises(NotFound, match="no feedback"):
        undo_feedback(store, "ffff")
    assert answer(store) == before
