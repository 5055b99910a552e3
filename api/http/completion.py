"""Suggested links, and what became of them."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.completion import suggest
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, OpenPlant
from api.payloads.completion import (
    AcceptedShare,
    SuggestedLink,
    SuggestionRequest,
    Suggestions,
)
from api.payloads.shape import Page
from api.roles import Permission

router = APIRouter(
    prefix=f"{PREFIX}/completion",
    tags=["completion"],
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)


@router.get("/acceptance", dependencies=[Depends(Needs(Permission.READ))])
def list_acceptance(plant: OpenPlant) -> Page[AcceptedShare]:
    """Tell how many suggested links were confirmed, by relation and month."""
    from kg.completion.acceptance import acceptance_report

    return Page(
        items=[
            AcceptedShare(
                relation=one.relation,
                month=one.month,
                confirmed=one.confirmed,
                rejected=one.rejected,
                share=round(one.share, 4),
            )
            for one in acceptance_report(plant.store)
        ]
    )


@router.post("/suggestions", dependencies=[Depends(Needs(Permission.CURATE))], status_code=201)
def suggest_missing_links(
    plant: OpenPlant, actor: Acting, request: SuggestionRequest
) -> Suggestions:
    """Learn the graph and put its most probable missing links into review."""
    found, _, changes = suggest(
        plant,
        actor,
        request.relations,
        limit=request.limit,
        precision=request.precision,
        min_probability=request.min_probability,
        seed=request.seed,
        epochs=request.epochs,
        dry_run=request.dry_run,
        say=lambda _: None,
    )
    return Suggestions(
        items=[
            SuggestedLink(
                id=one.id,
                probability=one.probability,
                sentence=one.sentence,
                paths=[path.sentence for path in one.paths],
            )
            for one in found
        ],
        written=0 if request.dry_run else changes.statements_added,
        dry_run=request.dry_run,
    )
