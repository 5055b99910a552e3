"""Records and hash-chained logs beside the graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from kg.model.instants import Instant
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.neo4j.connection import Transaction
from kg.store.neo4j.work import chunked
from kg.store.protocol import JsonValue, KeptRecord, LogEntry


def put_records(
    tx: Transaction, kind: str, records: Mapping[str, JsonValue], document: str | None
) -> None:
    """Store records, replacing those with the same keys."""
    rows = [[key, orjson.dumps(value).decode()] for key, value in sorted(records.items())]
    for some in chunked(rows):
        tx.run(
            "UNWIND $rows AS row MERGE (r:GembaRecord {kind: $kind, key: row[0]})"
            " SET r.value = row[1], r.document = $document",
            rows=some,
            kind=kind,
            document=document,
        )


def get_records(
    tx: Transaction,
    kind: str,
    *,
    keys: Collection[str] | None,
    document: str | None,
    after: str | None,
    limit: int | None,
) -> dict[str, JsonValue]:
    """Records of a kind in order of their keys."""
    where, values = _where(keys, document)
    bound = "" if limit is None else " LIMIT $limit"
    rows = tx.rows(
        f"MATCH (r:GembaRecord {{kind: $kind}}) WHERE {where}"
        f" WITH r ORDER BY r.key{bound} RETURN collect([r.key, r.value])",
        kind=kind,
        after=after or "",
        limit=limit,
        **values,
    )
    return {key: orjson.loads(value) for key, value in rows}


def drop_records(
    tx: Transaction, kind: str, *, keys: Collection[str] | None, document: str | None
) -> int:
    """Delete records; returns how many."""
    where, values = _where(keys, document)
    row = tx.first(
        f"MATCH (r:GembaRecord {{kind: $kind}}) WHERE {where} DELETE r RETURN count(*)",
        kind=kind,
        after="",
        **values,
    )
    assert row is not None
    return int(row[0])


def _where(keys: Collection[str] | None, document: str | None) -> tuple[str, dict[str, Any]]:
    where, values = "r.key >= '' AND ($after = '' OR r.key > $after)", {}
    if keys is not None:
        where += " AND r.key IN $keys"
        values["keys"] = list(keys)
    if document is not None:
        where += " AND r.document = $document"
        values["document"] = document  # type: ignore[assignment]
    return where, values


def append_log(
    tx: Transaction, log: str, payload: Mapping[str, JsonValue], at: Instant
) -> LogEntry:
    """Append to a log. Its own node is the lock, so that the chain has no forks."""
    tx.run("MERGE (l:GembaLog {name: $log}) SET l.locked = true", log=log)
    row = tx.first("MATCH (l:GembaLog {name: $log}) RETURN l.seq, l.hash", log=log)
    assert row is not None
    seq, previous = (row[0] or 0) + 1, row[1] or FIRST_PREVIOUS
    entry = LogEntry(seq, at, dict(payload), previous, entry_hash(previous, seq, at, payload))
    tx.run(
        "MATCH (l:GembaLog {name: $log}) SET l.seq = $seq, l.hash = $hash"
        " CREATE (:GembaLogEntry {log: $log, seq: $seq, at: $at, payload: $payload,"
        " previous: $previous, hash: $hash})",
        log=log,
        seq=seq,
        at=at,
        payload=orjson.dumps(dict(payload), option=orjson.OPT_SORT_KEYS).decode(),
        previous=previous,
        hash=entry.hash,
    )
    return entry


def read_log(tx: Transaction, log: str, after: int, limit: int | None) -> list[LogEntry]:
    """Entries after the one numbered `after`."""
    bound = "" if limit is None else " LIMIT $limit"
    rows = tx.rows(
        "MATCH (e:GembaLogEntry {log: $log}) WHERE e.seq > $after"
        f" WITH e ORDER BY e.seq{bound}"
        " RETURN collect([e.seq, e.at, e.payload, e.previous, e.hash])",
        log=log,
        after=after,
        limit=limit,
    )
    return [
        LogEntry(seq, at, orjson.loads(payload), previous, digest)
        for seq, at, payload, previous, digest in rows
    ]


def dump_records(tx: Transaction, after: tuple[str, str], limit: int) -> list[KeptRecord]:
    """Records of all kinds that follow one of the kind and key `after`."""
    rows = tx.rows(
        "MATCH (r:GembaRecord) WHERE r.kind > $kind OR (r.kind = $kind AND r.key > $key)"
        " WITH r ORDER BY r.kind, r.key LIMIT $limit"
        " RETURN collect([r.kind, r.key, r.document, r.value])",
        kind=after[0],
        key=after[1],
        limit=limit,
    )
    return [
        KeptRecord(kind, key, document, orjson.loads(text)) for kind, key, document, text in rows
    ]


def logs(tx: Transaction) -> list[str]:
    """The names of all logs."""
    return sorted(tx.rows("MATCH (l:GembaLog) RETURN collect(l.name)"))
