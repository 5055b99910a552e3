"""Whom the traced material reached: customers, their shipments, and what was in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from kg.model.graph import Node, Statement
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.narration import Span, name_in, optional_text
from kg.traceability.flow import FlowRelations, KnownLinks
from kg.traceability.results import Consignee
from kg.traceability.walking import walk
from ontology.schema import Schema

_MAX_CUSTOMERS = 200


def find_consignees(
    schema: Schema,
    flow: FlowRelations,
    statements: Iterable[Statement],
    *,
    downstream: Collection[str],
    nodes: Mapping[str, Node],
    spans: Mapping[str, Span],
    tolerance: Instant,
    respect_time: bool,
    pieces: Mapping[StatementKey, Sequence[Statement]],
) -> tuple[Consignee, ...]:
    """The customers among `downstream`, by key; each with what of the trace went there in time."""

    def cls(key: str) -> str:
        return nodes[key].cls if key in nodes else schema.class_of_key(key)

    customers = sorted(k for k in downstream if schema.is_a(cls(k), "Customer"))
    if not customers:
        return ()
    links = KnownLinks(
        [
            s
            for s in statements
            if flow.source_of(s) in downstream and flow.target_of(s) in downstream
        ],
        flow,
        tolerance=tolerance,
        pieces=pieces,
    )
    found: list[Consignee] = []
    for customer in customers[:_MAX_CUSTOMERS]:
        behind = walk(
            links, [customer], "backward", respect_time=respect_time, holders=flow.holders
        ).nodes
        shipments = sorted(k for k in behind if schema.is_a(cls(k), "Shipment"))
        items = sorted(
            k
            for k in behind
            if k != customer and k not in shipments and not _is_event(schema, cls(k))
        )
        counts: dict[str, int] = {}
        for item in items:
            counts[cls(item)] = counts.get(cls(item), 0) + 1
        starts = [s for k in shipments if (s := spans[k].start) is not None]
        found.append(
            Consignee(
                customer=name_in(schema, nodes, customer),
                shipments=tuple(name_in(schema, nodes, k) for k in shipments),
                items=dict(sorted(counts.items())),
                examples=tuple(items[:20]),
                first=optional_text(min(starts, default=None)),
                last=optional_text(max(starts, default=None)),
            )
        )
    return tuple(found)


def _is_event(schema: Schema, cls: str) -> bool:
    term = schema.classes.get(cls)
    return term is not None and term.is_event
