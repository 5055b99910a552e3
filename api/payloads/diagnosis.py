"""What programs send and get about diagnosis sessions and what repairs teach."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.payloads.shape import Payload, example, moment
from kg import diagnosis
from kg.diagnosis import Diagnosis, NextStep
from kg.model.instants import to_datetime

_ANSWER = {
    "kind": "sign",
    "about": "hold pressure low",
    "answer": "yes",
    "cause": "",
    "value": None,
    "by": "li.wei",
    "at": "2026-06-02T12:00:00Z",
}


class SessionRequest(Payload):
    """A diagnosis to be begun."""

    model_config = example(asset="P07", symptoms=["hold pressure low"])

    asset: Annotated[str, Field(min_length=1, max_length=200, description="Key, code or name.")]
    symptoms: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=500)]],
        Field(min_length=1, max_length=14, description="What was observed, in either language."),
    ]


class AnswerRequest(Payload):
    """What was found: a sign, a check of a cause, or a measured value."""

    model_config = example(about="check:look at the hose", answer="no", cause="cause:hose aged")

    about: Annotated[
        str, Field(min_length=1, max_length=500, description="A sign, a check, or a parameter.")
    ]
    answer: Annotated[
        Literal["yes", "no", "unknown"] | None, Field(description="Null with a measured value.")
    ] = None
    value: Annotated[float | None, Field(description="What was measured.")] = None
    cause: Annotated[
        str, Field(max_length=500, description="Of a check: the cause that it tells.")
    ] = ""


class HandOverRequest(Payload):
    """Who goes on with a session."""

    model_config = example(to="wang.fang")

    to: Annotated[str, Field(min_length=1, max_length=100)]


class EndRequest(Payload):
    """What came of a session that found no cause."""

    model_config = example(outcome="no fault found")

    outcome: Annotated[str, Field(max_length=2_000)]


class FeedbackRequest(Payload):
    """What fixed it, or what it was not."""

    model_config = example(cause="cause:hose aged", verdict="fixed", session="3f9a12c4")

    cause: Annotated[str, Field(min_length=1, max_length=500, description="Key, code or name.")]
    verdict: Annotated[
        Literal["fixed", "not-it"], Field(description="Its repair helped; or it was not there.")
    ]
    session: Annotated[
        str, Field(max_length=100, description="The session; else say asset and symptoms.")
    ] = ""
    asset: Annotated[str, Field(max_length=200)] = ""
    symptoms: Annotated[tuple[str, ...], Field(max_length=14)] = ()
    work_order: Annotated[
        str, Field(max_length=200, description="The order that it belongs to, if there is one.")
    ] = ""
    note: Annotated[str, Field(max_length=2_000)] = ""


class SessionAnswer(Payload):
    """One thing that was said in a session."""

    kind: Literal["sign", "check", "measured"]
    about: str
    answer: Literal["yes", "no", "unknown"] | None
    cause: Annotated[str, Field(description="Of a check: the cause that it tells.")]
    value: float | None
    by: str
    at: datetime


class Session(Payload):
    """A diagnosis session as it is kept."""

    model_config = example(
        id="3f9a12c4", asset="asset:P07", started_by="li.wei", started_at="2026-06-02T12:00:00Z",
        holder="wang.fang", answers=[_ANSWER], ended_at=None, outcome="",
    )  # fmt: skip

    id: str
    asset: str
    started_by: str
    started_at: datetime
    holder: Annotated[str, Field(description="Who goes on with it.")]
    answers: list[SessionAnswer]
    ended_at: datetime | None
    outcome: Annotated[
        str, Field(description="The id of what was learnt, or a few words; empty while it goes on.")
    ]


class SessionState(Payload):
    """A session with what follows from it."""

    session: Session
    diagnosis: Diagnosis
    next: Annotated[NextStep, Field(description="The next check with its reason.")]


class Feedback(Payload):
    """What somebody learnt about one cause on one asset."""

    model_config = example(
        id="91c2e0aa", document="feedback:91c2e0aa", asset="asset:P07", signs=["mode:LowPressure"],
        cause="cause:cylinder seal worn", verdict="fixed", work_order="", note="new seal kit",
        by="li.wei", at="2026-06-02T14:30:00Z", session="3f9a12c4", minutes=150.0,
    )  # fmt: skip

    id: str
    document: Annotated[str, Field(description="It counts as this document.")]
    asset: str
    signs: list[str]
    cause: str
    verdict: Literal["fixed", "not-it"]
    work_order: str
    note: str
    by: str
    at: datetime
    session: str
    minutes: Annotated[float | None, Field(description="Since the session was begun.")]


def session_payload(session: diagnosis.Session) -> Session:
    """A kept session."""
    return Session(
        id=session.id,
        asset=session.asset,
        started_by=session.started_by,
        started_at=to_datetime(session.started_at),
        holder=session.holder,
        answers=[
            SessionAnswer(kind=e.kind, about=e.about, answer=e.answer, cause=e.cause,
                          value=e.value, by=e.by, at=to_datetime(e.at))
            for e in session.entries
        ],
        ended_at=moment(session.ended_at),
        outcome=session.outcome,
    )  # fmt: skip


def state_payload(state: diagnosis.SessionState) -> SessionState:
    """A session with what follows from it."""
    return SessionState(
        session=session_payload(state.session), diagnosis=state.diagnosis, next=state.next
    )


def feedback_payload(learnt: diagnosis.Feedback) -> Feedback:
    """What was learnt."""
    return Feedback(
        id=learnt.id, document=learnt.document, asset=learnt.asset, signs=list(learnt.signs),
        cause=learnt.cause, verdict=learnt.verdict, work_order=learnt.work_order,
        note=learnt.note, by=learnt.by, at=to_datetime(learnt.at), session=learnt.session,
        minutes=learnt.minutes,
    )  # fmt: skip
