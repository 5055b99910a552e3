"""Answers about nodes and statements, now (from their rows) or as of an instant (`history`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from heapq import nsmallest

import orjson

from kg.model.graph import EVERY_STATUS, Direction, Node, Statement, View
from kg.model.keys import StatementKey, identity_of
from kg.store.protocol import GroupBy
from kg.store.sqlite.deriving import STATE_OF, STATUS_OF
from kg.store.sqlite.history import nodes_as_of, statements_as_of, touching_as_of
from kg.store.sqlite.packing import unpack, unpack_list
from kg.store.sqlite.resolving import resolve, statement_ids
from kg.store.sqlite.transaction import Row, Snapshot

_AT_ONCE = 5_000  # statements of the past that are worked out together
NODE_COLUMNS = "n.key, n.cls, n.name, n.props, n.aliases"
_STATEMENT_COLUMNS = (
    "s.id, a.key, s.type, b.key, s.state, s.confidence, s.evidence_count, s.recorded,"
    " s.valid_from, s.valid_to, s.props"
)


_ENDS = " CROSS JOIN nodes a ON a.id = s.src CROSS JOIN nodes b ON b.id = s.dst"
_BY_ID = f"SELECT {_STATEMENT_COLUMNS} FROM statements s{_ENDS} WHERE s.id IN {{ids}}"


def to_node(snapshot: Snapshot, row: Row) -> Node:
    """A node from `NODE_COLUMNS`."""
    key, cls, name, props, aliases = row
    return Node(
        key,
        snapshot.text(cls),
        identity_of(key) if name is None else name,
        unpack(props),
        unpack_list(aliases),
    )


def _to_statement(snapshot: Snapshot, row: Row) -> Statement:
    return Statement(
        row[1],
        snapshot.text(row[2]),
        row[3],
        STATUS_OF[row[4]],
        row[5],
        row[6],
        row[7],
        row[8],
        row[9],
        unpack(row[10]),
    )


def view_condition(view: View) -> tuple[str, list[object]]:
    """SQL on `statements s` for what a view of now sees, as far as its row tells.

    A window is met by the hull of all evidence; with several pieces `keep_overlapping` decides.
    """
    states = sorted(STATE_OF[status] for status in view.statuses)
    where = "s.state > 0" if view.statuses == EVERY_STATUS else f"s.state IN ({_numbers(states)})"
    values: list[object] = []
    if view.min_confidence > 0:
        where += " AND s.confidence >= ?"
        values.append(view.min_confidence)
    if view.valid_to is not None:
        where += " AND (s.valid_from IS NULL OR s.valid_from < ?)"
        values.append(view.valid_to)
    if view.valid_from is not None:
        where += " AND (s.valid_to IS NULL OR s.valid_to > ?)"
        values.append(view.valid_from)
    return where, values


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def has_window(view: View) -> bool:
    """Whether a view asks for valid time."""
    return view.valid_from is not None or view.valid_to is not None


def overlapping(snapshot: Snapshot, ids: Iterable[int], view: View) -> set[int]:
    """Those of the statements of which some live evidence meets the view's window."""
    found: set[int] = set()
    end = "CASE WHEN e.valid_to = e.valid_from THEN e.valid_to + 1 ELSE e.valid_to END"
    where, values = "e.until IS NULL", []
    if view.valid_to is not None:
        where += " AND (e.valid_from IS NULL OR e.valid_from < ?)"
        values.append(view.valid_to)
    if view.valid_from is not None:
        where += f" AND (e.valid_to IS NULL OR {end} > ?)"
        values.append(view.valid_from)
    wanted = list(ids)
    for column in ("id", "root"):
        sql = (
            f"SELECT DISTINCT coalesce(s.root, s.id) FROM statements s"
            f" JOIN evidence e ON e.statement = s.id WHERE s.{column} IN {{ids}} AND {where}"
        )
        found.update(row[0] for row in snapshot.rows(sql, wanted, *values))
    return found


def _keep_overlapping(snapshot: Snapshot, rows: Sequence[Row], view: View) -> Sequence[Row]:
    """Statement rows whose evidence meets the window; the hull of one piece is that piece."""
    if not has_window(view):
        return rows
    doubtful = [row[0] for row in rows if row[6] > 1]
    if not doubtful:
        return rows
    found = overlapping(snapshot, doubtful, view)
    return [row for row in rows if row[6] == 1 or row[0] in found]


