"""From keys to rows, following redirected keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

import orjson

from kg.model.keys import StatementKey
from kg.store.sqlite.terms import Terms
from kg.store.sqlite.transaction import select_in

_ONE = (
    "SELECT id, key FROM nodes"
    " WHERE key = coalesce((SELECT root FROM merges WHERE dropped = ?1), ?1)"
)
_MANY = (
    "SELECT j.value, n.id, n.key FROM json_each(?) j CROSS JOIN nodes n"
    " ON n.key = coalesce((SELECT root FROM merges WHERE dropped = j.value), j.value)"
)


def resolve(
    connection: sqlite3.Connection, keys: Collection[str], *, live: bool = False
) -> dict[str, tuple[int, str]]:
    """Row id and present key of each of `keys` that has a row; with `live`, that is seen now."""
    condition = " AND live = 1" if live else ""
    if len(keys) == 1:
        (key,) = keys
        row = connection.execute(_ONE + condition, (key,)).fetchone()
        return {key: (row[0], row[1])} if row else {}
    wanted = orjson.dumps(list(keys)).decode()
    return {row[0]: row[1:] for row in connection.execute(_MANY + condition, (wanted,))}


def statement_ids(
    connection: sqlite3.Connection,
    terms: Terms,
    keys: Collection[StatementKey],
    *,
    hidden: bool = False,
) -> dict[StatementKey, int]:
    """Rows of the statements that `keys` lead to; with `hidden` also those not seen now."""
    ends = resolve(connection, {end for key in keys for end in (key.subject, key.object)})
    wanted: dict[tuple[int, int, int], list[StatementKey]] = {}
    for key in keys:
        types = terms.find(connection, [key.predicate])
        if types and key.subject in ends and key.object in ends:
            triple = (ends[key.subject][0], types[0], ends[key.object][0])
            wanted.setdefault(triple, []).append(key)
    found: dict[StatementKey, int] = {}
    lookup = (
        "SELECT id FROM statements WHERE src = ? AND type = ? AND dst = ?"
        f" AND (state > 0 OR {int(hidden)})"
    )
    for triple, asked in wanted.items():
        row = connection.execute(lookup, triple).fetchone()
        if row:
            found.update(dict.fromkeys(asked, int(row[0])))
    return found


def member_ids(connection: sqlite3.Connection, table: str, ids: Collection[int]) -> dict[int, int]:
    """Every row that one of `ids` speaks for, itself included, with the one that speaks."""
    members = {number: number for number in ids}
    if connection.execute("SELECT 1 FROM merges LIMIT 1").fetchone():
        sql = f"SELECT id, root FROM {table} WHERE root IN {{ids}}"
        members.update(select_in(connection, sql, list(members)))
    return members
