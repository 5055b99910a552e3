"""A diagnosis as a session: start, answer, take back, hand over, go on tomorrow.

A session is a record of the store: what was said, in order, by whom and when. Nothing that follows
from it is kept; the posterior is computed anew from the entries, so that a session that was taken
up after a restart, or after new records were loaded, answers from what is known now. Taking back
removes the last entry, and all that followed from it.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from kg.diagnosis.diagnosing import Looked, Problem, Told, answer, pose
from kg.diagnosis.graph import Graph
from kg.diagnosis.posterior import ABSENT, PRESENT, infer
from kg.diagnosis.questions import NextStep, askable_signs, checks_of, plan_step, soft_reading
from kg.diagnosis.results import Diagnosis
from kg.diagnosis.scope import PLACES
from kg.diagnosis.terms import Terms
from kg.model.errors import BadInput, Conflict, NotFound
from kg.model.graph import NOW, View
from kg.model.instants import Instant, to_text
from kg.search import require, require_first
from kg.store.protocol import JsonValue, Store
from ontology.schema import Schema

KIND = "diagnosis-session"
Answer = Literal["yes", "no", "unknown"]
MAX_ENTRIES = 100
_FALSE_ALARM = 0.05


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said.

    `about` is the sign (key, code or words), the parameter that was measured, or the check, then
    with the `cause` that it tells. `answer` is None for a measured `value`.
    """

    kind: Literal["sign", "check", "measured"]
    about: str
    answer: Answer | None
    cause: str
    value: float | None
    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept."""

    id: str
    asset: str  # key
    started_by: str
    started_at: Instant
    holder: str  # who goes on with it
    entries: tuple[Entry, ...]
    handed_over: tuple[tuple[str, Instant], ...]  # to whom, when
    ended_at: Instant | None
    outcome: str  # of a session that ended: the id of what was learnt, or a few words


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session with what follows from it."""

    session: Session
    diagnosis: Diagnosis
    next: NextStep


def start(
    store: Store, asset: str, symptoms: list[str], *, by: str, at: Instant, view: View = NOW
) -> Session:
    """Begin a session and keep it. Raises NotFound for an unknown asset, BadInput."""
    said = [text.strip() for text in symptoms if text.strip()]
    if not said:
        raise BadInput("Say what was observed: a symptom, an alarm, or a few words.")
    key = require_first(store, asset, PLACES, view=view)
    session = Session(
        secrets.token_hex(4), key, by, at, by,
        tuple(Entry("sign", text, "yes", "", None, by, at) for text in said), (), None, "",
    )  # fmt: skip
    return _keep(store, session)


def say(
    store: Store,
    session_id: str,
    about: str,
    *,
    answer: Answer | None = None,
    value: float | None = None,
    cause: str = "",
    by: str,
    at: Instant,
) -> Session:
    """Add what was found to a session.

    With `value`, `about` is a parameter of the asset that was measured; with `cause`, a check that
    tells whether that cause is there; else a sign. Raises BadInput, NotFound, and Conflict for a
    session that has ended.
    """
    session = _open(store, session_id)
    if len(session.entries) >= MAX_ENTRIES:
        raise BadInput(f"A session holds {MAX_ENTRIES} answers; begin another one.")
    if (answer is None) == (value is None):
        raise BadInput("Answer yes, no or unknown, or give a measured value.")
    if value is not None and not math.isfinite(value):
        raise BadInput("A measured value is a number.")
    if not about.strip():
        raise BadInput("Say which sign, check or parameter the answer is about.")
    kind: Literal["sign", "check", "measured"] = (
        "measured" if value is not None else "check" if cause else "sign"
    )
    if kind == "check":
        about = require(store, about, classes=("Check",))
        cause = require(store, cause, classes=("FailureCause", "FailureMode", "Component"))
    if kind == "measured":
        about = require(store, about, classes=("Parameter",))
        _limits(store, session.asset, about)
    entry = Entry(kind, about.strip(), answer, cause, value, by, at)
    return _keep(store, replace(session, entries=(*session.entries, entry)))


def take_back(store: Store, session_id: str) -> Session:
    """Take the last answer back. Raises Conflict where only what it began with is left."""
    session = _open(store, session_id)
    begun = sum(e.at == session.started_at for e in session.entries)
    if len(session.entries) <= max(1, begun):
        raise Conflict("There is no answer left to take back; end the session and begin anew.")
    return _keep(store, replace(session, entries=session.entries[:-1]))


def hand_over(store: Store, session_id: str, to: str, at: Instant) -> Session:
    """Let another person go on. Raises BadInput without a name."""
    session = _open(store, session_id)
    if not to.strip() or len(to) > 100:
        raise BadInput("Say in at most 100 characters who goes on with the session.")
    return _keep(
        store,
        replace(
            session, holder=to.strip(), handed_over=(*session.handed_over, (to.strip(), at))
        ),
    )  # fmt: skip


def end(store: Store, session_id: str, outcome: str, at: Instant) -> Session:
    """End a session with what came of it."""
    return _keep(store, replace(_open(store, session_id), ended_at=at, outcome=outcome))


