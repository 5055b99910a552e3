"""Which store a text names: a file path is embedded, a `neo4j://` address is a server."""

from __future__ import annotations

from kg.store.protocol import Store
from ontology.schema import Schema

_SERVER_SCHEMES = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")


def open_store(
    url: str, schema: Schema, *, user: str = "neo4j", password: str = "", database: str = "neo4j"
) -> Store:
    """Open the store at `url`, creating an embedded one where the file is not there yet.

    Raises StoreUnavailable where the server does not answer or the file is no Gemba store.
    """
    if url.startswith(_SERVER_SCHEMES):
        from kg.store.neo4j import Neo4jStore

        return Neo4jStore(url, schema, user=user, password=password, database=database)
    from kg.store.sqlite import SqliteStore

    return SqliteStore(url, schema)
