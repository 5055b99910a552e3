"""The embedded store: `kg.store.protocol.Store` on one SQLite file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kg.model.claims import Document, Run, Scalar
from kg.model.errors import NotFound
from kg.model.graph import (
    NOW,
    Decision,
    Direction,
    Evidence,
    Merge,
    Node,
    Sighting,
    Statement,
    View,
)
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store import walks
from kg.store.bulk import Derived, EdgeRow, EdgesChanged
from kg.store.protocol import (
    Changes,
    Counts,
    Dump,
    GroupBy,
    JsonValue,
    KeptRecord,
    LogEntry,
    Page,
    Range,
    TextHit,
    Version,
)
from kg.store.sqlite import (
    decisions,
    edges,
    finding,
    reading,
    records,
    search,
    sources,
    tables,
    walking,
)
from kg.store.sqlite.connections import Connections, Durability
from kg.store.sqlite.derived import drop_derived, find_derived, keep_derived
from kg.store.sqlite.loading import SqliteLoad
from kg.store.sqlite.memory import Memory
from kg.store.sqlite.removal import remove_versions
from kg.store.sqlite.resolving import resolve
from kg.store.sqlite.shaping import check_shape, has_shape, reshape, shape_of
from kg.store.sqlite.terms import Terms
from kg.store.sqlite.transaction import Snapshot, Transaction
from kg.store.sqlite.vocabulary import Vocabulary
from ontology.schema import Schema

_RECORDS = 1_000  # that `dump_records` reads at once


class SqliteStore:
    """A graph with evidence in one file, for any number of threads and processes.

    `url` is a path; `:memory:` is a file that `close` deletes. A writer waits `busy_seconds` for
    another one to finish before it raises StoreUnavailable. For `durability` see `Connections`.
    """

    def __init__(
        self,
        url: str | Path,
        schema: Schema,
        *,
        busy_seconds: float = 10.0,
        durability: Durability = "process",
    ) -> None:
        self.url = str(url)
        self.schema = schema
        self._folder = tempfile.TemporaryDirectory() if self.url == ":memory:" else None
        path = str(Path(self._folder.name) / "gemba.db") if self._folder else self.url
        self._connections = Connections(path, busy_seconds=busy_seconds, durability=durability)
        self._terms = Terms()
        self._write_terms = Terms()
        self._memory = Memory()
        self._vocabulary = Vocabulary()
        try:
            self.ensure_schema(schema)
        except BaseException:
            self.close()
            raise

    # -- schema and life cycle ---------------------------------------------------------------

    def ensure_schema(self, schema: Schema) -> None:
        path, shape = self._connections.path, shape_of(schema)
        with self._connections.read() as connection:
            is_ready = tables.is_current(connection, path) and has_shape(connection, shape)
        if not is_ready:
            with self._connections.exclusive() as connection:
                if not tables.is_current(connection, path):
                    tables.create_or_migrate(connection)
                if not has_shape(connection, shape):
                    reshape(Transaction(connection, Terms(), schema), shape)
        self.schema, self._shape = schema, shape

    def close(self) -> None:
        self._connections.close()
        if self._folder is not None:
            self._folder.cleanup()

    @contextmanager
    def _read(self) -> Iterator[Snapshot]:
        with self._connections.read() as connection:
            yield Snapshot(connection, self._terms, self.schema)

    @contextmanager
    def _write(self, *, erasing: bool = False) -> Iterator[Transaction]:
        with self._connections.write(self._forget, erasing=erasing) as connection:
            self._memory.refresh(connection)
            check_shape(connection, self._shape)
            tx = Transaction(connection, self._write_terms, self.schema, self._memory)
            yield tx
            tx.write_tallies()
            edges.note_revision(tx)

    def _forget(self) -> None:
        """After a rollback: what was remembered of the transaction is not there."""
        self._write_terms.forget()
        self._memory.forget()

    # -- loading -----------------------------------------------------------------------------

    def begin_load(
        self, document: Document, run: Run, *, dry_run: bool = False, resumable: bool = False
    ) -> SqliteLoad:
        if not dry_run:
            return SqliteLoad(self._write, document, run, resumable=resumable)
        connection = self._connections.trial()
        terms, memory = Terms(), Memory()

        @contextmanager
        def step() -> Iterator[Transaction]:
            with self._connections.errors():
                connection.execute("SAVEPOINT step")
                try:
                    check_shape(connection, self._shape)
                    tx = Transaction(connection, terms, self.schema, memory)
                    yield tx
                    tx.write_tallies()
                except BaseException:
                    terms.forget()
                    memory.forget()
                    connection.execute("ROLLBACK TO step")
                    raise
                finally:
                    connection.execute("RELEASE step")

        def end() -> None:
            self._connections.disconnect(connection)

        try:
            return SqliteLoad(step, document, run, resumable=False, end=end)
        except BaseException:
            end()
            raise

    def versions(self, document: str | None = None) -> list[Version]:
        with self._connections.read() as connection:
            return [version for _, _, version in sources.versions(connection, document)]

    def remove_documents(self, keys: Collection[str]) -> Changes:
        with self._write(erasing=True) as tx:
            found = dict(tx.rows("SELECT key, id FROM documents WHERE key IN {ids}", keys))
            missing = sorted(set(keys) - found.keys())
            if missing:
                raise NotFound(f"there is no document {missing[0]}", ids=missing)
            ids = tx.rows("SELECT id FROM versions WHERE document IN {ids}", found.values())
            remove_versions(tx, [row[0] for row in ids])
            drop_derived(tx.connection, self._connections.path)
            return tx.changes

    def remove_run(self, run: str) -> Changes:
        with self._write(erasing=True) as tx:
            found = tx.connection.execute("SELECT id FROM versions WHERE run = ?", (run,))
            ids = [row[0] for row in found]
            if not ids:
                raise NotFound(f"there is no run {run}", ids=[run])
            remove_versions(tx, ids)
            drop_derived(tx.connection, self._connections.path)
            return tx.changes

    # -- reading -----------------------------------------------------------------------------

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return reading.get_nodes(snapshot, keys, view)

    def find_nodes(
        self,
        classes: Collection[str] | None = None,
        where: Mapping[str, Scalar | Range | Sequence[Scalar]] | None = None,
        *,
        key_prefix: str = "",
        after: str | None = None,
        limit: int = 100,
        view: View = NOW,
    ) -> Page:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return finding.find_nodes(
                snapshot,
                classes,
                where,
                key_prefix=key_prefix,
                after=after,
                limit=limit,
                view=view,
            )

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return reading.expand(
                snapshot, keys, predicates, direction, view=view, limit_per_node=limit_per_node
            )

    def get_statements(
        self, keys: Collection[StatementKey], view: View = NOW
    ) -> dict[StatementKey, Statement]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return reading.get_statements(snapshot, keys, view)

    def aggregate(
        self,
        predicates: Collection[str],
        group_by: GroupBy,
        *,
        subjects: Collection[str] | None = None,
        objects: Collection[str] | None = None,
        view: View = NOW,
        limit: int | None = None,
    ) -> list[tuple[str, int]]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return reading.aggregate(
                snapshot,
                predicates,
                group_by,
                subjects=subjects,
                objects=objects,
                view=view,
                limit=limit,
            )

    def search_text(
        self,
        tokens: Sequence[str],
        *,
        classes: Collection[str] | None = None,
        fuzzy: bool = False,
        limit: int = 100,
    ) -> list[TextHit]:
        with self._read() as snapshot:
            return search.search_text(
                snapshot, self._vocabulary, tokens, classes=classes, fuzzy=fuzzy, limit=limit
            )

    def evidence_of(
        self,
        keys: Collection[StatementKey],
        *,
        limit_per_statement: int | None = None,
        view: View = NOW,
    ) -> dict[StatementKey, list[Evidence]]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return sources.evidence_of(snapshot, keys, limit_per_statement, view)

    def sightings_of(self, keys: Collection[str], view: View = NOW) -> dict[str, list[Sighting]]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            return sources.sightings_of(snapshot, keys, view)

    def count(self) -> Counts:
        with self._connections.read() as connection:
            return sources.count(connection)

    def closure(
        self,
        seeds: Collection[str],
        steps: Sequence[tuple[str, Direction]],
        *,
        max_depth: int | None = None,
        max_nodes: int | None = None,
        view: View = NOW,
    ) -> dict[str, int]:
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            if view.as_of is not None:
                return walks.closure(
                    self, seeds, steps, max_depth=max_depth, max_nodes=max_nodes, view=view
                )
            return walking.closure(
                snapshot, seeds, steps, max_depth=max_depth, max_nodes=max_nodes, view=view
            )

    def shortest_path(
        self,
        source: str,
        target: str,
        steps: Sequence[tuple[str, Direction]],
        *,
        max_hops: int,
        view: View = NOW,
    ) -> list[Statement] | None:
        """`kg.store.walks.shortest_path`, by ids."""
        with self._read() as snapshot:
            view = snapshot.simplest(view)
            if view.as_of is not None:
                return walks.search_path(self, source, target, steps, max_hops=max_hops, view=view)
            return walking.shortest_path(
                snapshot, source, target, steps, max_hops=max_hops, view=view
            )

    # -- edges in bulk -----------------------------------------------------------------------

    def revision(self) -> int:
        with self._connections.read() as connection:
            return edges.read_revision(connection)

    def edges(
        self,
        predicates: Sequence[str],
        statements: Collection[int] | None = None,
        *,
        in_pieces: Collection[str] = (),
    ) -> Iterator[list[EdgeRow]]:
        with self._read() as snapshot:
            yield from edges.read_edges(snapshot, predicates, statements, in_pieces)

    def changed_edges(self, since: int) -> EdgesChanged | None:
        with self._connections.read() as connection:
            return edges.changed_edges(connection, since)

    def derived(self) -> Derived | None:
        if self._folder is not None:
            return None
        with self._connections.read() as connection:
            return find_derived(connection, self._connections.path)

    def keep_derived(self, revision: int, write: Callable[[Path, str], None]) -> bool:
        return self._folder is None and keep_derived(self._connections.path, revision, write)

    def numbers_of(self, keys: Collection[str]) -> dict[str, int]:
        with self._connections.read() as connection:
            found = resolve(connection, keys, live=True) if keys else {}
            return {key: number for key, (number, _) in found.items()}

    def keys_of(self, numbers: Collection[int]) -> dict[int, str]:
        with self._connections.read() as connection:
            return edges.read_keys(connection, numbers)

    # -- decisions ---------------------------------------------------------------------------

    def decide(self, decisions_made: Sequence[Decision]) -> None:
        with self._write() as tx:
            decisions.decide(tx, decisions_made)

    def decisions(self, keys: Collection[StatementKey] | None = None) -> list[Decision]:
        with self._connections.read() as connection:
            return decisions.read_decisions(connection, self._terms, keys)

    def merge(self, merges: Sequence[Merge]) -> None:
        with self._write() as tx:
            decisions.merge(tx, merges)

    def unmerge(self, dropped: str) -> None:
        with self._write() as tx:
            decisions.unmerge(tx, dropped)

    def merges(self) -> list[Merge]:
        with self._connections.read() as connection:
            return decisions.read_merges(connection)

    # -- records beside the graph ------------------------------------------------------------

    def put_records(
        self, kind: str, records_: Mapping[str, JsonValue], *, document: str | None = None
    ) -> None:
        with self._write() as tx:
            records.put_records(tx.connection, kind, records_, document)

    def get_records(
        self,
        kind: str,
        *,
        keys: Collection[str] | None = None,
        document: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> dict[str, JsonValue]:
        with self._connections.read() as connection:
            return records.get_records(
                connection, kind, keys=keys, document=document, after=after, limit=limit
            )

    def drop_records(
        self, kind: str, *, keys: Collection[str] | None = None, document: str | None = None
    ) -> int:
        with self._write() as tx:
            return records.drop_records(tx.connection, kind, keys, document)

    def append_log(self, log: str, payload: Mapping[str, JsonValue], at: Instant) -> LogEntry:
        with self._write() as tx:
            return records.append_log(tx.connection, log, payload, at)

    def read_log(self, log: str, *, after: int = 0, limit: int | None = None) -> list[LogEntry]:
        with self._connections.read() as connection:
            return records.read_log(connection, log, after, limit)

    # -- exchange ----------------------------------------------------------------------------

    def dump(self) -> Iterator[Dump]:
        connection = self._connections.connect("read")
        try:
            with self._connections.errors():
                connection.execute("BEGIN")
                for number, document, version in sources.versions(
                    connection, None, in_order_read=True
                ):
                    yield Dump(version, sources.dump_version(connection, document, number))
        finally:
            self._connections.disconnect(connection)

    def dump_records(self) -> Iterator[KeptRecord]:
        after = ("", "")
        while True:
            with self._connections.read() as connection:
                found = records.dump_records(connection, after, _RECORDS)
            yield from found
            if len(found) < _RECORDS:
                return
            after = found[-1][:2]

    def logs(self) -> list[str]:
        with self._connections.read() as connection:
            return records.logs(connection)