def find(store: Store, session_id: str) -> Session:
    """The session of that id. Raises NotFound with the latest ones."""
    found = store.get_records(KIND, keys=[session_id]).get(session_id)
    if found is None:
        latest = [s.id for s in list_sessions(store)[:3]]
        raise NotFound(
            f"There is no diagnosis session {session_id!r}.", ids=[session_id], nearest=latest
        )
    return _from_json(found)


def list_sessions(store: Store, *, only_open: bool = False) -> list[Session]:
    """All sessions, the latest first."""
    found = [_from_json(value) for value in store.get_records(KIND).values()]
    kept = [s for s in found if s.ended_at is None or not only_open]
    return sorted(kept, key=lambda s: (-s.started_at, s.id))


def tell(
    store: Store, schema: Schema, session: Session, *, view: View = NOW, limit: int = 5
) -> SessionState:
    """What follows from a session: ranked causes, and the next step with its reason."""
    told, looked = _evidence(store, session, view)
    problem = pose(store, schema, session.asset, told, looked=looked, view=view)
    return SessionState(session, answer(problem, limit), next_step(problem, session))


def next_step(problem: Problem, session: Session | None = None) -> NextStep:
    """What is worth asking or checking next."""
    ranking = problem.rank()
    likely = [s.key for s in ranking.scored[:6]]
    entries = session.entries if session is not None else ()
    said = {k for o in problem.observations for k in (*o.keys, *o.covers)}
    said |= {e.about for e in entries}
    scope = problem.scope
    own = {scope.root.key, *scope.assets, *scope.peers, *scope.supporting}
    asked = [o for o in askable_signs(problem.graph, likely, said, own) if o.is_understood]
    told = [
        Told(o.text, problem.likelihoods[o.text])
        for o in problem.observations
        if o.text in problem.likelihoods
    ]
    wider = pose(
        problem.graph.store,
        problem.graph.schema,
        problem.scope.root.key,
        told,
        looked=problem.looked,
        view=problem.graph.view,
        without=problem.reader.without,
        extra=asked,
    )
    signs = {
        number: reading.observation
        for number, reading in enumerate(wider.readings)
        if number not in wider.evidence.findings and reading.observation.keys
    }
    posterior = infer(wider.model.net, wider.evidence.findings, wider.evidence.causes)
    done = {(e.about, e.cause) for e in entries if e.kind == "check"}
    return plan_step(
        wider.graph, wider.model, wider.evidence, posterior, signs, done, own=wider.scope.own
    )


def _evidence(store: Store, session: Session, view: View) -> tuple[list[Told], list[Looked]]:
    """The entries as evidence. Later answers about the same thing replace earlier ones."""
    told: dict[str, Told] = {}
    looked: dict[tuple[str, str], Looked] = {}
    graph = Graph(store, store.schema, Terms.of(store.schema), view)
    for entry in session.entries:
        if entry.kind == "measured" and entry.value is not None:
            low, high = _limits(store, session.asset, entry.about)
            told[entry.about] = Told(entry.about, soft_reading(entry.value, low, high))
        elif entry.kind == "check":
            looked.pop((entry.about, entry.cause), None)
            if entry.answer == "unknown":
                continue
            checks = {c.key: c.finds for c in checks_of(graph, [entry.cause])}
            finds = checks.get(entry.about, 0.9)
            there = entry.answer == "yes"
            looked[entry.about, entry.cause] = Looked(
                entry.cause,
                f"{entry.about}: {entry.answer}",
                finds if there else 1 - finds,
                _FALSE_ALARM if there else 1 - _FALSE_ALARM,
                entry.about,
            )
        else:
            told.pop(entry.about, None)
            if entry.answer != "unknown":
                told[entry.about] = Told(entry.about, PRESENT if entry.answer == "yes" else ABSENT)
    return list(told.values()), list(looked.values())


def _limits(store: Store, asset: str, parameter: str) -> tuple[float | None, float | None]:
    """The limits of a parameter on an asset. Raises BadInput where none are known."""
    schema = store.schema
    relations = tuple(sorted(schema.subrelations("hasParameter")))
    props: list[Mapping[str, Any]] = [
        s.props for s in store.expand([asset], relations) if s.object == parameter
    ]
    props += [node.props for node in store.get_nodes([parameter]).values()]
    for found in props:
        low, high = (
            float(v) if isinstance(v := found.get(name), int | float) else None
            for name in ("lowerLimit", "upperLimit")
        )
        if low is not None or high is not None:
            return low, high
    raise BadInput(
        f"No limit of {parameter} is known on {asset}: load one (lowerLimit, upperLimit), or answer"
        " yes or no to what the value means."
    )


def _open(store: Store, session_id: str) -> Session:
    session = find(store, session_id)
    if session.ended_at is not None:
        raise Conflict(
            f"The session {session_id} ended {to_text(session.ended_at)}; begin another one."
        )
    return session


def _keep(store: Store, session: Session) -> Session:
    store.put_records(KIND, {session.id: _to_json(session)})
    return session


def _to_json(session: Session) -> JsonValue:
    return asdict(session)


def _from_json(value: JsonValue) -> Session:
    return Session(
        **{
            **value,
            "entries": tuple(Entry(**entry) for entry in value["entries"]),
            "handed_over": tuple((to, at) for to, at in value["handed_over"]),
        }
    )
