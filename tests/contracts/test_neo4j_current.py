"""The current Neo4j release, where a JDK new enough for it is found: a part of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kg.store import Store
from tests.contracts.neo4j_stores import Neo4jStores
from tests.contracts.small_schema import SCHEMA
from tests.contracts.store_contract import StoreContract
from tests.contracts.stores import Stores
from tests.neo4j_server import Server

CONTRACT = StoreContract()
OF_A_STORE: list[Callable[[Store], None]] = [
    CONTRACT.test_a_load_makes_nodes_statements_and_evidence,
    CONTRACT.test_values_come_back_as_they_were,
    CONTRACT.test_a_changed_document_applies_the_difference,
    CONTRACT.test_a_dry_run_tells_the_changes_and_writes_nothing,
    CONTRACT.test_nodes_are_found_by_properties,
    CONTRACT.test_expansion_follows_relation_direction_and_order,
    CONTRACT.test_views_choose_by_status_confidence_and_time,
    CONTRACT.test_search_finds_codes_words_and_two_character_chinese,
    CONTRACT.test_fuzzy_search_forgives_typos,
    CONTRACT.test_a_merge_reads_two_as_one_and_can_be_undone,
    CONTRACT.test_the_past_stays_as_it_was,
]
OF_A_SOURCE: list[Callable[[Stores], None]] = [
    CONTRACT.test_removal_equals_never_having_seen,
    CONTRACT.test_a_changed_ontology_reclassifies_and_reindexes,
    CONTRACT.test_a_log_is_a_chain,
]

pytestmark = pytest.mark.neo4j


@pytest.fixture
def current_stores(current_neo4j_server: Server) -> Iterator[Neo4jStores]:
    stores = Neo4jStores(current_neo4j_server)
    yield stores
    stores.close()


@pytest.mark.parametrize("check", OF_A_STORE, ids=lambda check: check.__name__[5:])
def test_a_store_on_the_current_release(
    check: Callable[[Store], None], current_stores: Neo4jStores
) -> None:
    check(current_stores.new(SCHEMA))


@pytest.mark.parametrize("check", OF_A_SOURCE, ids=lambda check: check.__name__[5:])
def test_stores_on_the_current_release(
    check: Callable[[Stores], None], current_stores: Neo4jStores
) -> None:
    check(current_stores)
