"""The tables of a store file, and what makes a file one.

Everything is joined by integers; texts that repeat (classes, relations, extractors) stand once in
`terms`. `evidence`, `sightings` and `passages` are *streaks*: a row holds for all versions of its
document from `first` to `last`; `until` is the complete version that no longer said it.

`nodes` and `statements` hold what the live evidence adds up to. A row whose key leads elsewhere
after a merge keeps its own evidence and points to the row that speaks for it by `root`. `tallies`
counts what is live, by class or relation where there is one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from kg.model.errors import StoreUnavailable

APPLICATION_ID = 0x474D4241  # "GMBA", so that other SQLite files are told apart
FORMAT = 1

# Values of statements.state. 0 is a row that is not seen now: no live evidence, or redirected.
HIDDEN, SUGGESTED, ACCEPTED, CONFIRMED, REJECTED = range(5)

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE terms (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE documents (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL,
    sha256 TEXT NOT NULL, recipe TEXT NOT NULL,
    title TEXT NOT NULL, media_type TEXT NOT NULL, language TEXT,
    run TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, label TEXT NOT NULL,
    complete INTEGER NOT NULL, checkpoint TEXT, changes TEXT);
CREATE INDEX versions_document ON versions (document);
CREATE INDEX versions_run ON versions (run);
CREATE INDEX versions_at ON versions (at);

CREATE TABLE passages (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL, key TEXT NOT NULL,
    place TEXT NOT NULL, text TEXT NOT NULL, language TEXT, heading TEXT,
    first INTEGER NOT NULL, last INTEGER NOT NULL, until INTEGER);
CREATE UNIQUE INDEX passages_key ON passages (document, key);
CREATE TABLE passage_past (
    passage INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    place TEXT NOT NULL, text TEXT NOT NULL, language TEXT, heading TEXT,
    PRIMARY KEY (passage, first)) WITHOUT ROWID;

CREATE TABLE nodes (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, cls INTEGER NOT NULL,
    name TEXT, props TEXT, aliases TEXT,
    live INTEGER NOT NULL, born INTEGER, root INTEGER);
CREATE INDEX nodes_class ON nodes (cls, key) WHERE live = 1;
CREATE INDEX nodes_root ON nodes (root) WHERE root IS NOT NULL;

CREATE TABLE statements (
    id INTEGER PRIMARY KEY, src INTEGER NOT NULL, type INTEGER NOT NULL, dst INTEGER NOT NULL,
    state INTEGER NOT NULL, confidence REAL NOT NULL, evidence_count INTEGER NOT NULL,
    recorded INTEGER NOT NULL, valid_from INTEGER, valid_to INTEGER, props TEXT, root INTEGER);
CREATE INDEX statements_out ON statements (src, type, dst, state);
CREATE INDEX statements_in ON statements (dst, type, src, state);
CREATE INDEX statements_root ON statements (root) WHERE root IS NOT NULL;

CREATE TABLE evidence (
    passage INTEGER NOT NULL, n INTEGER NOT NULL, statement INTEGER NOT NULL,
    extractor INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    confidence REAL NOT NULL, accepted INTEGER NOT NULL,
    valid_from INTEGER, valid_to INTEGER, props TEXT,
    first INTEGER NOT NULL, last INTEGER NOT NULL, until INTEGER,
    PRIMARY KEY (passage, n)) WITHOUT ROWID;
CREATE INDEX evidence_statement ON evidence (statement);
CREATE TABLE sightings (
    passage INTEGER NOT NULL, n INTEGER NOT NULL, node INTEGER NOT NULL,
    extractor INTEGER NOT NULL, cls INTEGER NOT NULL, name TEXT, props TEXT,
    confidence REAL NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, until INTEGER,
    PRIMARY KEY (passage, n)) WITHOUT ROWID;
CREATE INDEX sightings_node ON sightings (node);

CREATE TABLE tallies (
    what TEXT NOT NULL, term INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (what, term)) WITHOUT ROWID;
CREATE TABLE node_before (
    version INTEGER NOT NULL, node INTEGER NOT NULL, cls INTEGER NOT NULL, name TEXT, props TEXT,
    PRIMARY KEY (version, node)) WITHOUT ROWID;

CREATE TABLE decisions (
    id INTEGER PRIMARY KEY, statement INTEGER NOT NULL, status TEXT, by TEXT NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX decisions_statement ON decisions (statement);
CREATE INDEX decisions_at ON decisions (at);
CREATE TABLE merges (
    dropped TEXT PRIMARY KEY, kept TEXT NOT NULL, root TEXT NOT NULL, by TEXT NOT NULL,
    at INTEGER NOT NULL, reason TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE records (
    kind TEXT NOT NULL, key TEXT NOT NULL, document TEXT, value BLOB NOT NULL,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX records_document ON records (document) WHERE document IS NOT NULL;
CREATE TABLE logs (
    log TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, payload BLOB NOT NULL,
    previous TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (log, seq)) WITHOUT ROWID;

CREATE VIRTUAL TABLE node_text USING fts5 (
    names, details, cls, tokenize = "ascii tokenchars '-/.#_'");
CREATE TABLE words (
    id INTEGER PRIMARY KEY AUTOINCREMENT, word TEXT NOT NULL UNIQUE,
    length INTEGER NOT NULL, fingerprint INTEGER NOT NULL);
"""

# One function per step, from format n to n + 1; run inside the transaction that opens the store.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}


def is_current(connection: sqlite3.Connection, path: str) -> bool:
    """Whether the tables are there in the present format.

    Raises StoreUnavailable for a file of something else or of a later Gemba.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise StoreUnavailable(
                f"{path} is a SQLite file of another program, not a Gemba store; name another file"
            )
        return False
    if version > FORMAT:
        raise StoreUnavailable(
            f"{path} was written by a newer Gemba (format {version}, this one reads {FORMAT}); "
            "upgrade Gemba to open it"
        )
    return version == FORMAT


def create_or_migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the present format. Runs inside a write transaction."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    else:
        while version < FORMAT:
            MIGRATIONS[version](connection)
            version += 1
    connection.execute(f"PRAGMA user_version = {FORMAT}")
