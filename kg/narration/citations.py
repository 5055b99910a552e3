"""Statements as an answer shows them: both ends named, as a sentence, with their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.model.claims import Value
from kg.model.graph import NOW, Evidence, Node, Statement, View
from kg.model.instants import to_text
from kg.model.keys import StatementKey
from kg.model.phrase import Phrase
from kg.narration.names import Named, name_in
from kg.narration.sentences import tell
from kg.narration.times import optional_text
from kg.store.protocol import Store
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class Citation:
    """One place where a statement was read. Times are ISO 8601 in UTC."""

    document: str
    place: str  # where in the document: "row:17", "page:3/line:12"
    quote: str
    passage: str  # content key of the passage
    text: str  # the whole passage
    start: int  # the quote's offsets in the text; -1: all of it
    end: int
    extractor: str
    confidence: float
    recorded: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement with its sentence and evidence. Times are ISO 8601 in UTC, or None."""

    id: str
    subject: Named
    predicate: str
    object: Named
    sentence: Phrase
    status: str
    confidence: float
    evidence_count: int
    valid_from: str | None
    valid_to: str | None
    props: dict[str, Value]
    evidence: tuple[Citation, ...]  # the most confident ones; evidence_count says how many exist


GENERAL = "gemba:"  # begins the keys of documents that come with Gemba, not from the plant


def is_general(statements: Iterable[Cited]) -> bool:
    """Whether the plant itself says nothing of this: all evidence is general knowledge."""
    documents = [e.document for s in statements for e in s.evidence]
    return bool(documents) and all(d.startswith(GENERAL) for d in documents)


def cite(
    store: Store,
    schema: Schema,
    statements: Iterable[Statement],
    *,
    view: View = NOW,
    per_statement: int = 3,
    nodes: Mapping[str, Node] | None = None,
    with_time: bool = False,
) -> dict[StatementKey, Cited]:
    """The statements as answers show them, by triple. Two reads of the store, however many.

    `nodes` are ones already read. With `per_statement` 0 no evidence is fetched.
    """
    listed = {statement.key: statement for statement in statements}
    known = dict(nodes or {})
    ends = {end for s in listed.values() for end in (s.subject, s.object)}
    missing = ends - known.keys()
    if missing:
        known.update(store.get_nodes(missing, view))
    evidence: Mapping[StatementKey, list[Evidence]] = {}
    if per_statement and listed:
        evidence = store.evidence_of(list(listed), limit_per_statement=per_statement, view=view)
    cited: dict[StatementKey, Cited] = {}
    for key, s in listed.items():
        subject, object_ = name_in(schema, known, s.subject), name_in(schema, known, s.object)
        cited[key] = Cited(
            id=s.id,
            subject=subject,
            predicate=s.predicate,
            object=object_,
            sentence=tell(schema, s, subject, object_, with_time=with_time),
            status=str(s.status),
            confidence=s.confidence,
            evidence_count=s.evidence_count,
            valid_from=optional_text(s.valid_from),
            valid_to=optional_text(s.valid_to),
            props=dict(s.props),
            evidence=tuple(_citation(e) for e in evidence.get(key, ())),
        )
    return cited


def _citation(evidence: Evidence) -> Citation:
    return Citation(
        document=evidence.document,
        place=evidence.place,
        quote=evidence.quote,
        passage=evidence.passage,
        text=evidence.text,
        start=evidence.start,
        end=evidence.end,
        extractor=evidence.extractor,
        confidence=evidence.confidence,
        recorded=to_text(evidence.recorded),
    )
