"""From files to a model directory that stands alone, through the public surface."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from extraction.learning import evaluate_model, load_model, train_model
from extraction.learning.examples import Example
from extraction.learning.formats.jsonl import write
from extraction.learning.protocol import TrainingOptions
from tests.extraction.learning.accurate.conftest import make_texts

SETTINGS = {
    "steps": 0,
    "epochs": 6,
    "hidden": 32,
    "head_rate": 0.02,
    "encoder_rate": 0.003,
    "dropout": 0.0,
}


@pytest.fixture(scope="module")
def model(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained with an encoder whose directory is gone afterwards."""
    place = tmp_path_factory.mktemp("plant")
    own = place / "encoder"
    shutil.copytree(encoder, own)
    write(place / "train.jsonl", make_texts(40))
    write(place / "dev.jsonl", make_texts(12, 9))
    (place / "more.txt").write_text(
        "the motor is worn .\nthe hose is cracked .\n", encoding="utf-8"
    )
    train_model(
        "jsonl",
        place / "train.jsonl",
        place / "dev.jsonl",
        place / "model",
        unlabelled=place / "more.txt",
        tier="accurate",
        options=TrainingOptions(encoder=own, settings=SETTINGS),
    )
    shutil.rmtree(own)
    return place / "model"


def test_a_model_directory_needs_nothing_else(model: Path) -> None:
    assert not (model / "work").exists()
    recogniser, card = load_model(model)
    assert card["tier"] == "accurate"
    assert card["notes"]["encoder"]["name"] == "encoder"
    assert len(card["notes"]["encoder"]["sha256"]) == 64
    spans = recogniser.read([Example("new", "the valve is cracked .")])[0].spans  # type: ignore[union-attr]
    assert {span[:3] for span in spans} == {(4, 9, "Part"), (13, 20, "Fault")}


def test_evaluate_measures_it(model: Path) -> None:
    scores = evaluate_model(model, "jsonl", model.parent / "dev.jsonl")
    assert scores["entities"]["micro"]["support"] == sum(len(e.spans) for e in make_texts(12, 9))
    assert scores["entities"]["micro"]["f1"] > 0.8


def test_nothing_heavy_is_imported_by_the_tier_table() -> None:
    import subprocess
    import sys

    code = (
        "import sys, extraction.learning, extraction.learning.kinds;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
