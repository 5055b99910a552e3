"""The genealogy of a whole plant as arrays beside the store: traces of very many things at once.

    adjacency = adjacency_of(store, schema)            # see `keeping`: never stale
    seeds = adjacency.find(["unit:SN-1", "lot:L-7"])   # key -> index
    adjacency.closure(seeds.values(), "backward")      # nodes and levels, one set for all seeds
    adjacency.closures(seeds.values(), "backward")     # one set for each seed, as sparse rows
    adjacency.factors(nodes)                           # what operations were done by, on, with
    adjacency.keys(nodes)                              # index -> key

Nodes are indices from 0 into `numbers`; only those at the end of some edge have one. Closures obey
the same rules as `walking.walk` and find the same nodes at the same levels, as the graph is now.
An adjacency never changes: what was written meanwhile is in the next one that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from kg.model.errors import Conflict
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.store.bulk import NO_END, NO_START, EdgeRow, ReadsEdges
from kg.traceability.edges import Bools, Columns, EdgeTable, Ints
from kg.traceability.factors import factor_relations
from kg.traceability.flow import BEGINNING, END, FlowRelations, Way
from kg.traceability.spreading import Labels, Moves, Reached, spread
from ontology.schema import Schema

_TRIES = 5
_OVERLAY = 50_000  # edges beside the table, from which on the table is made anew
_SEEDS_AT_ONCE = 2_000
_KEYS_AT_ONCE = 50_000


class Closure(NamedTuple):
    """What was reached, the seeds included, by level. shape of both: (nodes,)"""

    nodes: Ints
    levels: Ints


class Closures(NamedTuple):
    """What was reached from each seed, which comes first itself, in sparse rows.

    Of seed `i` these are `nodes[pointers[i]:pointers[i + 1]]`, with their levels.
    """

    pointers: Ints  # shape: (seeds + 1,)
    nodes: Ints
    levels: Ints


class Factors(NamedTuple):
    """What events had to do with. shape of each: (found,)"""

    rows: Ints  # which of the events that were asked about
    relations: Ints  # places in `Adjacency.factor_names`
    nodes: Ints
    since: Ints  # validity of the statement, NO_START and NO_END where it has no bound
    until: Ints


@dataclass(frozen=True, eq=False)
class Adjacency:
    """The edges of a store at one revision. See the module."""

    store: ReadsEdges
    revision: int
    flow: FlowRelations
    factor_names: tuple[str, ...]
    numbers: Ints  # the store's numbers of nodes, by index. shape: (nodes,)
    sorted_numbers: int  # how many of them are in order; the others came later
    later: dict[int, int]  # the index of each of those
    is_holder: Bools  # something stays in it. shape: (nodes,)
    flows: tuple[EdgeTable, ...]  # a large one and, it may be, a small one
    factor_edges: tuple[EdgeTable, ...]
    is_live: tuple[Bools, Bools]  # edges of the two large tables that are still there

    @classmethod
    def build(cls, store: ReadsEdges, schema: Schema) -> Self:
        """Read all edges. Raises Conflict where others write faster than this reads."""
        flow = FlowRelations.of(schema)
        factors = factor_names_of(schema)
        relations = (*flow.upstream, *flow.downstream, *factors)
        for _ in range(_TRIES):
            revision = store.revision()
            columns = _read(store.edges(relations, in_pieces=flow.stays))
            if store.revision() == revision:
                break
        else:
            raise Conflict("The plant is being written to all the time; trace again in a while.")
        numbers = _distinct(columns)
        raw = _place(columns, partial(_indices, numbers))
        flows, others = _split(raw, flow)
        holders = np.zeros(len(numbers), np.bool_)
        holders[flows.target[_is_stay(flows.relation, flow)]] = True
        tables = EdgeTable.of(flows, len(numbers)), EdgeTable.of(others, len(numbers))
        return cls(
            store, revision, flow, factors, numbers, len(numbers), {}, holders,
            (tables[0],), (tables[1],),
            (np.ones(len(flows.statement), np.bool_), np.ones(len(others.statement), np.bool_)),
        )  # fmt: skip

    def brought_up_to_date(self, schema: Schema) -> Adjacency:
        """The adjacency of the store as it is now, with as little reading as possible."""
        changed = self.store.changed_edges(self.revision)
        if changed is None:
            return Adjacency.build(self.store, schema)
        if not changed.statements:
            return (
                self
                if changed.revision == self.revision
                else replace(self, revision=changed.revision)
            )
        relations = (*self.flow.upstream, *self.flow.downstream, *self.factor_names)
        columns = _read(self.store.edges(relations, changed.statements, in_pieces=self.flow.stays))
        return self._patched(changed.revision, np.array(changed.statements, np.int64), columns)

    def _patched(self, revision: int, touched: Ints, columns: Columns) -> Adjacency:
        numbers, later = self.numbers, self.later
        unknown = [n for n in _distinct(columns).tolist() if self._index(n) is None]
        if unknown:
            later = {**later, **{n: len(numbers) + i for i, n in enumerate(unknown)}}
            numbers = np.concatenate((numbers, np.array(unknown, np.int64)))
        grown = replace(self, numbers=numbers, later=later)
        flows, others = _split(_place(columns, grown._indices), self.flow)
        holders = np.zeros(len(numbers), np.bool_)
        holders[: len(self.is_holder)] = self.is_holder
        holders[flows.target[_is_stay(flows.relation, self.flow)]] = True
        merged = [
            _overlaid(tables, live, touched, more, len(numbers))
            for tables, live, more in (
                (self.flows, self.is_live[0], flows),
                (self.factor_edges, self.is_live[1], others),
            )
        ]
        return replace(
            grown,
            revision=revision,
            is_holder=holders,
            flows=merged[0][0],
            factor_edges=merged[1][0],
            is_live=(merged[0][1], merged[1][1]),
        )

    # -- nodes -------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def edge_count(self) -> int:
        """How many edges there are, factors included."""
        small = (*self.flows[1:], *self.factor_edges[1:])
        return sum(map(len, small)) + sum(int(live.sum()) for live in self.is_live)

    @property
    def nbytes(self) -> int:
        """The memory that the arrays take."""
        tables = sum(table.nbytes for table in (*self.flows, *self.factor_edges))
        return tables + self.numbers.nbytes + sum(live.nbytes for live in self.is_live)

    def find(self, keys: Collection[str]) -> dict[str, int]:
        """The index of each of `keys` (or of what it leads to) that is at the end of an edge."""
        found = self.store.numbers_of(keys)
        indices = {key: self._index(number) for key, number in found.items()}
        return {key: index for key, index in indices.items() if index is not None}

    def keys(self, nodes: Iterable[int] | Ints) -> list[str]:
        """The keys of `nodes`, in their order; empty where one is gone meanwhile."""
        asked = self.numbers[np.fromiter(nodes, np.int64)].tolist()
        found: dict[int, str] = {}
        distinct = list(dict.fromkeys(asked))
        for first in range(0, len(distinct), _KEYS_AT_ONCE):
            found.update(self.store.keys_of(distinct[first : first + _KEYS_AT_ONCE]))
        return [found.get(number, "") for number in asked]

    def kinds(self, nodes: Iterable[int] | Ints) -> list[str]:
        """The kinds of `nodes`: unit, lot, op, supplier and so on."""
        return [kind_of(key) if key else "" for key in self.keys(nodes)]

    def _index(self, number: int) -> int | None:
        place = int(np.searchsorted(self.numbers[: self.sorted_numbers], number))
        if place < self.sorted_numbers and self.numbers[place] == number:
            return place
        return self.later.get(number)

    def _indices(self, numbers: Ints) -> Ints:
        found = [self._index(number) for number in numbers.tolist()]
        return np.array(found, np.int64)

    # -- closures ----------------------------------------------------------------------------

    def closure(
        self,
        seeds: Iterable[int],
        way: Way,
        *,
        at: Instant | None = None,
        max_depth: int | None = None,
        respect_time: bool = True,
        tolerance: Instant = 0,
    ) -> Closure:
        """Everything on the genealogy of any of `seeds`, themselves included.

        `at` says when the seeds are looked at; see `walking.walk` for the rest.
        """
        nodes = np.unique(np.fromiter(seeds, np.int64))
        found = self._spread(
            np.zeros(len(nodes), np.int64), nodes, way, at=at, is_union=True,
            max_depth=max_depth, respect_time=respect_time, tolerance=tolerance,
        )  # fmt: skip
        return Closure(found.node, found.level)

    def closures(
        self,
        seeds: Iterable[int],
        way: Way,
        *,
        at: Instant | None = None,
        max_depth: int | None = None,
        respect_time: bool = True,
        tolerance: Instant = 0,
    ) -> Closures:
        """Everything on the genealogy of each of `seeds`: what `closure` finds of it alone."""
        nodes = np.fromiter(seeds, np.int64)
        parts: list[Reached] = []
        for first in range(0, len(nodes), _SEEDS_AT_ONCE):
            some = nodes[first : first + _SEEDS_AT_ONCE]
            found = self._spread(
                np.arange(len(some)), some, way, at=at, is_union=False,
                max_depth=max_depth, respect_time=respect_time, tolerance=tolerance,
            )  # fmt: skip
            order = np.argsort(found.owner, kind="stable")
            parts.append(Reached(found.owner[order] + first, found.node[order], found.level[order]))
        parts.append(Reached(*(np.empty(0, np.int64),) * 3))
        owner, node, level = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        pointers = np.zeros(len(nodes) + 1, np.int64)
        np.cumsum(np.bincount(owner, minlength=len(nodes)), out=pointers[1:])
        return Closures(pointers, node, level)

    def _spread(
        self,
        owners: Ints,
        seeds: Ints,
        way: Way,
        *,
        at: Instant | None,
        is_union: bool,
        max_depth: int | None,
        respect_time: bool,
        tolerance: Instant,
    ) -> Reached:
        since, until = (BEGINNING, END) if at is None else (at, END if way == "forward" else at)
        count = len(seeds)
        labels = Labels(
            owners, seeds, np.full(count, since, np.int64), np.full(count, until, np.int64)
        )
        return spread(
            lambda nodes: self._moves(nodes, way, tolerance), len(self.numbers), labels, way,
            is_holder=self.is_holder, is_union=is_union, max_depth=max_depth,
            respect_time=respect_time,
        )  # fmt: skip

    def _moves(self, nodes: Ints, way: Way, tolerance: Instant) -> Moves:
        parts: list[Moves] = []
        for table, live in zip(self.flows, (self.is_live[0], None), strict=False):
            found = table.leaving(nodes) if way == "forward" else table.entering(nodes)
            rows, edges = found
            if live is not None:
                alive = live[edges]
                rows, edges = rows[alive], edges[alive]
            columns = table.columns
            far = columns.target[edges] if way == "forward" else columns.source[edges]
            start, end = columns.start[edges], columns.end[edges]
            if tolerance:
                start = np.where(start == BEGINNING, start, start - tolerance)
                end = np.where(end == END, end, end + tolerance)
            stay = _is_stay(columns.relation[edges], self.flow)
            parts.append(Moves(rows, far.astype(np.int64), start, end, stay))
        if len(parts) == 1:
            return parts[0]
        return Moves(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def factors(self, nodes: Iterable[int] | Ints) -> Factors:
        """What each of `nodes` (operations, inspections and the like) had to do with: people,
        assets, tools, recipes, conditions, steps, products."""
        asked = np.fromiter(nodes, np.int64)
        parts: list[Factors] = []
        for table, live in zip(self.factor_edges, (self.is_live[1], None), strict=False):
            rows, edges = table.leaving(asked)
            if live is not None:
                alive = live[edges]
                rows, edges = rows[alive], edges[alive]
            columns = table.columns
            before = len(self.flow.upstream) + len(self.flow.downstream)
            parts.append(
                Factors(
                    rows,
                    columns.relation[edges].astype(np.int64) - before,
                    columns.target[edges].astype(np.int64),
                    columns.start[edges],
                    columns.end[edges],
                )
            )
        return Factors(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def factor_names_of(schema: Schema) -> tuple[str, ...]:
    """The relations that tell what events were done by, on and with."""
    inspecting = {schema.classes[c].kind for c in ("Inspection",) if c in schema.classes}
    return tuple(sorted({*factor_relations(schema), *factor_relations(schema, inspecting)}))


def _read(portions: Iterable[Sequence[EdgeRow]]) -> Columns:
    """Rows as columns; the ends are still the store's numbers."""
    parts: list[NDArray[np.int64]] = [np.empty((0, 6), np.int64)]
    for rows in portions:
        flat = np.fromiter((value for row in rows for value in row), np.int64, 6 * len(rows))
        parts.append(flat.reshape(-1, 6))
    table = np.concatenate(parts)
    statement, subject, relation, object_, since, until = table.T
    return Columns(statement, subject, object_, relation.astype(np.int16), since, until)


