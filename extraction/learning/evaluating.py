"""A trained model against a file of labelled texts that had no part in its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from extraction.learning.cards import load_model
from extraction.learning.examples import Example, Labelled, Respelt
from extraction.learning.formats import find_format, read_corpus
from extraction.learning.protocol import Classifier, Normaliser, Recogniser
from extraction.learning.scoring import score_labels, score_spans, score_words
from kg.model.errors import BadInput


def evaluate_model(directory: Path, format_name: str, test: Path) -> dict[str, Any]:
    """Scores of the model in `directory` on the texts of `test`.

    For spans `{"entities": …, "relations": {"strict": …, "loose": …}}`, else accuracy, macro F1,
    error reduction and controls. Raises BadInput where model and format do not fit together.
    """
    format_ = find_format(format_name)
    model, card = load_model(directory)
    if card["task"] != format_.task:
        raise BadInput(
            f"{directory}: was trained to {card['task']}, but the format {format_name!r} is for "
            f"{format_.task}; say the format that it was trained with ({card['format']})."
        )
    reading = card["reading"] if card["format"] == format_name else {}
    corpus = read_corpus(format_name, test, **reading)
    scores = measure(model, corpus.items, card["notes"])
    if corpus.notices:
        scores["notices"] = [notice.message for notice in corpus.notices]
    return scores


def measure(
    model: Any, items: tuple[Any, ...] | list[Any], notes: dict[str, Any]
) -> dict[str, Any]:
    """Scores of a model on labelled texts; `notes` of its training hold the controls."""
    first = items[0]
    if isinstance(first, Example):
        recogniser = cast(Recogniser, model)
        return score_spans(items, recogniser.read([example.bare() for example in items]))
    if isinstance(first, Labelled):
        given = [verdict.label for verdict in cast(Classifier, model).classify(_texts(items))]
        return score_labels([item.label for item in items], given, notes["most_frequent_label"])
    return _measure_words(cast(Normaliser, model), items)


def _texts(items: Any) -> list[str]:
    return [item.text for item in items]


def _measure_words(model: Normaliser, items: Any) -> dict[str, Any]:
    texts: list[Respelt] = list(items)
    written = [[word for word, _ in text.words] for text in texts]
    given = model.normalise(written)
    frequent = model.most_frequent(written)
    return score_words(
        [word for text in written for word in text],
        [meant for text in texts for _, meant in text.words],
        [word for text in given for word in text],
        [word for text in frequent for word in text],
    )
