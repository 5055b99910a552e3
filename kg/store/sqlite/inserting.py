"""Many rows into one table.

What is the same in all rows stands in the SQL instead of being bound for each: binding a value
costs as much as storing it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from kg.store.sqlite.transaction import Row


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
    connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(values)})", rows)
