"""All edges of some relations at once, and a short memory of which statements were touched.

Each transaction that touches statements gets a revision and leaves a note of which: the numbers of
those that it derived anew, and the range of those that it inserted. Notes are kept for a while
(`_NOTES`); whoever is further behind, or finds a transaction that touched too many, reads all.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from kg.model.graph import NOW
from kg.store.bulk import NO_END, NO_START, EdgeRow, EdgesChanged, merged
from kg.store.sqlite.reading import view_condition
from kg.store.sqlite.resolving import member_ids
from kg.store.sqlite.transaction import Row, Snapshot, Transaction, select_in

_NOTES = 1_000
_TOO_MANY = 200_000  # statements, of which it is quicker to read all edges
_AT_ONCE = 50_000


def note_revision(tx: Transaction) -> None:
    """Record what a transaction touched; call once, at its end."""
    if not (tx.touched or tx.inserted):
        return
    revision = read_revision(tx.connection) + 1
    count = len(tx.touched) + sum(count for _, count in tx.inserted)
    note = None
    if count <= _TOO_MANY:
        note = array("q", [end for span in tx.inserted for end in span] + [0, 0]).tobytes()
        note += array("q", sorted(tx.touched)).tobytes()
    tx.connection.executemany(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)",
        [("revision", revision), (_name(revision), note)],
    )
    tx.connection.execute("DELETE FROM meta WHERE key = ?", (_name(revision - _NOTES),))


def read_revision(connection: sqlite3.Connection) -> int:
    """The number of transactions that touched statements."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
    return 0 if row is None else int(row[0])


def changed_edges(connection: sqlite3.Connection, since: int) -> EdgesChanged | None:
    """See `ReadsEdges.changed_edges`."""
    revision = read_revision(connection)
    if not 0 <= revision - since < _NOTES:
        return None
    notes = connection.execute(
        "SELECT value FROM meta WHERE key > ? AND key <= ?", (_name(since), _name(revision))
    ).fetchall()
    if len(notes) != revision - since:
        return None
    touched: set[int] = set()
    for (note,) in notes:
        if note is None:
            return None
        numbers = array("q")
        numbers.frombytes(note)
        at = 0
        while numbers[at + 1]:
            touched.update(range(numbers[at], numbers[at] + numbers[at + 1]))
            at += 2
        touched.update(numbers[at + 2 :])
        if len(touched) > _TOO_MANY:
            return None
    return EdgesChanged(revision, sorted(touched))


def read_edges(
    snapshot: Snapshot,
    predicates: Sequence[str],
    statements: Collection[int] | None,
    in_pieces: Collection[str],
) -> Iterator[list[EdgeRow]]:
    """See `ReadsEdges.edges`."""
    places = {
        found[0]: place
        for place, predicate in enumerate(predicates)
        if (found := snapshot.terms.find(snapshot.connection, [predicate]))
    }
    if not places:
        return
    where, values = view_condition(NOW)
    broken = [str(term) for term, place in places.items() if predicates[place] in in_pieces]
    cases = " ".join(f"WHEN {term} THEN {place}" for term, place in places.items())
    sql = (
        f"SELECT s.id, s.src, CASE s.type {cases} END, s.dst,"
        f" coalesce(s.valid_from, {NO_START}), coalesce(s.valid_to, {NO_END}),"
        f" s.evidence_count > 1 AND s.type IN ({', '.join(broken)}) FROM statements s"
        f" WHERE s.type IN ({', '.join(map(str, places))}) AND {where}"
    )
    read: Iterator[list[Row]]
    if statements is not None:
        asked = sorted(statements)
        rows = select_in(snapshot.connection, f"{sql} AND s.id IN {{ids}}", asked, *values)
        read = _portions(rows)
    else:
        read = _fetched(snapshot.connection.execute(sql, values))
    for portion in read:
        yield _in_pieces(snapshot, portion)


def _fetched(cursor: sqlite3.Cursor) -> Iterator[list[Row]]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield rows


def _in_pieces(snapshot: Snapshot, rows: list[Row]) -> list[EdgeRow]:
    """The rows, those that may have holes in their validity replaced by one for each piece."""
    doubtful = [row[0] for row in rows if row[6]]
    if not doubtful:
        return [row[:6] for row in rows]
    members = member_ids(snapshot.connection, "statements", doubtful)
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for statement, start, end in snapshot.rows(
        f"SELECT e.statement, coalesce(e.valid_from, {NO_START}), coalesce(CASE WHEN e.valid_to ="
        f" e.valid_from THEN e.valid_to + 1 ELSE e.valid_to END, {NO_END}) FROM evidence e"
        " WHERE e.statement IN {ids} AND e.until IS NULL",
        members,
    ):
        spans[members[statement]].append((start, end))
    return [
        (*row[:4], *span)
        for row in rows
        for span in (merged(spans[row[0]]) if row[6] and row[0] in spans else [row[4:6]])
    ]


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    portion: list[Row] = []
    for row in rows:
        portion.append(row)
        if len(portion) >= _AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def read_keys(connection: sqlite3.Connection, numbers: Collection[int]) -> dict[int, str]:
    """See `ReadsEdges.keys_of`."""
    return dict(select_in(connection, "SELECT id, key FROM nodes WHERE id IN {ids}", numbers))


def _name(revision: int) -> str:
    return f"change:{max(revision, 0):015d}"
