"""Which names mean the same thing: proposals, merges, and taking them back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, Limit, OpenPlant
from api.identity import find_proposals, labels_of, merge, tell_apart, told_apart, unmerge
from api.payloads.identity import (
    Apart,
    ApartRequest,
    Merge,
    MergeRequest,
    Proposal,
    merge_payload,
    proposal_payload,
)
from api.payloads.shape import Page
from api.roles import Permission

router = APIRouter(
    prefix=f"{PREFIX}/identity",
    tags=["identity"],
    responses=problem_responses(400, 401, 403, 404, 409, 422, 503),
)
_CURATE = [Depends(Needs(Permission.CURATE))]


@router.get("/proposals", dependencies=_CURATE)
def list_proposals(
    plant: OpenPlant,
    cls: Annotated[
        list[str] | None, Query(description="Only these classes and those below them.")
    ] = None,
    limit: Limit = 100,
) -> Page[Proposal]:
    """List names that may mean the same thing, the likeliest first, with reasons."""
    found = find_proposals(plant, cls)
    found = found[:limit]
    labels = labels_of(plant, [key for p in found for key in (p.kept, p.dropped)])
    return Page(items=[proposal_payload(proposal, labels) for proposal in found])


@router.get("/merges", dependencies=_CURATE)
def list_merges(plant: OpenPlant) -> Page[Merge]:
    """List the merges in force, oldest first."""
    made = plant.store.merges()
    labels = labels_of(plant, [key for one in made for key in (one.kept, one.dropped)])
    return Page(items=[merge_payload(one, labels) for one in made])


@router.post("/merges", dependencies=_CURATE, status_code=201)
def merge_names(plant: OpenPlant, actor: Acting, request: MergeRequest) -> Merge:
    """Read everything said of one thing as said of another. It can be taken back."""
    made = merge(plant, actor, request.kept, request.dropped, request.reason)
    return merge_payload(made, labels_of(plant, [made.kept, made.dropped]))


@router.delete("/merges/{dropped:path}", dependencies=_CURATE)
def take_merge_back(
    plant: OpenPlant,
    actor: Acting,
    dropped: Annotated[str, Path(description="Key of the thing that was merged into another.")],
) -> Merge:
    """Take a merge back. The two are then not proposed again."""
    found = unmerge(plant, actor, dropped)
    return merge_payload(found, labels_of(plant, [found.kept, found.dropped]))


@router.get("/apart", dependencies=_CURATE)
def list_apart(plant: OpenPlant) -> Page[Apart]:
    """List the pairs that people told apart."""
    told = list(told_apart(plant))
    labels = labels_of(plant, [key for pair, _ in told for key in pair])
    return Page(
        items=[Apart(**value, labels=[labels[key] for key in pair]) for pair, value in told]
    )


@router.post("/apart", dependencies=_CURATE, status_code=204)
def tell_names_apart(plant: OpenPlant, actor: Acting, request: ApartRequest) -> None:
    """Say that two things differ, so that they are not proposed again."""
    tell_apart(plant, actor, request.one, request.other, request.reason)
