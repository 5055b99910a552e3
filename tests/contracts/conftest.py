"""Fixtures `<package>_stores`, one per implementation of the storage protocol."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.stores import MemoryStores, SqliteStores, Stores


@pytest.fixture
def sqlite_stores(tmp_path: Path) -> Iterator[Stores]:
    stores = SqliteStores(tmp_path)
    yield stores
    stores.close()


@pytest.fixture
def memory_stores() -> Stores:
    return MemoryStores()
