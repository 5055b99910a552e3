"""Finding nodes by class and properties, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from kg.model.claims import Scalar
from kg.model.graph import Node, View
from kg.store.matching import matches
from kg.store.neo4j.connection import Transaction
from kg.store.neo4j.names import Names, any_of, property_name
from kg.store.neo4j.past import nodes_as_of
from kg.store.neo4j.reading import NODE, to_node
from kg.store.protocol import Page, Range

Where = Mapping[str, Scalar | Range | Sequence[Scalar]]
_PAGE = 500
_LAST = "\U0010ffff"


def find_nodes(
    tx: Transaction,
    names: Names,
    classes: Collection[str] | None,
    where: Where,
    *,
    key_prefix: str,
    after: str | None,
    limit: int,
    view: View,
) -> Page:
    """Nodes in order of keys; see `Store.find_nodes`."""
    if view.as_of is None:
        found = _find_now(tx, classes, where, key_prefix=key_prefix, after=after, size=limit + 1)
    else:
        found = []
        below = (
            None
            if classes is None
            else frozenset().union(*(names.schema.descendants(name) for name in classes))
        )
        for node in _nodes_then(tx, names, key_prefix, after, view):
            if (below is None or node.cls in below) and all(
                matches(node.props.get(name), want) for name, want in where.items()
            ):
                found.append(node)
                if len(found) > limit:
                    break
    if len(found) > limit:
        return Page(found[:limit], found[limit - 1].key if limit else after)
    return Page(found, None)


def _find_now(
    tx: Transaction,
    classes: Collection[str] | None,
    where: Where,
    *,
    key_prefix: str,
    after: str | None,
    size: int,
) -> list[Node]:
    if classes is not None and not classes:
        return []
    conditions, values = _key_range(key_prefix, after)
    conditions.append("n.gemba_gone IS NULL")
    if classes is not None:
        conditions.append(f"n:{any_of(sorted(classes))}")
    for number, (name, want) in enumerate(where.items()):
        conditions.append(_condition(number, want, values))
        values[f"p{number}"] = property_name(name)
    rows = tx.rows(
        f"MATCH (n:Gemba) WHERE {' AND '.join(conditions)}"
        f" WITH n ORDER BY n.key LIMIT $size RETURN collect({NODE})",
        size=size,
        **values,
    )
    return [to_node(stored) for stored in rows]


def _condition(number: int, want: Scalar | Range | Sequence[Scalar], values: dict[str, Any]) -> str:
    """Cypher for what `matches` says of property `$p<number>`. A list is as good as its items."""
    items = f"(n[$p{number}] + [])"
    if isinstance(want, Range):
        bounds = []
        for name, bound, sign in (("low", want.at_least, ">="), ("high", want.below, "<")):
            if isinstance(bound, bool):
                return "false"
            if bound is not None:
                values[f"{name}{number}"] = bound
                bounds.append(f"x {sign} ${name}{number}")
        return f"any(x IN {items} WHERE {' AND '.join(bounds) or 'true'})"
    values[f"v{number}"] = [want] if isinstance(want, str | int | float) else list(want)
    return f"any(x IN {items} WHERE x IN $v{number})"


def _key_range(key_prefix: str, after: str | None) -> tuple[list[str], dict[str, Any]]:
    conditions, values = ["n.key > $after"], {"after": after or ""}
    if key_prefix:
        conditions.append("n.key STARTS WITH $prefix")
        values["prefix"] = key_prefix
    return conditions, dict(values)


def _nodes_then(
    tx: Transaction, names: Names, key_prefix: str, after: str | None, view: View
) -> Iterator[Node]:
    assert view.as_of is not None
    while True:
        conditions, values = _key_range(key_prefix, after)
        keys = tx.rows(
            f"MATCH (n:Gemba) WHERE {' AND '.join(conditions)}"
            " WITH n.key AS key ORDER BY key LIMIT $size RETURN collect(key)",
            size=_PAGE,
            **values,
        )
        found = nodes_as_of(tx, names, keys, view.as_of)
        yield from (found[key] for key in keys if key in found)
        if len(keys) < _PAGE:
            return
        after = keys[-1]
