"""What people decided: on statements, and which nodes are the same thing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from kg.model.errors import Conflict, NotFound
from kg.model.graph import Decision, Merge, Status
from kg.model.keys import StatementKey
from kg.store.sqlite.deriving import Stale, refresh
from kg.store.sqlite.identities import (
    add_bare_nodes,
    add_hidden_statements,
    find_nodes,
)
from kg.store.sqlite.indexing import remove_texts
from kg.store.sqlite.resolving import statement_ids
from kg.store.sqlite.sweeping import sweep_nodes, sweep_statements
from kg.store.sqlite.tables import HIDDEN
from kg.store.sqlite.terms import Terms
from kg.store.sqlite.transaction import Row, Transaction, select_in


def decide(tx: Transaction, decisions: Sequence[Decision]) -> None:
    """Record decisions on statements that exist."""
    found = statement_ids(tx.connection, tx.terms, {d.key for d in decisions})
    missing = [d.key for d in decisions if d.key not in found]
    if missing:
        raise NotFound(
            f"there is no statement {' '.join(missing[0])}"
            + (f" (nor {len(missing) - 1} more)" if len(missing) > 1 else ""),
            ids=[key.id for key in missing],
        )
    ids = add_bare_nodes(tx, {k for d in decisions for k in (d.key.subject, d.key.object)}).ids
    triples = {
        d.key: (
            ids[d.key.subject],
            tx.terms.add(tx.connection, d.key.predicate),
            ids[d.key.object],
        )
        for d in decisions
    }
    # A decision stays with the triple it was made on, so that it is right after an unmerge too.
    rows = add_hidden_statements(tx, set(triples.values()))
    tx.connection.executemany(
        "UPDATE statements SET root = ? WHERE id = ? AND id != ?1",
        [(found[key], rows[triple]) for key, triple in triples.items()],
    )
    tx.connection.executemany(
        "INSERT INTO decisions (statement, status, by, at, reason) VALUES (?, ?, ?, ?, ?)",
        [
            (rows[triples[d.key]], d.status and d.status.value, d.by, d.at, d.reason)
            for d in decisions
        ],
    )
    refresh(tx, Stale(statements=set(found.values())))


def read_decisions(
    connection: sqlite3.Connection, terms: Terms, keys: Collection[StatementKey] | None
) -> list[Decision]:
    """Decisions, oldest first; `keys` matches what they lead to."""
    sql = (
        "SELECT d.at, d.id, a.key, s.type, b.key, d.status, d.by, d.reason FROM decisions d"
        " JOIN statements s ON s.id = d.statement JOIN nodes a ON a.id = s.src"
        " JOIN nodes b ON b.id = s.dst"
    )
    if keys is None:
        rows = connection.execute(sql).fetchall()
    else:
        found = statement_ids(connection, terms, keys, hidden=True)
        rows = list(
            select_in(
                connection, f"{sql} WHERE coalesce(s.root, s.id) IN {{ids}}", set(found.values())
            )
        )
    return [
        Decision(
            StatementKey(row[2], terms.text(connection, row[3]), row[4]),
            Status(row[5]) if row[5] else None,
            row[6],
            row[0],
            row[7],
        )
        for row in sorted(rows)
    ]


def merge(tx: Transaction, merges: Sequence[Merge]) -> None:
    """Redirect keys, in order; all of them or none."""
    for one in merges:
        if _root(tx, one.dropped) != one.dropped:
            raise Conflict(
                f"{one.dropped} was merged into {_root(tx, one.dropped)} before; undo that first",
                ids=[one.dropped],
            )
        if _root(tx, one.kept) == one.dropped:
            raise Conflict(
                f"{one.kept} already counts as {one.dropped}; merging them would go in circles",
                ids=[one.kept, one.dropped],
            )
        seq = tx.connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM merges").fetchone()[0]
        tx.connection.execute(
            "INSERT INTO merges (dropped, kept, root, by, at, reason, seq)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (one.dropped, one.kept, _root(tx, one.kept), one.by, one.at, one.reason, seq),
        )
        _redirect(tx, one.dropped, one.dropped)


def unmerge(tx: Transaction, dropped: str) -> None:
    """Take one merge back."""
    root = _root(tx, dropped)
    if root == dropped:
        raise NotFound(f"{dropped} was not merged into anything", ids=[dropped])
    tx.connection.execute("DELETE FROM merges WHERE dropped = ?", (dropped,))
    _redirect(tx, dropped, root)


def read_merges(connection: sqlite3.Connection) -> list[Merge]:
    """Merges in force, oldest first."""
    return [
        Merge(*row)
        for row in connection.execute(
            "SELECT kept, dropped, by, at, reason FROM merges ORDER BY at, seq"
        )
    ]


def _root(tx: Transaction, key: str) -> str:
    while row := tx.connection.execute(
        "SELECT kept FROM merges WHERE dropped = ?", (key,)
    ).fetchone():
        key = row[0]
    return key


def _redirect(tx: Transaction, changed: str, old_root: str) -> None:
    """After a merge of `changed`, or its end: let it and all that lead to it speak anew."""
    tx.forget()
    connection = tx.connection
    family, queue = {changed}, [changed]
    while queue:
        found = connection.execute("SELECT dropped FROM merges WHERE kept = ?", (queue.pop(),))
        for row in found:
            family.add(row[0])
            queue.append(row[0])
    root = _root(tx, changed)
    connection.executemany(
        "UPDATE merges SET root = ? WHERE dropped = ?", [(root, key) for key in family]
    )
    speaking = set(find_nodes(tx, {root, old_root, changed}).ids.values())
    numbers = sorted(find_nodes(tx, family).ids.values())
    if not numbers:
        refresh(tx, Stale(nodes=speaking))  # their names in the text index
        return
    kept = add_bare_nodes(tx, {root}).ids[root]
    connection.executemany(
        "UPDATE nodes SET root = ? WHERE id = ?",
        [(None if number == kept else kept, number) for number in numbers],
    )
    redirected = [(number,) for number in numbers if number != kept]
    for cls, count in tx.rows(
        "SELECT cls, count(*) FROM nodes WHERE id IN {ids} AND live = 1 GROUP BY cls",
        [row[0] for row in redirected],
    ):
        tx.tally("node", -count, cls)
    connection.executemany("UPDATE nodes SET live = 0 WHERE id = ?", redirected)
    remove_texts(tx, [row[0] for row in redirected])
    touched: dict[int, Row] = {
        row[0]: row[1:]
        for column in ("src", "dst")
        for row in tx.rows(
            "SELECT s.id, coalesce(a.root, a.id), s.type, coalesce(b.root, b.id), s.root,"
            " s.src, s.dst FROM statements s JOIN nodes a ON a.id = s.src"
            f" JOIN nodes b ON b.id = s.dst WHERE s.{column} IN {{ids}}",
            numbers,
        )
    }
    speakers = add_hidden_statements(tx, {row[:3] for row in touched.values()})
    stale = Stale(nodes=speaking | {kept, *numbers})
    updates: list[Row] = []
    for number, row in touched.items():
        speaker = speakers[row[:3]]
        stale.statements |= {speaker, row[3] or number}
        stale.nodes |= {row[4], row[5]}
        updates.append((None if speaker == number else speaker, number))
    connection.executemany("UPDATE statements SET root = ? WHERE id = ?", updates)
    silent = {number for root_of, number in updates if root_of is not None}
    for type_, count in tx.rows(
        "SELECT type, count(*) FROM statements WHERE id IN {ids} AND state > 0 GROUP BY type",
        silent,
    ):
        tx.tally("statement", -count, type_)
    connection.executemany(
        "UPDATE statements SET state = ? WHERE id = ?", [(HIDDEN, number) for number in silent]
    )
    tx.touched |= silent
    stale.statements -= silent
    refresh(tx, stale)
    sweep_statements(tx, touched.keys() | stale.statements, decisions=False)
    sweep_nodes(tx, stale.nodes)
