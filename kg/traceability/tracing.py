"""Backward, forward and both: the genealogy of units, lots, containers, operations, shipments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypedDict, Unpack

from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, Statement, View
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.narration import Named, Span, cite, name_in, optional_text, span_of
from kg.search import nearest, raise_not_found
from kg.store.protocol import Store
from kg.traceability.consignees import find_consignees
from kg.traceability.cycles import find_cycles
from kg.traceability.factors import find_factors
from kg.traceability.flow import FlowRelations, StoreLinks, Way, find_pieces
from kg.traceability.passing import Passage, PassageTest
from kg.traceability.presenting import (
    edge_of,
    find_defects,
    note,
    show_left_out,
    summarise,
)
from kg.traceability.results import Trace, TraceNode
from kg.traceability.walking import Label, Walk, reaching, walk
from ontology.schema import Schema

MAX_NODES = 5000
MAX_REACH = 100_000


@dataclass(frozen=True, slots=True)
class _Part:
    """One direction's walk, reduced to what passed what was asked for."""

    walked: Walk
    levels: dict[str, int]
    via: dict[str, StatementKey | None]
    paths: dict[str, tuple[StatementKey, ...]]  # where going on by `via` would be another way


class TraceOptions(TypedDict, total=False):
    """How to trace; all may be left out.

    `view`: which part of the graph is seen. `max_depth`: in statements. `max_nodes`: per
    direction. `classes`: keep only nodes of these (with descendants) in the answer. `steps`,
    `places` (with all located or built in there) and the half-open window `since`, `until`: keep
    only what passed one event that fulfils all of them. `at`: look at the start at that instant,
    such as the contents of a reused container. `respect_time` (default true): a path must be
    possible in time; `tolerance` (milliseconds) allows for clocks that differ.
    `evidence_per_edge`: citations to fetch for each edge, default none.
    """

    view: View
    max_depth: int | None
    max_nodes: int
    classes: Collection[str] | None
    steps: Collection[str]
    places: Collection[str]
    since: Instant | None
    until: Instant | None
    at: Instant | None
    respect_time: bool
    tolerance: Instant
    evidence_per_edge: int


class _Side(NamedTuple):
    level: int
    via: StatementKey | None
    path: tuple[StatementKey, ...] = ()


def trace_backward(
    store: Store, schema: Schema, key: str | Collection[str], **options: Unpack[TraceOptions]
) -> Trace:
    """Where `key` (one or several) comes from: what it is made of, and by which operations.

    Raises NotFound for an unknown key, with the nearest ones.
    """
    return _trace(store, schema, key, ("backward",), **options)


def trace_forward(
    store: Store, schema: Schema, key: str | Collection[str], **options: Unpack[TraceOptions]
) -> Trace:
    """Where `key` (one or several) went: what was made with it, packed and shipped, and to whom.

    Raises NotFound for an unknown key, with the nearest ones.
    """
    return _trace(store, schema, key, ("forward",), **options)


def trace_both(
    store: Store, schema: Schema, key: str | Collection[str], **options: Unpack[TraceOptions]
) -> Trace:
    """Backward and forward in one answer (what is behind and ahead, not the whole network).

    Raises NotFound for an unknown key, with the nearest ones.
    """
    return _trace(store, schema, key, ("backward", "forward"), **options)


