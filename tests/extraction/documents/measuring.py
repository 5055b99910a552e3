"""Statements read from manuals, compared with those that a person reads from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from extraction.documents import read_document
from extraction.documents.structure.scribe import ACCEPTED_FROM
from kg.model import Batch
from kg.resolution import NameResolver
from ontology.schema import Schema
from tests.extraction.documents.unseen import Manual, Triple

# Statements about where things belong follow from these and from the subject; they are not counted.
COUNTED = frozenset(
    {"indicates", "causes", "detectedBy", "remediedBy", "requiresPart", "requiresTool", "fits"}
    | {"instructs", "hasNotice", "hasParameter", "appliesTo"}
)
_NAMED = ("procedure", "instruction", "notice")  # compared by their names


@dataclass
class Score:
    """Statements found, expected and both, and what went wrong."""

    found: int = 0
    expected: int = 0
    right: int = 0
    missed: list[Triple] = field(default_factory=list)
    wrong: list[Triple] = field(default_factory=list)
    about: bool = True  # the subject was told

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 1.0


def score(schema: Schema, manual: Manual, folder: Path, *, accepted_only: bool = True) -> Score:
    """How well a manual is read by its structure."""
    path = folder / manual.name
    manual.write(path)
    resolver = NameResolver(schema)
    reading = read_document(path, schema, key=manual.name, shown=manual.name)
    found: set[Triple] = set()
    about = None
    for chunk in reading.chunks():
        for triple, confidence in _triples(chunk.batch, resolver):
            if triple[1] == "describedIn":
                about = triple[0]
            elif triple[1] in COUNTED and (not accepted_only or confidence >= ACCEPTED_FROM):
                found.add(triple)
    expected = {_resolved(resolver, t) for t in manual.triples}
    # What a document says is valid for its subject is expected of procedures and alarms, too.
    found -= {
        t for t in found
        if t[1] == "appliesTo" and t[0].startswith(("procedure:", "alarm:")) and t[2] == manual.about  # noqa: E501
    }  # fmt: skip
    right = found & expected
    return Score(
        len(found), len(expected), len(right), sorted(expected - found), sorted(found - expected),
        about == manual.about,
    )  # fmt: skip


def _triples(batch: Batch, resolver: NameResolver) -> Iterable[tuple[Triple, float]]:
    names = {node.node: node.name for node in batch.nodes if node.name}
    for claim in batch.claims:
        subject, target = (
            f"{key.partition(':')[0]}:{names[key]}"
            if key.startswith(_NAMED) and key in names
            else key
            for key in (claim.subject, claim.object)
        )
        yield _resolved(resolver, (subject, claim.predicate, target)), claim.confidence


def _resolved(resolver: NameResolver, triple: Triple) -> Triple:
    subject, predicate, target = (
        part.rstrip(".。") if part.startswith(_NAMED) else part for part in triple
    )
    return _meant(resolver, subject), predicate, _meant(resolver, target)


def _meant(resolver: NameResolver, key: str) -> str:
    """The concept of that name; a cause may be known as a failure mode only."""
    meant = resolver.resolve(key)
    if meant == key and key.startswith("cause:"):
        mode = key.replace("cause:", "mode:", 1)
        meant = resolver.resolve(mode)
        return key if meant == mode else meant
    return meant
