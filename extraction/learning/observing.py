"""What a trained model says about labelled texts, thing by thing, and whether each is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from extraction.learning.calibration import Observation, What, calibrate
from extraction.learning.examples import Example, Labelled, Respelt
from extraction.learning.protocol import Classifier, Normaliser, Recogniser

CHANGED, KEPT = "changed", "kept"  # the two sorts of words that a normaliser gives


def calibrate_model(model: Any, items: Sequence[Any]) -> dict[str, Any]:
    """The calibration of a model by texts that it did not learn from, as its card keeps it."""
    found = {what: calibrate(some) for what, some in observe(model, items).items()}
    return {what: c.as_json() for what, c in found.items() if c is not None}


def observe(model: Any, items: Sequence[Any]) -> dict[What, list[Observation]]:
    """All that a model says about the texts.

    A span is right when start, end and label agree; a tie when both its spans and its label do; a
    word when it is the meant one (words that are changed and words that are kept apart).
    """
    first = items[0]
    if isinstance(first, Example):
        return _observe_spans(cast(Recogniser, model), items)
    if isinstance(first, Labelled):
        return {"labels": _observe_labels(cast(Classifier, model), items)}
    return {"words": _observe_words(cast(Normaliser, model), items)}


def _observe_spans(model: Recogniser, examples: Sequence[Example]) -> dict[What, list[Observation]]:
    spans: list[Observation] = []
    ties: list[Observation] = []
    readings = model.read([example.bare() for example in examples])
    for n, (example, reading) in enumerate(zip(examples, readings, strict=True)):
        there = {tuple(span) for span in example.spans}
        tied = {(example.spans[t.source], example.spans[t.target], t.label) for t in example.ties}
        spans.extend(
            Observation(span.label, span.score, tuple(span[:3]) in there, n)
            for span in reading.spans
        )
        for tie in reading.ties:
            ends = (reading.spans[tie.source][:3], reading.spans[tie.target][:3], tie.label)
            ties.append(Observation(tie.label, tie.score, ends in tied, n))
    return {"spans": spans, "ties": ties}


def _observe_labels(model: Classifier, texts: Sequence[Labelled]) -> list[Observation]:
    verdicts = model.classify([text.text for text in texts])
    return [
        Observation(verdict.label, verdict.score, verdict.label == text.label, n)
        for n, (text, verdict) in enumerate(zip(texts, verdicts, strict=True))
    ]


def _observe_words(model: Normaliser, texts: Sequence[Respelt]) -> list[Observation]:
    given = model.propose([[written for written, _ in text.words] for text in texts])
    return [
        Observation(KEPT if word.text == written else CHANGED, word.score, word.text == meant, n)
        for n, (text, words) in enumerate(zip(texts, given, strict=True))
        for (written, meant), word in zip(text.words, words, strict=True)
    ]
