"""The timeline: what happened to an asset, a unit or a lot, in order of time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from kg.investigation.events import (
    EventLinks,
    Link,
    link_span,
    parts_of,
    read_links,
    spans_of,
    tell_events,
)
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.model.instants import Instant
from kg.model.instants import now as current_instant
from kg.narration import Cited, Named, Phrase, name_in, optional_text
from kg.search import nearest, raise_not_found
from kg.store.protocol import Store
from ontology.schema import Schema

_READ_WHOLE = 20_000  # links; above that a page is read in windows of time
_DAY = 86_400_000
_UNDATED: Instant = -(2**62)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `at` is where it stands in the order; times are ISO 8601 in UTC, or None."""

    named: Named
    at: str | None
    started: str | None
    ended: str | None
    things: tuple[Named, ...]  # which of the asset and its parts it happened to
    sentence: Phrase
    description: str  # what a person wrote, if anything
    facts: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of events, and the cursor for the next one (None: no more)."""

    named: Named
    parts: tuple[Named, ...]  # assets built in or located there, whose events are listed too
    newest_first: bool
    since: str | None
    until: str | None
    entries: tuple[Entry, ...]
    next_after: str | None


class _Dated(NamedTuple):
    at: Instant
    event: str


def happenings(schema: Schema, hidden: Collection[str] = ("Measurement",)) -> list[str]:
    """The classes of events but the `hidden` ones, whose thousands would hide the rest."""
    return [
        term.name
        for term in schema.classes.values()
        if term.is_event and not any(schema.is_a(term.name, cls) for cls in hidden)
    ]


def timeline(
    store: Store,
    schema: Schema,
    key: str,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    classes: Collection[str] | None = None,
    newest_first: bool = True,
    view: View = NOW,
    limit: int = 50,
    after: str | None = None,
) -> Timeline:
    """What happened to `key` and what is built into it, within the half-open window.

    Events are those of classes that the ontology says happen in time; `classes` (with their
    descendants) keeps some of them. Undated events come last. `after` is `next_after` of the page
    before. Raises NotFound for an unknown key, BadInput for a cursor that is none.
    """
    if limit < 1:
        raise BadInput("A page of a timeline holds at least one event.")
    node = store.get_nodes([key], view).get(key)
    if node is None:
        raise_not_found(store, key, nearest(store, key, 5, view=view))
    links = EventLinks.of(schema)
    parts = parts_of(store, schema, [node.key], view)
    cursor = _read_cursor(after) if after else None
    reader = _Reader(store, schema, links=links, keys=parts, view=view, classes=classes)
    order = _Order(newest_first, cursor)
    found = reader.page(since, until, order, limit)
    ranked = sorted(found, key=order.rank)
    page, rest = ranked[:limit], ranked[limit:]
    keys = [dated.event for dated in page]
    nodes = store.get_nodes({*keys, *parts}, view)
    told = tell_events(store, schema, keys, nodes, view)
    by_event: dict[str, list[Link]] = {}
    for link in reader.links:
        by_event.setdefault(link.event, []).append(link)
    spans = spans_of(nodes, [x for k in keys for x in by_event.get(k, ())])
    entries = tuple(
        Entry(
            named=told[event].named,
            at=optional_text(at if at != _UNDATED else None),
            started=optional_text(spans[event].start),
            ended=optional_text(spans[event].end),
            things=tuple(
                name_in(schema, nodes, k) for k in sorted({x.thing for x in by_event[event]})
            ),
            sentence=told[event].sentence,
            description=told[event].description,
            facts=told[event].facts,
        )
        for at, event in page
    )
    return Timeline(
        named=name_in(schema, nodes, node.key),
        parts=tuple(name_in(schema, nodes, k) for k in parts if k != node.key),
        newest_first=newest_first,
        since=optional_text(since),
        until=optional_text(until),
        entries=entries,
        next_after=f"{page[-1].at}|{page[-1].event}" if rest else None,
    )


class _Order:
    """The order of a timeline, and what lies after a cursor in it."""

    def __init__(self, newest_first: bool, cursor: _Dated | None) -> None:
        self.newest_first = newest_first
        self.cursor = cursor

    def rank(self, dated: _Dated) -> tuple[bool, Instant, str]:
        return dated.at == _UNDATED, -dated.at if self.newest_first else dated.at, dated.event

    def follows(self, dated: _Dated) -> bool:
        return self.cursor is None or self.rank(dated) > self.rank(self.cursor)


class _Reader:
    """Reads as much as a page needs: everything where it is little, else window by window."""

    def __init__(
        self,
        store: Store,
        schema: Schema,
        *,
        links: EventLinks,
        keys: Collection[str],
        view: View,
        classes: Collection[str] | None,
    ) -> None:
        self._store = store
        self._schema = schema
        self._event_links = links
        self._keys = keys
        self._view = view
        self._kinds = _kinds_of(schema, links, classes)
        self._classes = classes
        self.links: list[Link] = []

    def page(
        self, since: Instant | None, until: Instant | None, order: _Order, limit: int
    ) -> list[_Dated]:
        """At least `limit` + 1 events that follow the cursor, or all there are."""
        if self._size() <= _READ_WHOLE or since is not None:
            return self._read(since, until, order)
        cursor = order.cursor
        if not order.newest_first or (cursor is not None and cursor.at == _UNDATED):
            return self._read(since, until, order)
        # Windows that double in length, from the newest backwards. What began before a window
        # and reaches into it is counted in the window in which it began.
        top = current_instant() if cursor is None else cursor.at + 1
        found: dict[str, _Dated] = {}
        high: Instant | None = until
        if cursor is None and (until is None or until > top):
            found.update((d.event, d) for d in self._read(top, until, order) if d.at >= top)
            high = top
        elif cursor is not None:
            high = top
        width = _DAY
        while len(found) <= limit and width < _DAY * 2**17:
            low = (high if high is not None else top) - width
            for dated in self._read(low, high, order):
                if dated.at >= low:
                    found[dated.event] = dated
            high, width = low, width * 2
        if len(found) <= limit:
            found.update((d.event, d) for d in self._read(None, high, order))
        return list(found.values())

    def _size(self) -> int:
        inward, outward = self._event_links.inward, self._event_links.outward
        counted: list[tuple[str, int]] = []
        if inward:
            counted += self._store.aggregate(inward, "object", objects=self._keys, view=self._view)
        if outward:
            counted += self._store.aggregate(
                outward, "subject", subjects=self._keys, view=self._view
            )
        return sum(count for _, count in counted)

    def _read(self, since: Instant | None, until: Instant | None, order: _Order) -> list[_Dated]:
        links = [
            link
            for link in read_links(
                self._store, self._event_links, self._keys, self._view, since=since, until=until
            )
            if self._kinds is None or link.event.partition(":")[0] in self._kinds
        ]
        starts: dict[str, Instant | None] = {}
        for link in links:
            start = link_span(link).start
            known = starts.get(link.event)
            starts[link.event] = start if known is None else min(known, start or known)
        undated = [event for event, start in starts.items() if start is None]
        if undated:
            nodes = self._store.get_nodes(undated, self._view)
            spans = spans_of(nodes, [x for x in links if starts[x.event] is None])
            for event in undated:
                span = spans[event]
                starts[event] = span.start if span.start is not None else span.end
                if _is_outside(span.start, span.end, since, until):
                    del starts[event]
        found = [
            dated
            for event, start in starts.items()
            if order.follows(dated := _Dated(_UNDATED if start is None else start, event))
        ]
        if self._classes is not None and self._kinds is not None:
            found = self._of_classes(found)
        kept = {dated.event for dated in found}
        known_links = {(x.event, x.statement.key) for x in self.links}
        self.links += [
            x for x in links if x.event in kept and (x.event, x.statement.key) not in known_links
        ]
        return found

    def _of_classes(self, found: list[_Dated]) -> list[_Dated]:
        """Those whose class was asked for, where a kind alone does not tell."""
        asked = {d for c in self._classes or () for d in self._schema.descendants(c)}
        unclear = [
            d.event
            for d in found
            if not self._schema.descendants(self._schema.class_of_key(d.event)) <= asked
        ]
        nodes = self._store.get_nodes(unclear, self._view) if unclear else {}
        return [d for d in found if d.event not in nodes or nodes[d.event].cls in asked]


def _kinds_of(
    schema: Schema, links: EventLinks, classes: Collection[str] | None
) -> set[str] | None:
    if classes is None:
        return None
    asked = {d for c in classes for d in schema.descendants(c)}
    return {schema.classes[c].kind for c in asked if c in schema.classes} & links.kinds.keys()


def _is_outside(
    start: Instant | None, end: Instant | None, since: Instant | None, until: Instant | None
) -> bool:
    first = start if start is not None else end
    last = end if end is not None else start
    if first is None or last is None:
        return False
    return (until is not None and first >= until) or (since is not None and last < since)


def _read_cursor(text: str) -> _Dated:
    at, sign, event = text.partition("|")
    try:
        return _Dated(int(at), event) if sign and event else _Dated(int(""), "")
    except ValueError:
        raise BadInput(
            f"{text!r} is no place in a timeline; use next_after of the page before."
        ) from None
