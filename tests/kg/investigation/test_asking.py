"""Questions about anything in the graph: each goes to what can answer it."""

from __future__ import annotations

import re

import pytest

from kg.investigation.asking import ask
from kg.model.errors import BadInput
from kg.store.protocol import Store
from tests.kg.investigation.test_investigating import bad_units, shop
from tests.kg.plants import schema, work_order
from tests.oracle import MemoryStore


@pytest.fixture(scope="module")
def plant() -> Store:
    f = shop()
    f.node("lot:STEEL-7", "MaterialLot", "STEEL-7").say("op:A001", "consumed", "lot:STEEL-7")
    f.node("defecttype:leak", "DefectType", "Leaks at the flange")
    for day in range(1, 11):
        work_order(f, f"R{day}", "asset:P2", f"2026-03-{2 * day:02d}", observed=("mode:Noise",))
    work_order(
        f, "LAST-1", "asset:P1", "2026-04-02", text="resealed", involves=("component:Seal",),
        performed=("activity:Replace",),
    )  # fmt: skip
    work_order(
        f, "HOSE", "asset:P1", "2026-04-03", text="new hose", involves=("component:Hose",),
        performed=("activity:Replace",),
    )  # fmt: skip
    return f.load(MemoryStore(schema()))


def texts(plant: Store, question: str) -> tuple[str, list[str]]:
    found = ask(plant, schema(), question, limit=5)
    return found.understood.intent, [line.text.en for line in found.lines]


@pytest.mark.parametrize(
    ("question", "intent", "place"),
    [
        ("which units were made from STEEL-7?", "forward", "lot:STEEL-7"),
        ("STEEL-7 用在哪些产品", "forward", "lot:STEEL-7"),
        ("which lots went into U001", "back", "unit:U001"),
        ("U001 用了哪些批次", "back", "unit:U001"),
        ("U001", "back", "unit:U001"),
        ("why is U001 bad?", "defect", "unit:U001"),
        ("what happened to P1", "events", "asset:P1"),
        ("P1 最近发生了什么", "events", "asset:P1"),
        ("which units were made on P1?", "forward", "asset:P1"),
        ("what does LAST-1 say", "record", "wo:LAST-1"),
        ("how often does P2 fail?", "reliability", "asset:P2"),
        ("what is the MTBF of P2", "reliability", "asset:P2"),
        ("P2 多久坏一次", "reliability", "asset:P2"),
        ("which machine fails most?", "worst", None),
        ("哪台设备故障最多", "worst", None),
        ("what is leakage", "meaning", "mode:Leakage"),
        ("什么是失效模式", "meaning", "FailureMode"),
        ("why does P1 leak?", "causes", "asset:P1"),
        ("what is the reason for the leak on P1", "causes", "asset:P1"),
        ("who repaired P1 last", "history", "asset:P1"),
        ("P1 漏油怎么办", "remedy", "asset:P1"),
    ],
)
def test_questions_are_understood(
    plant: Store, question: str, intent: str, place: str | None
) -> None:
    understood = ask(plant, schema(), question).understood
    assert understood.intent == intent
    assert (understood.place.key if understood.place else None) == place


def test_genealogy_is_told_with_its_places(plant: Store) -> None:
    _, lines = texts(plant, "which units were made from STEEL-7?")
    assert any("U001" in line for line in lines)
    found = ask(plant, schema(), "which lots went into U001")
    assert any("STEEL-7" in line.text.en for line in found.lines)
    assert any(line.citations for line in found.lines)


def test_what_an_asset_made(plant: Store) -> None:
    _, lines = texts(plant, "which units were made on P1?")
    assert "Asset P1" in lines[0]
    assert "U0" in lines[1]


def test_what_a_record_says(plant: Store) -> None:
    found = ask(plant, schema(), "what does LAST-1 say")
    assert any("seal" in line.text.en for line in found.lines)
    assert any(line.citations for line in found.lines)


def test_bad_goods_lead_to_the_worn_press(plant: Store) -> None:
    unit = bad_units(shop())[0].partition(":")[2]
    _, lines = texts(plant, f"why is {unit} defective")
    assert "Asset P1" in lines[0]
    intent, lines = texts(plant, "why are there units that show leaks at the flange?")
    assert intent == "defect"
    assert "P1" in lines[0]


def test_history_of_one_component(plant: Store) -> None:
    _, lines = texts(plant, "when was the seal of P1 last replaced")
    assert len(lines) == 1
    assert "resealed" in lines[0]


def test_how_often_and_how_long(plant: Store) -> None:
    _, lines = texts(plant, "how often does P2 fail")
    assert re.match(r"1\d failures in \d+ days observed", lines[0])
    assert any("mean time between failures" in line and "bounds" in line for line in lines)


def test_worst_first(plant: Store) -> None:
    _, lines = texts(plant, "which machine fails most?")
    assert lines[0].startswith("Asset P2")


def test_a_code_that_nothing_has_is_asked_back(plant: Store) -> None:
    found = ask(plant, schema(), "how often does P9 fail?")
    assert found.ask_back is not None
    assert "P9" in found.ask_back.en


def test_everyday_words_are_no_typos(plant: Store) -> None:
    found = ask(plant, schema(), "who repaired P1 last")
    assert found.understood.signs == ()


def test_empty_questions_are_refused(plant: Store) -> None:
    with pytest.raises(BadInput, match="Ask something"):
        ask(plant, schema(), "  ")
