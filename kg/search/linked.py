"""Events found by what they are linked to: work orders that observed what the words mean.

A person who types "M07 leak" wants the work orders on M07 that observed a leak, in whatever
language those were written. The units of the query that are themselves nodes become anchors, and
the events around the rarest anchor are checked against the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from kg.model.graph import Node, View
from kg.search.codes import code_of, without_separators
from kg.search.scoring import Reason, Wanted
from kg.store.protocol import Store
from ontology.schema import Schema

_MAX_EVENTS = 400  # per query, around its rarest anchor


class LinkedEvent(NamedTuple):
    """An event with the units of the query (by index) that its neighbours answer."""

    node: Node
    reasons: tuple[tuple[int, Reason], ...]


def event_relations(schema: Schema) -> list[str]:
    """Relations that lead from an event to what it is about."""
    return sorted(
        r.name
        for r in schema.relations.values()
        if any(schema.classes[c].is_event for c in r.domain if c in schema.classes)
    )


def events_about(
    store: Store,
    schema: Schema,
    units: Sequence[Wanted],
    nodes: Mapping[str, Node],
    *,
    takes_class: Callable[[str], bool],
    view: View,
    limit: int,
) -> list[LinkedEvent]:
    """Events whose neighbours answer units of the query, those that answer most units first."""
    if not any(t.is_event and takes_class(t.name) for t in schema.classes.values()):
        return []
    anchors = _anchors(schema, units, nodes)
    if not anchors:
        return []
    relations = event_relations(schema)
    keys = sorted({key for found in anchors.values() for key in found})
    counts = dict(store.aggregate(relations, "object", objects=keys, view=view))
    sizes = {unit: sum(counts.get(key, 0) for key in found) for unit, found in anchors.items()}
    rarest = min((u for u in anchors if sizes[u]), key=lambda u: (sizes[u], u), default=None)
    if rarest is None:
        return []
    statements = store.expand(
        sorted(anchors[rarest]),
        relations,
        "in",
        view=view,
        limit_per_node=max(limit, _MAX_EVENTS // len(anchors[rarest])),
    )
    events = sorted({s.subject for s in statements})
    answered: dict[str, dict[int, Reason]] = {}
    unit_of: dict[str, list[int]] = {}
    for unit, found in anchors.items():
        for key in found:
            unit_of.setdefault(key, []).append(unit)
    links = statements if len(anchors) == 1 else store.expand(events, relations, view=view)
    for link in links:
        for unit in unit_of.get(link.object, ()):
            target = nodes.get(link.object)
            name = target.name if target is not None else link.object
            answered.setdefault(link.subject, {}).setdefault(
                unit, Reason(units[unit].text, "link", "concept", f"{link.predicate} {name}")
            )
    ranked = sorted(answered, key=lambda event: (-len(answered[event]), event))[:limit]
    read = store.get_nodes(ranked, view)
    return [
        LinkedEvent(read[event], tuple(answered[event].items()))
        for event in ranked
        if event in read and takes_class(read[event].cls)
    ]


def _anchors(
    schema: Schema, units: Sequence[Wanted], nodes: Mapping[str, Node]
) -> dict[int, set[str]]:
    """For each unit of the query, the nodes that it names outright."""
    anchors: dict[int, set[str]] = {}
    by_code: dict[str, set[str]] = {}
    for node in nodes.values():
        code = code_of(schema, node)
        if code is not None:
            by_code.setdefault(without_separators(code), set()).add(node.key)
    for index, unit in enumerate(units):
        found: set[str] = set()
        if unit.mention is not None:
            found = set(unit.keys & nodes.keys())
        elif any(c.isdigit() for c in unit.text):
            found = by_code.get(without_separators(unit.text), set())
        if found:
            anchors[index] = found
    return anchors
