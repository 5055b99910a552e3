"""What one write transaction works with: the connection, the schema, counters of new rows."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from kg.model.graph import View
from kg.store.protocol import Changes
from kg.store.sqlite.memory import Memory
from kg.store.sqlite.terms import Terms
from ontology.schema import Schema

CHUNK = 500  # how many ids are bound to one statement

Tallied = Literal["node", "statement", "evidence", "passage"]
Row = Any  # a tuple of column values


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one answer works with: a connection that sees one state, terms, the schema."""

    connection: sqlite3.Connection
    terms: Terms
    schema: Schema

    def text(self, term: int) -> str:
        """The text of a term."""
        return self.terms.text(self.connection, term)

    def rows(self, sql: str, ids: Iterable[int | str], *more: object) -> Iterator[Row]:
        """See `select_in`."""
        return select_in(self.connection, sql, ids, *more)

    def simplest(self, view: View) -> View:
        """A view of now where nothing was recorded after the instant that is asked for."""
        if view.as_of is None:
            return view
        newest = self.connection.execute(
            "SELECT max(coalesce((SELECT max(at) FROM versions), ?1),"
            " coalesce((SELECT max(at) FROM decisions), ?1))",
            (view.as_of,),
        ).fetchone()[0]
        return replace(view, as_of=None) if newest <= view.as_of else view


@dataclass(slots=True)
class Transaction:
    """One write transaction. `changes` is what it did to the graph."""

    connection: sqlite3.Connection
    terms: Terms
    schema: Schema
    memory: Memory = field(default_factory=Memory)
    changes: Changes = field(default_factory=Changes)
    version: int | None = None  # the version being written, if any
    tallied: Counter[tuple[Tallied, int]] = field(default_factory=Counter)
    touched: set[int] = field(default_factory=set)  # statements that may be different now
    inserted: list[tuple[int, int]] = field(default_factory=list)  # the first and how many follow
    unindexed: set[str] = field(default_factory=set)  # words that nodes no longer have

    def next_id(self, table: str) -> int:
        """An id above all that are in use."""
        row = self.connection.execute(f"SELECT max(id) FROM {table}").fetchone()
        return int(row[0] or 0) + 1

    def forget(self) -> None:
        """What is remembered may become wrong, and what is learnt in this transaction may too."""
        self.memory.forget()
        self.memory = Memory()

    def tally(self, what: Tallied, by: int, term: int = 0) -> None:
        """Note that there are more, or less, of something that is live."""
        self.tallied[what, term] += by

    def write_tallies(self) -> None:
        """Write what was noted; call once, at the end."""
        self.connection.executemany(
            "INSERT INTO tallies VALUES (?, ?, ?)"
            " ON CONFLICT (what, term) DO UPDATE SET n = n + excluded.n",
            [(what, term, by) for (what, term), by in self.tallied.items() if by],
        )
        self.tallied.clear()

    def has_merges(self) -> bool:
        """Whether any key leads to another."""
        return bool(self.connection.execute("SELECT 1 FROM merges LIMIT 1").fetchone())

    def rows(self, sql: str, ids: Iterable[int | str]) -> Iterator[Row]:
        """Rows of `sql`, whose `{ids}` stands for a list of values, chunk by chunk."""
        return select_in(self.connection, sql, ids)


def run_in(tx: Transaction, sql: str, ids: Iterable[int]) -> None:
    """Run `sql`, whose `{ids}` stands for a list of values, for all of `ids`."""
    wanted = list(ids)
    query = sql.replace("{ids}", "(SELECT value FROM json_each(?))")
    for i in range(0, len(wanted), CHUNK):
        tx.connection.execute(query, (orjson.dumps(wanted[i : i + CHUNK]).decode(),))


def select_in(
    connection: sqlite3.Connection, sql: str, ids: Iterable[int | str], *more: object
) -> Iterator[Row]:
    """Rows of `sql` for all of `ids`; `{ids}` in it becomes `(SELECT value FROM json_each(?))`.

    Values in `more` are bound after the ids.
    """
    wanted = list(ids)
    query = sql.replace("{ids}", "(SELECT value FROM json_each(?))")
    for i in range(0, len(wanted), CHUNK):
        chunk = orjson.dumps(wanted[i : i + CHUNK]).decode()
        yield from connection.execute(query, (chunk, *more)).fetchall()
