"""Learning from repairs: "this fixed it" and "this was not it".

What a person says becomes a record of the graph like any other: a failure event on the asset (or
the work order that it belongs to) that observed the signs and found the cause, or ruled it out,
with the person's words as evidence. So it counts for the asset, its class and the plant from the
next diagnosis on, can be asked as of a date, and is cited. Each is a document of its own; taking it
back removes the document, and the store guarantees that the graph is as if it had never been said.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import read_observations
from kg.diagnosis.terms import Terms
from kg.model.claims import Batch, Claim, Document, NodeClaim, Passage, Run, passage_key
from kg.model.errors import BadInput, NotFound
from kg.model.graph import NOW
from kg.model.instants import Instant, to_text
from kg.search import require
from kg.store.protocol import Store
from ontology.schema import Schema

KIND = "diagnosis-feedback"
Verdict = Literal["fixed", "not-it"]
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody learnt about one cause on one asset."""

    id: str
    document: str
    asset: str
    signs: tuple[str, ...]
    cause: str
    verdict: Verdict
    work_order: str  # empty: an event of its own
    note: str
    by: str
    at: Instant
    session: str
    minutes: float | None  # from the start of the session


def record_feedback(
    store: Store,
    schema: Schema,
    asset: str,
    symptoms: Sequence[str],
    cause: str,
    verdict: Verdict,
    *,
    by: str,
    at: Instant,
    work_order: str = "",
    note: str = "",
    session: str = "",
    minutes: float | None = None,
) -> Feedback:
    """Keep what was learnt. Raises NotFound for what is not in the graph, BadInput."""
    if verdict not in ("fixed", "not-it"):
        raise BadInput('Say "fixed" or "not-it".')
    if len(note) > 2_000:
        raise BadInput("Keep the note under 2,000 characters.")
    terms = Terms.of(schema)
    place = require(store, asset, classes=("Asset", "Location"))
    key = require(store, cause, classes=("FailureCause", "Component"))
    is_component = schema.is_a(schema.class_of_key(key), "Component")
    if is_component and verdict == "not-it":
        raise BadInput("Name the cause that was ruled out, not only a component.")
    graph = Graph(store, schema, terms, NOW)
    signs = sorted(
        {
            k
            for text in symptoms
            for o in read_observations(graph, [text])
            for k in o.keys
            if not o.is_component
        }
    )
    if not signs:
        raise BadInput("Say what was observed, in words that the graph knows.")
    order = require(store, work_order, classes=("WorkOrder",)) if work_order else ""
    identity = secrets.token_hex(4)
    subject = order or f"event:FB-{identity.upper()}"
    said = "this fixed it" if verdict == "fixed" else "this was not it"
    text = f"{to_text(at)} {by} on {place}: {', '.join(signs)}: {key}, {said}."
    if note.strip():
        text += f" {note.strip()}"
    batch = Batch(passages=[Passage(passage_key(text), "row:1", text)])
    if not order:
        props = {"occurredAt": to_text(at), "description": note.strip() or text}
        batch.nodes.append(NodeClaim(subject, "FailureEvent", 0, None, props))
    relation = "involves" if is_component else "foundCause" if verdict == "fixed" else "ruledOut"
    said_of = [("reportedOn", place), *(("observed", sign) for sign in signs), (relation, key)]
    batch.claims += [
        Claim(subject, predicate, object_, 0, extractor="feedback@1", valid_from=at,
              valid_to=at + _DAY)
        for predicate, object_ in said_of
    ]  # fmt: skip
    document = Document(
        f"feedback:{identity}", passage_key(text), "feedback@1", "Feedback", "text/plain"
    )
    with store.begin_load(document, Run(f"feedback-{identity}", at, by, "feedback")) as loading:
        loading.write(batch)
        loading.finish()
    kept = Feedback(
        identity, document.key, place, tuple(signs), key, verdict, order, note.strip(), by, at,
        session, minutes,
    )  # fmt: skip
    store.put_records(
        KIND, {identity: {name: getattr(kept, name) for name in Feedback.__slots__}},
        document=document.key,
    )  # fmt: skip
    return kept


def list_feedback(store: Store) -> list[Feedback]:
    """All that was learnt and not taken back, the latest first."""
    found = [
        Feedback(**{**value, "signs": tuple(value["signs"])})
        for value in store.get_records(KIND).values()
    ]
    return sorted(found, key=lambda f: (-f.at, f.id))


def undo_feedback(store: Store, feedback_id: str) -> Feedback:
    """Take back what was learnt, as if it had never been said. Raises NotFound."""
    listed = list_feedback(store)
    found = next((f for f in listed if f.id == feedback_id), None)
    if found is None:
        raise NotFound(
            f"There is no feedback {feedback_id!r}.",
            ids=[feedback_id],
            nearest=[f.id for f in listed[:3]],
        )
    store.remove_documents([found.document])
    return found
