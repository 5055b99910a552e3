"""Finding and making the rows of nodes and statements by what they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from kg.store.sqlite.tables import HIDDEN
from kg.store.sqlite.transaction import Transaction

Triple = tuple[int, int, int]


@dataclass(slots=True)
class NodeRows:
    """Rows of nodes by key. What is not in `roots` speaks for itself; `dead` are not seen now."""

    ids: dict[str, int] = field(default_factory=dict)
    roots: dict[int, int] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)

    def root(self, number: int) -> int:
        """The row that speaks for a row."""
        return self.roots.get(number, number)


def find_nodes(tx: Transaction, keys: Iterable[str]) -> NodeRows:
    """Rows of those of `keys` that have one, redirected or not."""
    wanted = set(keys)
    rows = NodeRows(tx.memory.nodes.find(wanted))
    for key, number, live, root in tx.rows(
        "SELECT key, id, live, root FROM nodes WHERE key IN {ids}", wanted - rows.ids.keys()
    ):
        rows.ids[key] = number
        if root is not None:
            rows.roots[number] = root
        elif not live:
            rows.dead.add(number)
        else:
            tx.memory.nodes.put(key, number)
    return rows


def add_bare_nodes(tx: Transaction, keys: Collection[str]) -> NodeRows:
    """Rows for `keys` that say nothing yet; existing ones are taken as they are.

    The row that a redirected key leads to is made too.
    """
    found = find_nodes(tx, keys)
    missing = sorted(set(keys) - found.ids.keys())
    if not missing:
        return found
    leads: dict[str, str] = {}
    kept: dict[str, int] = {}
    if tx.has_merges():
        leads = dict(tx.rows("SELECT dropped, root FROM merges WHERE dropped IN {ids}", missing))
        kept = add_bare_nodes(tx, set(leads.values())).ids if leads else {}
        missing = [key for key in missing if key not in kept]
        found.ids.update((key, number) for key, number in kept.items() if key in keys)
        found.dead |= set(kept.values())
    number = tx.next_id("nodes")
    added = []
    for key in missing:
        root = kept[leads[key]] if key in leads else None
        cls = tx.terms.add(tx.connection, tx.schema.class_of_key(key))
        added.append((number, key, cls, 0, root))
        found.ids[key] = number
        if root is not None:
            found.roots[number] = root
        else:
            found.dead.add(number)
        number += 1
    tx.connection.executemany(
        "INSERT INTO nodes (id, key, cls, live, root) VALUES (?, ?, ?, ?, ?)", added
    )
    return found


def find_statements(
    tx: Transaction, triples: Collection[Triple]
) -> dict[Triple, tuple[int, int, int]]:
    """Rows of statements by their own triple: id, state, and the row that speaks for it."""
    if not triples:
        return {}
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
        rows.append((number, *triple, HIDDEN))
        found[triple] = number
        number += 1
    tx.connection.executemany(
        "INSERT INTO statements (id, src, type, dst, state, confidence, evidence_count, recorded)"
        " VALUES (?, ?, ?, ?, ?, 0.0, 0, 0)",
        rows,
    )
    return found
