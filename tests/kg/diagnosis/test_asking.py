"""Questions in a person's own words."""

from __future__ import annotations

import pytest

from kg.diagnosis.asking import ask
from kg.diagnosis.understanding import intent_of
from kg.model.errors import BadInput
from kg.store.protocol import Store
from tests.kg.diagnosis.test_diagnosing import HOSE, SEAL, knowledge, with_records
from tests.kg.plants import schema, work_order


def plant(store: Store) -> Store:
    f = knowledge()
    f.also("asset:P-1", "Asset", "1号压机")
    with_records(f, "asset:P-1", 0, seal=3, hose=9)
    work_order(
        f,
        "LAST",
        "asset:P-1",
        "2026-05-20",
        text="sealed anew",
        observed=("mode:Leakage",),
        causes=(SEAL,),
        performed=("activity:Replace",),
    )
    return f.load(store)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("why does P-1 leak?", "causes"),
        ("P-1 为什么漏油", "causes"),
        ("液压泵有异响怎么办", "remedy"),
        ("how do I fix the leak on P-1", "remedy"),
        ("what was done last time on P-1", "history"),
        ("P-1 上次怎么修的", "history"),
        ("which parts does the repair of P-1 need", "parts"),
        ("P-1 漏油需要哪些备件", "parts"),
        ("P-1 leaks, what should I check", "checks"),
        ("P-1 漏油怎么检查", "checks"),
        ("which tools do I need for the leak on P-1", "tools"),
        ("P-1 oil puddle", "causes"),
    ],
)
def test_intent_is_read_from_cues(question: str, intent: str) -> None:
    assert intent_of(question) == intent


@pytest.mark.parametrize(
    "question",
    [
        "why is there an oil puddle under P-1?",
        "P-1 为什么有地面油渍",
        "1号压机地面油渍是什么原因",
    ],
)
def test_question_of_causes_is_answered_with_citations(any_store: Store, question: str) -> None:
    found = ask(plant(any_store), schema(), question)
    assert found.ask_back is None
    assert found.understood.place is not None
    assert found.understood.place.key == "asset:P-1"
    assert {n.key for n in found.understood.signs} == {"symptom:oil puddle"}
    assert found.diagnosis is not None
    assert found.diagnosis.causes[0].named.key == HOSE
    assert found.lines[0].citations
    assert " %" in found.lines[0].text.en
    assert found.language == ("en" if question.startswith("why") else "zh")


def test_question_of_parts_and_history(any_store: Store) -> None:
    store = plant(any_store)
    parts = ask(store, schema(), "which parts do I need for the oil puddle on P-1?")
    told = [line.text.en for line in parts.lines]
    assert any(text.startswith("parts: ") and "SP-1" in text for text in told)
    last = ask(store, schema(), "what was done last time on P-1?", limit=1)
    assert last.understood.signs == ()
    assert last.lines[0].text.en.startswith("2026-05-20")
    assert "“sealed anew”" in last.lines[0].text.en
    assert last.lines[0].citations[0].quote == "sealed anew"


def test_question_asks_back_instead_of_guessing(any_store: Store) -> None:
    store = plant(any_store)
    unknown = ask(store, schema(), "why does P-7 leak?")
    assert unknown.ask_back is not None
    assert "no asset P-7" in unknown.ask_back.en
    assert {n.key for n in unknown.options} >= {"asset:P-1"}
    assert unknown.lines == ()
    nowhere = ask(store, schema(), "which parts does the repair need")
    assert nowhere.ask_back is not None
    assert "On which asset" in nowhere.ask_back.en
    unseen = ask(store, schema(), "why, P-1?")
    assert unseen.ask_back is not None
    assert "What was noticed" in unseen.ask_back.en
    assert "symptom:oil puddle" in {n.key for n in unseen.options}
    assert ask(store, schema(), "why the oil puddle?", asset="P-1").diagnosis is not None


def test_question_bad_input(any_store: Store) -> None:
    for question in ("  ", "x" * 1_001):
        with pytest.raises(BadInput):
            ask(any_store, schema(), question)
