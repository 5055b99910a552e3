"""All edges of some relations at once. Nodes go by the server's numbers, statements by the digest
of their triple; what was touched since a revision is not recorded, so everything is read again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any

from kg.model.graph import NOW
from kg.store.bulk import NO_END, NO_START, EdgeRow, merged
from kg.store.neo4j.connection import Connection, Transaction
from kg.store.neo4j.deriving import EVER_AFTER, EVER_BEFORE
from kg.store.neo4j.names import Names, any_of
from kg.store.neo4j.reading import FOLLOW, view_condition

_NODES = 5_000  # whose edges are read together


def read_revision(tx: Transaction) -> int:
    """The number of writes so far."""
    row = tx.first("MATCH (g:GembaStore {name: 'gemba'}) RETURN g.epoch")
    return 0 if row is None else int(row[0])


def read_edges(
    connection: Connection,
    names: Names,
    predicates: Sequence[str],
    statements: Collection[int] | None,
    in_pieces: Collection[str],
) -> Iterator[list[EdgeRow]]:
    """See `ReadsEdges.edges`."""
    places = {names.type_of(predicate): place for place, predicate in enumerate(predicates)}
    if not places:
        return
    where, values = view_condition(NOW)
    broken = set(in_pieces)
    if statements is not None:
        where, values = (
            f"{where} AND r.id IN $statements",
            {
                **values,
                "statements": list(statements),
            },
        )
    query = (
        "MATCH (n:Gemba) WHERE n.key > $after WITH n ORDER BY n.key LIMIT $limit"
        f" OPTIONAL MATCH (n)-[r:{any_of(sorted(places))}]->(x) WHERE {where}"
        " WITH max(n.key) AS last, collect(CASE WHEN r IS NULL THEN null ELSE [r.id, id(n),"
        " type(r), id(x), r.valid_from, r.valid_to, r.gemba_spans] END) AS found RETURN last, found"
    )
    after: str | None = ""
    while after is not None:
        after, rows = connection.read(partial(_page, query, {**values, "after": after}))
        yield [
            (number, subject, places[kind], object_, *span)
            for number, subject, kind, object_, since, until, told in rows
            for span in _spans(since, until, told if names.relation_of(kind) in broken else None)
        ]


def _spans(since: int | None, until: int | None, told: list[int] | None) -> list[tuple[int, int]]:
    """The pieces of a validity; `told` are the bounds of those that there are."""
    if not told:
        return [(NO_START if since is None else since, NO_END if until is None else until)]
    pairs = zip(told[::2], told[1::2], strict=True)
    return merged((NO_START if a == EVER_BEFORE else a, NO_END if b == EVER_AFTER else b)
                  for a, b in pairs)  # fmt: skip


def _page(query: str, values: dict[str, Any], tx: Transaction) -> tuple[str | None, list[Any]]:
    last, rows = tx.one(query, limit=_NODES, **values)
    return last, rows


def read_numbers(tx: Transaction, keys: Collection[str]) -> dict[str, int]:
    """See `ReadsEdges.numbers_of`."""
    rows = tx.rows(
        f"UNWIND $keys AS asked {FOLLOW} MATCH (n:Gemba {{key: key}})"
        " WHERE n.gemba_gone IS NULL RETURN collect([asked, id(n)])",
        keys=list(keys),
    )
    return dict(rows)


def read_keys(tx: Transaction, numbers: Collection[int]) -> dict[int, str]:
    """See `ReadsEdges.keys_of`."""
    rows = tx.rows(
        "UNWIND $numbers AS number MATCH (n:Gemba) WHERE id(n) = number"
        " RETURN collect([number, n.key])",
        numbers=list(numbers),
    )
    return dict(rows)
