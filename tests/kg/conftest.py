"""Stores for tests of answers: the naive one and a real one, which must answer alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.store.protocol import Store
from kg.store.sqlite import SqliteStore
from tests.kg.plants import schema
from tests.oracle import MemoryStore


@pytest.fixture(params=["memory", "sqlite"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    store: Store = (
        MemoryStore(schema())
        if request.param == "memory"
        else SqliteStore(tmp_path / "plant.db", schema())
    )
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty embedded store."""
    store = SqliteStore(tmp_path / "plant.db", schema())
    yield store
    store.close()
