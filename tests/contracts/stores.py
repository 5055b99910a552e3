"""Where the contract suite gets stores from: one class per implementation.

To put a store under contract: subclass `Stores`, give an instance in a fixture `<package>_stores`,
and subclass `StoreContract` in `test_<package>.py`, naming that fixture.
"""

from __future__ import annotations

from pathlib import Path

from kg.store import Store
from kg.store.sqlite import SqliteStore
from ontology.schema import Schema
from tests.oracle import MemoryStore


class Stores:
    """Opens stores of one kind; only the latest empty one has to be alive.

    A subclass says how to `_create` an empty one and how to `_open` the latest once more.
    """

    examples = 60  # of random operations; GEMBA_CONTRACT_EXAMPLES asks for more

    def __init__(self) -> None:
        self._opened: list[Store] = []

    def new(self, schema: Schema) -> Store:
        """An empty store; those given before are closed and gone."""
        self.close()
        return self._keep(self._create(schema))

    def again(self, schema: Schema) -> Store:
        """The latest store, opened once more as another program would."""
        return self._keep(self._open(schema))

    def close(self) -> None:
        """Close all."""
        while self._opened:
            self._opened.pop().close()

    def _keep(self, store: Store) -> Store:
        self._opened.append(store)
        return store

    def _create(self, schema: Schema) -> Store:
        raise NotImplementedError

    def _open(self, schema: Schema) -> Store:
        raise NotImplementedError


class SqliteStores(Stores):
    """Each store in a file of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._count = 0

    def _create(self, schema: Schema) -> Store:
        for old in self._folder.iterdir():
            old.unlink()
        self._count += 1
        return self._open(schema)

    def _open(self, schema: Schema) -> Store:
        return SqliteStore(self._folder / f"plant-{self._count}.db", schema)


class MemoryStores(Stores):
    """The naive store, so that the suite and it keep each other honest."""

    def _create(self, schema: Schema) -> Store:
        self._store = MemoryStore(schema)
        return self._store

    def _open(self, schema: Schema) -> Store:
        self._store.ensure_schema(schema)
        return self._store
