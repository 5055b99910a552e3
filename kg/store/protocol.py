"""The storage protocol: what a graph database must do for Gemba, in domain operations.

Two implementations stand behind it, `kg.store.sqlite` and `kg.store.neo4j`; both answer alike
(`tests/contracts/`). Algorithms that need many steps are written once on `expand`
(`kg.store.walks`); a store overrides one where pushing it down was measured to be faster.

Histories. A *document* is read again and again; each reading is a *version*. What a version says
is the set of its passages with their claims. Evidence lives over an unbroken streak of versions:
it is recorded when the first of them was, and retired when the first version without it was.
`View.as_of` asks for the versions that were current at an instant. `remove` takes versions out of
the history as if they had never been read, so streaks around a removed version close.

A piece of evidence is one distinct claim of a passage: all fields count but the passage's place,
and properties as canonical JSON (`1` is not `1.0`, no properties are None). `recorded` and `run`
are those of the first version of its streak. It is live at `as_of` where it was recorded by then
and was not retired by then; it is live now where it was never retired, whatever the clocks said.
Evidence tells the place and text that its passage had in the last version recorded by then.

Atomicity. A `LoadSession.write` is one transaction: after it returns, a killed process loses
nothing of it. What is written is visible at once, beside what the version before said; `finish`
retires what the version no longer says; an unfinished version can be resumed (same document,
content and recipe) or rolled back. A resumed version belongs to the run that resumes it, as if
that had read all of it. A document that has no versions left is forgotten with its records.

Merges and decisions. A merge changes how keys are read, at every `as_of`: claims keep their own
keys (`dump` tells them), everything else tells the key that they lead to. Answers by key are under
the keys that were asked for. A statement follows the latest decision (by `at`, then in the order
of recording) among those on any key that leads to it; as of an instant, among those made by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, Self

from kg.model.claims import Batch, Claim, Document, NodeClaim, Passage, Run, Scalar
from kg.model.graph import (
    NOW,
    Decision,
    Direction,
    Evidence,
    Merge,
    Node,
    Sighting,
    Statement,
    Status,
    View,
)
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from ontology.schema import Schema

JsonValue = Any  # what orjson reads and writes
GroupBy = Literal["predicate", "subject", "object"]


@dataclass(frozen=True, slots=True)
class Version:
    """One reading of a document."""

    document: Document
    run: Run
    is_complete: bool
    checkpoint: str | None = None  # where an unfinished reading can go on


@dataclass(slots=True)
class Changes:
    """What a load or a removal changed, or would change. Counts of things, not of database rows.

    They compare the live graph before and after, given that nobody else wrote in between; claims
    about nodes count as evidence. `passages` counts those of the version that was read, or those
    that a removal took away. After a removal, what comes back to life is counted as added.
    """

    nodes_added: int = 0
    nodes_changed: int = 0  # name, class or a property differs afterwards
    nodes_removed: int = 0
    statements_added: int = 0
    statements_removed: int = 0  # no live evidence is left
    evidence_added: int = 0
    evidence_kept: int = 0
    evidence_retired: int = 0
    passages: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the graph is as it was."""
        return not (
            self.nodes_added
            or self.nodes_changed
            or self.nodes_removed
            or self.statements_added
            or self.statements_removed
            or self.evidence_added
            or self.evidence_retired
        )


