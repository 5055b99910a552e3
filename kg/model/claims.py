"""What a reader says about the world: documents, passages and the claims made in them.

Claims are input. A store turns them into nodes and statements (`kg.model.graph`), each of which
remembers every claim that supports it. Claims are named tuples because a load makes millions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from kg.model.instants import Instant

Scalar = str | int | float | bool
Value = Scalar | list[str]
Props = Mapping[str, Value]
NO_PROPS: Props = MappingProxyType({})
ClaimStatus = Literal["accepted", "suggested"]


@dataclass(frozen=True, slots=True)
class Document:
    """A source: a file, a table of a database, a person's note, a model's output.

    `key` is its lasting identity (a path or a name). `sha256` identifies its content and `recipe`
    how it was read (mapping, extractors, ontology); loading the same pair again changes nothing.
    """

    key: str
    sha256: str
    recipe: str
    title: str = ""
    media_type: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution that read documents; what it wrote can be removed as a whole."""

    id: str
    at: Instant
    by: str = "local"
    label: str = ""


class Passage(NamedTuple):
    """A piece of a document that can be quoted: a row, a sentence, a table cell.

    `key` identifies it by content (see `passage_key`), so that it stays itself when it moves;
    `place` says where it is now, such as `row:17`, `sheet:FMEA/row:4` or `page:3/line:12`.
    """

    key: str
    place: str
    text: str
    language: str | None = None
    heading: str | None = None


class NodeClaim(NamedTuple):
    """A passage says something about one thing: its class, name or properties.

    A mere mention needs no claim: a node exists as soon as a statement refers to its key, with
    the class that the key's kind implies.
    """

    node: str
    cls: str
    passage: int  # index into the batch's passages
    name: str | None = None
    props: Props = NO_PROPS
    confidence: float = 1.0
    extractor: str = "table"


class Claim(NamedTuple):
    """A passage says that a relation holds between two things.

    `start` and `end` are character offsets of the quote in the passage's text; -1 means all of it.
    `valid_from` and `valid_to` bound when it was so in the plant (half-open; None is unbounded).
    `props` qualify it: quantity, unit, position. `extractor` is `name@version`.
    """

    subject: str
    predicate: str
    object: str
    passage: int
    confidence: float = 1.0
    status: ClaimStatus = "accepted"
    extractor: str = "table"
    start: int = -1
    end: int = -1
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    props: Props | None = None


@dataclass(slots=True)
class Batch:
    """A bounded number of passages with the claims made in them. Written all or nothing."""

    passages: list[Passage] = field(default_factory=list)
    nodes: list[NodeClaim] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.nodes) + len(self.claims)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row or claim that could not be used, kept with its reason so that it can be replayed."""

    document: str
    place: str
    reason: str
    code: str  # short, countable: "missing-asset", "bad-date", "shape:WorkOrder"
    row: Mapping[str, str] | None = None  # raw cells by column, for replay
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that a person should know although the row was usable."""

    code: str  # short, countable: "missing-asset", "unknown-code", "text-code-conflict"
    place: str
    message: str


class Sentences(NamedTuple):
    """How many sentences of free text were read, by what became of them."""

    accepted: int = 0  # at least one accepted statement
    queued: int = 0  # only statements that wait for review
    rejected: int = 0  # nothing in it was understood

    @property
    def read(self) -> int:
        """All of them: accepted, queued and rejected."""
        return self.accepted + self.queued + self.rejected

    def plus(self, other: Sentences) -> Sentences:
        """Both together."""
        return Sentences(*(a + b for a, b in zip(self, other, strict=True)))


NO_SENTENCES = Sentences()


@dataclass(slots=True)
class Chunk:
    """What a reader yields: a batch, the rows it refused, what it noticed, and where it is.

    A reading that was interrupted goes on after the last chunk whose `checkpoint` was stored.
    """

    batch: Batch
    rejections: list[Rejection] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    checkpoint: str | None = None
    rows: int = 0  # rows, sentences or events read for this chunk
    sentences: Sentences = NO_SENTENCES  # of free text in them


def passage_key(text: str, occurrence: int = 0) -> str:
    """The content key of a passage: 16 hexadecimal digits of its text's digest.

    `occurrence` counts equal passages before it in the same document, so that two equal rows are
    two passages.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    if occurrence:
        digest.update(b"\0%d" % occurrence)
    return digest.hexdigest()
