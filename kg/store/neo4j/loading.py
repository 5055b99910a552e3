"""Reading one document into the store: versions, batches, finishing and rolling back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from itertools import count
from typing import Any, Self, TypeVar

import orjson

from kg.model.claims import Batch, Document, Run
from kg.model.errors import Conflict, MassRemoval, StoreUnavailable
from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Connection
from kg.store.neo4j.deriving import Stale, comparable, refresh
from kg.store.neo4j.names import Names, statement_number
from kg.store.neo4j.removal import finish_removals, interrupted, remove_versions
from kg.store.neo4j.work import Work, Writer, add_changes, begin_trial, chunked, lead
from kg.store.neo4j.writing import Reading, write_batch
from kg.store.protocol import Changes

T = TypeVar("T")
_AT_ONCE = 20_000  # claims that are retired in one transaction
_PASSAGES = 2_000  # whose claims are looked at together
_TRIAL_NUMBERS = 2**62  # above all that a store will ever give out


class Neo4jLoad:
    """A `LoadSession` on a server."""

    def __init__(
        self,
        write: Writer,
        document: Document,
        run: Run,
        *,
        resumable: bool,
        prepare: Callable[[set[str]], None],
    ) -> None:
        self._write = write
        self._prepare = prepare
        self._document = document
        self._is_resumable = resumable
        self._is_open = True
        begun, other, is_interrupted = write(lambda work: _begin_if_free(work, document, run))
        if begun is None:
            if is_interrupted:
                finish_removals(write)
            if other is not None:
                remove_versions(write, [other])
            begun = write(lambda work: _begin(work, document, run))
        self._reading, self.checkpoint, self.changes = begun

    def write(self, batch: Batch, checkpoint: str | None = None) -> None:
        self._prepare({claim.predicate for claim in batch.claims})

        def store(work: Work) -> Changes:
            self._check(work)
            work.version = self._reading.version
            write_batch(work, self._reading, batch)
            changes = add_changes(self.changes, work.changes)
            work.tx.run(
                "MATCH (v:GembaVersion {id: $version})"
                " SET v.checkpoint = coalesce($checkpoint, v.checkpoint), v.changes = $changes",
                version=self._reading.version,
                checkpoint=checkpoint,
                changes=orjson.dumps(asdict(changes)).decode(),
            )
            return changes

        self.changes = self._write(store)
        self.checkpoint = checkpoint or self.checkpoint

    def finish(self, *, max_retired_share: float = 1.0) -> Changes:
        finished = self._write(partial(self._complete_if_small, max_retired_share))
        if finished is None:  # in several transactions, so that the server's memory suffices
            changes, after = self.changes, ""
            while True:
                more, last = self._write(partial(self._retire_some, after))
                changes = add_changes(changes, more)
                if last is None:
                    break
                after = last
            finished = self._write(partial(self._complete, changes))
        self.changes = finished
        self._is_open = False
        return self.changes

    def _complete_if_small(self, max_retired_share: float, work: Work) -> Changes | None:
        self._check(work)
        if _count_gone(work, self._reading, max_retired_share) > _AT_ONCE:
            return None
        return self._complete(self.changes, work)

    def _retire_some(self, after: str, work: Work) -> tuple[Changes, str | None]:
        self._check(work)
        work.version = self._reading.version
        stale = Stale()
        last = _close_streaks(work, self._reading, after, stale)
        refresh(work, stale)
        return work.changes, last

    def _complete(self, so_far: Changes, work: Work) -> Changes:
        self._check(work)
        work.version = self._reading.version
        stale = Stale()
        after: str | None = "" if self._reading.before else None
        while after is not None:
            after = _close_streaks(work, self._reading, after, stale)
        refresh(work, stale)
        changed = _count_changed(work)
        work.tx.run(
            "MATCH (v:GembaVersion {id: $version})"
            " SET v.complete = true, v.checkpoint = null, v.changes = null",
            version=self._reading.version,
        )
        return replace(add_changes(so_far, work.changes), nodes_changed=changed)

    def rollback(self) -> None:
        self._write(self._check)
        remove_versions(self._write, [self._reading.version])
        self._is_open = False
        self.changes = Changes()
        self.checkpoint = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            if self._is_open and not (self._is_resumable and self.checkpoint is not None):
                self.rollback()
        except StoreUnavailable:
            if not any(exc):
                raise  # else the first error tells more; the next reading clears up
        finally:
            self._is_open = False

    def _check(self, work: Work) -> None:
        if not self._is_open:
            raise Conflict(f"the reading of {self._document.key} has ended; begin a new one")
        row = work.tx.first(
            "MATCH (v:GembaVersion {id: $version}) RETURN v.complete",
            version=self._reading.version,
        )
        if row is None or row[0]:
            raise Conflict(
                f"another program began to read {self._document.key} meanwhile; "
                "this reading was given up, load the document again"
            )


class Neo4jTrial(Neo4jLoad):
    """A load that only says what would change: one transaction, rolled back at the end."""

    def __init__(self, connection: Connection, names: Names, document: Document, run: Run) -> None:
        self._stack = ExitStack()
        tx = self._stack.enter_context(connection.unretried())
        numbers = count(_TRIAL_NUMBERS)

        def write(work: Callable[[Work], T]) -> T:
            return work(begin_trial(tx, names, numbers))

        try:
            super().__init__(write, document, run, resumable=False, prepare=lambda _: None)
        except BaseException:
            self._stack.close()
            raise

    def finish(self, *, max_retired_share: float = 1.0) -> Changes:
        changes = super().finish(max_retired_share=max_retired_share)
        self._stack.close()
        return changes

    def rollback(self) -> None:
        self._stack.close()
        self._is_open = False
        self.changes = Changes()


_UNFINISHED = (
    "MATCH (v:GembaVersion {document: $key}) WHERE NOT v.complete"
    " RETURN v.id, v.sha256, v.recipe, v.checkpoint, v.changes"
)


_Begun = tuple[Reading, str | None, Changes]


def _begin_if_free(
    work: Work, document: Document, run: Run
) -> tuple[_Begun | None, int | None, bool]:
    """Begin where nothing is in the way; else nothing, with the unfinished version of other
    content and whether a removal was interrupted."""
    found = work.tx.first(_UNFINISHED, key=document.key)
    is_other = found is not None and found[1:3] != [document.sha256, document.recipe]
    is_interrupted = bool(interrupted(work))
    if is_other or is_interrupted:
        return None, found[0] if found is not None and is_other else None, is_interrupted
    return _begin(work, document, run), None, False


def _begin(work: Work, document: Document, run: Run) -> _Begun:
    tx = work.tx
    found = tx.first(_UNFINISHED, key=document.key)
    row = tx.first("MATCH (d:GembaDocument {key: $key}) RETURN d.number", key=document.key)
    number = row[0] if row else work.next_number()
    if row is None:
        tx.run(
            "CREATE (:GembaDocument {key: $key, number: $number})", key=document.key, number=number
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
    if found is None:
        version = work.next_number()
        described |= {
            "id": version,
            "document": document.key,
            "sha256": document.sha256,
            "recipe": document.recipe,
            "complete": False,
        }
        tx.run("CREATE (v:GembaVersion) SET v = $described", described=described)
    else:
        version = found[0]
        tx.run(
            "MATCH (v:GembaVersion {id: $version}) SET v += $described",
            version=version,
            described=described,
        )
        _take_over(work, number, version)
    before = tx.first(
        "MATCH (v:GembaVersion {document: $key}) WHERE v.id < $version RETURN max(v.id)",
        key=document.key,
        version=version,
    )
    assert before is not None
    reading = Reading(document.key, number, version, run.at, before[0] or 0)
    if found is None:
        return reading, None, Changes()
    return reading, found[3], Changes(**orjson.loads(found[4])) if found[4] else Changes()


def _take_over(work: Work, document: int, version: int) -> None:
    """What an interrupted run wrote counts as recorded by the run that resumes it, and what it
    retired when it was about to finish lives on."""
    stale = Stale()
    found = (
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key >= ''"
        " MATCH (p)<-[:IN_PASSAGE]-(e:{}) WHERE e.first = $version OR e.until = $version"
        " SET e.until = CASE WHEN e.until = $version THEN null ELSE e.until END"
        " RETURN collect(DISTINCT {})"
    )
    of = {"document": document, "version": version}
    triples = work.tx.rows(
        found.format("GembaEvidence", "[e.subject, e.predicate, e.object]"), **of
    )
    _add_statements(work, stale, triples)
    stale.nodes.update(work.tx.rows(found.format("GembaSighting", "e.about"), **of))
    work.tx.run(
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key >= '' AND p.until = $version"
        " SET p.until = null",
        **of,
    )
    work.version = version
    refresh(work, stale)


def _add_statements(work: Work, stale: Stale, triples: list[list[str]]) -> None:
    roots = work.roots({key for triple in triples for key in (triple[0], triple[2])})
    for triple in triples:
        key = lead(StatementKey(*triple), roots)
        stale.statements[statement_number(key)] = key


def _count_gone(work: Work, reading: Reading, max_share: float) -> int:
    """How many claims of the version before this one does not make.

    Raises MassRemoval where they are too many.
    """
    if not reading.before:
        return 0
    said, gone = work.tx.one(
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key >= ''"
        " MATCH (p)<-[:IN_PASSAGE]-(e) WHERE e.first <= $before AND e.last >= $before"
        " RETURN count(e), sum(CASE WHEN e.last = $before THEN 1 ELSE 0 END)",
        document=reading.document,
        before=reading.before,
    )
    if said and gone / said > max_share:
        raise MassRemoval(
            f"reading {reading.key} again would take back {gone} of the {said} claims it made "
            f"before ({gone / said:.0%}); check that the file is whole, or allow it",
            ids=[reading.key],
        )
    return int(gone)


def _close_streaks(work: Work, reading: Reading, after: str, stale: Stale) -> str | None:
    """Close the streaks of what the version before said in the passages that follow `after`, and
    this one does not; returns the key of the last passage where there may be more."""
    tx = work.tx
    rows = tx.rows(
        "MATCH (p:GembaPassage) WHERE p.document = $document AND p.key > $after"
        " WITH p ORDER BY p.key LIMIT $limit RETURN collect([elementId(p), p.key])",
        document=reading.document,
        after=after,
        limit=_PASSAGES,
    )
    of = {
        "ids": [row[0] for row in rows],
        "before": reading.before,
        "version": reading.version,
    }
    closing = (
        "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id"
        " MATCH (p)<-[:IN_PASSAGE]-(e:{}) WHERE e.last = $before AND e.until IS NULL"
        " SET e.until = $version RETURN collect({})"
    )
    triples = tx.rows(closing.format("GembaEvidence", "[e.subject, e.predicate, e.object]"), **of)
    nodes = tx.rows(closing.format("GembaSighting", "e.about"), **of)
    tx.run(
        "UNWIND $ids AS id MATCH (p) WHERE elementId(p) = id AND p.last = $before"
        " SET p.until = $version",
        **of,
    )
    _add_statements(work, stale, triples)
    stale.nodes.update(nodes)
    work.changes.evidence_retired += len(triples) + len(nodes)
    return rows[-1][1] if len(rows) == _PASSAGES else None


def _count_changed(work: Work) -> int:
    """How many nodes that were there before are otherwise now; forgets how they were."""
    tx, version = work.tx, work.version
    changed = 0
    rows = tx.rows(
        "MATCH (b:GembaBefore {version: $version}) WHERE b.key >= ''"
        " RETURN collect([b.key, b.state])",
        version=version,
    )
    for some in chunked(rows):
        now = dict(
            tx.rows(
                "UNWIND $keys AS key MATCH (n:Gemba {key: key}) WHERE n.gemba_gone IS NULL"
                " RETURN collect([key, properties(n)])",
                keys=[key for key, _ in some],
            )
        )
        changed += sum(key in now and comparable(now[key]) != state for key, state in some)
    tx.run("MATCH (b:GembaBefore {version: $version}) WHERE b.key >= '' DELETE b", version=version)
    return changed
