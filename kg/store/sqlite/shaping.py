"""What rows of nodes owe to the ontology: their class and their words in the text index."""

from __future__ import annotations

import hashlib
import sqlite3

import orjson

from kg.model.errors import StoreUnavailable
from kg.store.sqlite.deriving import refresh_nodes
from kg.store.sqlite.transaction import CHUNK, Transaction
from ontology.schema import Schema


def shape_of(schema: Schema) -> str:
    """A digest of that part of an ontology on which rows of nodes depend."""
    classes = sorted((c.name, c.depth, c.kind, c.is_bulk) for c in schema.classes.values())
    told = orjson.dumps([classes, sorted(schema.searchable)])
    return hashlib.sha256(told).hexdigest()


def has_shape(connection: sqlite3.Connection, shape: str) -> bool:
    """Whether the rows were derived with an ontology of this shape."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'shape'").fetchone()
    return row is not None and row[0] == shape


def check_shape(connection: sqlite3.Connection, shape: str) -> None:
    """Raise StoreUnavailable where another program opened the store with another ontology."""
    if not has_shape(connection, shape):
        raise StoreUnavailable(
            "the store was opened with another version of the ontology meanwhile; "
            "start this program again so that both use the same one"
        )


def reshape(tx: Transaction, shape: str) -> None:
    """Derive every node anew, a piece at a time."""
    tx.connection.execute("DELETE FROM words")
    tx.connection.execute("DELETE FROM node_text")
    after = 0
    while True:
        ids = [
            row[0]
            for row in tx.connection.execute(
                "SELECT id FROM nodes WHERE id > ? ORDER BY id LIMIT ?", (after, CHUNK)
            )
        ]
        if not ids:
            break
        refresh_nodes(tx, ids)
        after = ids[-1]
    tx.write_tallies()
    tx.connection.execute("INSERT OR REPLACE INTO meta VALUES ('shape', ?)", (shape,))
