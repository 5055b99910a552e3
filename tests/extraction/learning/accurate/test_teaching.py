"""Lessons from texts without labels, with hints and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extraction.learning.accurate import train
from extraction.learning.accurate.lessons import Marks
from extraction.learning.accurate.teaching import _places, find_habits
from extraction.learning.examples import Example, Hint, Span
from extraction.learning.protocol import Trained, TrainingOptions
from kg.model.errors import BadInput
from tests.extraction.learning.accurate.conftest import make_texts

SETTINGS = {
    "steps": 0,
    "epochs": 4,
    "teacher_epochs": 5,
    "teaching_epochs": 2,
    "hidden": 32,
    "head_rate": 0.02,
    "encoder_rate": 0.003,
    "dropout": 0.0,
    "folding": 0,
}


def _hinted(example: Example) -> Example:
    """The ties of an example by words, and nothing else of it."""

    def words(span: Span) -> str:
        return example.text[span.start : span.end]

    hints = [
        Hint(tie.label, words(example.spans[tie.source]), words(example.spans[tie.target]))
        for tie in example.ties
    ]
    return Example(example.name, example.text, hints=tuple(hints))


def _teach(
    encoder: Path, unlabelled: list[Example], **options: object
) -> tuple[Trained, list[str]]:
    told: list[str] = []

    def listen(message: str, done: float | None = None) -> None:
        told.append(message)

    given = TrainingOptions(encoder=encoder, settings=SETTINGS, **options)  # type: ignore[arg-type]
    return train(make_texts(24), make_texts(12, 9), unlabelled, given, listen), told


def test_habits_count_labels_at_the_ends_of_ties() -> None:
    marks = [
        Marks([(0, 0, 0), (1, 1, 1)], [(0, 1, 0)], []),
        Marks([(0, 0, 0), (1, 1, 1), (2, 2, 1)], [(0, 1, 0)], []),
    ]
    habits = find_habits(marks, labels=2, ties=1)
    assert habits.ends[0, 0].tolist() == pytest.approx([2.5 / 3, 0.5 / 3])
    assert habits.ends[0, 1].tolist() == pytest.approx([0.5 / 3, 2.5 / 3])
    assert habits.free == pytest.approx(1.5 / 6)
    assert np.allclose(habits.ends.sum(axis=2), 1)


def test_places_of_a_hint_are_all_where_its_words_stand() -> None:
    words = ["oil", "pump", "oil", "pump", "seal"]
    assert _places("Oil Pump", words, widest=3) == [(0, 1), (2, 3)]
    assert _places("pump seal leaking", words, widest=3) == []
    assert _places("oil pump", words, widest=1) == []
    assert _places(" ", words, widest=3) == []


def test_hints_and_own_readings_teach(encoder: Path) -> None:
    hinted = [_hinted(example) for example in make_texts(60, 4)]
    trained, told = _teach(encoder, hinted)
    assert any(" of them by their hints" in message for message in told)
    assert set(trained.notes["course"]) >= {"teacher", "taught", "labelled"}
    assert trained.scores["entities"]["micro"]["f1"] > 0.8
    plain = [Example(e.name, e.text) for e in hinted]
    alone, _ = _teach(encoder, plain)
    assert alone.scores["entities"]["micro"]["f1"] > 0.8


def test_texts_of_dev_are_not_learnt_from(encoder: Path) -> None:
    dev = [_hinted(example) for example in make_texts(12, 9)]
    trained, told = _teach(encoder, dev)
    assert "teacher" not in trained.notes["course"]
    assert not any("more texts" in message for message in told)


def test_another_model_teaches(encoder: Path, tmp_path: Path) -> None:
    from extraction.learning.cards import write_card

    trained, _ = _teach(encoder, [])
    directory = tmp_path / "teacher"
    directory.mkdir()
    trained.model.save(directory)
    write_card(
        directory,
        {
            "version": 1,
            "name": "teacher",
            "task": "spans",
            "tier": "accurate",
            "format": "jsonl",
            "seed": 0,
            "trained_at": "2026-01-01",
            "seconds": 1.0,
            "data": {},
            "scores": {},
            "notes": {},
        },
    )
    more = [example.bare() for example in make_texts(30, 4)]
    taught, _ = _teach(encoder, more, teacher=directory)
    assert "teacher" not in taught.notes["course"]
    assert "taught" in taught.notes["course"]
    (directory / "card.json").unlink()
    with pytest.raises(BadInput):
        _teach(encoder, more, teacher=directory)
