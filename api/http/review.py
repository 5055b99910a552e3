"""What waits for a person's decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, Limit, OpenPlant
from api.payloads.graph import Cited, statements_payload
from api.payloads.review import Backlog, BulkDecision, BulkDecisionRequest, backlog_payload
from api.payloads.shape import Page
from api.review import EFFECTS_AT_ONCE, decide_waiting, effects_of_ids, read_filters
from api.roles import Permission
from kg.investigation import Effect
from kg.model.graph import EVERY_STATUS, Status, View
from kg.review import backlog, waiting

router = APIRouter(
    prefix=f"{PREFIX}/review",
    tags=["review"],
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
_DECIDE = [Depends(Needs(Permission.DECIDE))]
_CURATE = [Depends(Needs(Permission.CURATE))]
_Names = list[str] | None


@router.get("/summary", dependencies=_DECIDE)
def count_waiting(plant: OpenPlant) -> Backlog:
    """Count the suggestions that wait for a decision, by relation."""
    return backlog_payload(backlog(plant.store))


@router.get("/statements", dependencies=_DECIDE)
def list_waiting(
    plant: OpenPlant,
    relation: Annotated[_Names, Query(description="Only these relations.")] = None,
    cls: Annotated[_Names, Query(description="Only with a thing of these classes.")] = None,
    document: Annotated[_Names, Query(description="Only from these documents.")] = None,
    extractor: Annotated[_Names, Query(description="Only from these extractors.")] = None,
    min_confidence: Annotated[float, Query(ge=0, le=1, description="At least so sure.")] = 0.0,
    max_confidence: Annotated[float, Query(ge=0, le=1, description="At most so sure.")] = 1.0,
    limit: Limit = 100,
) -> Page[Cited]:
    """List suggestions with a piece of their evidence; those that settle most come first."""
    filters = read_filters(
        plant.schema,
        relations=relation or (),
        classes=cls or (),
        documents=document or (),
        extractors=extractor or (),
        min_confidence=min_confidence,
        max_confidence=max_confidence,
    )
    found = waiting(plant.store, filters, limit=limit)
    told = statements_payload(plant.store, found, View(statuses=EVERY_STATUS), evidence=1)
    return Page(items=told)


@router.get("/effects", dependencies=_DECIDE)
def tell_effects(
    plant: OpenPlant,
    statement: Annotated[
        list[str],
        Query(
            min_length=1,
            max_length=EFFECTS_AT_ONCE,
            description="Ids of suggestions that wait, such as those of a page that is shown.",
        ),
    ],
) -> Page[Effect]:
    """Tell what accepting suggestions would change in diagnosis: which cause moves, and where."""
    return Page(items=effects_of_ids(plant, statement))


@router.post("/decisions", dependencies=_CURATE, status_code=201)
def decide_on_many(plant: OpenPlant, actor: Acting, request: BulkDecisionRequest) -> BulkDecision:
    """Confirm or reject all suggestions that fit; with `dry_run` only count them."""
    filters = read_filters(
        plant.schema,
        relations=request.relations,
        classes=request.classes,
        documents=request.documents,
        extractors=request.extractors,
        min_confidence=request.min_confidence,
        max_confidence=request.max_confidence,
    )
    if request.dry_run:
        number = len(waiting(plant.store, filters))
    else:
        status = Status(request.status)
        number = len(decide_waiting(plant.store, actor, filters, status, request.reason))
    return BulkDecision(statements=number, dry_run=request.dry_run)
