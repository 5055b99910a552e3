"""The server store keeps the contract, on a real Neo4j of the long-term release."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.neo4j_stores import Neo4jStores
from tests.contracts.store_contract import StoreContract
from tests.neo4j_server import Server


@pytest.fixture
def neo4j_stores(neo4j_server: Server) -> Iterator[Neo4jStores]:
    stores = Neo4jStores(neo4j_server)
    yield stores
    stores.close()


@pytest.mark.neo4j
class TestNeo4jStore(StoreContract):
    stores = "neo4j_stores"
