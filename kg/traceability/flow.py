"""The flow of material as the ontology draws it: which relations lead up and downstream.

A relation takes part because it says `flow` in the ontology, whatever its name. Material moves
along an edge at some time within the statement's validity, for ever if that is unbounded. In a
container it only stays: what was packed leaves with the container no later than it is unpacked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

from kg.model.graph import Direction, Statement, View
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store.bulk import NO_END, NO_START, merged
from kg.store.protocol import Store
from ontology.schema import Schema

Way = Literal["backward", "forward"]

BEGINNING: Instant = -(2**62)
END: Instant = 2**62
_KEYS_PER_READ = 500


@dataclass(frozen=True)
class FlowRelations:
    """The relations of the ontology along which material moves."""

    upstream: tuple[str, ...]  # the object lies upstream: consumed, madeOf, suppliedBy
    downstream: tuple[str, ...]  # the object lies downstream: produced, packedInto, shippedIn
    stays: frozenset[str]  # the subject stays in the object while the statement is valid
    holders: frozenset[str]  # kinds of nodes in which something can stay
    events: frozenset[str]  # kinds of nodes that happen in time: operations, shipments

    @classmethod
    def of(cls, schema: Schema) -> FlowRelations:
        """The flow of `schema`."""
        relations = sorted(schema.relations.values(), key=lambda r: r.name)
        stays = schema.subrelations("packedInto")
        holding = {d for name in stays for c in schema.relations[name].range
                   for d in schema.descendants(c)}  # fmt: skip
        return cls(
            upstream=tuple(r.name for r in relations if r.flow == "upstream"),
            downstream=tuple(r.name for r in relations if r.flow == "downstream"),
            stays=stays,
            events=frozenset(t.kind for t in schema.classes.values() if t.is_event),
            holders=frozenset(schema.classes[c].kind for c in holding if c in schema.classes),
        )

    @cached_property
    def _upstream(self) -> frozenset[str]:
        return frozenset(self.upstream)

    def steps(self, way: Way) -> list[tuple[str, Direction]]:
        """(relation, direction) pairs for `Store.closure`."""
        along, against = (
            (self.upstream, self.downstream)
            if way == "backward"
            else (self.downstream, self.upstream)
        )
        return [*((name, "out") for name in along), *((name, "in") for name in against)]

    def source_of(self, statement: Statement) -> str:
        """The end of the statement from which material comes."""
        return statement.object if statement.predicate in self._upstream else statement.subject

    def target_of(self, statement: Statement) -> str:
        """The end of the statement to which material goes."""
        return statement.subject if statement.predicate in self._upstream else statement.object


class Link(NamedTuple):
    """A statement as an edge of the flow, seen from the node that a walk is at."""

    near: str
    far: str
    statement: Statement
    start: Instant  # the material can move from here ...
    end: Instant  # ... to here, both included
    is_stay: bool


class Links(Protocol):
    """Where a walk gets its edges from."""

    def around(self, keys: Sequence[str], way: Way, limit_per_node: int) -> Iterator[list[Link]]:
        """The edges from `keys` up or down the flow, in bounded portions."""
        ...


class StoreLinks:
    """Edges read from a store."""

    def __init__(
        self, store: Store, flow: FlowRelations, view: View, *, tolerance: Instant = 0
    ) -> None:
        self._store = store
        self._flow = flow
        self._view = view
        self._tolerance = tolerance

    def around(self, keys: Sequence[str], way: Way, limit_per_node: int) -> Iterator[list[Link]]:
        """See `Links`. At most `limit_per_node` statements per key and side are read."""
        flow = self._flow
        along, against = (
            (flow.upstream, flow.downstream)
            if way == "backward"
            else (flow.downstream, flow.upstream)
        )
        for first in range(0, len(keys), _KEYS_PER_READ):
            portion = keys[first : first + _KEYS_PER_READ]
            links: list[Link] = []
            sides: tuple[tuple[tuple[str, ...], Direction], ...] = ((along, "out"), (against, "in"))
            for relations, direction in sides:
                if relations:
                    statements = self._store.expand(
                        portion,
                        relations,
                        direction,
                        view=self._view,
                        limit_per_node=limit_per_node,
                    )
                    pieces = find_pieces(self._store, statements, flow, self._view)
                    links += [
                        _link(s, piece, direction, flow, self._tolerance)
                        for s in statements
                        for piece in pieces.get(s.key, (s,))
                    ]
            yield links


def find_pieces(
    store: Store, statements: Iterable[Statement], flow: FlowRelations, view: View
) -> dict[StatementKey, list[Statement]]:
    """For stays that came and went more than once: a statement for each time.

    A thing that was packed into the same container twice was not in it between.
    """
    doubtful = {s.key: s for s in statements if s.evidence_count > 1 and s.predicate in flow.stays}
    if not doubtful:
        return {}
    found: dict[StatementKey, list[Statement]] = {}
    for key, evidence in store.evidence_of(doubtful.keys(), view=view).items():
        spans = merged(
            (
                NO_START if e.valid_from is None else e.valid_from,
                NO_END if e.valid_to is None else e.valid_to + (e.valid_to == e.valid_from),
            )
            for e in evidence
        )
        if len(spans) > 1:
            found[key] = [
                replace(
                    doubtful[key],
                    valid_from=None if start == NO_START else start,
                    valid_to=None if end == NO_END else end,
                )
                for start, end in spans
            ]
    return found


def _link(
    statement: Statement,
    piece: Statement,
    direction: Direction,
    flow: FlowRelations,
    tolerance: Instant,
) -> Link:
    near, far = statement.subject, statement.object
    if direction == "in":
        near, far = far, near
    start, end, is_stay = times_of(piece, flow, tolerance)
    return Link(near, far, statement, start, end, is_stay)


class KnownLinks:
    """Edges among statements that were read already."""

    def __init__(
        self,
        statements: Iterable[Statement],
        flow: FlowRelations,
        *,
        tolerance: Instant = 0,
        pieces: Mapping[StatementKey, Sequence[Statement]] = MappingProxyType({}),
    ) -> None:
        """`pieces` are the times of those that came and went more than once, see `find_pieces`."""
        self._into: dict[str, list[Link]] = {}
        self._out_of: dict[str, list[Link]] = {}
        for s in statements:
            source, target = flow.source_of(s), flow.target_of(s)
            for piece in pieces.get(s.key, (s,)):
                times = times_of(piece, flow, tolerance)
                self._into.setdefault(target, []).append(Link(target, source, s, *times))
                self._out_of.setdefault(source, []).append(Link(source, target, s, *times))

    def around(self, keys: Sequence[str], way: Way, limit_per_node: int) -> Iterator[list[Link]]:
        """See `Links`."""
        known = self._into if way == "backward" else self._out_of
        yield [link for key in keys for link in known.get(key, ())[:limit_per_node]]


def times_of(
    statement: Statement, flow: FlowRelations, tolerance: Instant = 0
) -> tuple[Instant, Instant, bool]:
    """When material can move along a statement: first and last instant, and whether it stays.

    Packing of which only the moment is recorded has no known end. `tolerance` widens both ends,
    for clocks that differ.
    """
    is_stay = statement.predicate in flow.stays
    start = BEGINNING if statement.valid_from is None else statement.valid_from - tolerance
    end = END if statement.valid_to is None else statement.valid_to + tolerance
    if is_stay and statement.valid_to is not None:
        is_moment = statement.valid_from is not None and (
            statement.valid_to - statement.valid_from <= 1
        )
        # Half-open: at the instant of unpacking it is out.
        end = END if is_moment else max(start, end - 1)
    return start, end, is_stay


def event_classes(schema: Schema, classes: Collection[str]) -> frozenset[str]:
    """Those of `classes` (with descendants) whose things happen in time."""
    below = {d for c in classes for d in schema.descendants(c)}
    return frozenset(c for c in below if c in schema.classes and schema.classes[c].is_event)


def classes_on_flow(schema: Schema) -> frozenset[str]:
    """All classes whose things may lie on the flow of material."""
    ends = {
        cls
        for r in schema.relations.values()
        if r.flow is not None
        for cls in (*r.domain, *r.range)
    }
    return frozenset(d for cls in ends for d in schema.descendants(cls))
