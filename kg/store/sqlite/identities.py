"""Finding and making the rows of nodes and statements by what they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kg.store.sqlite.tables import HIDDEN
from kg.store.sqlite.transaction import Transaction

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node's row, as far as writing needs it. `root` is the row that speaks for it."""

    id: int
    live: bool
    root: int


def find_nodes(tx: Transaction, keys: Iterable[str]) -> dict[str, NodeRow]:
    """Rows of nodes by key, redirected or not."""
    return {
        row[0]: NodeRow(row[1], bool(row[2]), row[3] or row[1])
        for row in tx.rows("SELECT key, id, live, root FROM nodes WHERE key IN {ids}", keys)
    }


def add_bare_nodes(tx: Transaction, keys: Collection[str]) -> dict[str, NodeRow]:
    """Rows for `keys` that say nothing yet; existing ones are taken as they are.

    The row that a redirected key leads to is made too.
    """
    found = find_nodes(tx, keys)
    missing = sorted(set(keys) - found.keys())
    if not missing:
        return found
    roots = (
        dict(tx.rows("SELECT dropped, root FROM merges WHERE dropped IN {ids}", missing))
        if tx.has_merges()
        else {}
    )
    if roots:
        kept = add_bare_nodes(tx, set(roots.values()))
    number = tx.next_id("nodes")
    rows = []
    for key in missing:
        root = kept[roots[key]].id if key in roots else None
        cls = tx.terms.add(tx.connection, tx.schema.class_of_key(key))
        rows.append((number, key, cls, 0, root))
        found[key] = NodeRow(number, False, root or number)
        number += 1
    tx.connection.executemany(
        "INSERT INTO nodes (id, key, cls, live, root) VALUES (?, ?, ?, ?, ?)", rows
    )
    return found


def find_statements(
    tx: Transaction, triples: Collection[Triple]
) -> dict[Triple, tuple[int, int, int]]:
    """Rows of statements by their own triple: id, state, and the row that speaks for it."""
    connection = tx.connection
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS wanted_triples"
        " (src INTEGER NOT NULL, type INTEGER NOT NULL, dst INTEGER NOT NULL)"
    )
    connection.execute("DELETE FROM wanted_triples")
    connection.executemany("INSERT INTO wanted_triples VALUES (?, ?, ?)", sorted(triples))
    return {
        (row[0], row[1], row[2]): (row[3], row[4], row[5] or row[3])
        for row in connection.execute(
            "SELECT s.src, s.type, s.dst, s.id, s.state, s.root FROM wanted_triples w"
            " CROSS JOIN statements s INDEXED BY statements_out"
            " ON s.src = w.src AND s.type = w.type AND s.dst = w.dst"
        )
    }


def add_hidden_statements(tx: Transaction, triples: Collection[Triple]) -> dict[Triple, int]:
    """Ids of statements, new ones made without anything to say; what they become is derived."""
    found = {triple: row[0] for triple, row in find_statements(tx, triples).items()}
    number = tx.next_id("statements")
    rows = []
    for triple in sorted(set(triples) - found.keys()):
        rows.append((number, *triple, HIDDEN, 0.0, 0, 0))
        found[triple] = number
        number += 1
    tx.connection.executemany(
        "INSERT INTO statements (id, src, type, dst, state, confidence, evidence_count, recorded)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    return found
