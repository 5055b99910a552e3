"""Finding terms by what people call them, on the command line too."""

from __future__ import annotations

import json

import pytest

from api.cli import main
from ontology import load_schema
from ontology.lookup import find_terms, nearest_words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("WorkOrder", "WorkOrder"),
        ("work  ORDER", "WorkOrder"),
        ("工单", "WorkOrder"),
        ("检修单", "WorkOrder"),
        ("job card", "WorkOrder"),
        ("hasComponent", "hasComponent"),
        ("消耗", "consumed"),
        ("RPN", "rpn"),
        ("class:Excavator", "Excavator"),
        ("挖机", "Excavator"),
        ("ＡＧＶ", "AutomatedGuidedVehicle"),
    ],
)
def test_lookup_finds_terms_by_any_word(text: str, name: str) -> None:
    assert name in {match.term.name for match in find_terms(load_schema(), text)}


def test_lookup_puts_names_before_labels_before_other_words() -> None:
    ranks = [m.rank for m in find_terms(load_schema(), "machine")]
    assert ranks == sorted(ranks)
    assert find_terms(load_schema(), "asset")[0].term.name == "Asset"


@pytest.mark.parametrize(
    ("text", "near"),
    [("wrok order", "Work order"), ("excavater", "Excavator"), ("维修工", "维修工单")],
)
def test_lookup_offers_the_nearest_words(text: str, near: str) -> None:
    words = [word.casefold() for word in nearest_words(load_schema(), text)]
    assert near.casefold() in words or text in words


def test_show_command_tells_all_about_a_term(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ontology", "show", "consumed"]) == 0
    shown = capsys.readouterr().out
    for part in ("消耗", "subject: Operation", "MaterialLot", "upstream", "CONSUMED"):
        assert part in shown
    assert main(["ontology", "show", "工单", "--lang", "zh"]) == 0
    assert capsys.readouterr().out.startswith("工单 · Work order")


def test_show_command_gives_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ontology", "show", "Excavator", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told[0]["key"] == "class:Excavator"
    assert told[0]["label"]["zh"] == "挖掘机"
    assert "class:MobileMachine" in told[0]["broader"]


def test_show_command_offers_the_nearest_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ontology", "show", "excavater"]) == 1
    error = capsys.readouterr().err
    assert "excavater" in error
    assert "Excavator" in error
