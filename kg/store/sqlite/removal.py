"""Taking versions out of the history, as if they had never been read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kg.store.sqlite.deriving import Stale, refresh
from kg.store.sqlite.indexing import remove_texts
from kg.store.sqlite.transaction import Row, Transaction


@dataclass(frozen=True, slots=True)
class History:
    """A document's versions by id: those that stay, and which of them are complete."""

    staying: list[int]
    complete: frozenset[int]

    def clip(self, first: int, last: int) -> tuple[int, int] | None:
        """The part of a streak that stays, if any."""
        low = bisect_left(self.staying, first)
        high = bisect_right(self.staying, last) - 1
        return (self.staying[low], self.staying[high]) if low <= high else None

    def follows(self, last: int, first: int) -> bool:
        """Whether no version lies between the end of one streak and the start of another."""
        return bisect_left(self.staying, first) == bisect_right(self.staying, last)

    def until(self, last: int) -> int | None:
        """The complete version that ended a streak, if any did."""
        after = bisect_right(self.staying, last)
        if after == len(self.staying) or self.staying[after] not in self.complete:
            return None
        return self.staying[after]


def remove_versions(tx: Transaction, versions: Collection[int]) -> None:
    """Forget versions; documents without any are forgotten with their records."""
    tx.memory.forget()
    documents = {
        row[0]
        for row in tx.rows("SELECT DISTINCT document FROM versions WHERE id IN {ids}", versions)
    }
    touched = Stale()
    for document in sorted(documents):
        _remove_from(tx, document, frozenset(versions), touched)
    stale = Stale(_roots(tx, "statements", touched.statements), _roots(tx, "nodes", touched.nodes))
    named = touched.nodes | stale.nodes
    for src, dst in tx.rows(
        "SELECT src, dst FROM statements WHERE id IN {ids}",
        touched.statements | stale.statements,
    ):
        named |= {src, dst}
    refresh(tx, stale)
    sweep_statements(tx, touched.statements, decisions=True)
    sweep_nodes(tx, named)


def _remove_from(tx: Transaction, document: int, gone: frozenset[int], touched: Stale) -> None:
    connection = tx.connection
    versions = connection.execute(
        "SELECT id, complete FROM versions WHERE document = ? ORDER BY id", (document,)
    ).fetchall()
    history = History(
        [number for number, _ in versions if number not in gone],
        frozenset(number for number, complete in versions if complete),
    )
    # What was recorded when may change although nothing else does, so every row is looked at.
    _clip_claims(tx, document, history, "evidence", touched.statements)
    _clip_claims(tx, document, history, "sightings", touched.nodes)
    _clip_passages(tx, document, history)
    doomed = [(number,) for number in gone]
    connection.executemany("DELETE FROM versions WHERE id = ?", doomed)
    connection.executemany("DELETE FROM node_before WHERE version = ?", doomed)
    if not history.staying:
        key = connection.execute("SELECT key FROM documents WHERE id = ?", (document,)).fetchone()
        connection.execute("DELETE FROM documents WHERE id = ?", (document,))
        connection.execute("DELETE FROM records WHERE document = ?", key)


_CONTENT = {
    "evidence": 'statement, extractor, start, "end", confidence, accepted, valid_from, valid_to,'
    " props",
    "sightings": "node, extractor, cls, name, props, confidence",
}


def _clip_claims(
    tx: Transaction, document: int, history: History, table: str, touched: set[int]
) -> None:
    """Shorten, join and delete the streaks of a document's claims."""
    connection = tx.connection
    streaks: dict[Row, list[Row]] = defaultdict(list)
    for row in connection.execute(
        f"SELECT e.passage, e.n, e.first, e.last, e.until, {_CONTENT[table]}"
        f" FROM passages p CROSS JOIN {table} e ON e.passage = p.id WHERE p.document = ?",
        (document,),
    ):
        streaks[(row[0], *row[5:])].append(row[1:5])
    deletes: list[Row] = []
    updates: list[Row] = []
    for content, rows in streaks.items():
        passage, subject = content[0], content[1]
        was_live = any(until is None for _, _, _, until in rows)
        kept: list[list[int]] = []
        for n, first, last, _ in sorted(rows, key=lambda row: row[1]):
            clipped = history.clip(first, last)
            if clipped is None:
                deletes.append((passage, n))
            elif kept and history.follows(kept[-1][2], clipped[0]):
                kept[-1][2] = clipped[1]
                deletes.append((passage, n))
            else:
                kept.append([n, *clipped])
        before = {n: (first, last, until) for n, first, last, until in rows}
        is_live = False
        changed = len(kept) != len(rows)
        for n, first, last in kept:
            until = history.until(last)
            is_live = is_live or until is None
            if before[n] != (first, last, until):
                updates.append((first, last, until, passage, n))
                changed = True
        if changed:
            touched.add(subject)
        tx.tally("evidence", is_live - was_live)
        tx.changes.evidence_added += is_live and not was_live
        tx.changes.evidence_retired += was_live and not is_live
    connection.executemany(f"DELETE FROM {table} WHERE passage = ? AND n = ?", deletes)
    connection.executemany(
        f"UPDATE {table} SET first = ?, last = ?, until = ? WHERE passage = ? AND n = ?", updates
    )


