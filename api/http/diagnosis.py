"""Diagnosis sessions over HTTP, and what repairs teach."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.diagnosis import (
    answer_session,
    end_session,
    give_feedback,
    hand_over_session,
    start_session,
    take_feedback_back,
    undo_answer,
)
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, AsOfView, Limit, OpenPlant
from api.payloads.diagnosis import (
    AnswerRequest,
    EndRequest,
    Feedback,
    FeedbackRequest,
    HandOverRequest,
    Session,
    SessionRequest,
    SessionState,
    feedback_payload,
    session_payload,
    state_payload,
)
from api.payloads.shape import Page
from api.roles import Permission
from kg.diagnosis import list_feedback, sessions
from kg.model.graph import NOW

router = APIRouter(
    prefix=f"{PREFIX}/diagnosis",
    tags=["diagnosis"],
    responses=problem_responses(400, 401, 403, 404, 409, 422, 503),
)
_READ = [Depends(Needs(Permission.READ))]
_DECIDE = [Depends(Needs(Permission.DECIDE))]
_Id = Annotated[str, Path(description="The session's id.")]
_Causes = Annotated[int, Query(ge=1, le=100, description="Causes to list.", alias="limit")]


@router.get("/sessions", dependencies=_READ)
def list_diagnosis_sessions(
    plant: OpenPlant,
    ended: Annotated[bool, Query(description="Those that ended, too.")] = False,
    limit: Limit = 100,
) -> Page[Session]:
    """List the diagnosis sessions, the latest first."""
    found = sessions.list_sessions(plant.store, only_open=not ended)
    return Page(items=[session_payload(session) for session in found[:limit]])


@router.post("/sessions", dependencies=_DECIDE, status_code=201)
def start_diagnosis(plant: OpenPlant, actor: Acting, request: SessionRequest) -> SessionState:
    """Begin a diagnosis: ranked causes, and the next check with its reason."""
    session = start_session(plant.store, actor, request.asset, request.symptoms)
    return state_payload(sessions.tell(plant.store, plant.schema, session))


@router.get("/sessions/{session}", dependencies=_READ)
def get_diagnosis(
    plant: OpenPlant, view: AsOfView, session: _Id, causes: _Causes = 5
) -> SessionState:
    """Show how a session stands, from what is known now or was known at a date."""
    found = sessions.find(plant.store, session)
    return state_payload(sessions.tell(plant.store, plant.schema, found, view=view, limit=causes))


@router.post("/sessions/{session}/answers", dependencies=_DECIDE, status_code=201)
def answer_diagnosis(
    plant: OpenPlant, actor: Acting, session: _Id, request: AnswerRequest
) -> SessionState:
    """Add what was found: a sign, the result of a check, or a measured value."""
    kept = answer_session(
        plant.store, actor, session, request.about, answer=request.answer, value=request.value,
        cause=request.cause,
    )  # fmt: skip
    return state_payload(sessions.tell(plant.store, plant.schema, kept, view=NOW))


@router.delete("/sessions/{session}/answers/last", dependencies=_DECIDE)
def take_answer_back(plant: OpenPlant, actor: Acting, session: _Id) -> SessionState:
    """Take the last answer of a session back."""
    kept = undo_answer(plant.store, actor, session)
    return state_payload(sessions.tell(plant.store, plant.schema, kept, view=NOW))


@router.post("/sessions/{session}/hand-over", dependencies=_DECIDE)
def hand_diagnosis_over(
    plant: OpenPlant, actor: Acting, session: _Id, request: HandOverRequest
) -> Session:
    """Hand a session over to another person."""
    return session_payload(hand_over_session(plant.store, actor, session, request.to))


@router.post("/sessions/{session}/end", dependencies=_DECIDE)
def end_diagnosis(plant: OpenPlant, actor: Acting, session: _Id, request: EndRequest) -> Session:
    """End a session that found no cause; feedback ends one that did."""
    return session_payload(end_session(plant.store, actor, session, request.outcome))


@router.get("/feedback", dependencies=_READ, name="list_feedback")
def list_what_was_learnt(plant: OpenPlant, limit: Limit = 100) -> Page[Feedback]:
    """List what people said of repairs, the latest first."""
    return Page(items=[feedback_payload(f) for f in list_feedback(plant.store)[:limit]])


@router.post("/feedback", dependencies=_DECIDE, status_code=201, name="give_feedback")
def say_what_fixed_it(plant: OpenPlant, actor: Acting, request: FeedbackRequest) -> Feedback:
    """Say that a repair fixed it, or that a cause was not there; the next ranking counts it."""
    learnt = give_feedback(
        plant.store, plant.schema, actor, request.cause, request.verdict, asset=request.asset,
        symptoms=request.symptoms, session=request.session, work_order=request.work_order,
        note=request.note,
    )  # fmt: skip
    return feedback_payload(learnt)


@router.delete("/feedback/{feedback}", dependencies=_DECIDE, name="undo_feedback")
def take_back_what_was_learnt(
    plant: OpenPlant, actor: Acting, feedback: Annotated[str, Path(description="Its id.")]
) -> Feedback:
    """Take back what was learnt, as if it had never been said."""
    return feedback_payload(take_feedback_back(plant.store, actor, feedback))
