"""What the operations of a trace have in common: people, assets, tools, steps, conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kg.model.graph import Node, View
from kg.model.instants import Instant
from kg.narration import Span, name_in, optional_text
from kg.store.protocol import Store
from kg.traceability.flow import classes_on_flow, event_classes
from kg.traceability.results import Factor
from ontology.schema import Schema

_EVENTS_PER_READ = 2000


def factor_relations(schema: Schema, kinds: Collection[str] | None = None) -> list[str]:
    """Relations from an event to something with a 5M1E facet.

    Events are those on the flow of material, else those of the given kinds of keys.
    """
    events = (
        event_classes(schema, classes_on_flow(schema))
        if kinds is None
        else frozenset(name for name, term in schema.classes.items() if term.kind in kinds)
    )
    found: list[str] = []
    for relation in schema.relations.values():
        if relation.flow is not None:
            continue
        starts = {d for c in relation.domain for d in schema.descendants(c)}
        ends = {d for c in relation.range for d in schema.descendants(c)}
        if starts & events and any(facet_of(schema, c) for c in ends):
            found.append(relation.name)
    return sorted(found)


def facet_of(schema: Schema, cls: str) -> str | None:
    """The 5M1E facet of a class, its own or its nearest ancestor's; events have none."""
    term = schema.classes.get(cls)
    if term is None or term.is_event:
        return None
    for name in (cls, *term.ancestors):
        above = schema.classes.get(name)
        if above is not None and above.facet:
            return above.facet
    return None


def find_factors(
    store: Store,
    schema: Schema,
    events: Mapping[str, tuple[int, Span]],
    view: View,
    *,
    limit: int = 500,
) -> list[Factor]:
    """The factors of `events` (level and time by key), the most frequent first."""
    relations = factor_relations(schema)
    keys = sorted(events)
    counted: dict[tuple[str, str], list[str]] = {}
    for first in range(0, len(keys), _EVENTS_PER_READ):
        for s in store.expand(keys[first : first + _EVENTS_PER_READ], relations, view=view):
            counted.setdefault((s.object, s.predicate), []).append(s.subject)
    nodes = store.get_nodes({key for key, _ in counted}, view)
    factors: list[Factor] = []
    for (key, predicate), found in counted.items():
        facet = facet_of(schema, _class_of(schema, nodes, key))
        if facet is None:
            continue
        spans = [events[event][1] for event in found]
        levels = [events[event][0] for event in found]
        factors.append(
            Factor(
                named=name_in(schema, nodes, key),
                facet=facet,
                predicate=predicate,
                operations=len(found),
                first=optional_text(_extreme((s.start for s in spans), first=True)),
                last=optional_text(_extreme((s.end or s.start for s in spans), first=False)),
                upstream=sum(level < 0 for level in levels),
                downstream=sum(level > 0 for level in levels),
                examples=tuple(found[:5]),
            )
        )
    factors.sort(key=lambda f: (-f.operations, f.facet, f.named.key, f.predicate))
    return factors[:limit]


def _class_of(schema: Schema, nodes: Mapping[str, Node], key: str) -> str:
    node = nodes.get(key)
    return node.cls if node is not None else schema.class_of_key(key)


def _extreme(instants: Iterable[Instant | None], *, first: bool) -> Instant | None:
    known = [i for i in instants if i is not None]
    if not known:
        return None
    return min(known) if first else max(known)
