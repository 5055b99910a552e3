"""Suggested links, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse

from api.background import Job, Jobs, Say
from api.completion import doubt, effects_on_diagnosis, suggest
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, OpenPlant
from api.lookup import known_relation
from api.payloads.completion import (
    AcceptedShare,
    CompletionJob,
    DoubtedStatement,
    DoubtRequest,
    SuggestedLink,
    SuggestionRequest,
    Suggestions,
)
from api.payloads.shape import Page
from api.roles import Permission
from api.wiring import Plant
from kg.completion.extra import require_gnn


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


Background = Annotated[Jobs, Depends(_jobs)]
router = APIRouter(
    prefix=f"{PREFIX}/completion",
    tags=["completion"],
    responses=problem_responses(400, 401, 403, 404, 409, 422, 503),
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


@router.post(
    "/suggestions",
    dependencies=[Depends(Needs(Permission.CURATE))],
    status_code=202,
    response_model=CompletionJob,
)
def suggest_missing_links(
    plant: OpenPlant, actor: Acting, work: Background, request: SuggestionRequest
) -> JSONResponse:
    """Learn the graph and put its most probable missing links into review, in a job."""
    _require(plant, request.relations)

    def learn_and_suggest(say: Say) -> Suggestions:
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
            say=say,
        )
        return Suggestions(
            items=[
                SuggestedLink(
                    id=one.id,
                    probability=one.probability,
                    sentence=one.sentence,
                    paths=[path.sentence for path in one.paths],
                    effect=effect,
                )
                for one, effect in zip(found, effects_on_diagnosis(plant, found), strict=True)
            ],
            written=0 if request.dry_run else changes.statements_added,
            dry_run=request.dry_run,
        )

    return _accepted(work.submit("suggestions", learn_and_suggest))


@router.post(
    "/doubts",
    dependencies=[Depends(Needs(Permission.CURATE))],
    status_code=202,
    response_model=CompletionJob,
)
def doubt_stored_links(plant: OpenPlant, work: Background, request: DoubtRequest) -> JSONResponse:
    """Learn the graph and list stored statements that are probably wrong, in a job."""
    _require(plant, request.relations)

    def learn_and_doubt(say: Say) -> list[DoubtedStatement]:
        return [
            DoubtedStatement(
                id=one.statement.id,
                score=one.score,
                sentence=one.statement.sentence,
                reasons=list(one.reasons),
                rather=None if one.rather is None else one.rather.label,
            )
            for one in doubt(
                plant,
                request.relations,
                limit=request.limit,
                seed=request.seed,
                epochs=request.epochs,
                say=say,
            )
        ]

    return _accepted(work.submit("doubts", learn_and_doubt))


@router.get("/jobs/{job}", dependencies=[Depends(Needs(Permission.CURATE))])
def get_completion_job(
    work: Background,
    job: Annotated[str, PathParameter(max_length=64, description="The job's number.")],
) -> CompletionJob:
    """Show how far a job of link completion is, and what came of it."""
    return _told(work.get(job))


def _require(plant: Plant, relations: Sequence[str]) -> None:
    """What can be refused at once need not wait for its turn."""
    require_gnn()
    for name in relations:
        known_relation(plant.schema, name)


def _accepted(job: Job) -> JSONResponse:
    return JSONResponse(
        _told(job).model_dump(mode="json"),
        202,
        headers={"Location": f"{router.prefix}/jobs/{job.id}"},
    )


def _told(job: Job) -> CompletionJob:
    return CompletionJob.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "progress": job.progress,
            job.kind: job.result,
            "suggestions" if job.kind == "doubts" else "doubts": None,
            "error": job.error,
        }
    )
