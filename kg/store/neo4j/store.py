"""The server store: `kg.store.protocol.Store` on Neo4j."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

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
from kg.store.bulk import EdgeRow, EdgesChanged
from kg.store.neo4j import (
    decisions,
    dumping,
    edges,
    finding,
    layout,
    reading,
    records,
    search,
    sources,
)
from kg.store.neo4j.connection import RETRY_SECONDS, Connection
from kg.store.neo4j.loading import Neo4jLoad, Neo4jTrial
from kg.store.neo4j.names import Names
from kg.store.neo4j.relabelling import relabel
from kg.store.neo4j.removal import finish_removals, remove_versions
from kg.store.neo4j.work import Work, begin
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
from ontology.schema import Schema

T = TypeVar("T")
_RECORDS = 1_000  # that `dump_records` reads at once


class Neo4jStore:
    """A graph with evidence in one database of a Neo4j server, for any number of threads and
    processes. Neo4j 5.26 and later, Community or Enterprise.

    `retry_seconds` is how long a transaction is tried again after failures that may pass.
    """

    def __init__(
        self,
        url: str,
        schema: Schema,
        *,
        user: str = "neo4j",
        password: str = "",
        database: str = "neo4j",
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self.url = url
        self.schema = schema
        self._connection = Connection(
            url, user=user, password=password, database=database, retry_seconds=retry_seconds
        )
        try:
            self.ensure_schema(schema)
        except BaseException:
            self.close()
            raise

    # -- schema and life cycle ---------------------------------------------------------------

    def ensure_schema(self, schema: Schema) -> None:
        digest, types = layout.read_description(self._connection)
        self.schema = schema
        self._names = Names(schema)
        self._types = {*types, *(relation.type_name for relation in schema.relations.values())}
        if digest != schema.digest or self._types != set(types):
            layout.lay_out(self._connection, sorted(self._types))
        finish_removals(self._write)
        if digest != schema.digest:
            relabel(self._connection, self._names)
            layout.write_ontology(self._connection, schema)

    def close(self) -> None:
        self._connection.close()

    def _write(self, work: Callable[[Work], T]) -> T:
        return self._connection.write(lambda tx: work(begin(tx, self._names)))

    def _prepare(self, predicates: set[str]) -> None:
        """Make room for relations that the ontology does not have."""
        types = {self._names.type_of(predicate) for predicate in predicates}
        if not types <= self._types:
            self._types |= types | set(layout.read_description(self._connection)[1])
            layout.lay_out(self._connection, sorted(self._types))

    # -- loading -----------------------------------------------------------------------------

    def begin_load(
        self, document: Document, run: Run, *, dry_run: bool = False, resumable: bool = False
    ) -> Neo4jLoad:
        if dry_run:
            return Neo4jTrial(self._connection, self._names, document, run)
        return Neo4jLoad(self._write, document, run, resumable=resumable, prepare=self._prepare)

    def versions(self, document: str | None = None) -> list[Version]:
        found = self._connection.read(lambda tx: sources.versions(tx, document))
        return [version for _, version in found]

    def remove_documents(self, keys: Collection[str]) -> Changes:
        found = self._connection.read(
            lambda tx: tx.rows(
                "MATCH (v:GembaVersion) WHERE v.document IN $keys"
                " RETURN collect([v.document, v.id])",
                keys=list(keys),
            )
        )
        missing = sorted(set(keys) - {key for key, _ in found})
        if missing:
            raise NotFound(f"there is no document {missing[0]}", ids=missing)
        return remove_versions(self._write, [number for _, number in found])

    def remove_run(self, run: str) -> Changes:
        found = self._connection.read(
            lambda tx: tx.rows("MATCH (v:GembaVersion {run: $run}) RETURN collect(v.id)", run=run)
        )
        if not found:
            raise NotFound(f"there is no run {run}", ids=[run])
        return remove_versions(self._write, found)

    # -- reading -----------------------------------------------------------------------------

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        return self._connection.read(lambda tx: reading.get_nodes(tx, self._names, keys, view))

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
        return self._connection.read(
            lambda tx: finding.find_nodes(
                tx,
                self._names,
                classes,
                where or {},
                key_prefix=key_prefix,
                after=after,
                limit=limit,
                view=view,
            )
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
        return self._connection.read(
            lambda tx: reading.expand(
                tx,
                self._names,
                keys,
                predicates,
                direction,
                view=view,
                limit_per_node=limit_per_node,
            )
        )

    def get_statements(
        self, keys: Collection[StatementKey], view: View = NOW
    ) -> dict[StatementKey, Statement]:
        return self._connection.read(lambda tx: reading.get_statements(tx, self._names, keys, view))

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
        ends = {"subjects": subjects, "objects": objects}
        return self._connection.read(
            lambda tx: reading.aggregate(
                tx, self._names, predicates, group_by, ends=ends, view=view, limit=limit
            )
        )

    def search_text(
        self,
        tokens: Sequence[str],
        *,
        classes: Collection[str] | None = None,
        fuzzy: bool = False,
        limit: int = 100,
    ) -> list[TextHit]:
        return self._connection.read(
            lambda tx: search.search_text(tx, tokens, classes, fuzzy, limit)
        )

    def evidence_of(
        self,
        keys: Collection[StatementKey],
        *,
        limit_per_statement: int | None = None,
        view: View = NOW,
    ) -> dict[StatementKey, list[Evidence]]:
        return self._connection.read(
            lambda tx: sources.evidence_of(tx, keys, limit_per_statement, view)
        )

    def sightings_of(self, keys: Collection[str], view: View = NOW) -> dict[str, list[Sighting]]:
        return self._connection.read(lambda tx: sources.sightings_of(tx, keys, view))

    def count(self) -> Counts:
        return self._connection.read(lambda tx: sources.count(tx, self._names, self._types))

    def closure(
        self,
        seeds: Collection[str],
        steps: Sequence[tuple[str, Direction]],
        *,
        max_depth: int | None = None,
        max_nodes: int | None = None,
        view: View = NOW,
    ) -> dict[str, int]:
        if view.as_of is not None:
            return walks.closure(
                self, seeds, steps, max_depth=max_depth, max_nodes=max_nodes, view=view
            )
        return self._connection.read(
            lambda tx: reading.closure(
                tx,
                self._names,
                seeds,
                steps,
                max_depth=max_depth,
                max_nodes=max_nodes,
                view=view,
            )
        )

    def shortest_path(
        self,
        source: str,
        target: str,
        steps: Sequence[walks.Step],
        *,
        max_hops: int,
        view: View = NOW,
    ) -> list[Statement] | None:
        """Search from both ends within one transaction; see `walks.shortest_path`."""
        return self._connection.read(
            lambda tx: walks.search_path(
                reading.InTransaction(tx, self._names), source, target, steps,
                max_hops=max_hops, view=view,
            )
        )  # fmt: skip

    # -- edges in bulk -----------------------------------------------------------------------

    def revision(self) -> int:
        return self._connection.read(edges.read_revision)

    def edges(
        self,
        predicates: Sequence[str],
        statements: Collection[int] | None = None,
        *,
        in_pieces: Collection[str] = (),
    ) -> Iterator[list[EdgeRow]]:
        return edges.read_edges(self._connection, self._names, predicates, statements, in_pieces)

    def changed_edges(self, since: int) -> EdgesChanged | None:
        revision = self.revision()
        return EdgesChanged(revision, []) if revision == since else None

    def numbers_of(self, keys: Collection[str]) -> dict[str, int]:
        return self._connection.read(lambda tx: edges.read_numbers(tx, keys))

    def keys_of(self, numbers: Collection[int]) -> dict[int, str]:
        return self._connection.read(lambda tx: edges.read_keys(tx, numbers))

    # -- decisions ---------------------------------------------------------------------------

    def decide(self, decisions_made: Sequence[Decision]) -> None:
        self._write(lambda work: decisions.decide(work, decisions_made))

    def decisions(self, keys: Collection[StatementKey] | None = None) -> list[Decision]:
        return self._connection.read(lambda tx: decisions.read_decisions(tx, keys))

    def merge(self, merges: Sequence[Merge]) -> None:
        self._write(lambda work: decisions.merge(work, merges))

    def unmerge(self, dropped: str) -> None:
        self._write(lambda work: decisions.unmerge(work, dropped))

    def merges(self) -> list[Merge]:
        return self._connection.read(decisions.read_merges)

    # -- records beside the graph ------------------------------------------------------------

    def put_records(
        self, kind: str, records_: Mapping[str, JsonValue], *, document: str | None = None
    ) -> None:
        self._connection.write(lambda tx: records.put_records(tx, kind, records_, document))

    def get_records(
        self,
        kind: str,
        *,
        keys: Collection[str] | None = None,
        document: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> dict[str, JsonValue]:
        return self._connection.read(
            lambda tx: records.get_records(
                tx, kind, keys=keys, document=document, after=after, limit=limit
            )
        )

    def drop_records(
        self, kind: str, *, keys: Collection[str] | None = None, document: str | None = None
    ) -> int:
        return self._connection.write(
            lambda tx: records.drop_records(tx, kind, keys=keys, document=document)
        )

    def append_log(self, log: str, payload: Mapping[str, JsonValue], at: Instant) -> LogEntry:
        return self._connection.write(lambda tx: records.append_log(tx, log, payload, at))

    def read_log(self, log: str, *, after: int = 0, limit: int | None = None) -> list[LogEntry]:
        return self._connection.read(lambda tx: records.read_log(tx, log, after, limit))

    # -- exchange ----------------------------------------------------------------------------

    def dump(self) -> Iterator[Dump]:
        return dumping.dump(self._connection)

    def dump_records(self) -> Iterator[KeptRecord]:
        after = ("", "")
        while True:
            found = self._connection.read(
                partial(records.dump_records, after=after, limit=_RECORDS)
            )
            yield from found
            if len(found) < _RECORDS:
                return
            after = found[-1][:2]

    def logs(self) -> list[str]:
        return self._connection.read(records.logs)
