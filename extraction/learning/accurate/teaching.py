"""Texts without labels made into lessons: what the network is sure of, and what hints say.

A hint (this relation holds between these words) comes from a machine or a graph. It gives the
places of both spans and the tie; the network gives their labels, weighed by how often a label
stands at that end of such a tie in the labelled texts. Where a text has hints, a span in none of
them is believed less, as rarely as the labelled texts have spans without ties. What is neither
likely nor unlikely is left out of the lesson.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from extraction.learning.accurate.batching import group, make_batch, spans_of
from extraction.learning.accurate.finding import (
    Floats,
    Structure,
    Thresholds,
    choose,
    find_candidates,
)
from extraction.learning.accurate.lessons import Marks
from extraction.learning.accurate.network import Network, probabilities
from extraction.learning.accurate.windows import Window, Words
from extraction.learning.examples import Example, Hint

_AT_ONCE = 32  # windows
_DOUBT = 0.15  # from which a span that is not believed is not held for wrong either
_LEAST = 1e-4  # no span is impossible
_FAR = 0.05  # what a word between two places counts against their being meant together
_MOST_PLACES = 12  # of the words of a hint in a text

Span = tuple[int, int]


class Habits(NamedTuple):
    """What the labelled texts say about ties.

    `ends[tie, end, label]`: share of the label at the source (0) or target (1) of such ties.
    `free`: share of the spans of texts with ties that are in none.
    """

    ends: NDArray[np.float64]
    free: float


def find_habits(marks: Sequence[Marks], labels: int, ties: int) -> Habits:
    """Counted in the labelled texts, each label once more than it was seen."""
    ends = np.full((max(1, ties), 2, labels), 0.5)
    free, total = 0.5, 1.0
    for text in marks:
        for source, target, tie in text.ties:
            ends[tie, 0, text.spans[source][2]] += 1
            ends[tie, 1, text.spans[target][2]] += 1
        if text.ties:
            tied = {n for tie in text.ties for n in tie[:2]}
            free += len(text.spans) - len(tied)
            total += len(text.spans)
    return Habits(ends / ends.sum(axis=2, keepdims=True), free / total)


def teach_by_itself(
    network: Network,
    windows: Sequence[Window],
    count: int,
    padding: int,
    structure: Structure,
    confidence: float,
) -> list[Marks]:
    """Marks of texts by the network alone: what it finds, what it doubts."""
    sure = Thresholds(confidence, confidence**2)
    found = find_candidates(network, windows, padding, structure, Thresholds(_DOUBT, sure.tie))
    kept, ties = choose(found, structure, sure, network.shape.exclusive, bringing=False)
    marks = [Marks([], [], []) for _ in range(count)]
    place: dict[int, int] = {}
    rows = zip(*(column.tolist() for column in found[:4]), kept.tolist(), strict=True)
    for n, (text, first, last, label, sure) in enumerate(rows):
        if sure:
            place[n] = len(marks[text].spans)
            marks[text].spans.append((first, last, label))
        else:
            marks[text].doubtful.append((first, last))
    for n in np.flatnonzero(ties).tolist():
        source, target = int(found.source[n]), int(found.target[n])
        marks[int(found.text[source])].ties.append(
            (place[source], place[target], int(found.tie[n]))
        )
    return marks


def teach_by_hints(
    network: Network,
    windows: Sequence[Window],
    examples: Sequence[Example],
    texts: Sequence[Words],
    tie_labels: Sequence[str],
    padding: int,
    habits: Habits,
    confidence: float,
) -> dict[int, Marks]:
    """Marks of the texts whose hints can be found in them, by the number of the text.

    A text that was cut into several windows is left to the network alone.
    """
    several = np.bincount([window.text for window in windows], minlength=len(texts)) > 1
    chosen = [w for w in windows if examples[w.text].hints and not several[w.text]]
    marks = {}
    for window, chances in _weigh(network, chosen, padding):
        hints = [hint for hint in examples[window.text].hints if hint.label in tie_labels]
        words = [word.casefold() for word in texts[window.text].words]
        made = _follow(hints, words, chances, network, tie_labels, habits, confidence)
        if made is not None:
            marks[window.text] = made
    return marks


def _weigh(
    network: Network, windows: Sequence[Window], padding: int
) -> Iterator[tuple[Window, Floats]]:
    """The chances of every span and label of every window."""
    widest = network.shape.widest
    network.eval()
    with torch.inference_mode():
        for numbers in group(windows, _AT_ONCE, widest):
            batch = make_batch([windows[n] for n in numbers], widest, padding)
            scores = network.score_spans(network.encode(batch), batch)
            chances = probabilities(scores, network.shape.exclusive).numpy()
            at = 0
            for n in numbers:
                size = len(spans_of(windows[n].length, widest)[0])
                yield windows[n], chances[at : at + size]
                at += size


def _follow(
    hints: Sequence[Hint],
    words: list[str],
    chances: Floats,
    network: Network,
    tie_labels: Sequence[str],
    habits: Habits,
    confidence: float,
) -> Marks | None:
    """Marks by the hints; None where the words of one are not in the text."""
    widest = network.shape.widest
    first, last, begins = spans_of(len(words), widest)
    likely = chances.sum(axis=1) if network.shape.exclusive else chances.max(axis=1)
    ties: list[tuple[Span, Span, int]] = []
    weights: dict[Span, NDArray[np.float64]] = {}

    def number(span: Span) -> int:
        return int(begins[span[0]]) + span[1] - span[0]

    for hint in hints:
        sources, targets = (_places(end, words, widest) for end in (hint.source, hint.target))
        pairs = [(a, b) for a in sources for b in targets if a != b]
        if not pairs:
            return None
        source, target = max(
            pairs,
            key=lambda pair: (
                np.log(max(_LEAST, likely[number(pair[0])]))
                + np.log(max(_LEAST, likely[number(pair[1])]))
                - _FAR * abs(pair[0][0] - pair[1][0])
            ),
        )
        tie = tie_labels.index(hint.label)
        ties.append((source, target, tie))
        for span, end in ((source, 0), (target, 1)):
            known = weights.setdefault(
                span, np.maximum(chances[number(span)].astype(np.float64), _LEAST)
            )
            known *= habits.ends[tie, end]
    spans = {span: int(weight.argmax()) for span, weight in weights.items()}
    doubtful = []
    odds = likely * habits.free / np.maximum(1e-6, 1 - likely)
    belief = odds / (1 + odds)
    for n in np.flatnonzero(belief >= _DOUBT).tolist():
        span = (int(first[n]), int(last[n]))
        if span in spans:
            continue
        if belief[n] >= confidence:
            spans[span] = int(chances[n].argmax())
        else:
            doubtful.append(span)
    place = {span: n for n, span in enumerate(spans)}
    joined = {(place[a], place[b]): (place[a], place[b], tie) for a, b, tie in ties}
    return Marks([(*span, label) for span, label in spans.items()], list(joined.values()), doubtful)


def _places(phrase: str, words: list[str], widest: int) -> list[Span]:
    """Where the words of a hint stand in the text."""
    wanted = phrase.casefold().split()
    size = len(wanted)
    if not 0 < size <= widest:
        return []
    places = [
        (n, n + size - 1) for n in range(len(words) - size + 1) if words[n : n + size] == wanted
    ]
    return places[:_MOST_PLACES]
