"""How claims add up: the rules that every store follows, as pure functions.

They do not depend on the order in which documents came, so that removing one leaves exactly what
the others say. Stores may compute the common cases faster, never differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kg.model.claims import Props, Value
from kg.model.graph import Decision, Status
from kg.model.instants import Instant
from kg.model.keys import identity_of
from ontology.schema import Schema


class Support(NamedTuple):
    """One live piece of evidence, as far as the derivation needs it."""

    document: str
    passage: str
    extractor: str
    confidence: float
    status: Status
    recorded: Instant
    valid_from: Instant | None
    valid_to: Instant | None
    props: Props | None


class NodeSupport(NamedTuple):
    """One live claim about a node, as far as the derivation needs it."""

    document: str
    passage: str
    extractor: str
    confidence: float
    recorded: Instant
    cls: str
    name: str | None
    props: Props


class DerivedStatement(NamedTuple):
    """What live evidence and decisions say of a statement."""

    status: Status
    confidence: float
    evidence_count: int
    recorded: Instant
    valid_from: Instant | None
    valid_to: Instant | None
    props: dict[str, Value]


class DerivedNode(NamedTuple):
    """What live claims say of a node."""

    cls: str
    name: str
    props: dict[str, Value]
    aliases: tuple[str, ...]


def combine_confidence(per_evidence: Iterable[tuple[str, float]]) -> float:
    """Confidence of a statement from (document, confidence) pairs; rounded to six digits.

    Within a document sightings are not independent: the best one counts. Documents are taken as
    independent: 1 - prod(1 - c).
    """
    best: dict[str, float] = {}
    for document, confidence in per_evidence:
        if confidence > best.get(document, -1.0):
            best[document] = confidence
    doubt = 1.0
    for confidence in sorted(best.values()):
        doubt *= 1.0 - confidence
    return round(1.0 - doubt, 6)


def derive_statement(
    supports: Sequence[Support], decision: Decision | None = None
) -> DerivedStatement:
    """The state of a statement from its live evidence (at least one) and the latest decision.

    Status: the decision's, else accepted where any evidence is, else suggested. Validity: the hull
    of all evidence, where an interval of no length ends a millisecond later; unbounded where any
    is. Properties: each from the most confident evidence
    that has it, then the latest recorded one. Recorded: the earliest.
    """
    if decision is not None and decision.status is not None:
        status = decision.status
    elif any(s.status is Status.ACCEPTED for s in supports):
        status = Status.ACCEPTED
    else:
        status = Status.SUGGESTED
    starts = [s.valid_from for s in supports]
    ends = [
        s.valid_to + 1 if s.valid_to is not None and s.valid_to == s.valid_from else s.valid_to
        for s in supports
    ]
    props: dict[str, Value] = {}
    if any(s.props for s in supports):
        for support in sorted(
            supports,
            key=lambda s: (
                -s.confidence,
                -s.recorded,
                s.document,
                s.passage,
                s.extractor,
                _in_order(s.props),
            ),
        ):
            for name, value in (support.props or {}).items():
                props.setdefault(name, value)
    return DerivedStatement(
        status=status,
        confidence=combine_confidence((s.document, s.confidence) for s in supports),
        evidence_count=len(supports),
        recorded=min(s.recorded for s in supports),
        valid_from=None if None in starts else min(s for s in starts if s is not None),
        valid_to=None if None in ends else max(e for e in ends if e is not None),
        props=props,
    )


def derive_node(key: str, supports: Sequence[NodeSupport], schema: Schema) -> DerivedNode:
    """The state of a node from its live claims (possibly none: then the key says all).

    Class: the most specific claimed, then the most confident, latest, first by name. Name and
    properties: each from the most confident claim that has it, then the latest recorded one. All
    other names are aliases, the most confident first (ties: by name). A node without a name is
    called by its code.
    """
    ranked = sorted(
        supports,
        key=lambda s: (
            -s.confidence,
            -s.recorded,
            s.document,
            s.passage,
            s.extractor,
            s.name or "",
            s.cls,
            _in_order(s.props),
        ),
    )
    cls = schema.class_of_key(key)
    depth = schema.classes[cls].depth if cls in schema.classes else -1
    name: str | None = None
    names: dict[str, float] = {}  # with the doubt of the most confident claim
    props: dict[str, Value] = {}
    for support in ranked:
        term = schema.classes.get(support.cls)
        if term is not None and term.depth > depth:
            cls, depth = support.cls, term.depth
        if support.name:
            name = name or support.name
            names.setdefault(support.name, -support.confidence)
        for prop, value in support.props.items():
            props.setdefault(prop, value)
    if name is None:
        name = identity_of(key)
    names.pop(name, None)
    aliases = tuple(sorted(names, key=lambda other: (names[other], other)))
    return DerivedNode(cls, name, props, aliases)


def _in_order(props: Props | None) -> str:
    """Breaks the last tie, so that the order in which claims came never matters."""
    return repr(sorted(props.items())) if props else ""


def overlaps(
    valid_from: Instant | None,
    valid_to: Instant | None,
    window_from: Instant | None,
    window_to: Instant | None,
) -> bool:
    """Whether the half-open interval meets the half-open window; None is unbounded.

    An interval of no length (from == to) counts as the instant it names.
    """
    if valid_from is not None and window_to is not None and valid_from >= window_to:
        return False
    if valid_to is not None and window_from is not None:
        if valid_to == valid_from:
            return valid_to >= window_from
        return valid_to > window_from
    return True
