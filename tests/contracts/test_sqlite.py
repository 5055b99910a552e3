"""The embedded store keeps the contract."""

from __future__ import annotations

from tests.contracts.store_contract import StoreContract


class TestSqliteStore(StoreContract):
    stores = "sqlite_stores"
