"""How near an event was to an operation, in time."""

from __future__ import annotations

from collections.abc import Collection
from math import exp
from typing import NamedTuple

from kg.investigation.results import Position
from kg.model.instants import Instant
from kg.narration import Span

BEFORE_FACTOR = 0.7  # what happened before explains less than what came to light afterwards
_FADE = 2.0  # at the edge of the window exp(-2) is left


class Near(NamedTuple):
    """Where an event stands, seen from an operation."""

    position: Position
    gap: Instant  # milliseconds between the two; 0 during
    closeness: float  # 1 during, less with distance, 0 outside the window


def nearness(event: Span, operation: Span, before: Instant, after: Instant) -> Near | None:
    """How near `event` was to `operation`; None outside the window or without times.

    A failure that is noticed after production has often been there during it, so the time after
    counts fully and fades with `after`; the time before (a repair gone wrong, a start-up) counts
    a little less and fades with `before`. An end that is not known is the start.
    """
    start, end = _ends(event)
    first, last = _ends(operation)
    if start is None or end is None or first is None or last is None:
        return None
    if start <= last and end >= first:
        return Near("during", 0, 1.0)
    if end < first:
        gap = first - end
        return _faded("before", gap, before, BEFORE_FACTOR)
    return _faded("after", start - last, after, 1.0)


def hull(spans: Collection[Span]) -> tuple[Instant, Instant] | None:
    """The hull of some spans."""
    starts = [t for s in spans if (t := s.start if s.start is not None else s.end) is not None]
    ends = [t for s in spans if (t := s.end if s.end is not None else s.start) is not None]
    if not starts or not ends:
        return None
    return min(starts), max(ends)


def _faded(position: Position, gap: Instant, reach: Instant, factor: float) -> Near | None:
    if gap > reach:
        return None
    return Near(position, gap, factor * exp(-_FADE * gap / max(1, reach)))


def _ends(span: Span) -> tuple[Instant | None, Instant | None]:
    start = span.start if span.start is not None else span.end
    end = span.end if span.end is not None else span.start
    if start is not None and end is not None and end < start:
        end = start  # recorded the wrong way round
    return start, end
