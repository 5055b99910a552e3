"""The review queue, as programs see it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.payloads.shape import Payload, example
from kg import review
from kg.model.graph import Status


class WaitingGroup(Payload):
    """How many suggestions one relation has."""

    model_config = example(relation="exhibits", waiting=116)

    relation: str
    waiting: int


class Backlog(Payload):
    """All that waits for a person."""

    model_config = example(total=116, groups=[{"relation": "exhibits", "waiting": 116}])

    total: int
    groups: list[WaitingGroup]


class BulkDecisionRequest(Payload):
    """A decision about all suggestions that fit."""

    model_config = example(status="rejected", relations=["ruledOut"], max_confidence=0.4)

    status: Literal[Status.CONFIRMED, Status.REJECTED]
    relations: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    extractors: tuple[str, ...] = ()
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    max_confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    reason: Annotated[str, Field(max_length=2_000)] = ""
    dry_run: bool = False


class BulkDecision(Payload):
    """How many suggestions were decided on, or would have been."""

    model_config = example(statements=12, dry_run=False)

    statements: int
    dry_run: bool


def backlog_payload(found: review.Backlog) -> Backlog:
    """The backlog for programs."""
    return Backlog(
        total=found.total,
        groups=[WaitingGroup(relation=g.relation, waiting=g.waiting) for g in found.groups],
    )
