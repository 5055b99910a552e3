"""Records and hash-chained logs beside the graph."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

import orjson

from kg.model.instants import Instant
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.protocol import JsonValue, KeptRecord, LogEntry
from kg.store.sqlite.packing import pack, unpack


def put_records(
    connection: sqlite3.Connection,
    kind: str,
    records: Mapping[str, JsonValue],
    document: str | None,
) -> None:
    """Store records, replacing those with the same keys."""
    connection.executemany(
        "INSERT OR REPLACE INTO records (kind, key, document, value) VALUES (?, ?, ?, ?)",
        [(kind, key, document, orjson.dumps(value)) for key, value in sorted(records.items())],
    )


def get_records(
    connection: sqlite3.Connection,
    kind: str,
    *,
    keys: Collection[str] | None,
    document: str | None,
    after: str | None,
    limit: int | None,
) -> dict[str, JsonValue]:
    """Records of a kind in order of their keys."""
    where, values = _where(kind, keys, document)
    if after is not None:
        where += " AND key > ?"
        values.append(after)
    rows = connection.execute(
        f"SELECT key, value FROM records WHERE {where} ORDER BY key LIMIT ?",
        (*values, -1 if limit is None else limit),
    )
    return {key: orjson.loads(value) for key, value in rows}


def drop_records(
    connection: sqlite3.Connection,
    kind: str,
    keys: Collection[str] | None,
    document: str | None,
) -> int:
    """Delete records; returns how many."""
    where, values = _where(kind, keys, document)
    return connection.execute(f"DELETE FROM records WHERE {where}", values).rowcount


def _where(
    kind: str, keys: Collection[str] | None, document: str | None
) -> tuple[str, list[object]]:
    where, values = "kind = ?", [kind]
    if keys is not None:
        where += " AND key IN (SELECT value FROM json_each(?))"
        values.append(orjson.dumps(list(keys)).decode())
    if document is not None:
        where += " AND document = ?"
        values.append(document)
    return where, list(values)


def append_log(
    connection: sqlite3.Connection, log: str, payload: Mapping[str, JsonValue], at: Instant
) -> LogEntry:
    """Append to a log. Inside a write transaction, so that the chain has no forks."""
    last = connection.execute(
        "SELECT seq, hash FROM logs WHERE log = ? ORDER BY seq DESC LIMIT 1", (log,)
    ).fetchone()
    seq, previous = (last[0] + 1, last[1]) if last else (1, FIRST_PREVIOUS)
    entry = LogEntry(seq, at, dict(payload), previous, entry_hash(previous, seq, at, payload))
    connection.execute(
        "INSERT INTO logs (log, seq, at, payload, previous, hash) VALUES (?, ?, ?, ?, ?, ?)",
        (log, seq, at, pack(payload) or "{}", previous, entry.hash),
    )
    return entry


def read_log(
    connection: sqlite3.Connection, log: str, after: int, limit: int | None
) -> list[LogEntry]:
    """Entries after the one numbered `after`."""
    rows = connection.execute(
        "SELECT seq, at, payload, previous, hash FROM logs WHERE log = ? AND seq > ?"
        " ORDER BY seq LIMIT ?",
        (log, after, -1 if limit is None else limit),
    )
    return [LogEntry(seq, at, unpack(text), prev, digest) for seq, at, text, prev, digest in rows]


def dump_records(
    connection: sqlite3.Connection, after: tuple[str, str], limit: int
) -> list[KeptRecord]:
    """Records of all kinds that follow one of the kind and key `after`."""
    rows = connection.execute(
        "SELECT kind, key, document, value FROM records WHERE (kind, key) > (?, ?)"
        " ORDER BY kind, key LIMIT ?",
        (*after, limit),
    )
    return [
        KeptRecord(kind, key, document, orjson.loads(value)) for kind, key, document, value in rows
    ]


def logs(connection: sqlite3.Connection) -> list[str]:
    """The names of all logs."""
    return [row[0] for row in connection.execute("SELECT DISTINCT log FROM logs ORDER BY log")]