def _trace(
    store: Store,
    schema: Schema,
    key: str | Collection[str],
    ways: Sequence[Way],
    *,
    view: View = NOW,
    max_depth: int | None = None,
    max_nodes: int = MAX_NODES,
    classes: Collection[str] | None = None,
    steps: Collection[str] = (),
    places: Collection[str] = (),
    since: Instant | None = None,
    until: Instant | None = None,
    at: Instant | None = None,
    respect_time: bool = True,
    tolerance: Instant = 0,
    evidence_per_edge: int = 0,
) -> Trace:
    if max_nodes < 1 or (max_depth is not None and max_depth < 1):
        raise BadInput("A trace needs room for at least one node and one level.")
    passage = Passage(frozenset(steps), frozenset(places), since, until)
    seeds = _seeds(store, key, view)
    flow = FlowRelations.of(schema)
    links = StoreLinks(store, flow, view, tolerance=tolerance)
    passes = None if passage.is_empty else PassageTest(store, schema, passage, view)
    parts = {
        way: _reduce(
            walk(
                links, seeds, way, at=at, max_depth=max_depth, max_nodes=max_nodes,
                respect_time=respect_time, passes=passes, holders=flow.holders,
            )
        )
        for way in ways
    }  # fmt: skip
    sides = _sides(parts, seeds)
    levels = {k: listed[0].level for k, listed in sides.items()}
    statements = {
        k: s
        for part in parts.values()
        for k, s in part.walked.used.items()
        if flow.source_of(s) in levels and flow.target_of(s) in levels
    }
    nodes = store.get_nodes(levels.keys(), view)
    spans = _spans(schema, nodes, levels, statements.values())
    cited = cite(
        store, schema, statements.values(), view=view, per_statement=evidence_per_edge, nodes=nodes
    )
    kept = _kept(schema, nodes, levels, seeds, classes)
    events = {
        k: (levels[k], spans.get(k, Span(None, None)))
        for k in levels
        if _is_event(schema, nodes, k)
    }
    forward = parts.get("forward")
    refused = {k: s for part in parts.values() for k, s in part.walked.refused.items()}
    refused = {k: s for k, s in refused.items() if k not in statements}
    truncated = [part.walked.reason for part in parts.values() if part.walked.is_truncated]
    reach, complete = _reach(store, flow, seeds, ways, view) if truncated else (len(levels), True)
    trace = Trace(
        start=tuple(name_in(schema, nodes, seed) for seed in seeds),
        direction="both" if len(ways) > 1 else ways[0],
        nodes=tuple(
            _node(name_in(schema, nodes, k), sides[k], spans.get(k))
            for k in sorted(kept, key=lambda n: (levels[n], n))
        ),
        edges=tuple(
            edge_of(flow, s, cited[k])
            for k, s in sorted(statements.items())
            if s.subject in kept and s.object in kept
        ),
        summary=summarise(schema, nodes, levels, seeds),
        factors=tuple(find_factors(store, schema, events, view)),
        consignees=()
        if forward is None
        else find_consignees(
            schema, flow, statements.values(), downstream=forward.levels.keys(),
            nodes=nodes, spans=spans, tolerance=tolerance, respect_time=respect_time,
            pieces=find_pieces(store, statements.values(), flow, view),
        ),
        defects=find_defects(store, schema, levels, nodes, view),
        cycles=find_cycles(statements.values(), flow),
        left_out=len(refused),
        left_out_examples=show_left_out(store, schema, flow, refused, view),
        is_truncated=bool(truncated),
        truncated_by=truncated[0] if truncated else "",
        reach=reach,
        reach_is_complete=complete,
        notes=(),
    )  # fmt: skip
    return replace(trace, notes=note(trace, levels))


def _seeds(store: Store, key: str | Collection[str], view: View) -> list[str]:
    asked = [key] if isinstance(key, str) else list(dict.fromkeys(key))
    if not asked:
        raise BadInput("Say what to trace: the key of a unit, lot, container or the like.")
    found = store.get_nodes(asked, view)
    for one in asked:
        if one not in found:
            raise_not_found(store, one, nearest(store, one, 5, view=view))
    return sorted({found[one].key for one in asked})


