"""Whether more was bad than before or beside it: the control for every suspect."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

from kg.diagnosis.graph import Graph
from kg.model.graph import Statement
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.traceability.flow import FlowRelations, StoreLinks
from kg.traceability.walking import walk

MAX_LENGTH = 31 * 86_400_000
_MAX_OPERATIONS = 3000
_MAX_MADE = 3000
_DAY = 86_400_000
_WIDER = (1, 4, 12)  # how much further a control looks where nothing ran
_TRUST = 20.0  # things' worth of doubt in a rate


@dataclass(frozen=True, slots=True)
class Counts:
    """Things made on an asset in a window, and how many of them are bad."""

    made: int
    bad: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A window against the time before it (twice as long), and against what ran beside it."""

    since: Instant
    until: Instant
    inside: Counts
    before: Counts  # on the same asset, earlier
    beside: Counts  # on other assets that run the same steps, in the same window or around it

    @property
    def factor(self) -> float:
        """Above 1 where more was bad than should be, below 1 where less; 1 says nothing.

        The time before changes with everything that changed in the plant, so it counts less than
        what ran beside it at the same time.
        """
        factor = 1.0
        if self.before.made:
            factor *= min(1.3, max(0.7, self._ratio(self.before)))
        if self.beside.made:
            factor *= min(2.5, max(0.4, self._ratio(self.beside)))
        return factor

    def _ratio(self, other: Counts) -> float:
        """The square root of the ratio of the smoothed rates."""
        inside = (self.inside.bad + 1) / (self.inside.made + _TRUST)
        return sqrt(inside / ((other.bad + 1) / (other.made + _TRUST)))


class Comparer:
    """Counts what was made, or inspected, on assets."""

    def __init__(self, graph: Graph, kinds: Collection[str], defect_types: Collection[str]) -> None:
        self._graph = graph
        self._kinds = frozenset(kinds)  # of the things that are counted
        self._types = frozenset(defect_types)
        self._flow = making_only(graph)
        self._on = tuple(
            sorted(graph.schema.subrelations("performedOn") | graph.schema.subrelations("usedTool"))
        )
        self._of_step = tuple(sorted(graph.schema.subrelations("ofStep")))
        self._inspected = tuple(sorted(graph.schema.subrelations("inspected")))

    def compare(self, asset: str, since: Instant, until: Instant) -> Compared | None:
        """None where nothing of the kind was made in the window."""
        since = max(since, until - MAX_LENGTH)
        length = max(until - since, _DAY)
        events, is_cut = self._events(asset, since, until)
        inside = self._count(events, is_cut=is_cut)
        if not inside.made:
            return None
        return Compared(
            since,
            until,
            inside,
            self._earlier(asset, since, length),
            self._beside(events, since, until),
        )

    def _earlier(self, asset: str, since: Instant, length: Instant) -> Counts:
        """What the asset made before the window; further back where it stood still."""
        counts = Counts(0, 0, False)
        for times in _WIDER:
            events, is_cut = self._events(asset, since - 2 * times * length, since)
            counts = self._count(events, is_cut=is_cut)
            if counts.made:
                break
        return counts

    def _beside(self, events: Collection[str], since: Instant, until: Instant) -> Counts:
        """What other assets made that run the same steps; wider where none ran in the window."""
        steps = {s.object for s in self._graph.expand(events, self._of_step)}
        counts = Counts(0, 0, False)
        for times in _WIDER if steps else ():
            margin = (times - 1) * max(until - since, _DAY)
            found = self._in(since - margin, until + margin).expand(
                steps, self._of_step, "in", limit_per_node=_MAX_OPERATIONS
            )
            others = _begun(found, since - margin) - self._on_same(events, found)
            counts = self._count(others, is_cut=len(found) >= _MAX_OPERATIONS)
            if counts.made:
                break
        return counts

    def _on_same(self, events: Collection[str], found: Collection[Statement]) -> set[str]:
        """Runs that were on the same assets or tools as `events`."""
        where = {s.object for s in self._graph.expand(events, self._on)}
        runs = {s.subject for s in found}
        return {s.subject for s in self._graph.expand(runs, self._on) if s.object in where}

    def _events(self, asset: str, since: Instant, until: Instant) -> tuple[set[str], bool]:
        """Operations and inspections on the asset that began in the window."""
        found = self._in(since, until).expand(
            [asset], self._on, "in", limit_per_node=_MAX_OPERATIONS
        )
        return _begun(found, since), len(found) >= _MAX_OPERATIONS

    def _in(self, since: Instant, until: Instant) -> Graph:
        view = replace(self._graph.view, valid_from=since, valid_to=until)
        return replace(self._graph, view=view)

    def _count(self, events: Collection[str], *, is_cut: bool) -> Counts:
        """Things that came out of the events, or were looked at in them."""
        if not events:
            return Counts(0, 0, False)
        looked_at = {s.object for s in self._graph.expand(events, self._inspected)}
        operations = [key for key in events if kind_of(key) not in self._inspecting]
        walked = walk(
            StoreLinks(self._graph.store, self._flow, self._graph.view),
            operations, "forward", max_nodes=len(operations) + _MAX_MADE, max_depth=12,
            holders=self._flow.holders,
        )  # fmt: skip
        made = {key for key in walked.nodes | looked_at if kind_of(key) in self._kinds}
        return Counts(len(made), len(self._bad(made)), walked.is_truncated or is_cut)

    @cached_property
    def _inspecting(self) -> frozenset[str]:
        relations = self._graph.schema.relations
        classes = {c for name in self._inspected for c in relations[name].domain}
        return frozenset(kind for c in classes for kind in self._graph.kinds(c))

    def _bad(self, made: Collection[str]) -> set[str]:
        having = tuple(sorted(self._graph.schema.subrelations("hasDefect")))
        found = self._graph.expand(made, having)
        if not self._types:
            return {s.subject for s in found}
        typed = tuple(sorted(self._graph.schema.subrelations("ofType")))
        of = {s.subject: s.object for s in self._graph.expand({s.object for s in found}, typed)}
        return {s.subject for s in found if of.get(s.object) in self._types}


def _begun(found: Collection[Statement], since: Instant) -> set[str]:
    return {s.subject for s in found if s.valid_from is None or s.valid_from >= since}


def making_only(graph: Graph) -> FlowRelations:
    """The flow between operations and materials, without packing and shipping."""
    schema = graph.schema
    flow = FlowRelations.of(schema)

    def is_making(name: str) -> bool:
        relation = schema.relations[name]
        return name not in flow.stays and not any(
            schema.classes[c].is_event for c in relation.range if c in schema.classes
        )

    left = {name for name in (*flow.upstream, *flow.downstream) if is_making(name)}
    # What leads on from a shipment goes with the shipments.
    shipping = {
        c for name in (*flow.upstream, *flow.downstream) if name not in left
        for c in schema.relations[name].range
    }  # fmt: skip
    left = {n for n in left if not set(schema.relations[n].domain) <= shipping}
    return replace(
        flow,
        upstream=tuple(n for n in flow.upstream if n in left),
        downstream=tuple(n for n in flow.downstream if n in left),
    )
