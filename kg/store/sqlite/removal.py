"""Taking versions out of the history, as if they had never been read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from kg.store.sqlite.deriving import Stale, chunked, refresh, refresh_statements
from kg.store.sqlite.indexing import sweep_words
from kg.store.sqlite.sweeping import sweep_nodes, sweep_statements
from kg.store.sqlite.transaction import CHUNK, Row, Transaction, run_in
from kg.store.streaks import History

_AT_ONCE = 5_000


def remove_versions(tx: Transaction, versions: Collection[int]) -> None:
    """Forget versions; documents without any are forgotten with their records."""
    tx.forget()
    documents = {
        row[0]
        for row in tx.rows("SELECT DISTINCT document FROM versions WHERE id IN {ids}", versions)
    }
    touched = Stale()
    for document in sorted(documents):
        _remove_from(tx, document, frozenset(versions), touched)
    nodes = _roots(tx, "nodes", touched.nodes) | touched.nodes
    for chunk in chunked(touched.statements, _AT_ONCE):
        for src, dst in tx.rows("SELECT src, dst FROM statements WHERE id IN {ids}", chunk):
            nodes |= {src, dst}
    # What is never told of again is deleted at once; the rest is derived anew.
    stale = Stale(sweep_statements(tx, touched.statements, decisions=True), nodes)
    refresh_statements(tx, stale)
    stale.nodes = sweep_nodes(tx, stale.nodes)
    refresh(tx, Stale(nodes=stale.nodes))
    sweep_words(tx)


def _remove_from(tx: Transaction, document: int, gone: frozenset[int], touched: Stale) -> None:
    connection = tx.connection
    versions = connection.execute(
        "SELECT id, complete FROM versions WHERE document = ? ORDER BY id", (document,)
    ).fetchall()
    history = History(
        [number for number, _ in versions if number not in gone],
        frozenset(number for number, complete in versions if complete),
    )
    if history.staying:
        among = ", ".join(map(str, sorted(gone)))
        _clip_claims(tx, document, history, "evidence", among, touched.statements)
        _clip_claims(tx, document, history, "sightings", among, touched.nodes)
        _clip_passages(tx, document, history)
    else:
        _remove_all(tx, document, touched)
    doomed = [(number,) for number in gone]
    connection.executemany("DELETE FROM versions WHERE id = ?", doomed)
    connection.executemany("DELETE FROM node_before WHERE version = ?", doomed)


def _remove_all(tx: Transaction, document: int, touched: Stale) -> None:
    """Delete a document with everything it ever said."""
    connection = tx.connection
    while True:
        passages = connection.execute(
            "SELECT id, until FROM passages WHERE document = ? LIMIT ?", (document, CHUNK)
        ).fetchall()
        if not passages:
            break
        ids = [row[0] for row in passages]
        for table, subject, subjects in (
            ("evidence", "statement", touched.statements),
            ("sightings", "node", touched.nodes),
        ):
            for number, live in tx.rows(
                f"SELECT {subject}, count(*) - count(until) FROM {table}"
                f" WHERE passage IN {{ids}} GROUP BY {subject}",
                ids,
            ):
                subjects.add(number)
                tx.tally("evidence", -live)
                tx.changes.evidence_retired += live
            run_in(tx, f"DELETE FROM {table} WHERE passage IN {{ids}}", ids)
        live_passages = sum(until is None for _, until in passages)
        tx.tally("passage", -live_passages)
        tx.changes.passages += live_passages
        run_in(tx, "DELETE FROM passage_past WHERE passage IN {ids}", ids)
        run_in(tx, "DELETE FROM passages WHERE id IN {ids}", ids)
    key = connection.execute("SELECT key FROM documents WHERE id = ?", (document,)).fetchone()
    connection.execute("DELETE FROM documents WHERE id = ?", (document,))
    connection.execute("DELETE FROM records WHERE document = ?", key)


_CONTENT = {
    "evidence": 'statement, extractor, start, "end", confidence, accepted, valid_from, valid_to,'
    " props",
    "sightings": "node, extractor, cls, name, props, confidence",
}


def _clip_claims(
    tx: Transaction, document: int, history: History, table: str, among: str, touched: set[int]
) -> None:
    """Shorten, join and delete the streaks of a document's claims.

    A streak that changes begins, ends or was ended in one of the versions `among` those that go;
    one that it joins is in the same passage.
    """
    passages = [
        row[0]
        for row in tx.connection.execute(
            f"SELECT DISTINCT e.passage FROM passages p CROSS JOIN {table} e ON e.passage = p.id"
            f" WHERE p.document = ? AND (e.first IN ({among}) OR e.last IN ({among})"
            f" OR e.until IN ({among}))",
            (document,),
        )
    ]
    for chunk in chunked(passages):
        _clip_chunk(tx, chunk, history, table, touched)


def _clip_chunk(
    tx: Transaction, passages: list[int], history: History, table: str, touched: set[int]
) -> None:
    streaks: dict[Row, list[Row]] = defaultdict(list)
    for row in tx.rows(
        f"SELECT passage, n, first, last, until, {_CONTENT[table]} FROM {table}"
        " WHERE passage IN {ids}",
        passages,
    ):
        streaks[row[0], *row[5:]].append(row[1:5])
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
                changed = changed or before[n][::2] != (first, until)
        if changed:
            touched.add(subject)
        tx.tally("evidence", is_live - was_live)
        tx.changes.evidence_added += is_live and not was_live
        tx.changes.evidence_retired += was_live and not is_live
    tx.connection.executemany(f"DELETE FROM {table} WHERE passage = ? AND n = ?", deletes)
    tx.connection.executemany(
        f"UPDATE {table} SET first = ?, last = ?, until = ? WHERE passage = ? AND n = ?", updates
    )


def _clip_passages(tx: Transaction, document: int, history: History) -> None:
    after = 0
    while True:
        rows = tx.connection.execute(
            "SELECT id, first, last, until, place, text, language, heading FROM passages"
            " WHERE document = ? AND id > ? ORDER BY id LIMIT ?",
            (document, after, CHUNK),
        ).fetchall()
        if not rows:
            return
        _clip_passage_chunk(tx, rows, history)
        after = rows[-1][0]


def _clip_passage_chunk(tx: Transaction, rows: Sequence[Row], history: History) -> None:
    connection = tx.connection
    presently = {row[0]: row[1:] for row in rows}
    streaks: dict[int, list[Row]] = {row[0]: [(*row[1:3], *row[4:])] for row in rows}
    for passage, *streak in tx.rows(
        "SELECT passage, first, last, place, text, language, heading FROM passage_past"
        " WHERE passage IN {ids}",
        presently,
    ):
        streaks[passage].append(tuple(streak))
    gone: list[int] = []
    current: list[Row] = []
    rewritten: list[int] = []
    past: list[Row] = []
    for passage, told in streaks.items():
        kept: list[Row] = []
        for first, last, *content in sorted(told, key=lambda streak: streak[0]):
            clipped = history.clip(first, last)
            if clipped is None:
                continue
            if kept and kept[-1][2:] == tuple(content) and history.follows(kept[-1][1], clipped[0]):
                kept[-1] = (kept[-1][0], clipped[1], *content)
            else:
                kept.append((*clipped, *content))
        if len(told) > 1:
            rewritten.append(passage)
            past.extend((passage, *streak) for streak in kept[:-1])
        was_live = presently[passage][2] is None
        if not kept:
            gone.append(passage)
            is_live = False
        else:
            until = history.until(kept[-1][1])
            is_live = until is None
            now = (*kept[-1][:2], until, *kept[-1][2:])
            if now != presently[passage]:
                current.append((*now, passage))
        tx.tally("passage", is_live - was_live)
        tx.changes.passages += was_live and not is_live
    run_in(tx, "DELETE FROM passage_past WHERE passage IN {ids}", rewritten)
    run_in(tx, "DELETE FROM passages WHERE id IN {ids}", gone)
    connection.executemany(
        "UPDATE passages SET first = ?, last = ?, until = ?, place = ?, text = ?, language = ?,"
        " heading = ? WHERE id = ?",
        current,
    )
    connection.executemany("INSERT INTO passage_past VALUES (?, ?, ?, ?, ?, ?, ?)", past)


def _roots(tx: Transaction, table: str, ids: Iterable[int]) -> set[int]:
    if not tx.has_merges():
        return set(ids)
    return {
        row[0]
        for row in tx.rows(f"SELECT coalesce(root, id) FROM {table} WHERE id IN {{ids}}", ids)
    }
