"""F1 of what would be read at a threshold, to choose the best one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from extraction.learning.fast.choosing import Chosen
from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.pairs import Marked, TieModel
from extraction.learning.fast.texts import Text

THRESHOLDS = tuple(n / 40 for n in range(4, 29))

_AS_GOOD = 0.004  # of F1; differences below it are chance on a few hundred texts


def choose_threshold(quality: Callable[[float], float]) -> float:
    """The middle one of the thresholds that are as good as the best, by their F1.

    The curve is flat and ragged near its top, and which of its teeth is the highest is chance.
    """
    scores = [quality(threshold) for threshold in THRESHOLDS]
    top = max(scores)
    good = [t for t, score in zip(THRESHOLDS, scores, strict=True) if score >= top - _AS_GOOD]
    return good[len(good) // 2]


ReadText = tuple[Marked, list[tuple[int, int, int]]]
ReadTie = tuple[int, int, int, float]  # source, target, label, probability


def f1_of(found: set[Any], there: set[Any]) -> float:
    total = len(found) + len(there)
    return 2 * len(found & there) / total if total else 0.0


def mean_f1(*parts: tuple[set[Any], set[Any]]) -> float:
    """The mean F1 of the parts in which anything is to be found."""
    scores = [f1_of(found, there) for found, there in parts if there]
    return sum(scores) / len(scores) if scores else 0.0


def places(choices: Iterable[Sequence[Chosen]]) -> set[Any]:
    return {(n, *one[:3]) for n, of in enumerate(choices) for one in of}


def places_of(texts: Sequence[Text]) -> set[Any]:
    return {(n, *span) for n, text in enumerate(texts) for span in text.spans}


def tied(
    spans: Sequence[Sequence[UnitSpan]], ties: Sequence[Sequence[ReadTie]], threshold: float
) -> set[Any]:
    return {
        (n, spans[n][a][:2], spans[n][b][:2], label)
        for n, of in enumerate(ties)
        for a, b, label, p in of
        if p >= threshold
    }


def tied_of(texts: Sequence[Text]) -> set[Any]:
    return {
        (n, text.spans[a][:2], text.spans[b][:2], label)
        for n, text in enumerate(texts)
        for a, b, label in text.ties
    }


def read_ties(model: TieModel, texts: Sequence[Marked]) -> list[list[ReadTie]]:
    return [
        [(*pair, int(p[1:].argmax()), float(p[1:].max())) for pair, p in of]
        for of in model.score(texts)
    ]
