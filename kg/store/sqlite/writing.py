"""Writing one batch: passages, nodes, statements, and the claims that support them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg.model.claims import Batch, Passage
from kg.model.instants import Instant
from kg.store.sqlite.inserting import insert_columns
from kg.store.sqlite.transaction import Row, Transaction, run_in


@dataclass(frozen=True, slots=True)
class Reading:
    """The version being written: ids of its rows, when it was recorded, the version before."""

    key: str
    document: int
    version: int
    at: Instant
    before: int  # 0 where there is none


@dataclass(frozen=True, slots=True)
class Writing:
    """A batch whose passages are stored: `passages` are their ids, in the batch's order.

    `known` are those that had been stored before; only these can have claims already.
    """

    tx: Transaction
    reading: Reading
    batch: Batch
    passages: Sequence[int] = field(default_factory=list)
    known: frozenset[int] = frozenset()

    def number(self, table: str, passages: Iterable[int]) -> list[int]:
        """Numbers for new claims of `passages` in `table`: each passage counts its own."""
        sql = f"SELECT passage, max(n) + 1 FROM {table} WHERE passage IN {{ids}} GROUP BY passage"
        next_of: dict[int, int] = dict(self.tx.rows(sql, self.known))
        numbers: list[int] = []
        for passage in passages:
            n = next_of.get(passage, 0)
            next_of[passage] = n + 1
            numbers.append(n)
        return numbers


def write_passages(tx: Transaction, reading: Reading, batch: Batch) -> Writing:
    """Store the passages of a batch."""
    connection, version = tx.connection, reading.version
    first_of: dict[str, Passage] = {}
    for passage in batch.passages:
        first_of.setdefault(passage.key, passage)
    ids: dict[str, int] = {}
    known: list[int] = []
    renewed: list[Row] = []
    moved: list[Row] = []
    past: list[Row] = []
    for row in tx.rows(
        "SELECT key, id, first, last, until, place, text, language, heading FROM passages"
        f" WHERE document = {reading.document} AND key IN {{ids}}",
        first_of,
    ):
        key, number, first, last, until = row[:5]
        ids[key] = number
        known.append(number)
        if last == version:
            continue
        tx.changes.passages += 1
        content = first_of[key][1:]
        tx.tally("passage", int(until is not None))
        if last == reading.before and content == row[5:]:
            renewed.append((version, number))
        else:
            past.append((number, first, last, *row[5:]))
            moved.append((version, version, *content, number))
    connection.executemany("UPDATE passages SET last = ? WHERE id = ?", renewed)
    connection.executemany("INSERT INTO passage_past VALUES (?, ?, ?, ?, ?, ?, ?)", past)
    connection.executemany(
        "UPDATE passages SET first = ?, last = ?, until = NULL, place = ?, text = ?,"
        " language = ?, heading = ? WHERE id = ?",
        moved,
    )
    number = tx.next_id("passages")
    added: list[Row] = []
    for key, passage in first_of.items():
        if key not in ids:
            ids[key] = number
            added.append((number, *passage))
            number += 1
    tx.tally("passage", len(added))
    tx.changes.passages += len(added)
    if added:
        names = ("id", "key", "place", "text", "language", "heading")
        columns = dict(zip(names, zip(*added, strict=True), strict=True))
        same = {"document": reading.document, "first": version, "last": version}
        insert_columns(connection, "passages", columns, same)
    return Writing(
        tx, reading, batch, [ids[passage.key] for passage in batch.passages], frozenset(known)
    )


def find_new(
    contents: Sequence[Row], stored: Mapping[Row, tuple[int, int]], version: int
) -> tuple[Sequence[int], list[tuple[int, int]]]:
    """The places in `contents` of what is neither repeated there nor stored; and passage and
    number of what is stored by a version before. `stored`: number and last version by content,
    which begins with the passage."""
    size = len(contents)
    # Backwards, so that the first of several alike stays.
    first_of = dict(zip(reversed(contents), range(size - 1, -1, -1), strict=True))
    held = first_of.keys() & stored.keys() if stored else ()
    if not held and len(first_of) == size:
        return range(size), []
    renewed = [
        (content[0], n) for content in held for n, last in (stored[content],) if last != version
    ]
    return sorted(i for content, i in first_of.items() if content not in held), renewed


def renew(writing: Writing, table: str, seen: Sequence[tuple[int, int]]) -> None:
    """Let the streaks of claims that the version before made too, by passage and number, go on.

    Passages of which every open claim is seen again, as nearly all are, go by the hundred; of the
    others each claim goes by itself.
    """
    if not seen:
        return
    tx, version, before = writing.tx, writing.reading.version, writing.reading.before
    by_passage: dict[int, list[int]] = defaultdict(list)
    for passage, n in seen:
        by_passage[passage].append(n)
    sql = f"SELECT passage, count(*) FROM {table} WHERE passage IN {{ids}} AND last = {before}"
    open_claims = dict(tx.rows(f"{sql} GROUP BY passage", by_passage))
    whole = [passage for passage, ns in by_passage.items() if open_claims[passage] == len(ns)]
    sql = f"UPDATE {table} SET last = {version} WHERE passage IN {{ids}} AND last = {before}"
    run_in(tx, sql, whole)
    tx.connection.executemany(
        f"UPDATE {table} SET last = ? WHERE passage = ? AND n = ?",
        [
            (version, passage, n)
            for passage in by_passage.keys() - set(whole)
            for n in by_passage[passage]
        ],
    )
    tx.changes.evidence_kept += len(seen)
