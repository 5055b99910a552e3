"""How much there is to learn from a text, and a first labelling of it for people to correct.

With a model: the uncertainty (binary entropy, in bits) of everything that it says about the text;
of a classifier how near its second label comes to the first.
Without one: its words, so that the chosen texts stand for the most of what was written. (Counting
the words that the lexicon does not know led to odd texts and worse models: 68 instead of 74 of F1
on mwo2kg with 100 texts.) With a recogniser the words that neither it nor the lexicon knows count,
too: it is silent about what it overlooks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from extraction.learning.annotating.distant import GraphNames, Named
from extraction.learning.annotating.gathering import PoolText
from extraction.learning.calibration import Calibration, read_calibration
from extraction.learning.examples import Example, Span, Tie, make_example
from extraction.learning.lexicon import shipped_lexicon
from extraction.text.lexicon import TERM_KINDS, UNKNOWN, Lexicon

_UNKNOWN_WORD = 0.5  # bits: half of what a wholly uncertain span is worth
_CLASSES = {
    "component": "Component",
    "mode": "FailureMode",
    "symptom": "Symptom",
    "cause": "FailureCause",
    "activity": "MaintenanceActivity",
}


class Judged(NamedTuple):
    """A text, what it promises, and its first labelling (`label`: of the whole text)."""

    text: PoolText
    worth: float  # bits of doubt that a person would settle; words where there is no model
    example: Example
    label: str | None = None
    scores: tuple[float, ...] = ()  # of the spans


def judge_texts(
    texts: Sequence[PoolText],
    model_directory: Path | None = None,
    graph: GraphNames | None = None,
) -> tuple[list[Judged], str]:
    """The texts judged, and the task that they are labelled for: spans or classify.

    Without a model the words of the ontology label, and the names and relations of `graph`.
    Raises BadInput where the directory holds no model that labels texts.
    """
    lexicon = shipped_lexicon()
    if model_directory is None:
        return [_judge_by_words(lexicon, graph, text) for text in texts], "spans"
    from extraction.learning.cards import load_model
    from kg.model.errors import BadInput

    model, card = load_model(model_directory)
    if card["task"] == "classify":
        return _judge_by_classifier(model, card, texts), "classify"
    if card["task"] != "spans":
        raise BadInput(f"{model_directory}: a normaliser labels no texts; give another model.")
    return _judge_by_recogniser(model, card, lexicon, texts), "spans"


def _judge_by_recogniser(
    model: Any, card: dict[str, Any], lexicon: Lexicon, texts: Sequence[PoolText]
) -> list[Judged]:
    spans, ties = read_calibration(card, "spans"), read_calibration(card, "ties")
    judged = []
    readings = model.read([Example(text.place, text.text) for text in texts])
    for text, reading in zip(texts, readings, strict=True):
        worth = sum(_doubt(spans, span.label, span.score) for span in reading.spans)
        worth += sum(_doubt(ties, tie.label, tie.score) for tie in reading.ties)
        marked = [(span.start, span.end) for span in reading.spans]
        worth += _UNKNOWN_WORD * sum(
            not any(start < to and end > begin for begin, to in marked)
            for start, end in _unknown_words(lexicon, text.text)
        )
        example = make_example(
            text.place,
            text.text,
            [Span(*span[:3]) for span in reading.spans],
            [Tie(*tie[:3]) for tie in reading.ties],
        )
        score = {Span(*span[:3]): span.score for span in reading.spans}
        judged.append(
            Judged(text, worth, example, None, tuple(score[span] for span in example.spans))
        )
    return judged


def _judge_by_classifier(
    model: Any, card: dict[str, Any], texts: Sequence[PoolText]
) -> list[Judged]:
    labels = read_calibration(card, "labels")
    verdicts = model.classify([text.text for text in texts])
    worths = [_doubt(labels, verdict.label, verdict.score) for verdict in verdicts]
    if hasattr(model, "shares"):
        # How near the second label comes tells more than how sure the first is.
        best_two = [sorted(model.shares(text.text))[-2:] for text in texts]
        worths = [1 - float(first - second) for second, first in best_two]
    return [
        Judged(text, worth, Example(text.place, text.text), verdict.label)
        for text, worth, verdict in zip(texts, worths, verdicts, strict=True)
    ]


def _judge_by_words(lexicon: Lexicon, graph: GraphNames | None, text: PoolText) -> Judged:
    named: list[Named] = []
    for hit in lexicon.find(lexicon.encode(text.text)):
        senses = [sense for sense in hit.senses if sense.kind in TERM_KINDS]
        if senses and hit.start < hit.end:
            named.append(Named(hit.start, hit.end, senses[0].value, _CLASSES[senses[0].kind]))
    ties: list[Tie] = []
    if graph is not None:
        own = graph.find(text.text)
        # a plant's own name is longer than the general words in it, and what it means is known
        named = sorted(
            own
            + [
                one
                for one in named
                if not any(o.start < one.end and one.start < o.end for o in own)
            ]
        )
        ties = [Tie(*joined) for joined in graph.join(named)]
    spans = [Span(one.start, one.end, one.cls) for one in named]
    example = make_example(text.place, text.text, spans, ties)
    return Judged(text, float(len(lexicon.encode(text.text).codes)), example)


def _unknown_words(lexicon: Lexicon, text: str) -> list[tuple[int, int]]:
    encoded = lexicon.encode(text)
    return [
        span for code, span in zip(encoded.codes, encoded.spans, strict=True) if code == UNKNOWN
    ]


def _doubt(calibration: Calibration, label: str, score: float) -> float:
    p = calibration.probability(label, score) if calibration.curves else score
    if not 0 < p < 1:
        return 0.0
    return -(p * math.log2(p) + (1 - p) * math.log2(1 - p))
