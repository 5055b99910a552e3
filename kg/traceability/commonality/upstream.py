"""What lies upstream of many units at once: events and things, as sparse matrices.

Units are walked backwards together, each node being read once; what is behind which unit then
follows by multiplying sparse matrices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.model.graph import Direction, Statement, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import Span, span_of
from kg.store.protocol import Store
from kg.traceability.flow import FlowRelations
from ontology.schema import Schema

PER_READ = 1000
MAX_NODES = 2_000_000
_MAX_DEPTH = 40


@dataclass(slots=True)
class Behind:
    """The events and things behind units. Shapes: (units, events), (units, things)."""

    events: list[str]
    things: list[str]
    has_event: sparse.csr_matrix
    has_thing: sparse.csr_matrix
    said: dict[str, list[Statement]] = field(default_factory=dict)


def walk_upstream(
    store: Store, schema: Schema, flow: FlowRelations, units: Sequence[str],
    found: Mapping[str, Instant], view: View,
) -> tuple[Behind, dict[str, Span]]:  # fmt: skip
    """Everything upstream of the units, packing aside: a box makes nothing bad.

    What came to a bad unit after its defect was found, such as the parts of a rework, is not
    behind it.
    """
    along = [r for r in flow.upstream if r not in flow.stays]
    against = [r for r in flow.downstream if r not in flow.stays]
    number: dict[str, int] = {k: i for i, k in enumerate(units)}
    order = list(units)
    source: list[int] = []
    target: list[int] = []
    frontier = list(units)
    said: dict[str, list[Statement]] = {}
    since: list[float] = []  # when the edge begins, where it is said
    sides: tuple[tuple[list[str], Direction], ...] = ((along, "out"), (against, "in"))
    for _ in range(_MAX_DEPTH):
        fresh: list[str] = []
        for first in range(0, len(frontier), PER_READ):
            portion = frontier[first : first + PER_READ]
            for relations, direction in sides:
                if not relations:
                    continue
                for s in store.expand(portion, relations, direction, view=view):
                    near, far = (
                        (s.subject, s.object) if direction == "out" else (s.object, s.subject)
                    )
                    for end in (s.subject, s.object):
                        if kind_of(end) in flow.events:
                            said.setdefault(end, []).append(s)
                    if far not in number:
                        number[far] = len(order)
                        order.append(far)
                        fresh.append(far)
                    source.append(number[near])
                    target.append(number[far])
                    since.append(np.nan if s.valid_from is None else float(s.valid_from))
        frontier = fresh
        if not frontier or len(order) > MAX_NODES:
            break
    size = len(order)
    ones = np.ones(len(source), dtype=np.int8)
    step = sparse.csr_matrix((ones, (source, target)), shape=(size, size))
    step.data[:] = 1
    spans = _spans(store, [k for k in order if kind_of(k) in flow.events], said, view)
    starts = np.array([start_of(spans.get(k)) for k in order])
    limits = np.array([float(found[k]) if k in found else np.inf for k in units])
    own = np.array(source) < len(units) if source else np.zeros(0, dtype=np.bool_)
    too_late = own & (np.array(since) > limits[np.where(own, source, 0)]) if source else own
    early = sparse.csr_matrix(
        (np.ones(int((~too_late).sum()), dtype=np.int8),
         (np.array(source, dtype=np.int64)[~too_late],
          np.array(target, dtype=np.int64)[~too_late])),
        shape=(size, size),
    )  # fmt: skip
    early.data[:] = 1
    reached = _closure(step, early, limits, starts)
    is_event = np.array([kind_of(k) in flow.events for k in order])
    shipments = _shipping_kinds(schema, flow)
    is_event &= np.array([kind_of(k) not in shipments for k in order])
    is_thing = ~np.array([kind_of(k) in flow.events for k in order])
    return Behind(
        [order[i] for i in np.flatnonzero(is_event)],
        [order[i] for i in np.flatnonzero(is_thing)],
        reached[:, np.flatnonzero(is_event)],
        reached[:, np.flatnonzero(is_thing)],
        said,
    ), spans


def _closure(
    step: sparse.csr_matrix, first_step: sparse.csr_matrix, limits: NDArray[np.float64],
    starts: NDArray[np.float64],
) -> sparse.csr_matrix:  # fmt: skip
    """What each of the first nodes, the units, reaches; shape: (units, nodes).

    `limits` are times after which a unit's events do not count; `starts` those of all nodes.
    """
    size, units = step.shape[0], len(limits)
    seen = sparse.csr_matrix((units, size), dtype=np.int8)
    start = np.arange(units)
    frontier = sparse.csr_matrix((np.ones(units, dtype=np.int8), (start, start)), (units, size))
    for depth in range(_MAX_DEPTH):
        frontier = (frontier @ (step if depth else first_step)).tocoo()
        keep = ~(starts[frontier.col] > limits[frontier.row])
        frontier = sparse.csr_matrix(
            (np.ones(int(keep.sum()), dtype=np.int8), (frontier.row[keep], frontier.col[keep])),
            (units, size),
        )
        frontier = frontier - frontier.multiply(seen)
        frontier.eliminate_zeros()
        if not frontier.nnz:
            break
        seen = seen + frontier
        seen.data[:] = 1
    return seen


def _shipping_kinds(schema: Schema, flow: FlowRelations) -> frozenset[str]:
    """Kinds of events by which goods only move."""
    moved = {d for r in flow.downstream for c in schema.relations[r].range
             for d in schema.descendants(c)}  # fmt: skip
    return frozenset(
        schema.classes[c].kind for c in moved if c in schema.classes and schema.classes[c].is_event
    )


def _spans(
    store: Store, events: Sequence[str], said: Mapping[str, Sequence[Statement]], view: View
) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    for first in range(0, len(events), 5 * PER_READ):
        portion = events[first : first + 5 * PER_READ]
        nodes = store.get_nodes(portion, view)
        for key in portion:
            spans[key] = span_of(nodes.get(key), said.get(key, ()))
    return spans


def start_of(span: Span | None) -> float:
    if span is None or not span.is_known:
        return float("nan")
    return float(span.start if span.start is not None else span.end or 0)
