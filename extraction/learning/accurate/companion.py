"""A second opinion on spans: the fast tier's recogniser, learnt from the same texts.

An encoder and a chain of features err in different places; the mean of both finds more than either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from extraction.learning.accurate.batching import spans_of
from extraction.learning.accurate.windows import Numbers, Window, Words
from extraction.learning.examples import Example
from extraction.learning.fast.recogniser import FastRecogniser
from extraction.learning.fast.training import train as train_fast
from extraction.learning.protocol import Progress, TrainingOptions

_WEIGHT = 0.4  # of the second opinion


class Opinion(NamedTuple):
    """What the other recogniser thinks of spans of one text. All shape: (candidates,)"""

    first: Numbers  # word
    last: Numbers
    label: Numbers
    score: np.ndarray


class Companions(NamedTuple):
    """A recogniser that has not seen dev, and one to be kept."""

    measured: FastRecogniser
    final: FastRecogniser


def learn_companions(
    train: Sequence[Example],
    dev: Sequence[Example],
    unlabelled: Sequence[Example],
    options: TrainingOptions,
    folding: bool,
    progress: Progress,
) -> Companions:
    """Learn the fast tier's recogniser with its usual settings."""
    given = replace(options, teacher=None, settings={"folding": int(folding)})
    trained = train_fast(train, dev, unlabelled, given, progress)
    return Companions(trained.measured or trained.model, trained.model)


def ask(
    companion: FastRecogniser | None,
    examples: Sequence[Example],
    texts: Sequence[Words],
    labels: Sequence[str],
) -> list[Opinion] | None:
    """Its opinion on each text, where its spans begin and end with words."""
    if companion is None:
        return None
    number = {label: n for n, label in enumerate(labels)}
    found = []
    for text, spans in zip(texts, companion.weigh(examples), strict=True):
        starts = {start: n for n, (start, _) in enumerate(text.ranges)}
        ends = {end: n for n, (_, end) in enumerate(text.ranges)}
        rows = [
            (starts[span.start], ends[span.end], number[span.label], span.score)
            for span in spans
            if span.start in starts and span.end in ends and span.label in number
        ]
        columns = np.array(rows, np.float64).reshape(-1, 4)
        places = columns[:, :3].astype(np.int64)
        found.append(Opinion(places[:, 0], places[:, 1], places[:, 2], columns[:, 3]))
    return found


def blend(
    chances: np.ndarray, windows: Sequence[Window], widest: int, opinions: Sequence[Opinion]
) -> np.ndarray:
    """Chances of all spans of the windows, averaged with the opinions on their texts.

    shape: (spans, labels), as the windows' spans follow each other in a batch
    """
    others = np.zeros_like(chances)
    base = 0
    for window in windows:
        begins = spans_of(window.length, widest)[2]
        opinion = opinions[window.text]
        first, last = opinion.first - window.offset, opinion.last - window.offset
        there = (first >= 0) & (last < window.length) & (last - first < widest)
        at = base + begins[first[there]] + last[there] - first[there]
        others[at, opinion.label[there]] = opinion.score[there]
        base += len(spans_of(window.length, widest)[0])
    return np.asarray((1 - _WEIGHT) * chances + _WEIGHT * others, dtype=chances.dtype)
