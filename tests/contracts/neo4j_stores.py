"""Neo4j under contract: all stores of a test run share one server, and wipe what they made."""

from __future__ import annotations

from kg.store import Store
from kg.store.neo4j import Neo4jStore
from ontology.schema import Schema
from tests.contracts.stores import Stores
from tests.neo4j_server import Server, wipe


class Neo4jStores(Stores):
    """Each store in the one database that Neo4j Community has."""

    examples = 10  # a step takes a server twenty times as long as a file

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def _create(self, schema: Schema) -> Store:
        wipe(self._server)
        return self._open(schema)

    def _open(self, schema: Schema) -> Store:
        server = self._server
        return Neo4jStore(
            server.url, schema, user=server.user, password=server.password, retry_seconds=5.0
        )
