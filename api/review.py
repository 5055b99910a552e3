"""Deciding on many suggestions at once, each decision recorded as if made alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.audit import Actor, audited
from api.decisions import parse_statement_id
from api.wiring import Plant
from kg.model.errors import BadInput, NotFound
from kg.model.graph import Decision, Statement, Status, View
from kg.model.instants import now
from kg.review import Filters, waiting
from kg.store.protocol import Store
from ontology.schema import Schema

if TYPE_CHECKING:
    from kg.investigation import Effect

MOST_AT_ONCE = 10_000
EFFECTS_AT_ONCE = 50


def read_filters(
    schema: Schema,
    *,
    relations: Sequence[str] = (),
    classes: Sequence[str] = (),
    documents: Sequence[str] = (),
    extractors: Sequence[str] = (),
    min_confidence: float = 0.0,
    max_confidence: float = 1.0,
) -> Filters:
    """Filters with known names. Raises NotFound for a relation or class, BadInput for limits."""
    from api.lookup import known_class, known_relation

    for name in relations:
        known_relation(schema, name)
    for name in classes:
        known_class(schema, name)
    if not 0 <= min_confidence <= max_confidence <= 1:
        raise BadInput("Confidence goes from 0 to 1, the smaller limit first.")
    return Filters(
        relations=tuple(relations),
        classes=tuple(classes),
        documents=tuple(documents),
        extractors=tuple(extractors),
        min_confidence=min_confidence,
        max_confidence=max_confidence,
    )


def effects_of_ids(plant: Plant, ids: Sequence[str]) -> list[Effect]:
    """What accepting each of some waiting statements would change in diagnosis, in their order.

    Raises BadInput for too many at once, NotFound for one that does not wait.
    """
    from kg.investigation import effects_of

    if len(ids) > EFFECTS_AT_ONCE:
        raise BadInput(f"Ask for at most {EFFECTS_AT_ONCE} statements at once.")
    keys = [parse_statement_id(one) for one in ids]
    found = plant.store.get_statements(keys, View(statuses=frozenset({Status.SUGGESTED})))
    for key in keys:
        if key not in found:
            raise NotFound(f"{key.id} does not wait for a decision.", ids=[key.id])
    return effects_of(plant.store, plant.schema, [found[key] for key in keys])


def decide_waiting(
    store: Store, actor: Actor, filters: Filters, status: Status, reason: str = ""
) -> list[Statement]:
    """Confirm or reject everything that fits the filters; returns what was decided on.

    Raises BadInput for another status, without any filter, and for more than can be looked over.
    """
    if status not in (Status.CONFIRMED, Status.REJECTED):
        raise BadInput("People confirm or reject a statement.")
    if filters == Filters():
        raise BadInput("Say which suggestions: a relation, a class, a document or a confidence.")
    if len(reason) > 2_000:
        raise BadInput("Keep the reason under 2,000 characters.")
    found = waiting(store, filters, limit=MOST_AT_ONCE + 1)
    if len(found) > MOST_AT_ONCE:
        raise BadInput(
            f"More than {MOST_AT_ONCE:,} suggestions fit; narrow them down by another filter."
        )
    at = now()
    made = [Decision(s.key, status, actor.name, at, reason.strip()) for s in found]
    if made:
        with audited(
            store,
            actor,
            "review.decide",
            f"{len(made)} suggestions",
            status=str(status),
            statements=[d.key.id for d in made],
        ):
            store.decide(made)
    return found
