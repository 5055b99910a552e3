"""The genealogy as an object-centric event log: OCEL 2.0 in its JSON form.

Events are what happens in time (operations, traceability events, shipments, inspections); objects
are what they have to do with; a relation of the graph qualifies the link. See the OCEL 2.0
specification, https://www.ocel-standard.org.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from kg.model.graph import NOW, Node, View
from kg.model.instants import to_text
from kg.narration import span_of
from kg.store.protocol import Store
from ontology.schema import Schema

_AT_ONCE = 1_000
_EVENTS = ("Operation", "Shipment", "Inspection")
_TYPES = {"decimal": "float", "integer": "integer", "boolean": "boolean", "date": "time",
          "dateTime": "time"}  # fmt: skip


def as_ocel(store: Store, schema: Schema, *, view: View = NOW) -> dict[str, Any]:
    """All events with their objects. Events without a time, and voided ones, are left out."""
    events: list[dict[str, Any]] = []
    linked: set[str] = set()
    event_types: dict[str, set[str]] = defaultdict(set)
    for nodes in _event_nodes(store, schema, view):
        keys = [node.key for node in nodes]
        touching = store.expand(keys, direction="both", view=view)
        about: dict[str, list[tuple[str, str]]] = defaultdict(list)
        spans = defaultdict(list)
        for s in touching:
            for event, thing in ((s.subject, s.object), (s.object, s.subject)):
                if event in set(keys):
                    about[event].append((s.predicate, thing))
                    if event == s.subject:
                        spans[event].append(s)
        for node in nodes:
            start = span_of(node, spans[node.key]).start
            if start is None or node.props.get("isVoided") is True:
                continue
            linked.update(thing for _, thing in about[node.key])
            attributes = _attributes(schema, node)
            event_types[node.cls] |= {a["name"] for a in attributes}
            events.append(
                {
                    "id": node.key,
                    "type": node.cls,
                    "time": to_text(start),
                    "attributes": attributes,
                    "relationships": [
                        {"objectId": thing, "qualifier": predicate}
                        for predicate, thing in sorted(set(about[node.key]))
                    ],
                }
            )
    objects, object_types = _objects(store, schema, linked, view)
    known = {one["id"] for one in objects}
    for told in events:
        told["relationships"] = [r for r in told["relationships"] if r["objectId"] in known]
    return {
        "objectTypes": _types(schema, object_types),
        "eventTypes": _types(schema, event_types),
        "objects": objects,
        "events": events,
    }


def _event_nodes(store: Store, schema: Schema, view: View) -> Iterator[list[Node]]:
    classes = [name for name in _EVENTS if name in schema.classes]
    after: str | None = None
    while True:
        page = store.find_nodes(classes, after=after, limit=_AT_ONCE, view=view)
        if page.nodes:
            yield page.nodes
        after = page.next_after
        if after is None:
            return


def _objects(
    store: Store, schema: Schema, keys: set[str], view: View
) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
    found: list[dict[str, Any]] = []
    types: dict[str, set[str]] = defaultdict(set)
    listed = sorted(keys)
    for first in range(0, len(listed), _AT_ONCE):
        for key, node in store.get_nodes(listed[first : first + _AT_ONCE], view).items():
            term = schema.classes.get(node.cls)
            if term is not None and term.is_event:
                continue
            attributes = [{**a, "time": "1970-01-01T00:00:00Z"} for a in _attributes(schema, node)]
            types[node.cls] |= {a["name"] for a in attributes}
            found.append({"id": key, "type": node.cls, "attributes": attributes})
    chosen = {one["id"] for one in found}
    for first in range(0, len(found), _AT_ONCE):
        portion = found[first : first + _AT_ONCE]
        related = defaultdict(list)
        for s in store.expand([one["id"] for one in portion], view=view):
            if s.object in chosen:
                related[s.subject].append({"objectId": s.object, "qualifier": s.predicate})
        for one in portion:
            one["relationships"] = related[one["id"]]
    return found, types


def _attributes(schema: Schema, node: Node) -> list[dict[str, Any]]:
    return [
        {"name": name, "value": value}
        for name, value in sorted(node.props.items())
        if not isinstance(value, list) and name in schema.attributes
    ]


def _types(schema: Schema, found: dict[str, set[str]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "attributes": [
                {"name": a, "type": _TYPES.get(schema.attributes[a].datatype, "string")}
                for a in sorted(attributes)
            ],
        }
        for name, attributes in sorted(found.items())
    ]
