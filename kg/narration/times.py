"""When an event happened: from its own properties, else from the statements about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kg.model.graph import Node, Statement
from kg.model.instants import Instant, parse_instant, to_text

_START = ("occurredAt", "reportedAt", "startedAt", "receivedOn", "producedOn")
_END = ("endedAt",)


class Span(NamedTuple):
    """From when to when; None is unknown. An instant has equal ends."""

    start: Instant | None
    end: Instant | None

    @property
    def is_known(self) -> bool:
        """Whether there is any time at all."""
        return self.start is not None or self.end is not None

    @property
    def sort_key(self) -> Instant:
        """The earliest time known; the beginning of the era where none is."""
        if self.start is not None:
            return self.start
        return self.end if self.end is not None else NEVER


NEVER: Instant = -(2**62)


def span_of(node: Node | None, statements: Iterable[Statement] = ()) -> Span:
    """When the event `node` was: its own dates, else the hull of the validity of `statements`.

    A start without an end is an instant as far as is known: the end stays None.
    """
    start = _first(node, _START)
    end = _first(node, _END)
    if start is not None or end is not None:
        return Span(start, end)
    starts = [s.valid_from for s in statements if s.valid_from is not None]
    ends = [s.valid_to for s in statements if s.valid_to is not None]
    return Span(min(starts, default=None), max(ends, default=None))


def optional_text(instant: Instant | None) -> str | None:
    """ISO 8601 in UTC, or None."""
    return None if instant is None else to_text(instant)


def _first(node: Node | None, names: tuple[str, ...]) -> Instant | None:
    if node is None:
        return None
    for name in names:
        value = node.props.get(name)
        if isinstance(value, str):
            try:
                return parse_instant(value)
            except ValueError:
                continue
    return None