def get_nodes(
    snapshot: Snapshot,
    keys: Collection[str],
    view: View,
) -> dict[str, Node]:
    """Nodes by the keys asked for."""
    found = resolve(snapshot.connection, keys)
    ids = {number for number, _ in found.values()}
    if view.as_of is not None:
        nodes = nodes_as_of(snapshot, ids, view.as_of)
    else:
        sql = f"SELECT n.id, {NODE_COLUMNS} FROM nodes n WHERE n.id IN {{ids}} AND n.live = 1"
        nodes = {row[0]: to_node(snapshot, row[1:]) for row in snapshot.rows(sql, ids)}
    return {key: nodes[number] for key, (number, _) in found.items() if number in nodes}


def expand(
    snapshot: Snapshot,
    keys: Collection[str],
    predicates: Collection[str] | None,
    direction: Direction,
    *,
    view: View,
    limit_per_node: int | None,
) -> list[Statement]:
    """Statements at nodes; see `Store.expand`."""
    ids = {number for number, _ in resolve(snapshot.connection, keys).values()}
    types = None if predicates is None else snapshot.terms.find(snapshot.connection, predicates)
    if not ids or types == []:
        return []
    found: dict[StatementKey, Statement] = {}
    for column in (
        ("src", "dst") if direction == "both" else ("src",) if direction == "out" else ("dst",)
    ):
        if view.as_of is not None:
            pairs = touching_as_of(snapshot, ids, types, column, view)
        else:
            if limit_per_node is None or has_window(view):
                rows = _touching(snapshot, ids, types, column, view)
            else:
                rows = _most_confident_touching(
                    snapshot, ids, types, column, view, limit=limit_per_node
                )
            pairs = [(row[11], _to_statement(snapshot, row)) for row in rows]
        if limit_per_node is not None:
            pairs = _most_confident(pairs, limit_per_node)
        found.update((statement.key, statement) for _, statement in pairs)
    return [found[key] for key in sorted(found)]


def _touching(
    snapshot: Snapshot,
    ids: Collection[int],
    types: Sequence[int] | None,
    column: str,
    view: View,
) -> Sequence[Row]:
    start, where, values = _at_nodes(ids, types, column, view)
    rows = snapshot.connection.execute(
        f"SELECT {_STATEMENT_COLUMNS}, s.{column} FROM {start}{_ENDS} WHERE {where}", values
    ).fetchall()
    return _keep_overlapping(snapshot, rows, view)


def _most_confident_touching(
    snapshot: Snapshot,
    ids: Collection[int],
    types: Sequence[int] | None,
    column: str,
    view: View,
    *,
    limit: int,
) -> Sequence[Row]:
    """At most `limit` rows per node; what is left out is not read in full."""
    start, where, values = _at_nodes(ids, types, column, view)
    few = f"SELECT {_STATEMENT_COLUMNS}, s.{column} FROM {start}{_ENDS} WHERE {where} LIMIT ?"
    rows = snapshot.connection.execute(few, (*values, limit + 1)).fetchall()
    if len(rows) <= limit:
        return rows
    chosen = snapshot.connection.execute(
        "SELECT id FROM (SELECT s.id AS id, row_number() OVER ("
        f"PARTITION BY s.{column} ORDER BY s.confidence DESC, a.key, t.text, b.key) AS place"
        f" FROM {start}{_ENDS} CROSS JOIN terms t ON t.id = s.type WHERE {where})"
        " WHERE place <= ?",
        (*values, limit),
    )
    sql = _BY_ID.replace(" FROM", f", s.{column} FROM", 1)
    return list(snapshot.rows(sql, [row[0] for row in chosen]))


def _at_nodes(
    ids: Collection[int], types: Sequence[int] | None, column: str, view: View
) -> tuple[str, str, list[object]]:
    """The FROM and WHERE of statements with one of the nodes in a column, and what they bind."""
    where, values = view_condition(view)
    if types is not None:
        where += f" AND s.type IN ({_numbers(types)})"
    index = "statements_out" if column == "src" else "statements_in"
    if len(ids) == 1:
        (number,) = ids
        return (
            f"statements s INDEXED BY {index}",
            f"s.{column} = ? AND {where}",
            [number, *values],
        )
    wanted = orjson.dumps(sorted(ids)).decode()
    start = f"json_each(?) j CROSS JOIN statements s INDEXED BY {index} ON s.{column} = j.value"
    return start, where, [wanted, *values]


def _most_confident(
    pairs: Iterable[tuple[int, Statement]], limit: int
) -> list[tuple[int, Statement]]:
    by_node: dict[int, list[Statement]] = {}
    for node, statement in pairs:
        by_node.setdefault(node, []).append(statement)
    return [
        (node, statement)
        for node, statements in by_node.items()
        for statement in nsmallest(limit, statements, key=lambda s: (-s.confidence, s.key))
    ]


