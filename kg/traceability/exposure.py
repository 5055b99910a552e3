"""Exposures: which operations made a thing, on what, by whom, with what, and when.

The basis for the join with maintenance, and for what bad things have in common.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kg.model.graph import NOW, Statement, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import Span, span_of
from kg.store.protocol import Store
from kg.traceability.factors import facet_of, factor_relations
from kg.traceability.flow import FlowRelations, StoreLinks
from kg.traceability.walking import Label, walk
from ontology.schema import Schema

_EVENTS_PER_READ = 2000


class Exposure(NamedTuple):
    """That an operation behind an item had to do with a factor."""

    item: str
    operation: str
    level: int  # statements between the item and the operation, at least 1
    span: Span  # of the operation
    factor: str
    facet: str
    statement: Statement  # operation to factor


@dataclass(frozen=True, slots=True)
class Making:
    """How one item came to be: the events behind it with their times, and the way to each."""

    item: str
    events: Mapping[str, int]  # level by event
    materials: Mapping[str, int]  # level by lot, unit, container or supplier behind it
    paths: Mapping[str, tuple[Statement, ...]]  # from the item to the event
    is_truncated: bool


@dataclass(frozen=True, slots=True)
class Exposures:
    """What was behind some items."""

    makings: Mapping[str, Making]
    spans: Mapping[str, Span]  # of all events
    exposures: tuple[Exposure, ...]  # by item, operation, factor


def find_exposures(
    store: Store,
    schema: Schema,
    items: Collection[str],
    *,
    view: View = NOW,
    max_nodes: int = 2000,
    max_depth: int | None = None,
    tolerance: Instant = 0,
) -> Exposures:
    """The events behind each of `items` and the factors of these.

    One walk per item (so that what they share can be counted), then the factors of all events at
    once. Keys that do not exist have nothing behind them.
    """
    flow = FlowRelations.of(schema)
    links = StoreLinks(store, flow, view, tolerance=tolerance)
    makings: dict[str, Making] = {}
    about: dict[str, dict[object, Statement]] = {}
    for item in sorted(set(items)):
        walked = walk(
            links, [item], "backward", max_nodes=max_nodes, max_depth=max_depth,
            holders=flow.holders,
        )  # fmt: skip
        first: dict[str, Label] = {}
        materials: dict[str, int] = {}
        for labels in walked.labels.values():
            label = labels[0]
            if label.level > 0:
                if kind_of(label.state.node) in flow.events:
                    first[label.state.node] = label
                else:
                    materials[label.state.node] = label.level
        makings[item] = Making(
            item,
            {event: label.level for event, label in first.items()},
            materials,
            {event: _path(label) for event, label in first.items()},
            walked.is_truncated,
        )
        for s in walked.used.values():
            for end in (s.subject, s.object):
                if end in first:
                    about.setdefault(end, {})[s.key] = s
    return _with_factors(store, schema, makings, about, view)


def find_inspections(
    store: Store,
    schema: Schema,
    items: Collection[str],
    *,
    among: Collection[str] | None = None,
    view: View = NOW,
) -> Exposures:
    """The inspections of `items` and the factors of these: who looked, on which bench, with what.

    Kept apart from production: who finds a defect has not made it. `among` restricts them to some
    inspections, such as those that found the defects.
    """
    relations = sorted(schema.subrelations("inspected"))
    listed = sorted(set(items))
    about: dict[str, dict[object, Statement]] = {}
    seen: dict[str, dict[str, Statement]] = {item: {} for item in listed}
    found = store.expand(listed, relations, "in", view=view) if relations and listed else []
    for s in found:
        if among is None or s.subject in among:
            seen[s.object][s.subject] = s
            about.setdefault(s.subject, {})[s.key] = s
    makings = {
        item: Making(item, dict.fromkeys(by, 1), {}, {k: (s,) for k, s in by.items()}, False)
        for item, by in seen.items()
    }
    return _with_factors(store, schema, makings, about, view)


def _with_factors(
    store: Store,
    schema: Schema,
    makings: Mapping[str, Making],
    about: Mapping[str, dict[object, Statement]],
    view: View,
) -> Exposures:
    events = sorted(about)
    relations = factor_relations(schema, {kind_of(event) for event in events})
    said: dict[str, list[Statement]] = {}
    nodes = store.get_nodes(events, view)
    for start in range(0, len(events), _EVENTS_PER_READ):
        for s in store.expand(events[start : start + _EVENTS_PER_READ], relations, view=view):
            said.setdefault(s.subject, []).append(s)
    things = store.get_nodes({s.object for listed in said.values() for s in listed}, view)
    spans = {
        event: span_of(nodes.get(event), [*about[event].values(), *said.get(event, ())])
        for event in events
    }
    exposures: list[Exposure] = []
    for item, making in makings.items():
        for event, level in sorted(making.events.items()):
            for s in said.get(event, ()):
                node = things.get(s.object)
                facet = facet_of(
                    schema, node.cls if node is not None else schema.class_of_key(s.object)
                )
                if facet is not None:
                    exposures.append(Exposure(item, event, level, spans[event], s.object, facet, s))
    return Exposures(makings, spans, tuple(exposures))


def _path(label: Label) -> tuple[Statement, ...]:
    found: list[Statement] = []
    at: Label | None = label
    while at is not None and at.by is not None:
        found.append(at.by.statement)
        at = at.came
    return tuple(reversed(found))
