"""From what was asked about to the things that are bad, and to the types of their defects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kg.model.errors import BadInput
from kg.model.graph import Node, View
from kg.model.instants import Instant
from kg.narration import Span, span_of
from kg.search import nearest, raise_not_found
from kg.store.protocol import Store
from kg.traceability.flow import classes_on_flow
from ontology.schema import Schema

MAX_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Start:
    """The bad items behind a question."""

    asked: tuple[str, ...]
    items: tuple[str, ...]  # things on the flow of material
    defects: tuple[str, ...]
    defect_types: tuple[str, ...]
    found: Instant | None  # the latest time at which a defect was found; later work is no cause
    origins: frozenset[str]  # steps or operations where the defects are known to be made
    found_by: frozenset[str]  # inspections that found the defects
    is_cut: bool


def read_start(store: Store, schema: Schema, asked: Collection[str], view: View) -> Start:
    """What is bad. Raises NotFound for unknown keys, BadInput for things that cannot be bad.

    A defect stands for the things that have it, a defect type for all its defects, a complaint
    for what it concerns.
    """
    nodes = store.get_nodes(asked, view)
    for key in asked:
        if key not in nodes:
            raise_not_found(store, key, nearest(store, key, 5, view=view))
    on_flow = classes_on_flow(schema)
    reader = _Reader(store, schema, view)
    items: dict[str, None] = {}
    defects: dict[str, None] = {}
    for key in asked:
        node = nodes[key]
        if schema.is_a(node.cls, "DefectType"):
            found = reader.sources("ofType", [node.key], "Defect")
            defects.update(dict.fromkeys(found))
        elif schema.is_a(node.cls, "Defect"):
            defects[node.key] = None
        elif schema.is_a(node.cls, "Complaint"):
            items.update(dict.fromkeys(reader.targets("concerns", [node.key])))
        elif node.cls in on_flow:
            items[node.key] = None
        else:
            raise BadInput(
                f"{node.key} is a {node.cls}; an investigation starts from a unit, a lot, a"
                " container, a defect, a defect type or a complaint."
            )
    having = reader.sources("hasDefect", list(defects))
    items.update(dict.fromkeys(having))
    listed = sorted(items)
    if not asked_for_types(schema, nodes.values()):
        for defect in reader.targets("hasDefect", listed):
            defects[defect] = None
    shown = listed[:MAX_ITEMS]
    return Start(
        asked=tuple(sorted(nodes[k].key for k in asked)),
        items=tuple(shown),
        defects=tuple(sorted(defects)),
        defect_types=tuple(sorted(reader.targets("ofType", list(defects)))),
        found=reader.found_at(defects),
        origins=frozenset(reader.targets("producedAt", list(defects))),
        found_by=frozenset(
            (*reader.sources("found", list(defects)), *reader.targets("detectedAt", list(defects)))
        ),
        is_cut=len(shown) < len(listed),
    )


def asked_for_types(schema: Schema, nodes: Collection[Node]) -> bool:
    """Whether defects were asked about, and not the things that have them."""
    return any(schema.is_a(n.cls, "DefectType") or schema.is_a(n.cls, "Defect") for n in nodes)


class _Reader:
    def __init__(self, store: Store, schema: Schema, view: View) -> None:
        self._store = store
        self._schema = schema
        self._view = view

    def targets(self, relation: str, keys: Collection[str]) -> list[str]:
        relations = sorted(self._schema.subrelations(relation))
        if not keys or not relations:
            return []
        found = self._store.expand(sorted(keys), relations, view=self._view)
        return list(dict.fromkeys(s.object for s in found))

    def sources(self, relation: str, keys: Collection[str], cls: str | None = None) -> list[str]:
        relations = sorted(self._schema.subrelations(relation))
        if not keys or not relations:
            return []
        found = self._store.expand(
            sorted(keys), relations, "in", view=self._view, limit_per_node=5000
        )
        return list(
            dict.fromkeys(
                s.subject
                for s in found
                if cls is None or self._schema.is_a(self._schema.class_of_key(s.subject), cls)
            )
        )

    def found_at(self, defects: Collection[str]) -> Instant | None:
        nodes = self._store.get_nodes(defects, self._view) if defects else {}
        times = [span_of(node) for node in nodes.values()]
        known = [t for span in times if (t := _latest(span)) is not None]
        # One defect without a time means that nothing can be excluded.
        return max(known) if known and len(known) == len(defects) else None


def _latest(span: Span) -> Instant | None:
    return span.end if span.end is not None else span.start
