"""Everything that was ever read, version by version, for export."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kg.model.claims import Batch, Claim, NodeClaim, Passage
from kg.model.errors import Conflict
from kg.store.neo4j import sources
from kg.store.neo4j.connection import Connection, Transaction
from kg.store.neo4j.work import unpack
from kg.store.protocol import Dump

_PASSAGES = 2_000  # per batch


def dump(connection: Connection) -> Iterator[Dump]:
    """Every version in the order in which their reading began.

    What a version said stays as it is while others load, but not while somebody removes a document
    or a run: then Conflict is raised.
    """
    removals = connection.read(_removals)
    found = connection.read(lambda tx: sources.versions(tx, None, in_order_read=True))
    for number, version in found:
        yield Dump(version, _batches(connection, version.document.key, number, removals))
    _check(connection, removals)


def _batches(connection: Connection, key: str, version: int, removals: int) -> Iterator[Batch]:
    found = connection.read(
        lambda tx: tx.first("MATCH (d:GembaDocument {key: $key}) RETURN d.number", key=key)
    )
    document, after = found[0] if found else 0, ""
    while True:
        batch, passages, after = connection.read(partial(_batch, document, version, after))
        _check(connection, removals)
        if batch.passages:
            yield batch
        if passages < _PASSAGES:
            return


def _removals(tx: Transaction) -> int:
    row = tx.first("MATCH (g:GembaStore {name: 'gemba'}) RETURN g.removals")
    return int(row[0]) if row else 0


def _check(connection: Connection, removals: int) -> None:
    if connection.read(_removals) != removals:
        raise Conflict("something was removed from the store while it was read; start again")


def _batch(document: int, version: int, after: str, tx: Transaction) -> tuple[Batch, int, str]:
    """What a version said in some passages, how many were looked at, and the last one's key."""
    rows = tx.rows(
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key > $after"
        " WITH p ORDER BY p.key LIMIT $limit RETURN collect([elementId(p), p.key, p.place, p.text,"
        " p.language, p.heading, p.first, p.last])",
        document=document,
        after=after,
        limit=_PASSAGES,
    )
    looked_at, last = len(rows), rows[-1][1] if rows else after
    told = [row for row in rows if row[6] <= version <= row[7]]
    missing = [row[0] for row in rows if version < row[6]]
    if missing:
        told += tx.rows(
            "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id MATCH (p)-[:EARLIER]->(o)"
            " WHERE o.first <= $version AND o.last >= $version"
            " RETURN collect([id, p.key, o.place, o.text, o.language, o.heading])",
            ids=missing,
            version=version,
        )
    batch = Batch(passages=[Passage(*row[1:6]) for row in told])
    slot = {row[0]: i for i, row in enumerate(told)}
    said = (
        "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id"
        " MATCH (p)<-[:IN_PASSAGE]-(e:{}) WHERE e.first <= $version AND e.last >= $version"
        " RETURN collect([id, {}])"
    )
    ids = list(slot)
    claims = tx.rows(
        said.format("GembaSighting", "e.node, e.cls, e.name, e.props, e.confidence, e.extractor"),
        ids=ids,
        version=version,
    )
    for number, node, cls, name, props, confidence, extractor in claims:
        batch.nodes.append(
            NodeClaim(node, cls, slot[number], name, unpack(props), confidence, extractor)
        )
    claims = tx.rows(
        said.format(
            "GembaEvidence",
            "e.subject, e.predicate, e.object, e.confidence, e.status, e.extractor, e.start,"
            " e.end, e.valid_from, e.valid_to, e.props",
        ),
        ids=ids,
        version=version,
    )
    for number, subject, predicate, obj, *more, props in claims:
        row = [subject, predicate, obj, slot[number], *more, unpack(props) or None]
        batch.claims.append(Claim(*row))
    return batch, looked_at, last
