"""The review queue: every suggested statement that nobody decided on, none ever left out.

A statement waits while its evidence only suggests it: below the threshold of its class, from a
model without calibration, or from an extractor that may only suggest. Deciding takes it out;
a document that goes takes its suggestions along. The order is by how much a decision settles:
suggestions that many passages make come first, then the ones that are nearly sure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kg.model.graph import Statement, Status, View
from kg.model.keys import StatementKey
from kg.store.protocol import Store

_SUGGESTED = frozenset({Status.SUGGESTED})
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """Which suggestions are asked for; empty collections mean any."""

    relations: Collection[str] = ()
    classes: Collection[str] = ()  # of the subject or the object, with those below them
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    documents: Collection[str] = ()
    extractors: Collection[str] = ()  # names without their version

    @property
    def needs_evidence(self) -> bool:
        """Whether the evidence has to be looked at."""
        return bool(self.documents or self.extractors)


@dataclass(frozen=True, slots=True)
class Group:
    """How many suggestions one relation has."""

    relation: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """All that waits, by relation, most first."""

    total: int
    groups: tuple[Group, ...]


def backlog(store: Store) -> Backlog:
    """How much waits for a person."""
    counts = store.aggregate(list(store.schema.relations), "predicate", view=_view(Filters()))
    return Backlog(sum(n for _, n in counts), tuple(Group(name, n) for name, n in counts))


def waiting(
    store: Store, filters: Filters | None = None, *, limit: int | None = None
) -> list[Statement]:
    """Suggested statements that fit the filters, those that settle most first."""
    filters = filters or Filters()
    found = sorted(_fitting(store, filters), key=_rank)
    if not filters.needs_evidence:
        return found[:limit]
    kept: list[Statement] = []
    for start in range(0, len(found), _AT_ONCE):
        kept += _with_evidence(store, filters, found[start : start + _AT_ONCE])
        if limit is not None and len(kept) >= limit:
            return kept[:limit]
    return kept


def _rank(statement: Statement) -> tuple[float, float, StatementKey]:
    return (-statement.evidence_count, -statement.confidence, statement.key)


def _view(filters: Filters) -> View:
    return View(statuses=_SUGGESTED, min_confidence=filters.min_confidence)


def _fitting(store: Store, filters: Filters) -> Iterator[Statement]:
    schema = store.schema
    view = _view(filters)
    wanted = {
        below
        for name in (filters.relations or schema.relations)
        for below in (schema.subrelations(name) or {name})
    }
    subjects = [key for key, _ in store.aggregate(sorted(wanted), "subject", view=view)]
    classes = {below for name in filters.classes for below in schema.descendants(name)}
    for start in range(0, len(subjects), _AT_ONCE):
        statements = store.expand(subjects[start : start + _AT_ONCE], sorted(wanted), view=view)
        fitting = [s for s in statements if s.confidence <= filters.max_confidence]
        if classes:
            ends = {end for s in fitting for end in (s.subject, s.object)}
            nodes = store.get_nodes(ends, View(statuses=frozenset(Status)))
            fitting = [
                s
                for s in fitting
                if any(end in nodes and nodes[end].cls in classes for end in (s.subject, s.object))
            ]
        yield from fitting


def _with_evidence(
    store: Store, filters: Filters, statements: Sequence[Statement]
) -> Iterator[Statement]:
    evidence = store.evidence_of([s.key for s in statements])
    for statement in statements:
        seen = evidence.get(statement.key, [])
        if filters.documents and not any(e.document in filters.documents for e in seen):
            continue
        if filters.extractors and not any(
            e.extractor.partition("@")[0] in filters.extractors for e in seen
        ):
            continue
        yield statement
