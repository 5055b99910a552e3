"""Whether more was bad in a window than before it: the control for every suspect."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from math import sqrt

from kg.diagnosis.graph import Graph
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.traceability.flow import FlowRelations, StoreLinks
from kg.traceability.walking import walk

MAX_LENGTH = 31 * 86_400_000
_MAX_OPERATIONS = 3000
_MAX_MADE = 3000
_TRUST = 20.0  # things' worth of doubt in a rate


@dataclass(frozen=True, slots=True)
class Counts:
    """Things made on an asset in a window, and how many of them are bad."""

    made: int
    bad: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A window against the time before it, which is twice as long."""

    since: Instant
    until: Instant
    inside: Counts
    before: Counts

    @property
    def factor(self) -> float:
        """The square root of the ratio of the smoothed rates, between 1/2 and 2; 1 says nothing."""
        inside = (self.inside.bad + 1) / (self.inside.made + _TRUST)
        before = (self.before.bad + 1) / (self.before.made + _TRUST)
        return min(2.0, max(0.5, sqrt(inside / before)))


class Comparer:
    """Counts what was made on assets."""

    def __init__(self, graph: Graph, kinds: Collection[str], defect_types: Collection[str]) -> None:
        self._graph = graph
        self._kinds = frozenset(kinds)  # of the things that are counted
        self._types = frozenset(defect_types)
        self._flow = making_only(graph)

    def compare(self, asset: str, since: Instant, until: Instant) -> Compared | None:
        """None where nothing of the kind was made in the window."""
        since = max(since, until - MAX_LENGTH)
        length = max(until - since, 3_600_000)
        inside = self._count(asset, since, until)
        if not inside.made:
            return None
        return Compared(since, until, inside, self._count(asset, since - 2 * length, since))

    def _count(self, asset: str, since: Instant, until: Instant) -> Counts:
        graph = self._graph
        window = replace(graph, view=replace(graph.view, valid_from=since, valid_to=until))
        relations = tuple(
            sorted(graph.schema.subrelations("performedOn") | graph.schema.subrelations("usedTool"))
        )
        ran = window.expand([asset], relations, "in", limit_per_node=_MAX_OPERATIONS)
        operations = {s.subject for s in ran if s.valid_from is None or s.valid_from >= since}
        if not operations:
            return Counts(0, 0, False)
        links = StoreLinks(graph.store, self._flow, graph.view)
        walked = walk(
            links, operations, "forward", max_nodes=len(operations) + _MAX_MADE, max_depth=12,
            holders=self._flow.holders,
        )  # fmt: skip
        made = {key for key in walked.nodes if kind_of(key) in self._kinds}
        return Counts(
            len(made), len(self._bad(made)), walked.is_truncated or len(ran) >= _MAX_OPERATIONS
        )

    def _bad(self, made: Collection[str]) -> set[str]:
        having = tuple(sorted(self._graph.schema.subrelations("hasDefect")))
        found = self._graph.expand(made, having)
        if not self._types:
            return {s.subject for s in found}
        typed = tuple(sorted(self._graph.schema.subrelations("ofType")))
        of = {s.subject: s.object for s in self._graph.expand({s.object for s in found}, typed)}
        return {s.subject for s in found if of.get(s.object) in self._types}


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