@dataclass(frozen=True, slots=True)
class Range:
    """A half-open range for `find_nodes`; text and date-times compare as text."""

    at_least: Scalar | None = None
    below: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Nodes in order of their keys, and the cursor for the next ones (None: no more)."""

    nodes: list[Node]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class TextHit:
    """A node that a text query found. Scores compare within one answer only."""

    node: Node
    score: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a store holds, seen now."""

    nodes: Mapping[str, int]  # by class (the node's own, not its ancestors)
    statements: Mapping[str, int]  # by relation, all statuses
    evidence: int  # live claims, those about nodes included
    passages: int  # of the versions that are live
    documents: int


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a hash-chained log: `hash` = SHA-256 of the previous hash and the content."""

    seq: int  # from 1, without gaps
    at: Instant
    payload: Mapping[str, JsonValue]
    previous: str  # hash of the entry before, 64 zeros for the first
    hash: str


class KeptRecord(NamedTuple):
    """A record beside the graph, with the document that it goes with."""

    kind: str
    key: str
    document: str | None
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Dump:
    """One document version in full, for export: its passages and the claims made in them."""

    version: Version
    batches: Iterator[Batch]


class LoadSession(Protocol):
    """One document being read into the store. Use as a context manager: leaving it without
    `finish` rolls back (unless work was checkpointed and `resumable` was asked for).

    Raises Conflict where it is used after its end, or where the version was taken away meanwhile.
    """

    checkpoint: str | None  # of a resumed version, else None
    changes: Changes  # so far; complete after `finish`

    def write(self, batch: Batch, checkpoint: str | None = None) -> None:
        """Store a batch, all or nothing. Claims that the version before also made are kept.

        Writing a claim or a passage twice in one version is the same as writing it once; a
        passage keeps the place at which the version told it first.
        """
        ...

    def finish(self, *, max_retired_share: float = 1.0) -> Changes:
        """Make this the document's current version, retiring what it no longer says.

        Raises MassRemoval, changing nothing, where more than `max_retired_share` of the evidence
        of the version before would be retired; it can be finished again or rolled back.
        """
        ...

    def rollback(self) -> None:
        """Forget this version, as if it had never been begun."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Store(Protocol):
    """A graph with evidence. All methods raise StoreUnavailable where the database is down.

    Reads take a `View`; keys that do not exist are left out of answers, never an error.
    Redirected keys (see `merge`) are read as the key they lead to.
    """

    url: str
    schema: Schema

    # -- schema and life cycle ---------------------------------------------------------------

    def ensure_schema(self, schema: Schema) -> None:
        """Create or adapt tables, indexes and constraints. Idempotent."""
        ...

    def close(self) -> None: ...

    # -- loading -----------------------------------------------------------------------------

    def begin_load(
        self, document: Document, run: Run, *, dry_run: bool = False, resumable: bool = False
    ) -> LoadSession:
        """Start a new version of `document`, or resume the unfinished one of same content.

        An unfinished version of other content or recipe is rolled back first. With `dry_run`
        nothing is written; `changes` say what would have been. Whether a document needs reading
        at all is for the caller to see from `versions`: the same content again is a new version.
        """
        ...

    def versions(self, document: str | None = None) -> list[Version]:
        """All versions, by document key, oldest first."""
        ...

    def remove_documents(self, keys: Collection[str]) -> Changes:
        """Forget documents with all their versions, rejected rows and log of places.

        The graph is then equal to one that never saw them. Decisions on statements that no other
        document supports, now or in its history, go too. Unknown keys raise NotFound, and nothing
        is removed.
        """
        ...

    def remove_run(self, run: str) -> Changes:
        """Forget the versions that one run read; earlier and later ones remain as they would be
        without it. An unknown run raises NotFound."""
        ...

    # -- reading -----------------------------------------------------------------------------

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        """Nodes by the keys asked for. A node exists while a live claim or a live statement
        (of any status) names it."""
        ...

    def find_nodes(
        self,
        classes: Collection[str] | None = None,
        where: Mapping[str, Scalar | Range | Sequence[Scalar]] | None = None,
        *,
        key_prefix: str = "",
        after: str | None = None,
        limit: int = 100,
        view: View = NOW,
    ) -> Page:
        """Nodes of any of `classes` or their descendants whose properties match all of `where`
        (a value, a `Range`, or a sequence: any of these; a list property matches by any item).
        In order of keys by code point; `after` is the last key of the page before. Text never
        equals or compares with a number, nor a truth value with either."""
        ...

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        """Statements with one of `keys` as subject (`out`), object (`in`) or either.

        Ordered by (subject, predicate, object). `limit_per_node` keeps, per node and direction,
        the most confident ones (ties: by that order). A window of valid time chooses statements;
        what they tell is still drawn from all their live evidence.
        """
        ...

    def get_statements(
        self, keys: Collection[StatementKey], view: View = NOW
    ) -> dict[StatementKey, Statement]:
        """Statements by their triples."""
        ...

    def aggregate(
        self,
        predicates: Collection[str],
        group_by: GroupBy,
        *,
        subjects: Collection[str] | None = None,
        objects: Collection[str] | None = None,
        view: View = NOW,
        limit: int | None = None,
    ) -> list[tuple[str, int]]:
        """Number of statements per group, most first (ties: by key)."""
        ...

    def search_text(
        self,
        tokens: Sequence[str],
        *,
        classes: Collection[str] | None = None,
        fuzzy: bool = False,
        limit: int = 100,
    ) -> list[TextHit]:
        """Nodes whose indexed text (names, aliases, searchable properties) holds any token.

        Best first. `tokens` come from `kg.model.text.query_tokens`. With `fuzzy`, tokens of four
        and more characters without Han ones also match words within edit distance 1 (2 from
        eight characters), where swapping two neighbours is one edit. Searches the graph as it is
        now. Indexed are the identities of the node's key and of those merged into it, its name,
        aliases and searchable properties, unless its class is bulk.
        """
        ...

    def evidence_of(
        self,
        keys: Collection[StatementKey],
        *,
        limit_per_statement: int | None = None,
        view: View = NOW,
    ) -> dict[StatementKey, list[Evidence]]:
        """Live evidence (at `view.as_of`), most confident first, then latest recorded.

        Of `view` only `as_of` counts. Statements without live evidence are left out. Ties go by
        document, passage, extractor, start and end.
        """
        ...

    def sightings_of(self, keys: Collection[str], view: View = NOW) -> dict[str, list[Sighting]]:
        """Live claims about nodes, in the order in which they are believed. Nodes without any are
        left out."""
        ...

    def count(self) -> Counts:
        """How much there is."""
        ...

    def closure(
        self,
        seeds: Collection[str],
        steps: Sequence[tuple[str, Direction]],
        *,
        max_depth: int | None = None,
        max_nodes: int | None = None,
        view: View = NOW,
    ) -> dict[str, int]:
        """Every node reachable from `seeds` over the given (relation, direction) steps, with its
        distance in statements; the seeds that exist are at 0, under the keys they lead to.
        Breadth first; cycles are no problem. Stops at `max_depth`, and after the level in which
        `max_nodes` was passed."""
        ...

    # -- decisions ---------------------------------------------------------------------------

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Record decisions. The latest one holds; one with status None takes the others back.

        Raises NotFound where a statement has no live evidence, recording none.
        """
        ...

    def decisions(self, keys: Collection[StatementKey] | None = None) -> list[Decision]:
        """Decisions, oldest first, on the keys on which they were made. With `keys`, those that
        lead to the same statements as these."""
        ...

    def merge(self, merges: Sequence[Merge]) -> None:
        """Read everything said of `dropped` as said of `kept`, whether or not anything was said of
        either yet. Raises Conflict for a cycle or for a node that is already dropped; then none
        of `merges` is done."""
        ...

    def unmerge(self, dropped: str) -> None:
        """Take a merge back. Raises NotFound where there is none."""
        ...

    def merges(self) -> list[Merge]:
        """Merges in force, oldest first."""
        ...

    # -- records beside the graph ------------------------------------------------------------

    def put_records(
        self, kind: str, records: Mapping[str, JsonValue], *, document: str | None = None
    ) -> None:
        """Store JSON objects by kind and key, replacing. Those tied to a `document` go with it."""
        ...

    def get_records(
        self,
        kind: str,
        *,
        keys: Collection[str] | None = None,
        document: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> dict[str, JsonValue]:
        """Records of a kind in order of their keys."""
        ...

    def drop_records(
        self, kind: str, *, keys: Collection[str] | None = None, document: str | None = None
    ) -> int:
        """Delete records of a kind; returns how many."""
        ...

    def append_log(self, log: str, payload: Mapping[str, JsonValue], at: Instant) -> LogEntry:
        """Append to a hash-chained log; safe against concurrent writers."""
        ...

    def read_log(self, log: str, *, after: int = 0, limit: int | None = None) -> list[LogEntry]:
        """Entries with seq greater than `after`, in order."""
        ...

    # -- exchange ----------------------------------------------------------------------------

    def dump(self) -> Iterator[Dump]:
        """Every version of every document, in the order in which their reading began."""
        ...

    def dump_records(self) -> Iterator[KeptRecord]:
        """Every record of every kind, in order of kinds and keys."""
        ...

    def logs(self) -> list[str]:
        """The names of all logs that have entries, sorted."""
        ...


__all__ = [
    "Batch",
    "Changes",
    "Claim",
    "Counts",
    "Document",
    "Dump",
    "GroupBy",
    "JsonValue",
    "KeptRecord",
    "LoadSession",
    "LogEntry",
    "NodeClaim",
    "Page",
    "Passage",
    "Range",
    "Status",
    "Store",
    "TextHit",
    "Version",
]
