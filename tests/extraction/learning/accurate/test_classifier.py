"""A text's label by a tiny encoder."""

from __future__ import annotations

from pathlib import Path

import pytest

from extraction.learning.accurate.classifier import load, train
from extraction.learning.examples import Labelled
from extraction.learning.protocol import Trained, TrainingOptions
from kg.model.errors import BadInput

_WORDS = {
    "Leak": ("leaking", "seal leaking", "oil leaking", "漏 油"),
    "Wear": ("worn", "seal worn", "bearing worn", "worn hose"),
    "Noise": ("noisy", "pump noisy", "motor is noisy", "noisy bearing"),
}
SETTINGS = {"steps": 0, "epochs": 8, "head_rate": 0.02, "encoder_rate": 0.003, "batch": 4}


def _texts() -> list[Labelled]:
    return [Labelled("", f"the {w}", label) for label, some in _WORDS.items() for w in some]


def _train(encoder: Path, **settings: object) -> Trained:
    options = TrainingOptions(encoder=encoder, settings={**SETTINGS, **settings})
    return train(_texts(), _texts(), (), options, lambda message, done=None: None)


@pytest.fixture(scope="module")
def trained(encoder: Path) -> Trained:
    return _train(encoder)


def test_train_learns_the_labels(trained: Trained) -> None:
    assert trained.scores["accuracy"] > 0.9
    assert trained.notes["most_frequent_label"] in _WORDS
    verdicts = trained.model.classify(["the seal leaking", "", "noisy " * 200])
    assert verdicts[0].label == "Leak"
    assert verdicts[1].score == pytest.approx(1 / 3, abs=1e-3)
    assert verdicts[2].label == "Noise"
    assert all(0 <= verdict.score <= 1 for verdict in verdicts)
    assert trained.model.classify([]) == []


def test_train_learns_from_dev_after_it_has_measured_there(encoder: Path) -> None:
    texts = [text.text for text in _texts()]
    apart, both = _train(encoder, epochs=3, folding=0), _train(encoder, epochs=3)
    assert apart.measured is None
    assert both.scores == apart.scores
    assert both.measured.classify(texts) == apart.model.classify(texts)
    assert both.model.classify(texts) != both.measured.classify(texts)


def test_load_classifies_as_what_was_saved(trained: Trained, tmp_path: Path) -> None:
    trained.model.save(tmp_path)
    texts = [text.text for text in _texts()]
    again = load(tmp_path, {})
    assert again.classify(texts) == trained.model.classify(texts)
    assert again.labels == trained.model.labels


def test_train_twice_is_the_same(encoder: Path) -> None:
    texts = [text.text for text in _texts()]
    one, other = (_train(encoder, epochs=2).model.classify(texts) for _ in range(2))
    assert one == other


def test_train_refuses_one_label_and_unknown_settings(encoder: Path) -> None:
    with pytest.raises(BadInput, match="no setting 'rate'"):
        _train(encoder, rate=1)
    one = [Labelled("", "the pump", "Leak")] * 3
    with pytest.raises(BadInput, match="two labels"):
        train(one, one, (), TrainingOptions(encoder=encoder), lambda message, done=None: None)
