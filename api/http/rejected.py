"""Rejected rows over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import (
    PREFIX,
    Acting,
    CursorText,
    Limit,
    OpenPlant,
    read_cursor,
    write_cursor,
)
from api.intake.rejected import list_rejected, replay_rejected
from api.payloads.loads import LoadAnswer
from api.payloads.rejected import RejectedRow, rejected_payload
from api.payloads.requests import ReplayRequest
from api.payloads.shape import Page
from api.roles import Permission

router = APIRouter(
    prefix=PREFIX, tags=["documents"], responses=problem_responses(400, 401, 403, 422, 503)
)
_LOAD = [Depends(Needs(Permission.LOAD))]


@router.get("/rejected", dependencies=_LOAD)
def list_rejected_rows(
    plant: OpenPlant,
    *,
    document: Annotated[str | None, Query(description="Only rows of this document.")] = None,
    code: Annotated[str | None, Query(description="Only this kind of problem.")] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[RejectedRow]:
    """List rows that could not be used, with their reasons."""
    rows = list_rejected(
        plant.store, document=document, code=code, after=read_cursor(cursor), limit=limit + 1
    )
    shown = rows[:limit]
    return Page(
        items=[rejected_payload(row) for row in shown],
        next_cursor=write_cursor(shown[-1].id) if len(rows) > limit else None,
    )


@router.post("/rejected/replay", dependencies=_LOAD)
def replay_rejected_rows(plant: OpenPlant, actor: Acting, request: ReplayRequest) -> LoadAnswer:
    """Try rejected rows again, after a mapping or the ontology was corrected."""
    return replay_rejected(
        plant,
        actor,
        document=request.document,
        mapping=request.mapping,
        mapping_files=False,
        dry_run=request.dry_run,
    )
