"""Many rows into one table.

What is the same in all rows stands in the SQL instead of being bound for each: binding a value
costs as much as storing it. One SQL statement inserts many rows, because starting one costs a
third of what inserting a row does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain

from kg.store.sqlite.transaction import Row

_TOGETHER = 100  # rows; more gain nothing
_MOST_VALUES = 900  # that one SQL statement binds; every build of SQLite takes so many


def insert(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    same: Mapping[str, int | float | None],
) -> None:
    """Insert `rows` of `columns`; the columns of `same` have one value in all of them."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in (*columns, *same))
    values = ["?"] * len(columns)
    values += ["NULL" if value is None else repr(value) for value in same.values()]
    row = f"({', '.join(values)})"
    sql = f"INSERT INTO {table} ({names}) VALUES "
    size = max(1, min(_TOGETHER, _MOST_VALUES // len(columns)))
    whole = len(rows) - len(rows) % size
    flat = chain.from_iterable
    connection.executemany(
        sql + ", ".join([row] * size),
        (tuple(flat(rows[at : at + size])) for at in range(0, whole, size)),
    )
    connection.executemany(sql + row, rows[whole:])
