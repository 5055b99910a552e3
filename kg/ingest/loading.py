"""From a reader's chunks to the graph: resolve, gate, store, report.

One document is one load session of the store. A file that turns out to be broken half way leaves
nothing behind; a process that is killed half way goes on where the last stored chunk ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

import orjson

from kg.ingest.gating import BatchGate
from kg.ingest.report import LoadReport
from kg.model.claims import Chunk, Document, Rejection, Run
from kg.model.collector import without_collector
from kg.model.errors import Conflict
from kg.resolution import NameResolver
from kg.store.protocol import LoadSession, Store
from ontology import Gate

REJECTED = "rejected"  # kind of the records that keep refused rows

OpenChunks = Callable[[str | None], Iterable[Chunk]]
Progress = Callable[[LoadReport], None]


class Loader:
    """Loads documents into one store."""

    def __init__(self, store: Store, gate: Gate, resolver: NameResolver) -> None:
        self._store = store
        self._gate = BatchGate(gate, store.schema, store)
        self._resolver = resolver
        self._contents: dict[tuple[str, str], str] | None = None  # key by content and recipe

    def load(
        self,
        document: Document,
        open_chunks: OpenChunks,
        run: Run,
        *,
        dry_run: bool = False,
        again: bool = False,
        max_retired_share: float = 1.0,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Read `document` into the store.

        `open_chunks(checkpoint)` starts reading, after `checkpoint` where one is given. A document
        that the store has with the same content and recipe is not read; neither is one whose
        content it has under another key, unless `again`. Raises what the reader raises, and
        MassRemoval where more than `max_retired_share` of what the document said would be retired;
        the graph is then as it was before.
        """
        report = LoadReport(document.key, dry_run=dry_run)
        if self._is_known(document, report, again=again):
            return report
        started = perf_counter()
        session = self._store.begin_load(document, run, dry_run=dry_run, resumable=True)
        report.stages.storing += perf_counter() - started
        try:
            self._read(document, open_chunks, session, report, progress)
            started = perf_counter()
            report.changes = session.finish(max_retired_share=max_retired_share)
            if not dry_run:
                self._remember(document)
            report.stages.storing += perf_counter() - started
        except KeyboardInterrupt:
            raise  # what is stored stays, and the next load of this document goes on from there
        except BaseException:
            try:
                session.rollback()
            except Conflict:
                pass  # another process has taken the reading over: what is there now is its own
            else:
                if not dry_run:
                    self._store.drop_records(REJECTED, document=document.key)
            raise
        return report

    def _is_known(self, document: Document, report: LoadReport, *, again: bool) -> bool:
        latest = self._store.versions(document.key)
        if latest and latest[-1].is_complete:
            held = latest[-1].document
            if (held.sha256, held.recipe) == (document.sha256, document.recipe):
                report.unchanged = True
                return True
        if latest or again:
            return False
        if self._contents is None:
            self._contents = {}
            for version in self._store.versions():
                if version.is_complete:
                    self._remember(version.document)
        held_as = self._contents.get((document.sha256, document.recipe))
        if held_as is not None and self._still_holds(held_as, document):
            report.duplicate_of = held_as
        return report.duplicate_of is not None

    def _remember(self, document: Document) -> None:
        if self._contents is not None:
            self._contents.setdefault((document.sha256, document.recipe), document.key)

    def _still_holds(self, key: str, document: Document) -> bool:
        return any(
            version.is_complete
            and (version.document.sha256, version.document.recipe)
            == (document.sha256, document.recipe)
            for version in self._store.versions(key)
        )

    def _read(
        self,
        document: Document,
        open_chunks: OpenChunks,
        session: LoadSession,
        report: LoadReport,
        progress: Progress | None,
    ) -> None:
        if session.checkpoint is None and not report.dry_run:
            self._store.drop_records(REJECTED, document=document.key)
        chunks = iter(open_chunks(session.checkpoint))
        while True:
            with without_collector():
                started = perf_counter()
                chunk = next(chunks, None)
                report.stages.reading += perf_counter() - started
                if chunk is None:
                    return
                self._take(document, chunk, session, report)
            if progress is not None:
                progress(report)

    def _take(
        self, document: Document, chunk: Chunk, session: LoadSession, report: LoadReport
    ) -> None:
        """Resolve, gate and store one chunk."""
        stages = report.stages
        started = perf_counter()
        self._resolver.resolve_batch(chunk.batch)
        resolved = perf_counter()
        stages.resolution += resolved - started
        gated = self._gate.apply(chunk.batch, document.key, document.recipe)
        checked = perf_counter()
        stages.gate += checked - resolved
        rejections = chunk.rejections + gated.rejections
        if rejections and not report.dry_run:
            self._keep(document.key, rejections)
        session.write(gated.batch, chunk.checkpoint)
        stages.storing += perf_counter() - checked

        report.rows += chunk.rows
        report.sentences = report.sentences.plus(chunk.sentences)
        report.claims_stored += len(gated.batch)
        report.claims_rejected += gated.refused_claims
        report.changes = session.changes
        report.rejected.add_rejections(rejections)
        report.findings.add_findings(chunk.findings)
        report.findings.add_findings(gated.findings)

    def _keep(self, document: str, rejections: Sequence[Rejection]) -> None:
        self._store.put_records(
            REJECTED, {_record_key(r): _as_record(r) for r in rejections}, document=document
        )


def _record_key(rejection: Rejection) -> str:
    digest = hashlib.blake2b(orjson.dumps(_as_record(rejection)), digest_size=6).hexdigest()
    return f"{rejection.document}#{rejection.place}#{digest}"


def _as_record(rejection: Rejection) -> dict[str, object]:
    return {
        "document": rejection.document,
        "place": rejection.place,
        "reason": rejection.reason,
        "code": rejection.code,
        "row": dict(rejection.row or {}),
        "recipe": rejection.recipe,
    }


def rejection_from_record(record: dict[str, object]) -> Rejection:
    """The rejection that a stored record holds."""
    return Rejection(**record)  # type: ignore[arg-type]
