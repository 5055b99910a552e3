"""Where one more claim changes little or nothing, that is seen without reading all the others.

Rows of a plant's tables repeat what is known (the line of an asset, the product of an order)
thousands of times; deriving everything anew each time would make loading quadratic. These are
short cuts of `kg.model.derive`, which remains the rule: they say None where they do not apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kg.model.claims import Claim, NodeClaim, Props
from kg.model.graph import Status
from kg.model.instants import Instant
from kg.store.neo4j.deriving import EVER_AFTER, EVER_BEFORE, valid_spans
from kg.store.neo4j.names import node_props, statement_props
from kg.store.neo4j.work import pack
from ontology.schema import Schema


def adds_nothing(schema: Schema, stored: Mapping[str, Any], claims: Sequence[NodeClaim]) -> bool:
    """Whether a live node stays as it is, wherever the claims rank among the others."""
    props = node_props(stored)
    known = schema.classes.get(stored["gemba_class"])
    for claim in claims:
        term = schema.classes.get(claim.cls)
        is_deep = term is not None and (known is None or term.depth >= known.depth)
        if is_deep and claim.cls != stored["gemba_class"]:
            return False
        if claim.name and claim.name != stored["name"]:
            return False
        if not _has(props, claim.props):
            return False
    return True


def extended(
    stored: Mapping[str, Any], claims: Sequence[Claim], at: Instant
) -> dict[str, Any] | None:
    """All properties of an undecided statement of full confidence after more claims, recorded
    `at`; None where the other evidence must be read to know."""
    if stored["confidence"] != 1.0:
        return None  # how much one adds depends on the documents of the others
    props = statement_props(stored)
    if not all(_has(props, claim.props) for claim in claims):
        return None
    start, end = stored.get("valid_from"), stored.get("valid_to")
    spans = stored.get("gemba_spans") or [
        EVER_BEFORE if start is None else start,
        EVER_AFTER if end is None else end,
    ]
    intervals: list[tuple[Instant | None, Instant | None]] = [
        (spans[i], spans[i + 1]) for i in range(0, len(spans), 2)
    ]
    for claim in claims:
        until = claim.valid_to
        if until is not None and until == claim.valid_from:
            until += 1
        intervals.append((claim.valid_from, until))
        if start is not None:
            start = None if claim.valid_from is None else min(start, claim.valid_from)
        if end is not None:
            end = None if until is None else max(end, until)
    is_accepted = stored["status"] == Status.ACCEPTED.value or any(
        claim.status == "accepted" for claim in claims
    )
    state = {
        **stored,
        "status": (Status.ACCEPTED if is_accepted else Status.SUGGESTED).value,
        "evidence_count": stored["evidence_count"] + len(claims),
        "recorded": min(stored["recorded"], at),
        "valid_from": start,
        "valid_to": end,
        "gemba_spans": valid_spans(intervals),
    }
    return {name: value for name, value in state.items() if value is not None}


def _has(props: Props, more: Props | None) -> bool:
    """Whether `more` says nothing that `props` does not; as JSON, because 1 is not 1.0."""
    return all(
        name in props and pack({name: props[name]}) == pack({name: value})
        for name, value in (more or {}).items()
    )
