"""What the writer remembers between transactions: never more than a bounded part."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from kg.store.sqlite.sums import NodeSum, StatementSum

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

HEAVY = 32  # claims; what fewer of them add up to is read again each time


class Recent(Generic[K, V]):
    """A mapping that forgets what was not used for a while: at most `size` entries.

    It has two generations; when the young one is half of `size`, the old one is dropped.
    """

    def __init__(self, size: int) -> None:
        self._half = max(1, size // 2)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value of `key`, if it is remembered."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def find(self, keys: Iterable[K]) -> dict[K, V]:
        """Those of `keys` that are remembered."""
        return {key: value for key in keys if (value := self.get(key)) is not None}

    def put(self, key: K, value: V) -> None:
        """Remember `key`."""
        if len(self._young) >= self._half and key not in self._young:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self._young, self._old = {}, {}


class Memory:
    """Ids of nodes by key, and what heavy statements and nodes add up to.

    True only as long as nobody else writes: `refresh` forgets what another program's commit may
    have made wrong; whoever changes the graph in other ways than by adding calls `forget`.
    """

    def __init__(self) -> None:
        self.nodes: Recent[str, int] = Recent(200_000)  # those that are live and not redirected
        self.statement_sums: Recent[int, StatementSum] = Recent(5_000)
        self.node_sums: Recent[int, NodeSum] = Recent(5_000)
        self.words: Recent[str, bool] = Recent(100_000)  # those that are in the vocabulary
        self._data_version: int | None = None

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Call at the start of every write transaction."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self.forget()
            self._data_version = version

    def forget(self) -> None:
        """Remember nothing."""
        self.nodes.clear()
        self.statement_sums.clear()
        self.node_sums.clear()
        self.words.clear()
