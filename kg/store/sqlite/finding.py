"""Finding nodes by class and properties, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from kg.model.claims import Scalar, Value
from kg.model.graph import Node, View
from kg.store.protocol import Page, Range
from kg.store.sqlite.history import nodes_as_of
from kg.store.sqlite.reading import NODE_COLUMNS, to_node
from kg.store.sqlite.transaction import Row, Snapshot

Where = Mapping[str, Scalar | Range | Sequence[Scalar]]
_PAGE = 500
_LAST = "\U0010ffff"


def find_nodes(
    snapshot: Snapshot,
    classes: Collection[str] | None,
    where: Where | None,
    *,
    key_prefix: str,
    after: str | None,
    limit: int,
    view: View,
) -> Page:
    """Nodes in order of keys; see `Store.find_nodes`."""
    wanted = (
        None
        if classes is None
        else sorted({below for name in classes for below in snapshot.schema.descendants(name)})
    )
    if view.as_of is None:
        candidates = _nodes_now(
            snapshot, wanted, key_prefix, after, limit + 1 if not where else max(limit + 1, _PAGE)
        )
    else:
        candidates = _nodes_then(snapshot, wanted, key_prefix, after, view)
    nodes: list[Node] = []
    for node in candidates:
        if where and not all(matches(node.props.get(name), want) for name, want in where.items()):
            continue
        if len(nodes) == limit:
            return Page(nodes, nodes[-1].key if nodes else after)
        nodes.append(node)
    return Page(nodes, None)


def matches(value: Value | None, want: Scalar | Range | Sequence[Scalar]) -> bool:
    """Whether a property's value is what was asked for. Text is never equal to a number."""
    if value is None:
        return False
    if isinstance(value, list):
        return any(matches(item, want) for item in value)
    if isinstance(want, Range):
        return all(
            bound is None or (_comparable(value, bound) and _is_within(value, bound, is_lower))
            for bound, is_lower in ((want.at_least, True), (want.below, False))
        )
    if isinstance(want, str) or not isinstance(want, Sequence):
        return _equal(value, want)
    return any(_equal(value, one) for one in want)


def _equal(value: Scalar, want: Scalar) -> bool:
    return isinstance(value, bool) == isinstance(want, bool) and value == want


def _comparable(value: Scalar, bound: Scalar) -> bool:
    if isinstance(value, bool) or isinstance(bound, bool):
        return False
    return isinstance(value, str) == isinstance(bound, str)


def _is_within(value: Scalar, bound: Scalar, is_lower: bool) -> bool:
    below = value < bound  # type: ignore[operator]  # both text or both numbers
    return not below if is_lower else below


def _nodes_now(
    snapshot: Snapshot,
    classes: Sequence[str] | None,
    key_prefix: str,
    after: str | None,
    size: int,
) -> Iterator[Node]:
    numbers = None if classes is None else snapshot.terms.find(snapshot.connection, classes)
    while True:
        rows = _page(snapshot, numbers, key_prefix, after, size)
        for row in rows:
            yield to_node(snapshot, row)
        if len(rows) < size:
            return
        after = rows[-1][0]


def _page(
    snapshot: Snapshot,
    classes: Sequence[int] | None,
    key_prefix: str,
    after: str | None,
    size: int,
) -> list[Row]:
    where, values = _key_range(key_prefix, after)
    if classes is None:
        sql = (
            f"SELECT {NODE_COLUMNS} FROM nodes n WHERE n.live = 1 AND {where}"
            " ORDER BY n.key LIMIT ?"
        )
        return snapshot.connection.execute(sql, (*values, size)).fetchall()
    # One ordered range per class, so that the index gives the order and little is read.
    rows: list[Row] = []
    for number in classes:
        sql = (
            f"SELECT {NODE_COLUMNS} FROM nodes n INDEXED BY nodes_class"
            f" WHERE n.live = 1 AND n.cls = ? AND {where} ORDER BY n.key LIMIT ?"
        )
        rows.extend(snapshot.connection.execute(sql, (number, *values, size)))
    rows.sort(key=lambda row: row[0])
    return rows[:size]


def _key_range(key_prefix: str, after: str | None) -> tuple[str, list[object]]:
    # One lower bound only: of two, SQLite would take the first for its index, the lowest key.
    if not key_prefix:
        return "n.key > ?", [after or ""]
    lower, begin = (">", after) if after is not None and after >= key_prefix else (">=", key_prefix)
    return f"n.key {lower} ? AND n.key < ?", [begin, key_prefix + _LAST]


def _nodes_then(
    snapshot: Snapshot,
    classes: Sequence[str] | None,
    key_prefix: str,
    after: str | None,
    view: View,
) -> Iterator[Node]:
    assert view.as_of is not None
    wanted = None if classes is None else frozenset(classes)
    while True:
        where, values = _key_range(key_prefix, after)
        rows = snapshot.connection.execute(
            f"SELECT n.id, n.key FROM nodes n WHERE n.root IS NULL AND {where}"
            " ORDER BY n.key LIMIT ?",
            (*values, _PAGE),
        ).fetchall()
        found = nodes_as_of(snapshot, [row[0] for row in rows], view.as_of)
        for number, _ in rows:
            node = found.get(number)
            if node is not None and (wanted is None or node.cls in wanted):
                yield node
        if len(rows) < _PAGE:
            return
        after = rows[-1][1]