def _distinct(columns: Columns) -> Ints:
    """The numbers at the ends of edges, in order."""
    ends = columns.source, columns.target
    if not len(columns.statement):
        return np.empty(0, np.int64)
    largest = max(int(end.max()) for end in ends)
    if min(int(end.min()) for end in ends) < 0 or largest > 8 * len(columns.statement) + 1_000_000:
        return np.unique(np.concatenate(ends))
    is_there = np.zeros(largest + 1, np.bool_)
    for end in ends:
        is_there[end] = True
    return np.flatnonzero(is_there)


def _indices(numbers: Ints, wanted: Ints) -> Ints:
    if not len(numbers):
        return np.empty(0, np.int64)
    largest = int(numbers[-1])
    if largest > 8 * len(numbers) + 1_000_000:
        return np.asarray(np.searchsorted(numbers, wanted))
    table = np.zeros(largest + 1, np.int32)
    table[numbers] = np.arange(len(numbers), dtype=np.int32)
    return table[wanted]


def _place(columns: Columns, indices: Callable[[Ints], Ints]) -> Columns:
    return columns._replace(
        source=indices(columns.source).astype(np.int32),
        target=indices(columns.target).astype(np.int32),
    )


def _split(columns: Columns, flow: FlowRelations) -> tuple[Columns, Columns]:
    """The edges of the flow, turned so that they lead downstream, and the others."""
    on_flow = columns.relation < len(flow.upstream) + len(flow.downstream)
    flows, others = columns.take(on_flow), columns.take(~on_flow)
    up = flows.relation < len(flow.upstream)
    source, target = (
        np.where(up, flows.target, flows.source),
        np.where(up, flows.source, flows.target),
    )
    start = np.where(flows.start == NO_START, BEGINNING, flows.start)
    end = np.where(flows.end == NO_END, END, flows.end)
    # See `flow.times_of`.
    bounded = _is_stay(flows.relation, flow) & (end != END)
    moment = bounded & (start != BEGINNING) & (end - start <= 1)
    end = np.where(moment, END, np.where(bounded, np.maximum(start, end - 1), end))
    return Columns(flows.statement, source, target, flows.relation, start, end), others


def _is_stay(relations: Ints, flow: FlowRelations) -> Bools:
    names = (*flow.upstream, *flow.downstream)
    return np.isin(relations, [i for i, name in enumerate(names) if name in flow.stays])


def _overlaid(
    tables: tuple[EdgeTable, ...], live: Bools, touched: Ints, more: Columns, nodes: int
) -> tuple[tuple[EdgeTable, ...], Bools]:
    """Tables without the statements that were touched and with those that are there now."""
    large = tables[0]
    gone = np.isin(large.columns.statement, touched)
    if gone.any():
        live = live & ~gone
    kept = [t.columns.take(~np.isin(t.columns.statement, touched)) for t in tables[1:]]
    beside = Columns.joined([more, *kept])
    if len(beside.statement) <= max(_OVERLAY, len(large) // 10):
        return (large, EdgeTable.of(beside, None)), live
    everything = Columns.joined((large.columns.take(live), beside))
    return (EdgeTable.of(everything, nodes),), np.ones(len(everything.statement), np.bool_)


__all__ = ["NO_END", "NO_START", "Adjacency", "Closure", "Closures", "Factors", "factor_names_of"]