def _reduce(walked: Walk) -> _Part:
    good = reaching(walked)
    chosen: dict[str, Label] = {}
    for state in sorted(good, key=lambda s: (s.node, not s.passed)):
        first = walked.labels[state][0]
        if state.node not in chosen or first.level < chosen[state.node].level:
            chosen[state.node] = first
    levels = {node: label.level for node, label in chosen.items()}
    via = {
        node: label.by.statement.key if label.by is not None else None
        for node, label in chosen.items()
    }
    if len(good) < len(walked.labels):
        on_path = {
            (near.node, far.node) for near, far in walked.hops if near in good and far in good
        }
        used = {
            k: s
            for k, s in walked.used.items()
            if (s.subject, s.object) in on_path or (s.object, s.subject) in on_path
        }
        walked = replace(walked, used=used)
    return _Part(walked, levels, via, _own_paths(chosen))


def _own_paths(chosen: Mapping[str, Label]) -> dict[str, tuple[StatementKey, ...]]:
    """The whole paths of nodes to which the first ways of the nodes between do not lead: in time
    only a later way does."""
    found: dict[str, tuple[StatementKey, ...]] = {}
    for node, label in sorted(chosen.items(), key=lambda item: item[1].level):
        came = label.came
        if came is None or (chosen.get(came.state.node) is came and came.state.node not in found):
            continue
        steps: list[StatementKey] = []
        step: Label | None = label
        while step is not None and step.by is not None:
            steps.append(step.by.statement.key)
            step = step.came
        found[node] = tuple(reversed(steps))
    return found


def _sides(parts: Mapping[Way, _Part], seeds: Collection[str]) -> dict[str, list[_Side]]:
    """The signed level and the first edge of each node, on one side of the start or both."""
    sides: dict[str, list[_Side]] = {seed: [_Side(0, None)] for seed in seeds}
    for way, part in parts.items():
        for key, level in part.levels.items():
            if key not in seeds:
                signed = -level if way == "backward" else level
                side = _Side(signed, part.via[key], part.paths.get(key, ()))
                sides.setdefault(key, []).append(side)
    for listed in sides.values():
        listed.sort(key=lambda side: abs(side.level))
    return sides


def _node(named: Named, sides: Sequence[_Side], span: Span | None) -> TraceNode:
    first, other = sides[0], sides[1] if len(sides) > 1 else None
    return TraceNode(
        named=named,
        level=first.level,
        via=None if first.via is None else first.via.id,
        started=optional_text(span.start) if span is not None else None,
        ended=optional_text(span.end) if span is not None else None,
        other_level=None if other is None else other.level,
        other_via=None if other is None or other.via is None else other.via.id,
        path=tuple(step.id for step in first.path),
    )


def _is_event(schema: Schema, nodes: Mapping[str, Node], key: str) -> bool:
    node = nodes.get(key)
    term = schema.classes.get(node.cls if node is not None else schema.class_of_key(key))
    return term is not None and term.is_event


def _spans(
    schema: Schema,
    nodes: Mapping[str, Node],
    keys: Iterable[str],
    statements: Iterable[Statement],
) -> dict[str, Span]:
    about: dict[str, list[Statement]] = {}
    for s in statements:
        about.setdefault(s.subject, []).append(s)
    return {
        key: span_of(nodes.get(key), about.get(key, ()))
        for key in keys
        if _is_event(schema, nodes, key)
    }


def _kept(
    schema: Schema,
    nodes: Mapping[str, Node],
    levels: Mapping[str, int],
    seeds: Collection[str],
    classes: Collection[str] | None,
) -> set[str]:
    if classes is None:
        return set(levels)
    return {
        key
        for key in levels
        if key in seeds
        or any(
            schema.is_a(nodes[key].cls if key in nodes else schema.class_of_key(key), c)
            for c in classes
        )
    }


def _reach(
    store: Store, flow: FlowRelations, seeds: Collection[str], ways: Iterable[Way], view: View
) -> tuple[int, bool]:
    """How much is connected without regard to time, counted up to a limit."""
    found: set[str] = set()
    complete = True
    for way in ways:
        near = store.closure(seeds, flow.steps(way), max_nodes=MAX_REACH, view=view)
        complete = complete and len(near) < MAX_REACH
        found |= near.keys()
    return len(found), complete
