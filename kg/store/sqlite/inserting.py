"""Many rows into one table.

What is the same in all rows stands in the SQL instead of being bound for each: binding a value
costs as much as storing it. One SQL statement inserts many rows, because starting one costs a
third of what inserting a row does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from kg.store.sqlite.transaction import Row

_TOGETHER = 100  # rows; more gain nothing
_PLAIN = (int, float, bool, type(None))
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
    if whole:
        flat, width = list(chain.from_iterable(rows)), size * len(columns)
        connection.executemany(
            sql + ", ".join([row] * size),
            (flat[at : at + width] for at in range(0, whole * len(columns), width)),
        )
    connection.executemany(sql + row, rows[whole:])


def insert_columns(
    connection: sqlite3.Connection,
    table: str,
    columns: Mapping[str, Sequence[Any]],
    same: Mapping[str, int | float | None],
) -> None:
    """Insert rows told column by column, all of one length; see `insert` for `same`.

    A number, or None, that fills a whole column is not bound either.
    """
    size = len(next(iter(columns.values())))
    if not size:
        return
    fixed, told = dict(same), dict(columns)
    for name, column in columns.items():
        value = column[0]
        may_be_same = value.__class__ in _PLAIN and value == column[-1] and len(told) > 1
        if may_be_same and column.count(value) == size:
            del told[name]
            fixed[name] = int(value) if value.__class__ is bool else value
    insert(connection, table, tuple(told), list(zip(*told.values(), strict=True)), fixed)
