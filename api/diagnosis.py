"""Diagnosis sessions and what repairs teach, as the command line and the service do it.

Every write is in the audit log.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.audit import Actor, audited
from kg.diagnosis import Feedback, Session, record_feedback, sessions, undo_feedback
from kg.diagnosis.feedback import Verdict
from kg.diagnosis.sessions import Answer
from kg.model.errors import BadInput
from kg.model.instants import now
from kg.store.protocol import Store
from ontology.schema import Schema


def start_session(store: Store, actor: Actor, asset: str, symptoms: Sequence[str]) -> Session:
    """Begin a session. Raises NotFound, BadInput."""
    with audited(store, actor, "diagnosis.start", asset, symptoms=list(symptoms)) as note:
        session = sessions.start(store, asset, list(symptoms), by=actor.name, at=now())
        note.details["session"] = session.id
    return session


def answer_session(
    store: Store,
    actor: Actor,
    session: str,
    about: str,
    *,
    answer: Answer | None = None,
    value: float | None = None,
    cause: str = "",
) -> Session:
    """Add an answer. Raises NotFound, BadInput, Conflict."""
    with audited(
        store, actor, "diagnosis.answer", session, about=about, answer=answer, value=value,
        cause=cause,
    ):  # fmt: skip
        return sessions.say(
            store, session, about, answer=answer, value=value, cause=cause, by=actor.name,
            at=now(),
        )  # fmt: skip


def undo_answer(store: Store, actor: Actor, session: str) -> Session:
    """Take the last answer back. Raises NotFound, Conflict."""
    with audited(store, actor, "diagnosis.undo", session):
        return sessions.take_back(store, session)


def hand_over_session(store: Store, actor: Actor, session: str, to: str) -> Session:
    """Let another person go on. Raises NotFound, BadInput, Conflict."""
    with audited(store, actor, "diagnosis.hand-over", session, to=to):
        return sessions.hand_over(store, session, to, now())


def end_session(store: Store, actor: Actor, session: str, outcome: str) -> Session:
    """End a session without a finding. Raises NotFound, Conflict."""
    if len(outcome) > 2_000:
        raise BadInput("Keep the outcome under 2,000 characters.")
    with audited(store, actor, "diagnosis.end", session, outcome=outcome):
        return sessions.end(store, session, outcome, now())


def give_feedback(
    store: Store,
    schema: Schema,
    actor: Actor,
    cause: str,
    verdict: Verdict,
    *,
    asset: str = "",
    symptoms: Sequence[str] = (),
    session: str = "",
    work_order: str = "",
    note: str = "",
) -> Feedback:
    """Say what fixed it, or what it was not.

    With a `session`, asset and symptoms are those of the session, and one that was fixed ends.
    Raises NotFound, BadInput, Conflict.
    """
    at = now()
    minutes: float | None = None
    told = list(symptoms)
    if session:
        kept = sessions.find(store, session)
        asset = asset or kept.asset
        told = told or [e.about for e in kept.entries if e.kind == "sign" and e.answer == "yes"]
        minutes = (at - kept.started_at) / 60_000
    elif not asset:
        raise BadInput("Say on which asset, or name a session.")
    with audited(
        store, actor, "diagnosis.feedback", cause, verdict=verdict, asset=asset, session=session
    ) as noted:
        learnt = record_feedback(
            store, schema, asset, told, cause, verdict, by=actor.name, at=at,
            work_order=work_order, note=note, session=session, minutes=minutes,
        )  # fmt: skip
        noted.details["feedback"] = learnt.id
        if session and verdict == "fixed" and sessions.find(store, session).ended_at is None:
            sessions.end(store, session, learnt.id, at)
    return learnt


def take_feedback_back(store: Store, actor: Actor, feedback: str) -> Feedback:
    """Undo what was learnt. Raises NotFound."""
    with audited(store, actor, "diagnosis.feedback-undo", feedback):
        return undo_feedback(store, feedback)
