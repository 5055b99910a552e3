"""Reading one document into the store: versions, batches, finishing and rolling back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, Self

import orjson

from kg.model.claims import Batch, Document, Run
from kg.model.errors import Conflict, MassRemoval
from kg.store.protocol import Changes
from kg.store.sqlite.batches import write_batch
from kg.store.sqlite.deriving import Stale, refresh
from kg.store.sqlite.removal import remove_versions
from kg.store.sqlite.transaction import Transaction
from kg.store.sqlite.writing import Reading

OpenTransaction = Callable[[], AbstractContextManager[Transaction]]


class SqliteLoad:
    """A `LoadSession` on the embedded store.

    `transaction` opens one write transaction; `end` is called when the session is over.
    """

    def __init__(
        self,
        transaction: OpenTransaction,
        document: Document,
        run: Run,
        *,
        resumable: bool,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        self._transaction = transaction
        self._document = document
        self._is_resumable = resumable
        self._is_open = True
        self._end = end
        with transaction() as tx:
            self._reading, self.checkpoint, self.changes = _begin(tx, document, run)

    def write(self, batch: Batch, checkpoint: str | None = None) -> None:
        with self._transaction() as tx:
            self._check(tx)
            tx.version = self._reading.version
            write_batch(tx, self._reading, batch)
            changes = add_changes(self.changes, tx.changes)
            tx.connection.execute(
                "UPDATE versions SET checkpoint = coalesce(?, checkpoint), changes = ?"
                " WHERE id = ?",
                (checkpoint, orjson.dumps(asdict(changes)).decode(), self._reading.version),
            )
        self.changes = changes
        self.checkpoint = checkpoint or self.checkpoint

    def finish(self, *, max_retired_share: float = 1.0) -> Changes:
        with self._transaction() as tx:
            self._check(tx)
            tx.version = self._reading.version
            _retire(tx, self._reading, max_retired_share)
            changed = tx.connection.execute(
                "SELECT count(*) FROM node_before b JOIN nodes n ON n.id = b.node"
                " WHERE b.version = ? AND n.live = 1 AND NOT"
                " (n.cls = b.cls AND n.name IS b.name AND n.props IS b.props)",
                (self._reading.version,),
            ).fetchone()[0]
            tx.connection.execute(
                "DELETE FROM node_before WHERE version = ?", (self._reading.version,)
            )
            tx.connection.execute(
                "UPDATE versions SET complete = 1, checkpoint = NULL, changes = NULL WHERE id = ?",
                (self._reading.version,),
            )
            changes = add_changes(self.changes, tx.changes)
            changes.nodes_changed = changed
        self.changes = changes
        self._close()
        return changes

    def rollback(self) -> None:
        with self._transaction() as tx:
            self._check(tx)
            remove_versions(tx, [self._reading.version])
        self.changes = Changes()
        self.checkpoint = None
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._is_open and not (self._is_resumable and self.checkpoint is not None):
            self.rollback()
        self._close()

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._end()

    def _check(self, tx: Transaction) -> None:
        if not self._is_open:
            raise Conflict(f"the reading of {self._document.key} has ended; begin a new one")
        row = tx.connection.execute(
            "SELECT complete FROM versions WHERE id = ?", (self._reading.version,)
        ).fetchone()
        if row is None or row[0]:
            self._close()
            raise Conflict(
                f"another program began to read {self._document.key} meanwhile; "
                "this reading was given up, load the document again"
            )


def add_changes(a: Changes, b: Changes) -> Changes:
    """The sum of two counts."""
    return Changes(**{name: count + getattr(b, name) for name, count in asdict(a).items()})


def _begin(tx: Transaction, document: Document, run: Run) -> tuple[Reading, str | None, Changes]:
    connection = tx.connection
    open_version = connection.execute(
        "SELECT v.id, v.sha256, v.recipe, v.checkpoint, v.changes FROM versions v"
        " JOIN documents d ON d.id = v.document WHERE d.key = ? AND v.complete = 0",
        (document.key,),
    ).fetchone()
    if open_version is not None and open_version[1:3] != (document.sha256, document.recipe):
        remove_versions(tx, [open_version[0]])
        open_version = None
    row = connection.execute("SELECT id FROM documents WHERE key = ?", (document.key,)).fetchone()
    number = (
        row[0]
        if row
        else connection.execute(
            "INSERT INTO documents (key) VALUES (?) RETURNING id", (document.key,)
        ).fetchone()[0]
    )
    described: dict[str, Any] = {
        "title": document.title,
        "media_type": document.media_type,
        "language": document.language,
        "run": run.id,
        "at": run.at,
        "by": run.by,
        "label": run.label,
    }
    if open_version is not None:
        version = open_version[0]
        connection.execute(
            f"UPDATE versions SET {', '.join(f'{name} = ?' for name in described)} WHERE id = ?",
            (*described.values(), version),
        )
        _take_over(tx, version, number)
    else:
        described |= {
            "document": number,
            "sha256": document.sha256,
            "recipe": document.recipe,
            "complete": 0,
        }
        version = connection.execute(
            f"INSERT INTO versions ({', '.join(described)})"
            f" VALUES ({', '.join('?' * len(described))}) RETURNING id",
            tuple(described.values()),
        ).fetchone()[0]
    before = connection.execute(
        "SELECT max(id) FROM versions WHERE document = ? AND id < ?", (number, version)
    ).fetchone()[0]
    reading = Reading(document.key, number, version, run.at, before or 0)
    if open_version is None:
        return reading, None, Changes()
    said = open_version[4]
    return reading, open_version[3], Changes(**orjson.loads(said)) if said else Changes()


def _take_over(tx: Transaction, version: int, document: int) -> None:
    """What an interrupted run wrote counts as recorded by the run that resumes it."""
    stale = Stale()
    for table, column in (("evidence", "statement"), ("sightings", "node")):
        parent = "statements" if table == "evidence" else "nodes"
        ids = tx.connection.execute(
            f"SELECT DISTINCT coalesce(r.root, r.id) FROM passages p"
            f" JOIN {table} e ON e.passage = p.id JOIN {parent} r ON r.id = e.{column}"
            " WHERE p.document = ? AND e.first = ?",
            (document, version),
        )
        (stale.statements if table == "evidence" else stale.nodes).update(row[0] for row in ids)
    tx.version = version
    tx.forget()
    refresh(tx, stale)


def _retire(tx: Transaction, reading: Reading, max_share: float) -> None:
    """Close the streaks of what the version before said and this one does not."""
    if not reading.before:
        return
    connection = tx.connection
    stale = Stale()
    said = gone = 0
    tables = (
        ("evidence", "statements", "statement", stale.statements),
        ("sightings", "nodes", "node", stale.nodes),
    )
    for table, parent, column, ids in tables:
        claims = f"FROM passages p CROSS JOIN {table} e ON e.passage = p.id WHERE p.document = ?"
        said += connection.execute(
            f"SELECT count(*) {claims} AND e.first <= ? AND e.last >= ?",
            (reading.document, reading.before, reading.before),
        ).fetchone()[0]
        for subject, lost in connection.execute(
            f"SELECT coalesce(r.root, r.id), l.lost FROM (SELECT e.{column}, count(*) AS lost"
            f" {claims} AND e.last = ? GROUP BY 1) l JOIN {parent} r ON r.id = l.{column}",
            (reading.document, reading.before),
        ):
            ids.add(subject)
            gone += lost
    if said and gone / said > max_share:
        raise MassRemoval(
            f"reading {reading.key} again would take back {gone} of the {said} claims it made "
            f"before ({gone / said:.0%}); check that the file is whole, or allow it",
            ids=[reading.key],
        )
    for table, *_ in tables:
        connection.execute(
            f"UPDATE {table} SET until = ? WHERE last = ?"
            " AND passage IN (SELECT id FROM passages WHERE document = ?)",
            (reading.version, reading.before, reading.document),
        )
    closed = connection.execute(
        "UPDATE passages SET until = ? WHERE document = ? AND last = ?",
        (reading.version, reading.document, reading.before),
    )
    tx.tally("passage", -closed.rowcount)
    tx.tally("evidence", -gone)
    tx.changes.evidence_retired += gone
    if gone:
        tx.forget()
        refresh(tx, stale)
