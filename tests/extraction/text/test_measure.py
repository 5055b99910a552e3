"""Measuring, and the figures that the shipped lexicon must keep on public labelled texts.

The floors lie below what was measured; they catch a library edit that breaks reading.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extraction.text.lexicon import Lexicon
from extraction.text.measure import (
    MWO2KG_KINDS,
    Label,
    Labelled,
    Measured,
    agreement,
    coverage,
    measure,
    read_bdci,
    read_conll,
    read_excavators,
    read_maintie,
)
from extraction.text.reading import Reader
from ontology import load_schema
from tests.extraction.text.plant_words import small_plant
from tests.shared_data import shared


@pytest.fixture(scope="module")
def small() -> Reader:
    return Reader(Lexicon(small_plant()))


@pytest.fixture(scope="module")
def shipped() -> Reader:
    return Reader(Lexicon(load_schema()))


def test_counts_of_one_text(small: Reader) -> None:
    text = "replace leaking hose and gizmo, pump"
    labels = [
        Label("activity", 0, 7),
        Label("finding", 8, 15),
        Label("component", 16, 30),  # "hose and gizmo": overlaps, not exact
        Label("other", 32, 36),
    ]
    result = measure(small, [Labelled(text, labels)])
    component = result.kinds["component"]
    assert (component.predicted, component.exact, component.overlapping) == (2, 0, 1)
    assert (component.labelled, component.found_exactly, component.found) == (1, 0, 1)
    assert component.precision() == 0.5
    assert component.recall() == 1.0
    assert component.recall(exact=True) == 0.0
    assert result.kinds["activity"].precision(exact=True) == 1.0
    assert result.wrong == {("component", "pump"): 1}
    assert result.hows["finding", "exact"].predicted == 1
    assert result.kinds["nothing"].precision() is None


def test_coverage_counts_texts(small: Reader) -> None:
    assert coverage(small, ["leak", "pump leak", "gizmo", "replace pump"]) == {
        "component": 0.5,
        "finding": 0.5,
        "activity": 0.25,
        "any": 0.75,
        "two": 0.5,
    }
    assert coverage(small, [])["any"] == 0.0


def test_maintie_spans_become_characters(tmp_path: Path) -> None:
    path = tmp_path / "gold.json"
    entry = {
        "tokens": ["oil", "leak", "pump"],
        "entities": [
            {"start": 0, "end": 1, "type": "PhysicalObject/Substance/Liquid"},
            {"start": 1, "end": 2, "type": "Process/UndesirableProcess"},
            {"start": 2, "end": 3, "type": "PhysicalObject/GeneratingObject/Pump"},
        ],
    }
    path.write_text(json.dumps([entry]))
    assert read_maintie(path) == [
        Labelled(
            "oil leak pump",
            [Label("other", 0, 3), Label("finding", 4, 8), Label("component", 9, 13)],
        )
    ]


def test_conll_tags_become_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("change B-Activity\nout I-Activity\npump B-Item\n\nok O\n")
    assert read_conll(path, MWO2KG_KINDS) == [
        Labelled("change out pump", [Label("activity", 0, 10), Label("component", 11, 15)]),
        Labelled("ok", []),
    ]


def show(result: Measured) -> str:
    return str({kind: (c.precision(), c.recall()) for kind, c in result.kinds.items()})


@pytest.mark.parametrize(
    ("floor_precision", "floor_recall", "part"),
    [(0.93, 0.85, "maintie/gold_train.json"), (0.9, 0.74, "maintie/gold_dev.json")],
)
def test_precision_and_recall_on_maintie(
    shipped: Reader, floor_precision: float, floor_recall: float, part: str
) -> None:
    result = measure(shipped, read_maintie(shared(f"extraction/{part}")))
    for kind in ("component", "finding", "activity"):
        counts = result.kinds[kind]
        assert (counts.precision() or 0) >= floor_precision, show(result)
        assert (counts.recall() or 0) >= floor_recall, show(result)


@pytest.mark.parametrize("part", ["conll_train.txt", "conll_dev.txt"])
def test_precision_and_recall_on_mwo2kg(shipped: Reader, part: str) -> None:
    path = shared(f"extraction/mwo2kg/{part}")
    result = measure(shipped, read_conll(path, MWO2KG_KINDS))
    for kind in ("component", "finding", "activity"):
        counts = result.kinds[kind]
        assert (counts.precision() or 0) >= 0.9, show(result)
        assert (counts.recall() or 0) >= 0.84, show(result)


def test_recall_on_chinese_fault_reports(shipped: Reader) -> None:
    result = measure(shipped, read_bdci(shared("extraction/bdci2022/dev.jsonl")))
    assert (result.kinds["component"].recall() or 0) >= 0.72, show(result)
    assert (result.kinds["finding"].recall() or 0) >= 0.66, show(result)


def test_coverage_and_agreement_on_the_excavators(shipped: Reader) -> None:
    orders = read_excavators(shared("extraction/excavators/excavators-cleaned.csv"))
    shares = coverage(shipped, (order.text for order in orders))
    assert shares["any"] >= 0.99
    assert shares["component"] >= 0.88
    assert shares["two"] >= 0.85
    modes = agreement(shipped, orders, "FM")
    for code in ("Leak", "Missing / Loose", "Over Temp", "Structural Integrity"):
        precision, recall, _ = modes[code]
        assert (precision or 0) >= 0.95, modes
        assert (recall or 0) >= 0.9, modes
    actions = agreement(shipped, orders, "Action")
    assert all((precision or 0) >= 0.95 for precision, _, _ in actions.values()), actions
