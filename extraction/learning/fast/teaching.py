"""Labels for texts that nobody labelled: from a teacher, or from hints and a first model.

A hint names a relation by words. Where those words stand in the text they are spans; which class
they have is what the first model thinks of the place, times how often that end of the relation has
each class in the labelled texts. What the first model is sure of is added. Ties follow the hints.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.learning.examples import Hint
from extraction.learning.fast.finder import Candidate
from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.texts import Text
from extraction.learning.fast.units import Units
from extraction.learning.protocol import Reading
from extraction.text.tokens import fold

SURE = 0.6  # probability from which a first model's span is taken without a hint
_DOUBT = 0.03  # share that any class keeps whatever the model thinks
_End = tuple[str, int]  # label of a relation, 0 for its source and 1 for its target


class Taught(NamedTuple):
    """A text with labels that nobody checked, in units."""

    words: list[str]
    spans: list[UnitSpan]
    ties: list[tuple[int, int, int]]


class Ends:
    """How often each end of a relation has each class in labelled texts."""

    def __init__(self, texts: Sequence[Text], labels: int, ties: Sequence[str]) -> None:
        counts: dict[_End, Counter[int]] = defaultdict(Counter)
        for text in texts:
            for *ends, tie in text.ties:
                for side, end in enumerate(ends):
                    counts[ties[tie], side][text.spans[end].label] += 1
        self.shares: dict[_End, NDArray[np.float64]] = {}
        for role, of in counts.items():
            share = np.full(labels, 0.5)
            for label, count in of.items():
                share[label] += count
            self.shares[role] = share / share.sum()


def teach_from_reading(
    units: Units,
    reading: Reading,
    hints: Sequence[Hint],
    labels: Sequence[str],
    ties: Sequence[str],
) -> Taught:
    """What a teacher read; relations are the hinted ones where a text has hints."""
    starts = {start: n for n, (start, _) in enumerate(units.ranges)}
    ends = {end: n + 1 for n, (_, end) in enumerate(units.ranges)}
    numbers = {label: n for n, label in enumerate(labels)}
    place: dict[int, UnitSpan] = {}
    for n, span in enumerate(reading.spans):
        first, last, label = starts.get(span.start), ends.get(span.end), numbers.get(span.label)
        if first is not None and last is not None and label is not None and first < last:
            place[n] = UnitSpan(first, last, label)
    spans = sorted(set(place.values()))
    at = {span: n for n, span in enumerate(spans)}
    if hints:
        by_range = {(span.first, span.last): n for n, span in enumerate(spans)}
        return Taught(units.words, spans, _ties(units.words, hints, by_range, ties))
    known = {label: n for n, label in enumerate(ties)}
    joined = {
        (at[place[tie.source]], at[place[tie.target]], known[tie.label])
        for tie in reading.ties
        if tie.source in place and tie.target in place and tie.label in known
    }
    return Taught(units.words, spans, sorted(joined))


def teach_from_hints(
    units: Units,
    candidates: Sequence[Candidate],
    hints: Sequence[Hint],
    ends: Ends,
    labels: int,
    ties: Sequence[str],
    agree: Callable[[UnitSpan, UnitSpan], bool],
) -> Taught:
    """Spans where hinted words stand, with the likeliest class, and what the model is sure of."""
    words = units.words
    roles: dict[tuple[int, int], list[_End]] = defaultdict(list)
    for hint in hints:
        for pair in _places(words, hint):
            for side, place in enumerate(pair):
                roles[place].append((hint.label, side))
    spans: list[UnitSpan] = []
    for (first, last), of in roles.items():
        score = np.log(_classes_at(first, last, candidates, labels))
        for end in of:
            if end in ends.shares:
                score = score + np.log(ends.shares[end]) / len(of)
        spans.append(UnitSpan(first, last, int(score.argmax())))
    for candidate in sorted(candidates, key=lambda c: (-max(c.by_layer), c)):
        span = UnitSpan(candidate.first, candidate.last, candidate.label)
        if max(candidate.by_layer) >= SURE and all(agree(span, other) for other in spans):
            spans.append(span)
    spans.sort()
    by_range = {(span.first, span.last): n for n, span in enumerate(spans)}
    return Taught(words, spans, _ties(words, hints, by_range, ties))


def _classes_at(
    first: int, last: int, candidates: Sequence[Candidate], labels: int
) -> NDArray[np.float64]:
    """How likely each class is at a place, from the same span and those that overlap it."""
    same = np.full(labels, _DOUBT)
    near = np.full(labels, _DOUBT)
    for c in candidates:
        p = max(c.by_layer)
        if c.first == first and c.last == last:
            same[c.label] = max(same[c.label], p)
        elif c.first < last and first < c.last:
            near[c.label] = max(near[c.label], p)
    return np.asarray(same * np.sqrt(near))


def _ties(
    words: Sequence[str],
    hints: Sequence[Hint],
    by_range: dict[tuple[int, int], int],
    labels: Sequence[str],
) -> list[tuple[int, int, int]]:
    numbers = {label: n for n, label in enumerate(labels)}
    found = set()
    for hint in hints:
        label = numbers.get(hint.label)
        for source, target in _places(words, hint) if label is not None else ():
            a, b = by_range.get(source), by_range.get(target)
            if a is not None and b is not None and a != b and label is not None:
                found.add((a, b, label))
    return sorted(found)


def _places(words: Sequence[str], hint: Hint) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where a hint's two ends stand: of several places the two that are nearest to each other."""
    sources, targets = _find(words, hint.source), _find(words, hint.target)
    pairs = [(max(0, b[0] - a[1], a[0] - b[1]), a, b) for a in sources for b in targets if a != b]
    if not pairs:
        return []
    _, a, b = min(pairs)
    return [(a, b)]


def _find(words: Sequence[str], phrase: str) -> list[tuple[int, int]]:
    wanted = fold(phrase).text.replace(" ", "")
    found = []
    for first in range(len(words)):
        joined = ""
        for last in range(first, len(words)):
            joined += words[last].replace(" ", "")
            if len(joined) >= len(wanted):
                if joined == wanted:
                    found.append((first, last + 1))
                break
    return found
