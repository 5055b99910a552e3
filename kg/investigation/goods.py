"""What was measured on the bad goods themselves, or on what they were packed in, and drifted."""

from __future__ import annotations

from collections.abc import Collection

from kg.diagnosis.graph import Graph
from kg.investigation.drift_telling import tell_seen
from kg.investigation.drifting import MOST_THINGS, DriftEvent, Drifting, Looked
from kg.investigation.results import SeenDrift
from kg.investigation.wording import HOUR, Clock
from kg.model.instants import Instant
from kg.traceability.flow import FlowRelations

_MOST_LEVELS = 6
_SHOWN = 5
_OPEN_END = 30 * 24 * HOUR  # of a stay whose end is not known


def goods_drifts(
    graph: Graph, items: Collection[str], found: Instant | None, clock: Clock
) -> tuple[tuple[SeenDrift, ...], Looked]:
    """Drifts, and readings beyond limits, on the items and what they were in, the surest first.

    `found` is when the defects were found: what was measured later is no cause.
    """
    drifting = Drifting(graph, 0, with_inspections=False)
    relation = tuple(sorted(graph.schema.subrelations("measuredOn")))
    stays = _stays(graph, items, found)
    measured = {s.object for s in graph.expand(stays, relation, "in", limit_per_node=1)}
    for thing in sorted(measured)[:MOST_THINGS]:
        since, until = stays[thing]
        if since is None or until is None:
            since, until = _measured_span(graph, thing, found)
        if since < until:
            drifting.look_at([thing], since, until, (since, until), with_operations=())
    events = [e for listed in drifting.judge().values() for e in listed if _meets(e, stays)]
    events.sort(key=lambda e: (not e.drifted.beyond, e.drifted.q is None, e.drifted.q or 0, e.key))
    return tell_seen(graph, events[:_SHOWN], clock), drifting.looked


def _stays(
    graph: Graph, items: Collection[str], found: Instant | None
) -> dict[str, tuple[Instant | None, Instant | None]]:
    """The items, and from when to when any of them was in each thing that holds goods."""
    stays: dict[str, tuple[Instant | None, Instant | None]] = dict.fromkeys(items, (None, None))
    packed = tuple(sorted(FlowRelations.of(graph.schema).stays))
    frontier = sorted(items)
    for _ in range(_MOST_LEVELS):
        inside: dict[str, tuple[Instant | None, Instant | None]] = {}
        for s in graph.expand(frontier, packed):
            since = s.valid_from
            if since is None or s.object in stays or (found is not None and since > found):
                continue
            until = s.valid_to if s.valid_to is not None else since + _OPEN_END
            if found is not None:
                until = min(until, found + 1)
            known = inside.get(s.object)
            if known is not None and known[0] is not None and known[1] is not None:
                since, until = min(since, known[0]), max(until, known[1])
            inside[s.object] = since, until
        stays.update(inside)
        frontier = sorted(inside)
        if not frontier:
            break
    return stays


def _measured_span(graph: Graph, thing: str, found: Instant | None) -> tuple[Instant, Instant]:
    """From the first to the last measurement on an item, as far as a few thousand of them tell."""
    relation = tuple(sorted(graph.schema.subrelations("measuredOn")))
    said = graph.expand([thing], relation, "in", limit_per_node=5000)
    times = [s.valid_from for s in said if s.valid_from is not None]
    last = max(times, default=0) + 1
    return min(times, default=1), last if found is None else min(last, found + 1)


def _meets(event: DriftEvent, stays: dict[str, tuple[Instant | None, Instant | None]]) -> bool:
    since, until = stays[event.drifted.series.thing]
    start, end = event.span.start or 0, event.span.end or 0
    return (until is None or start < until) and (since is None or end >= since)
