"""Where things are said: evidence of statements, claims about nodes, counts, versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kg.model.claims import Document, Run
from kg.model.graph import Evidence, Sighting, Status, View
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Row, Transaction
from kg.store.neo4j.names import Names, quoted, statement_number
from kg.store.neo4j.past import LIVE_AT
from kg.store.neo4j.work import chunked, lead, read_roots, unpack
from kg.store.protocol import Counts, Version

_LIVE_NOW = (
    " WHERE e.until IS NULL MATCH (v:GembaVersion {id: e.first})"
    " OPTIONAL MATCH (u:GembaVersion {id: e.until})"
)
_PASSAGE = "elementId(p), v.document, p.key, p.place, p.text"
_EVIDENCE = (
    " MATCH (e)-[:IN_PASSAGE]->(p)"
    f" RETURN collect([number, {_PASSAGE}, e.start, e.end, e.extractor, v.run, e.confidence,"
    " e.status, v.at, u.at, e.valid_from, e.valid_to, e.props])"
)
_SIGHTINGS = (
    " MATCH (e)-[:IN_PASSAGE]->(p)"
    f" RETURN collect([key, {_PASSAGE}, -1, -1, e.extractor, v.run, e.confidence, 'accepted',"
    " v.at, u.at, null, null, null, e.cls, e.name, e.props])"
)
# Where a passage stood in the last version that was recorded by an instant.
_EARLIER = (
    "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id"
    " OPTIONAL MATCH (p)-[:EARLIER]->(past) WITH p, collect(past) + [p] AS streaks"
    " WHERE size(streaks) > 1 MATCH (d:GembaDocument {number: p.document})"
    " UNWIND streaks AS o WITH p, o, d WHERE EXISTS { MATCH (v:GembaVersion {document: d.key})"
    " WHERE v.id >= o.first AND v.id <= o.last AND v.at <= $at }"
    " RETURN collect([elementId(p), o.first, o.place, o.text])"
)


def evidence_of(
    tx: Transaction,
    keys: Collection[StatementKey],
    limit_per_statement: int | None,
    view: View,
) -> dict[StatementKey, list[Evidence]]:
    """Live evidence, most confident first, then latest recorded."""
    roots = read_roots(tx, {end for key in keys for end in (key.subject, key.object)})
    numbers = {key: statement_number(lead(key, roots)) for key in keys}
    evidence: dict[int, list[Evidence]] = defaultdict(list)
    for some in chunked(sorted(set(numbers.values()))):
        rows = tx.rows(
            "UNWIND $numbers AS number MATCH (e:GembaEvidence {statement: number})"
            + (_LIVE_NOW if view.as_of is None else LIVE_AT)
            + _EVIDENCE,
            numbers=some,
            at=view.as_of,
        )
        contents = _contents_then(tx, rows, view.as_of)
        for row in rows:
            evidence[row[0]].append(_to_evidence(row, contents))
    for pieces in evidence.values():
        pieces.sort(key=_evidence_order)
    return {
        key: evidence[number][:limit_per_statement]
        for key, number in numbers.items()
        if number in evidence
    }


def sightings_of(tx: Transaction, keys: Collection[str], view: View) -> dict[str, list[Sighting]]:
    """Live claims about nodes, in the order in which they are believed."""
    roots = read_roots(tx, keys)
    present = {key: roots.get(key, key) for key in keys}
    sightings: dict[str, list[Sighting]] = defaultdict(list)
    for some in chunked(sorted(set(present.values()))):
        rows = tx.rows(
            "UNWIND $keys AS key MATCH (e:GembaSighting {about: key})"
            + (_LIVE_NOW if view.as_of is None else LIVE_AT)
            + _SIGHTINGS,
            keys=some,
            at=view.as_of,
        )
        contents = _contents_then(tx, rows, view.as_of)
        for row in rows:
            cls, name, props = row[17:]
            sightings[row[0]].append(
                Sighting(row[0], cls, name, unpack(props), _to_evidence(row, contents))
            )
    for claims in sightings.values():
        claims.sort(key=_sighting_order)
    return {key: sightings[root] for key, root in present.items() if root in sightings}


def _contents_then(
    tx: Transaction, rows: Sequence[Row], at: Instant | None
) -> Mapping[str, tuple[str, str]]:
    """Place and text at an instant of those passages that have moved."""
    if at is None or not rows:
        return {}
    found = tx.rows(_EARLIER, ids=sorted({row[1] for row in rows}), at=at)
    return {number: (place, text) for number, _, place, text in sorted(found, key=lambda r: r[:2])}


def _to_evidence(row: Row, contents: Mapping[str, tuple[str, str]]) -> Evidence:
    _, passage, document, key, place, text, start, end, extractor, run = row[:10]
    place, text = contents.get(passage, (place, text))
    return Evidence(
        document=document,
        passage=key,
        place=place,
        quote=text if start < 0 else text[start : len(text) if end < 0 else end],
        text=text,
        start=start,
        end=end,
        extractor=extractor,
        run=run,
        confidence=row[10],
        status=Status(row[11]),
        recorded=row[12],
        retired=row[13],
        valid_from=row[14],
        valid_to=row[15],
        props=unpack(row[16]),
    )


def _evidence_order(e: Evidence) -> tuple[Any, ...]:
    return (
        -e.confidence,
        -e.recorded,
        e.document,
        e.passage,
        e.extractor,
        e.start,
        e.end,
        e.status,
        repr((e.valid_from, e.valid_to, sorted(e.props.items()))),
    )


def _sighting_order(s: Sighting) -> tuple[Any, ...]:
    """The order in which `derive_node` believes claims."""
    e = s.evidence
    props = repr(sorted(s.props.items())) if s.props else ""
    return (
        -e.confidence,
        -e.recorded,
        e.document,
        e.passage,
        e.extractor,
        s.name or "",
        s.cls,
        props,
    )


def count(tx: Transaction, names: Names, types: Collection[str]) -> Counts:
    """How much there is. `types` are all that the store has ever used."""
    nodes = tx.rows(
        "MATCH (n:Gemba) WHERE n.gemba_class IS NOT NULL WITH n.gemba_class AS cls, count(*) AS n"
        " ORDER BY cls RETURN collect([cls, n])"
    )
    statements: dict[str, int] = {}
    for type_name in types:  # each is answered by the server's own counters
        row = tx.first(f"MATCH ()-[r:{quoted(type_name)}]->() RETURN count(r)")
        if row and row[0]:
            statements[names.relation_of(type_name)] = row[0]

    def live(label: str) -> int:
        row = tx.first(f"MATCH (e:{label}) WHERE e.until IS NULL RETURN count(e)")
        return int(row[0]) if row else 0

    documents = tx.first("MATCH (d:GembaDocument) RETURN count(d)")
    return Counts(
        nodes=dict(nodes),
        statements=dict(sorted(statements.items())),
        evidence=live("GembaEvidence") + live("GembaSighting"),
        passages=live("GembaPassage"),
        documents=int(documents[0]) if documents else 0,
    )


def versions(
    tx: Transaction, document: str | None, *, in_order_read: bool = False
) -> list[tuple[int, Version]]:
    """Versions with their numbers."""
    of = "" if document is None else " {document: $document}"
    rows = tx.rows(
        f"MATCH (v:GembaVersion{of}) RETURN collect([v.id, v.document, v.sha256, v.recipe, v.title,"
        " v.media_type, v.language, v.run, v.at, v.by, v.label, v.complete, v.checkpoint])",
        document=document,
    )
    rows.sort(key=lambda row: row[0] if in_order_read else (row[1], row[0]))
    return [
        (row[0], Version(Document(*row[1:7]), Run(*row[7:11]), row[11], row[12])) for row in rows
    ]
