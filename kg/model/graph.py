"""What a store answers with: nodes, statements and their evidence, seen through a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from kg.model.claims import Value
from kg.model.instants import Instant
from kg.model.keys import StatementKey

Direction = Literal["out", "in", "both"]


class Status(StrEnum):
    """How far a statement is to be believed.

    A claim makes it `suggested` or `accepted`; only people make it `confirmed` or `rejected`.
    """

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


BELIEVED = frozenset({Status.ACCEPTED, Status.CONFIRMED})
EVERY_STATUS = frozenset(Status)


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the graph a question sees.

    `as_of`: what was recorded at that instant (None: now). `valid_from` and `valid_to` keep
    statements of which some evidence's validity overlaps the half-open window; `View.at(t)` is
    the window of one instant. Statements with neither bound are always valid.
    """

    as_of: Instant | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    min_confidence: float = 0.0
    statuses: frozenset[Status] = BELIEVED

    @classmethod
    def at(cls, valid_at: Instant) -> View:
        """What was so in the plant at one instant."""
        return cls(valid_from=valid_at, valid_to=valid_at + 1)


NOW = View()


@dataclass(frozen=True, slots=True)
class Node:
    """A thing. Name and properties are drawn from all live claims about it."""

    key: str
    cls: str
    name: str
    props: Mapping[str, Value] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()  # other names it was given, the most confident first


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple with what its live evidence adds up to. See `kg.model.derive` for the rules."""

    subject: str
    predicate: str
    object: str
    status: Status
    confidence: float
    evidence_count: int
    recorded: Instant
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    props: Mapping[str, Value] = field(default_factory=dict)

    @property
    def key(self) -> StatementKey:
        """The triple alone."""
        return StatementKey(self.subject, self.predicate, self.object)

    @property
    def id(self) -> str:
        """The triple as URL-safe text."""
        return self.key.id


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sighting of a statement (or of a node's properties) in a passage."""

    document: str
    passage: str  # content key within the document
    place: str
    quote: str
    text: str  # the whole passage
    start: int
    end: int
    extractor: str
    run: str
    confidence: float
    status: Status
    recorded: Instant
    retired: Instant | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    props: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One claim about a node's class, name and properties, with its place."""

    node: str
    cls: str
    name: str | None
    props: Mapping[str, Value]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a statement. `status` None takes earlier decisions back."""

    key: StatementKey
    status: Status | None
    by: str
    at: Instant
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Merge:
    """`dropped` is the same thing as `kept`: everything said of it is read as said of `kept`."""

    kept: str
    dropped: str
    by: str
    at: Instant
    reason: str = ""
