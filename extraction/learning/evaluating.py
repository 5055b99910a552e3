"""A trained model against a file of labelled texts that had no part in its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from extraction.learning.cards import load_model
from extraction.learning.examples import Corpus, Example, Labelled, Respelt, span_labels
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
    notices = [*_doubts(card, corpus, test.name), *(n.message for n in corpus.notices)]
    if notices:
        scores["notices"] = notices
    return scores


def _doubts(card: dict[str, Any], corpus: Corpus[Any], name: str) -> list[str]:
    """Why the scores may not mean what they seem to."""
    doubts = []
    used = {part["sha256"]: what for what, part in card["data"].items()}
    if corpus.digest in used:
        doubts.append(
            f"{name}: is the model's {used[corpus.digest]} part; only texts that it has not seen "
            "tell how well it reads."
        )
    labels = span_labels(corpus.items) if card["task"] == "spans" else {}
    unknown = sorted(set(labels) - set(card["labels"]))
    if unknown:
        doubts.append(
            f"{name}: labels {', '.join(unknown[:5])}{' …' if len(unknown) > 5 else ''}, which the "
            f"model was not trained to give; it gives {', '.join(card['labels'][:8])}."
        )
    return doubts


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
