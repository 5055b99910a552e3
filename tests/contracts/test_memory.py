"""The naive store keeps the contract, else comparing others with it would prove nothing."""

from __future__ import annotations

from tests.contracts.store_contract import StoreContract


class TestMemoryStore(StoreContract):
    stores = "memory_stores"
    test_random_operations_answer_as_the_naive_store = None  # type: ignore[assignment]
