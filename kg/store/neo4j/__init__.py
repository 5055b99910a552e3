"""The server store: Neo4j by its official driver."""

from kg.store.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]
