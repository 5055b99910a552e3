"""Labelled texts in units, as everything in this tier learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from extraction.learning.examples import Example, Tie
from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.units import Splitter


class Text(NamedTuple):
    """A labelled text in units. `ties`: (source, target, number of the label), places in spans."""

    words: list[str]
    spans: list[UnitSpan]
    ties: list[tuple[int, int, int]]
    weight: float = 1.0


def to_text(
    example: Example, splitter: Splitter, labels: Sequence[str], ties: Sequence[str]
) -> Text:
    """A labelled text in units; labels that are not listed fall away."""
    units = splitter.units_with_spans(example)
    starts = {r[0]: n for n, r in enumerate(units.ranges)}
    ends = {r[1]: n + 1 for n, r in enumerate(units.ranges)}
    numbers = {label: n for n, label in enumerate(labels)}
    tie_numbers = {label: n for n, label in enumerate(ties)}
    kept: dict[int, UnitSpan] = {}
    for n, span in enumerate(example.spans):
        first, last = starts.get(span.start), ends.get(span.end)
        label = numbers.get(span.label)
        if first is not None and last is not None and first < last and label is not None:
            kept[n] = UnitSpan(first, last, label)
    spans = sorted(set(kept.values()))
    place = {span: n for n, span in enumerate(spans)}
    joined = {
        (place[kept[t.source]], place[kept[t.target]], tie_numbers[t.label])
        for t in example.ties
        if _usable(t, kept) and t.label in tie_numbers
    }
    return Text(units.words, spans, sorted(joined))


def _usable(tie: Tie, kept: dict[int, UnitSpan]) -> bool:
    return tie.source in kept and tie.target in kept and kept[tie.source] != kept[tie.target]
