"""What lay in what, and how long, by all events that are known, and which of these do not hold.

Containment is an interval, so the end of a packing is looked for among all events, in this document
and (by `Context`) in others, in whatever order they came.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from extraction.epcis.identifiers import identify
from extraction.epcis.naming import Told, event_id
from kg.model.instants import Instant, parse_instant

Json = Any
_EVERYTHING = "*"  # child of an unpacking that names none


class Move(NamedTuple):
    """That something was put into or taken out of something, at an instant."""

    parent: str
    child: str
    at: Instant
    is_in: bool


@dataclass(slots=True)
class Context:
    """What is known of all events: which are void, and every packing and unpacking."""

    voided: set[str] = field(default_factory=set)  # event ids
    _in: dict[tuple[str, str], list[Instant]] = field(default_factory=dict)
    _out: dict[tuple[str, str], list[Instant]] = field(default_factory=dict)
    _holders: dict[str, set[str]] = field(default_factory=dict)  # parents by child

    def add(self, move: Move) -> None:
        """Take one more packing or unpacking into account."""
        times = (self._in if move.is_in else self._out).setdefault((move.parent, move.child), [])
        place = bisect_left(times, move.at)
        if place == len(times) or times[place] != move.at:
            times.insert(place, move.at)
        if move.is_in:
            self._holders.setdefault(move.child, set()).add(move.parent)

    def end_of(self, parent: str, child: str, start: Instant) -> Instant | None:
        """When what was put in at `start` was taken out."""
        ends = []
        for one in (child, _EVERYTHING):
            times = self._out.get((parent, one), [])
            place = bisect_right(times, start)
            if place < len(times):
                ends.append(times[place])
        return min(ends, default=None)

    def was_in(self, parent: str, child: str, at: Instant) -> bool:
        """Whether it had been put in before, and not been taken out again before then."""
        times = self._in.get((parent, child), [])
        place = bisect_left(times, at)
        if not place:
            return False
        end = self.end_of(parent, child, times[place - 1])
        return end is None or end >= at

    def elsewhere(self, parent: str, child: str, at: Instant) -> list[str]:
        """Other things that it was in at that instant."""
        return sorted(
            other
            for other in self._holders.get(child, ())
            if other != parent and self._is_within(other, child, at)
        )

    def _is_within(self, parent: str, child: str, at: Instant) -> bool:
        times = self._in.get((parent, child), [])
        place = bisect_right(times, at)
        if not place:
            return False
        end = self.end_of(parent, child, times[place - 1])
        return end is None or end > at


def voided_ids(events: Iterable[Told]) -> set[str]:
    """The ids of events that are declared errors."""
    return {event_id(told.event) for told in events if "errorDeclaration" in told.event}


def moves_of(events: Iterable[Told], voided: set[str]) -> Iterator[Move]:
    """Every packing and unpacking in the events that hold."""
    for told in events:
        event = told.event
        if event.get("type") not in {"AggregationEvent", "AssociationEvent"}:
            continue
        if event.get("action") == "OBSERVE" or is_void(event, voided) or "parentID" not in event:
            continue
        parent = identify(event["parentID"]).key("container")
        children = [_child_key(text) for text in _children(event)]
        is_in = event["action"] == "ADD"
        at = parse_instant(event["eventTime"])
        for child in children or ([] if is_in else [_EVERYTHING]):
            yield Move(parent, child, at, is_in)


def is_void(event: Mapping[str, Json], voided: set[str]) -> bool:
    """Whether an event was declared an error."""
    return "errorDeclaration" in event or (bool(voided) and event_id(event) in voided)


def _children(event: Mapping[str, Json]) -> list[str]:
    return [
        *event.get("childEPCs", ()),
        *(element["epcClass"] for element in event.get("childQuantityList", ())),
    ]


def _child_key(text: str) -> str:
    return identify(text).key("unit")
