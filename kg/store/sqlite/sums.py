"""What many claims add up to, kept small: a claim can be added without reading the others again.

A sum derives exactly what `kg.model.derive` does from all the claims that were added to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from kg.model.derive import (
    DerivedNode,
    DerivedStatement,
    NodeSupport,
    Support,
    derive_node,
    derive_statement,
)
from kg.model.graph import Decision, Status
from kg.model.instants import Instant
from kg.store.sqlite.packing import unpack
from ontology.schema import Schema


class Rank(NamedTuple):
    """Where a claim stands among others: the smaller, the more it is believed."""

    doubt: float  # minus its confidence
    age: int  # minus the instant when it was recorded
    document: str
    passage: str
    extractor: str


class Group(NamedTuple):
    """Claims on one statement in one document, told together."""

    document: int
    pieces: int
    confidence: float  # of the best
    has_accepted: bool
    recorded: Instant  # of the first
    valid_from: Instant | None  # None: unbounded, or one of them is
    valid_to: Instant | None


@dataclass(slots=True)
class StatementSum:
    """The live evidence of one statement."""

    count: int = 0
    has_accepted: bool = False
    recorded: Instant | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    confidence: dict[int, float] = field(default_factory=dict)  # the best, by document
    props: dict[str, Rank] = field(default_factory=dict)  # where the best claim with them stands

    def add(self, group: Group) -> None:
        """Add the claims of one document."""
        if not self.count:
            self.valid_from, self.valid_to = group.valid_from, group.valid_to
            self.recorded = group.recorded
        else:
            if self.valid_from is not None:
                starts = (self.valid_from, group.valid_from)
                self.valid_from = None if group.valid_from is None else min(starts)  # type: ignore[type-var]
            if self.valid_to is not None:
                ends = (self.valid_to, group.valid_to)
                self.valid_to = None if group.valid_to is None else max(ends)  # type: ignore[type-var]
            if self.recorded is None or group.recorded < self.recorded:
                self.recorded = group.recorded
        self.count += group.pieces
        self.has_accepted = self.has_accepted or group.has_accepted
        best = self.confidence.get(group.document)
        if best is None or group.confidence > best:
            self.confidence[group.document] = group.confidence

    def add_props(self, props: str, rank: Rank) -> None:
        """Add the properties of a claim that has been counted by `add`."""
        known = self.props.get(props)
        if known is None or rank < known:
            self.props[props] = rank

    def derive(self, decision: Decision | None) -> DerivedStatement:
        """What the evidence, at least one piece, and the latest decision say."""
        status = Status.ACCEPTED if self.has_accepted else Status.SUGGESTED
        recorded = self.recorded or 0
        supports = [
            Support(str(document), "", "", best, status, recorded, None, None, None)
            for document, best in self.confidence.items()
        ]
        told = derive_statement(supports, decision)._replace(
            evidence_count=self.count, valid_from=self.valid_from, valid_to=self.valid_to
        )
        for text, _ in sorted(self.props.items(), key=lambda item: (item[1], _in_order(item[0]))):
            for name, value in unpack(text).items():
                told.props.setdefault(name, value)
        return told


@dataclass(slots=True)
class NodeSum:
    """The live claims about one node: each distinct content with its best standing."""

    contents: dict[tuple[str, str | None, str | None], Rank] = field(default_factory=dict)

    def add(self, cls: str, name: str | None, props: str | None, rank: Rank) -> bool:
        """Add a claim; returns whether that can change what the node is."""
        content = (cls, name, props)
        known = self.contents.get(content)
        if known is not None and known <= rank:
            return False
        self.contents[content] = rank
        return True

    def derive(self, key: str, schema: Schema) -> DerivedNode:
        """What the claims, possibly none, say of the node."""
        return derive_node(
            key,
            [
                NodeSupport(
                    rank.document,
                    rank.passage,
                    rank.extractor,
                    -rank.doubt,
                    -rank.age,
                    cls,
                    name,
                    unpack(props),
                )
                for (cls, name, props), rank in self.contents.items()
            ],
            schema,
        )


def end_of(valid_from: Instant | None, valid_to: Instant | None) -> Instant | None:
    """When an interval ends; one of no length ends a millisecond later."""
    return valid_to + 1 if valid_to is not None and valid_to == valid_from else valid_to


def _in_order(props: str) -> str:
    return repr(sorted(unpack(props).items()))
