"""What the classifier learns in both languages, how it saves, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extraction.learning.classifier import TextClassifier, train
from extraction.learning.classifier.features import Features, split_text
from extraction.learning.examples import Labelled
from extraction.learning.protocol import Trained, TrainingOptions
from kg.model.errors import BadInput
from tests.extraction.learning.plant_texts import labelled_texts


def silent(message: str, done: float | None = None) -> None:
    del message, done


def learn(texts: list[Labelled], **settings: Any) -> Trained:
    return train(texts, texts[:10], (), TrainingOptions(settings=settings), silent)


@pytest.mark.parametrize("chinese", [False, True])
@pytest.mark.parametrize("lexicon", [False, True])
def test_learns_words_that_tell_the_label(chinese: bool, lexicon: bool) -> None:
    model = learn(labelled_texts(120, 1, chinese), lexicon=lexicon).model
    fresh = labelled_texts(60, 2, chinese)
    given = model.classify([text.text for text in fresh])
    right = sum(v.label == t.label for v, t in zip(given, fresh, strict=True))
    assert right >= 58


def test_concepts_of_the_ontology_reach_words_that_no_text_had() -> None:
    texts = [
        *(
            Labelled("t", f"{part} {word}", "Noise")
            for part in "ab"
            for word in ("noisy", "squeals")
        ),
        *(
            Labelled("t", f"{part} {word}", "Heat")
            for part in "ab"
            for word in ("overheats", "hot")
        ),
        *(
            Labelled("t", f"{part} {word}", "Leak")
            for part in "ab"
            for word in ("leaks", "leaking")
        ),
    ] * 3
    knowing = learn(texts, lexicon=True).model.shares("渗油")
    labels = list(learn(texts, lexicon=True).model.labels)
    assert labels[int(knowing.argmax())] == "Leak"


def test_scores_are_shares_that_are_sharper_where_labels_are_told(tmp_path: Path) -> None:
    model = learn(labelled_texts(200, 1)).model
    assert model.shares("pump leaks oil").sum() == pytest.approx(1, abs=1e-5)
    sure, unsure = model.classify(["pump leaking", "qqqq"])
    assert sure.score > 0.6 > unsure.score


def test_two_labels_and_a_label_with_one_example() -> None:
    texts = [
        Labelled("t", "leaks", "A"),
        Labelled("t", "leaking oil", "A"),
        Labelled("t", "hot", "B"),
    ]
    model = learn(texts).model
    assert [v.label for v in model.classify(["oil leaks", "hot"])] == ["A", "B"]


def test_empty_and_strange_texts_get_a_label() -> None:
    model = learn(labelled_texts(60, 1)).model
    assert len(model.classify(["", "   ", "😀", "\x00", "a" * 10_000])) == 5


def test_one_label_alone_is_refused() -> None:
    with pytest.raises(BadInput, match="two labels or more"):
        learn([Labelled("t", "leaks", "A")] * 5)


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(BadInput, match="there are: balanced, c, label_words, lexicon"):
        learn(labelled_texts(20, 1), depth=3)


def test_it_survives_saving(tmp_path: Path) -> None:
    model = learn(labelled_texts(60, 1, chinese=True)).model
    model.save(tmp_path)
    texts = [text.text for text in labelled_texts(30, 5, chinese=True)]
    again = TextClassifier.load(tmp_path)
    assert again.classify(texts) == model.classify(texts)
    with np.load(tmp_path / "classifier.npz", allow_pickle=False) as file:
        assert all(file[name].dtype != object for name in file.files)


def test_features_of_a_text_are_of_length_one_per_block() -> None:
    features = Features.learn(["oil leak", "油泵漏油"], lexicon=False)
    row = features.read("油泵漏油")
    assert (row.values**2).sum() == pytest.approx(2, abs=1e-4)
    assert len(set(row.places.tolist())) == len(row.places)
    assert features.read("xyz").values.size == 0


def test_pieces_do_not_cross_words_and_short_words_are_whole() -> None:
    pieces = split_text("a oil", False)[0]
    assert "c a " in pieces
    assert "c oil " in pieces
    assert not any("a o" in piece for piece in pieces)