def _clip_passages(tx: Transaction, document: int, history: History) -> None:
    connection = tx.connection
    streaks: dict[int, list[Row]] = defaultdict(list)
    was_live: set[int] = set()
    for row in connection.execute(
        "SELECT id, first, last, place, text, language, heading, until FROM passages"
        " WHERE document = ?",
        (document,),
    ):
        streaks[row[0]].append(row[1:7])
        if row[7] is None:
            was_live.add(row[0])
    for row in connection.execute(
        "SELECT o.passage, o.first, o.last, o.place, o.text, o.language, o.heading"
        " FROM passages p JOIN passage_past o ON o.passage = p.id WHERE p.document = ?",
        (document,),
    ):
        streaks[row[0]].append(row[1:])
    gone: list[Row] = []
    current: list[Row] = []
    rewritten: list[Row] = []
    past: list[Row] = []
    for passage, rows in streaks.items():
        kept: list[Row] = []
        for first, last, *content in sorted(rows, key=lambda row: row[0]):
            clipped = history.clip(first, last)
            if clipped is None:
                continue
            if kept and kept[-1][2:] == tuple(content) and history.follows(kept[-1][1], clipped[0]):
                kept[-1] = (kept[-1][0], clipped[1], *content)
            else:
                kept.append((*clipped, *content))
        if len(rows) > 1:
            rewritten.append((passage,))
        if not kept:
            gone.append((passage,))
        else:
            until = history.until(kept[-1][1])
            current.append((*kept[-1], until, passage))
            past.extend((passage, *row) for row in kept[:-1])
        is_live = bool(kept) and history.until(kept[-1][1]) is None
        tx.tally("passage", is_live - (passage in was_live))
        tx.changes.passages += passage in was_live and not is_live
    connection.executemany("DELETE FROM passage_past WHERE passage = ?", rewritten)
    connection.executemany("DELETE FROM passages WHERE id = ?", gone)
    connection.executemany(
        "UPDATE passages SET first = ?, last = ?, place = ?, text = ?, language = ?, heading = ?,"
        " until = ? WHERE id = ?",
        current,
    )
    connection.executemany("INSERT INTO passage_past VALUES (?, ?, ?, ?, ?, ?, ?)", past)


def _roots(tx: Transaction, table: str, ids: Iterable[int]) -> set[int]:
    return {
        row[0]
        for row in tx.rows(f"SELECT coalesce(root, id) FROM {table} WHERE id IN {{ids}}", ids)
    }


def sweep_statements(tx: Transaction, ids: Iterable[int], *, decisions: bool) -> None:
    """Delete the rows of statements of which nothing was ever said or decided.

    With `decisions`, those on statements of which nothing was ever said are deleted too.
    """
    connection = tx.connection
    speakers = _roots(tx, "statements", ids)
    members: dict[int, list[int]] = {number: [number] for number in speakers}
    for number, root in tx.rows("SELECT id, root FROM statements WHERE root IN {ids}", speakers):
        members[root].append(number)
    everyone = [number for family in members.values() for number in family]
    said = {
        row[0]
        for row in tx.rows(
            "SELECT id FROM statements s WHERE id IN {ids}"
            " AND EXISTS (SELECT 1 FROM evidence e WHERE e.statement = s.id)",
            everyone,
        )
    }
    if decisions:
        connection.executemany(
            "DELETE FROM decisions WHERE statement = ?",
            [(n,) for f in members.values() if not said.intersection(f) for n in f],
        )
    decided = {
        row[0]
        for row in tx.rows("SELECT statement FROM decisions WHERE statement IN {ids}", everyone)
    }
    gone: list[tuple[int]] = []
    for speaker, family in members.items():
        left = [n for n in family if n in said or n in decided]
        gone.extend((n,) for n in family if n not in left and (n != speaker or not left))
    connection.executemany("DELETE FROM statements WHERE id = ?", gone)


def sweep_nodes(tx: Transaction, ids: Iterable[int]) -> None:
    """Delete those nodes that no claim and no statement, live or past, names."""
    family = _roots(tx, "nodes", ids) | set(ids)
    family |= {row[0] for row in tx.rows("SELECT id FROM nodes WHERE root IN {ids}", list(family))}
    for _ in range(2):  # first the redirected ones, then those they led to
        gone: Sequence[Row] = list(
            tx.rows(
                "SELECT n.id FROM nodes n WHERE n.id IN {ids}"
                " AND NOT EXISTS (SELECT 1 FROM sightings s WHERE s.node = n.id)"
                " AND NOT EXISTS (SELECT 1 FROM statements s WHERE s.src = n.id)"
                " AND NOT EXISTS (SELECT 1 FROM statements s WHERE s.dst = n.id)"
                " AND NOT EXISTS (SELECT 1 FROM nodes m WHERE m.root = n.id)",
                list(family),
            )
        )
        tx.connection.executemany("DELETE FROM nodes WHERE id = ?", gone)
        remove_texts(tx, [row[0] for row in gone])