def get_statements(
    snapshot: Snapshot, keys: Collection[StatementKey], view: View
) -> dict[StatementKey, Statement]:
    """Statements by their triples."""
    found = statement_ids(snapshot.connection, snapshot.terms, keys, hidden=view.as_of is not None)
    ids = set(found.values())
    if view.as_of is not None:
        statements = statements_as_of(snapshot, ids, view)
    else:
        where, values = view_condition(view)
        rows = list(snapshot.rows(f"{_BY_ID} AND {where}", ids, *values))
        statements = {
            row[0]: _to_statement(snapshot, row) for row in _keep_overlapping(snapshot, rows, view)
        }
    return {key: statements[number] for key, number in found.items() if number in statements}


def statements_by_id(snapshot: Snapshot, ids: Collection[int]) -> dict[int, Statement]:
    """Statements that are known to be seen now, by the id of their row."""
    return {row[0]: _to_statement(snapshot, row) for row in snapshot.rows(_BY_ID, ids)}


def aggregate(
    snapshot: Snapshot,
    predicates: Collection[str],
    group_by: GroupBy,
    *,
    subjects: Collection[str] | None,
    objects: Collection[str] | None,
    view: View,
    limit: int | None,
) -> list[tuple[str, int]]:
    """Number of statements per group, most first."""
    types = snapshot.terms.find(snapshot.connection, predicates)
    ends = {
        column: {number for number, _ in resolve(snapshot.connection, keys).values()}
        for column, keys in (("src", subjects), ("dst", objects))
        if keys is not None
    }
    if not types or any(not ids for ids in ends.values()):
        return []
    if view.as_of is not None or has_window(view):
        counts = _count_one_by_one(snapshot, types, ends, group_by, view)
    else:
        counts = _count_rows(snapshot, types, ends, group_by, view)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ordered if limit is None else ordered[:limit]


def _count_rows(
    snapshot: Snapshot,
    types: Sequence[int],
    ends: dict[str, set[int]],
    group_by: GroupBy,
    view: View,
) -> dict[str, int]:
    where, values = view_condition(view)
    where += f" AND s.type IN ({_numbers(types)})"
    for column, ids in ends.items():
        where += f" AND s.{column} IN (SELECT value FROM json_each(?))"
        values.append(orjson.dumps(sorted(ids)).decode())
    column = {"predicate": "type", "subject": "src", "object": "dst"}[group_by]
    groups = snapshot.connection.execute(
        f"SELECT s.{column}, count(*) FROM statements s WHERE {where} GROUP BY 1", values
    ).fetchall()
    if group_by == "predicate":
        return {snapshot.text(number): count for number, count in groups}
    keys = dict(
        snapshot.rows("SELECT id, key FROM nodes WHERE id IN {ids}", [row[0] for row in groups])
    )
    return {keys[number]: count for number, count in groups}


def _count_one_by_one(
    snapshot: Snapshot,
    types: Sequence[int],
    ends: dict[str, set[int]],
    group_by: GroupBy,
    view: View,
) -> dict[str, int]:
    where = f"s.type IN ({_numbers(types)})"
    values: list[object] = []
    for column, ids in ends.items():
        where += f" AND s.{column} IN (SELECT value FROM json_each(?))"
        values.append(orjson.dumps(sorted(ids)).decode())
    counts: dict[str, int] = {}
    if view.as_of is not None:
        ids_found = [
            row[0]
            for row in snapshot.connection.execute(
                f"SELECT s.id FROM statements s WHERE s.root IS NULL AND {where}", values
            )
        ]
        for i in range(0, len(ids_found), _AT_ONCE):
            found = statements_as_of(snapshot, ids_found[i : i + _AT_ONCE], view)
            for statement in found.values():
                group = getattr(statement, group_by)
                counts[group] = counts.get(group, 0) + 1
        return counts
    condition, more = view_condition(view)
    column = {"predicate": "t.text", "subject": "a.key", "object": "b.key"}[group_by]
    rows = snapshot.connection.execute(
        f"SELECT s.id, {column}, 0, 0, 0, 0, s.evidence_count FROM statements s"
        " JOIN nodes a ON a.id = s.src JOIN nodes b ON b.id = s.dst JOIN terms t ON t.id = s.type"
        f" WHERE {where} AND {condition}",
        (*values, *more),
    ).fetchall()
    for row in _keep_overlapping(snapshot, rows, view):
        counts[row[1]] = counts.get(row[1], 0) + 1
    return counts
