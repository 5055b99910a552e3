"""Nodes, statements and what people decided about them.

Statements, names and citations come as `kg.narration` tells them, in both languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.payloads.shape import Payload, example, moment
from kg import model
from kg.model.claims import Value
from kg.model.graph import NOW, Status, View
from kg.model.instants import to_datetime
from kg.model.keys import StatementKey, identity_of
from kg.narration import Cited, Phrase, cite, class_label, name_node
from kg.store.protocol import Store
from ontology.schema import Schema

PHRASE = {"en": "Excavator 12 (EX-12)", "zh": "Excavator 12（EX-12）"}


class Node(Payload):
    """A thing with what its documents say about it."""

    model_config = example(
        key="asset:EX-12",
        cls="Asset",
        name="Excavator 12",
        label=PHRASE,
        class_label={"en": "Asset", "zh": "设备"},
        code="EX-12",
        props={"manufacturer": "Northfield", "serialNumber": "7731"},
        aliases=["Digger 12"],
    )

    key: str
    cls: Annotated[str, Field(description="Its class in the ontology.")]
    name: str
    label: Phrase
    class_label: Phrase
    code: Annotated[str, Field(description="The code or name in its key.")]
    props: dict[str, Value]
    aliases: list[str]


class Sighting(Payload):
    """One passage that says something about a thing's class, name or properties."""

    model_config = example(
        cls="Asset",
        name="Excavator 12",
        props={"manufacturer": "Northfield"},
        document="register.csv",
        place="row:4",
        text="EX-12;Excavator 12;Northfield",
        extractor="table",
        run="5f0c11d2a9b4",
        confidence=1.0,
        recorded="2026-03-01T07:30:00Z",
    )

    cls: str
    name: str | None
    props: dict[str, Value]
    document: str
    place: str
    text: str
    extractor: str
    run: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    recorded: datetime


class NodeAnswer(Payload):
    """A thing and the passages that describe it, the most believed first."""

    node: Node
    sightings: list[Sighting]


class Decision(Payload):
    """What a person decided about a statement."""

    model_config = example(
        status="confirmed", by="li.wei", at="2026-03-02T06:00:00Z", reason="seen on site"
    )

    status: Annotated[Status | None, Field(description="null takes earlier decisions back.")]
    by: str
    at: datetime
    reason: str = ""


class StatementAnswer(Payload):
    """A statement, its evidence and the decisions about it, oldest first."""

    statement: Cited
    recorded: Annotated[datetime, Field(description="When it was first learnt.")]
    decisions: list[Decision]


def node_payload(schema: Schema, node: model.Node) -> Node:
    """A node in full."""
    named = name_node(schema, node)
    return Node(
        key=node.key,
        cls=node.cls,
        name=node.name,
        label=named.label,
        class_label=class_label(schema, node.cls),
        code=identity_of(node.key),
        props=dict(node.props),
        aliases=list(node.aliases),
    )


def sighting_payload(found: model.Sighting) -> Sighting:
    """A claim about a node with its passage."""
    seen = found.evidence
    return Sighting(
        cls=found.cls,
        name=found.name,
        props=dict(found.props),
        document=seen.document,
        place=seen.place,
        text=seen.text,
        extractor=seen.extractor,
        run=seen.run,
        confidence=seen.confidence,
        recorded=to_datetime(seen.recorded),
    )


def decision_payload(made: model.Decision) -> Decision:
    """A person's decision."""
    return Decision(status=made.status, by=made.by, at=to_datetime(made.at), reason=made.reason)


def statement_answer(
    store: Store, key: StatementKey, view: View = NOW, *, evidence: int = 20
) -> StatementAnswer | None:
    """A statement with up to `evidence` pieces of evidence, or None where it is not there."""
    found = store.get_statements([key], view).get(key)
    if found is None:
        return None
    told = cite(store, store.schema, [found], view=view, per_statement=evidence, with_time=True)
    decisions = [d for d in store.decisions([found.key]) if _was_made(d, view)]
    return StatementAnswer(
        statement=told[found.key],
        recorded=to_datetime(found.recorded),
        decisions=[decision_payload(d) for d in decisions],
    )


def statements_payload(
    store: Store, statements: Sequence[model.Statement], view: View, *, evidence: int = 0
) -> list[Cited]:
    """Statements in their order, each with up to `evidence` pieces of evidence."""
    told = cite(store, store.schema, statements, view=view, per_statement=evidence, with_time=True)
    return [told[s.key] for s in statements]


def _was_made(decision: model.Decision, view: View) -> bool:
    return view.as_of is None or decision.at <= view.as_of


__all__ = [
    "Cited",
    "Decision",
    "Node",
    "NodeAnswer",
    "Phrase",
    "Sighting",
    "StatementAnswer",
    "decision_payload",
    "moment",
    "node_payload",
    "sighting_payload",
    "statement_answer",
    "statements_payload",
]
