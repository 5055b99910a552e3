"""What a path must pass: an event of a step, at a place, in a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kg.model.graph import Direction, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import span_of
from kg.store.protocol import Store
from ontology.schema import Schema

_MAX_PLACES = 50_000


@dataclass(frozen=True, slots=True)
class Passage:
    """Restricts a trace to what passed one event that fulfils all of this.

    `steps` are keys of process steps; `places` of assets or locations, with all that is located
    or built in; `since` and `until` are a half-open window.
    """

    steps: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    since: Instant | None = None
    until: Instant | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing."""
        return not self.steps and not self.places and self.since is None and self.until is None


class PassageTest:
    """Says which nodes fulfil a `Passage`."""

    def __init__(self, store: Store, schema: Schema, passage: Passage, view: View) -> None:
        self._store = store
        self._passage = passage
        self._view = view
        self._event_kinds = {t.kind for t in schema.classes.values() if t.is_event}
        self._of_step = schema.subrelations("ofStep")
        self._on_place = schema.subrelations("performedOn") | schema.subrelations("locatedIn")
        inside: list[tuple[str, Direction]] = [
            *((name, "in") for name in sorted(schema.subrelations("locatedIn"))),
            *((name, "out") for name in sorted(schema.subrelations("hasComponent"))),
        ]
        self._places = set(passage.places)
        if passage.places:
            self._places |= store.closure(
                passage.places, inside, max_nodes=_MAX_PLACES, view=view
            ).keys()

    def __call__(self, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that are events fulfilling everything asked for."""
        events = {key for key in keys if kind_of(key) in self._event_kinds}
        if self._passage.steps:
            events = self._linked(events, self._of_step, self._passage.steps)
        if self._passage.places:
            events = self._linked(events, self._on_place, self._places)
        if self._passage.since is not None or self._passage.until is not None:
            events = self._in_window(events)
        return events

    def _linked(
        self, events: set[str], relations: Collection[str], targets: Collection[str]
    ) -> set[str]:
        if not events or not relations:
            return set()
        found = self._store.expand(sorted(events), sorted(relations), view=self._view)
        return {s.subject for s in found if s.object in targets}

    def _in_window(self, events: set[str]) -> set[str]:
        if not events:
            return set()
        nodes = self._store.get_nodes(events, self._view)
        statements = self._store.expand(sorted(events), view=self._view)
        about: dict[str, list[int]] = {}
        for index, s in enumerate(statements):
            about.setdefault(s.subject, []).append(index)
        inside: set[str] = set()
        for event in events:
            span = span_of(nodes.get(event), [statements[i] for i in about.get(event, ())])
            start = span.start if span.start is not None else span.end
            end = span.end if span.end is not None else span.start
            if start is None or end is None:
                continue
            since, until = self._passage.since, self._passage.until
            if (until is None or start < until) and (since is None or end >= since):
                inside.add(event)
        return inside
