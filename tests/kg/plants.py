"""Small plants for tests of answers: a few lines of facts become a loaded store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kg.model import Batch, Claim, Document, NodeClaim, Passage, Run, passage_key
from kg.model.claims import Value
from kg.model.instants import Instant, parse_instant
from kg.store.protocol import Store
from ontology import Schema, load_schema


@cache
def schema() -> Schema:
    """The ontology as shipped."""
    return load_schema()


def at(text: str) -> Instant:
    """An instant, such as `at("2026-03-01")`."""
    return parse_instant(text)


@dataclass
class Facts:
    """Facts to be loaded as one document; each statement has a passage of its own."""

    document: str = "facts.csv"
    batch: Batch = field(default_factory=Batch)

    def node(self, key: str, cls: str, name: str | None = None, **props: Value) -> Facts:
        """A thing with its name and properties."""
        passage = self._passage(f"{key} is a {cls}: {name} {props}")
        self.batch.nodes.append(NodeClaim(key, cls, passage, name, props))
        return self

    def also(self, key: str, cls: str, name: str) -> Facts:
        """Another name of a thing."""
        passage = self._passage(f"{key} is also called {name}")
        self.batch.nodes.append(NodeClaim(key, cls, passage, name, confidence=0.5))
        return self

    def say(
        self,
        subject: str,
        predicate: str,
        object_: str,
        *,
        since: str | None = None,
        until: str | None = None,
        confidence: float = 1.0,
        props: Mapping[str, Value] | None = None,
        quote: str | None = None,
    ) -> Facts:
        """A statement, with its validity and a quote."""
        passage = self._passage(quote or f"{subject} {predicate} {object_}")
        self.batch.claims.append(
            Claim(
                subject,
                predicate,
                object_,
                passage,
                confidence=confidence,
                valid_from=None if since is None else at(since),
                valid_to=None if until is None else at(until),
                props=props,
            )
        )
        return self

    def load(self, store: Store, when: str = "2026-06-01") -> Store:
        """Write everything as one version of the document."""
        document = Document(self.document, passage_key(repr(self.batch)), "test@1")
        with store.begin_load(document, Run(f"run-{self.document}", at(when))) as session:
            session.write(self.batch)
            session.finish()
        return store

    def _passage(self, text: str) -> int:
        index = len(self.batch.passages)
        self.batch.passages.append(Passage(passage_key(text, index), f"row:{index + 1}", text))
        return index


def work_order(
    facts: Facts,
    code: str,
    asset: str,
    day: str,
    *,
    text: str = "",
    observed: tuple[str, ...] = (),
    causes: tuple[str, ...] = (),
    involves: tuple[str, ...] = (),
    performed: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
    ruled_out: tuple[str, ...] = (),
) -> str:
    """A work order with what it says; returns its key."""
    key = f"wo:{code}"
    facts.node(key, "WorkOrder", description=text, reportedAt=f"{day}T08:00:00Z")
    facts.say(key, "reportedOn", asset, since=f"{day}T08:00:00Z", until=f"{day}T16:00:00Z",
              quote=text or f"{code} on {asset}")  # fmt: skip
    for relation, objects in (
        ("observed", observed), ("foundCause", causes), ("involves", involves),
        ("performed", performed), ("usedPart", parts), ("ruledOut", ruled_out),
    ):  # fmt: skip
        for object_ in objects:
            facts.say(key, relation, object_, quote=text or f"{code} {relation} {object_}")
    return key
