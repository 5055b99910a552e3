"""Loading files: each on its own, so that a broken one leaves no trace and stops no other."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.audit import Actor, Note, Outcome, write_entry
from api.intake.ahead import ReadAhead, is_worth_it
from api.intake.opened import OpenSource, TableOptions
from api.intake.replays import replays_of
from api.intake.sources import Source
from api.intake.supply_chain import (
    EVENTS,
    EventNotes,
    held_document,
    keep_notes,
    settle_events,
    watched,
)
from api.intake.tables import open_source
from api.payloads.loads import FileLoad, LoadAnswer, code_of, loaded_file, refused_file
from api.wiring import Plant
from extraction.tables.moments import read_zone
from extraction.tables.side_tables import Shelf
from kg.ingest import LoadReport
from kg.model import BadInput, Chunk, Document, GembaError, MassRemoval, Run, StoreUnavailable
from kg.store import Store

log = logging.getLogger("gemba.intake")
INTERNAL = "internal-error"
MAX_RETIRED_SHARE = 0.5  # of what a document said; more needs `replace`


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load. `replace`: a file may take back most of what it said before.

    `again`: read a file although its content is there under another key. `workers`: how many
    processes work on the load; with more than one, another reads ahead while this one stores
    (more than two gain nothing). None leaves it to the amount that there is to read.
    """

    table: TableOptions = field(default_factory=TableOptions)
    dry_run: bool = False
    replace: bool = False
    again: bool = False
    label: str = ""
    workers: int | None = None


@dataclass(slots=True)
class Progress:
    """Where a load stands: the file, and of how many rows (None: unknown) it read how many."""

    source: Source
    rows: int
    rows_total: int | None


def load_sources(
    plant: Plant,
    actor: Actor,
    sources: Sequence[Source],
    options: LoadOptions,
    watch: Callable[[Progress], None] | None = None,
) -> LoadAnswer:
    """Load every source as one run. What is refused is in the answer, never raised.

    Raises StoreUnavailable: nothing more can be done then; BadInput for options that are wrong
    for every file.
    """
    _check(options)
    run = plant.new_run(actor.name, options.label or _label(sources))
    if not options.dry_run:
        plant.load_concepts(actor.name)
    with _opener(plant, sources, options) as opened:
        intake = _Intake(plant, actor, run, options, watch)
        files = [
            file
            for number, source in enumerate(sources)
            for file in intake.load(source, lambda number=number: opened(number))  # type: ignore[misc]
        ]
    if not options.dry_run and any(file.mapping == EVENTS for file in files):
        settle_events(plant, actor.name, run)
    return LoadAnswer(run=run.id, dry_run=options.dry_run, files=files)


@contextmanager
def _opener(
    plant: Plant, sources: Sequence[Source], options: LoadOptions
) -> Iterator[Callable[[int], list[OpenSource]]]:
    """What opens the source of a number: this process, or another one that reads ahead."""
    workers = options.workers
    if workers is None:
        workers = 2 if (os.cpu_count() or 1) > 1 and is_worth_it(sources) else 1
    if workers < 2:
        shelf = Shelf()
        yield lambda number: open_source(plant, sources[number], options.table, shelf)
        return
    known = {
        version.document.key: (version.document.sha256, version.document.recipe)
        for version in plant.store.versions()
        if version.is_complete
    }
    ahead = ReadAhead(plant, sources, options.table, known=known, again=options.again)
    try:
        yield ahead.open
    finally:
        ahead.close()


def _label(sources: Sequence[Source]) -> str:
    if len(sources) == 1:
        return sources[0].shown
    return f"{len(sources)} files" if sources else ""


class _Intake:
    """One run over several sources."""

    def __init__(
        self,
        plant: Plant,
        actor: Actor,
        run: Run,
        options: LoadOptions,
        watch: Callable[[Progress], None] | None,
    ) -> None:
        self._plant = plant
        self._loader = plant.new_loader()
        self._actor = actor
        self._run = run
        self._options = options
        self._watch = watch

    def load(self, source: Source, opened: Callable[[], list[OpenSource]]) -> list[FileLoad]:
        """What became of one source: of its table, or of each of its sheets."""
        try:
            if source.trouble is not None:
                raise source.trouble
            readings = opened()
        except StoreUnavailable:
            raise
        except Exception as error:
            sentence, code = _refusal(error, source)
            return [refused_file(source.shown, source.key or source.shown, sentence, code)]
        return [self._load(source, reading) for reading in readings]

    def _load(self, source: Source, reading: OpenSource) -> FileLoad:
        document = reading.document
        details = {
            "file": reading.shown,
            "run": self._run.id,
            "mapping": reading.mapping,
            "sha256": document.sha256,
        }
        note = Note("load", document.key, details)
        entries = _Entries(self._plant.store, self._actor, note)
        try:
            report = self._read(source, reading, entries)
        except StoreUnavailable:
            raise
        except KeyboardInterrupt:
            entries.end("failed", "interrupted; the next load of the file goes on from there")
            raise
        except Exception as error:
            sentence, code = _refusal(error, source)
            entries.end("failed", sentence)
            return refused_file(reading.shown, document.key, sentence, code, reading.mapping)
        note.details |= {
            "rows": report.rows,
            "rejected": report.rejected.total,
            "statements_added": report.changes.statements_added,
            "statements_removed": report.changes.statements_removed,
        }
        entries.end("done")
        if not (report.dry_run or report.unchanged or report.duplicate_of):
            self._forget_replays(document.key)
        return loaded_file(reading.shown, report, reading.mapping)

    def _forget_replays(self, document: str) -> None:
        """The whole file was read anew, so what was once replayed of it is in it or rejected."""
        replays = replays_of(self._plant.store, [document])
        if replays:
            self._plant.store.remove_documents(replays)

    def _read(self, source: Source, reading: OpenSource, entries: _Entries) -> LoadReport:
        options, watch = self._options, self._watch
        document, store = reading.document, self._plant.store
        notes = EventNotes() if reading.mapping == EVENTS else None
        if notes is not None:
            document = held_document(store, document)

        def chunks(checkpoint: str | None) -> Iterator[Chunk]:
            if not options.dry_run:
                entries.begin()
            said = reading.chunks(checkpoint)
            yield from said if notes is None else watched(said, notes)

        def progress(report: LoadReport) -> None:
            if watch is not None:
                watch(Progress(source, report.rows, reading.reading.rows_total))

        try:
            report = self._loader.load(
                document,
                chunks,
                self._run,
                dry_run=options.dry_run,
                again=options.again,
                max_retired_share=_share(self._plant, reading.document, options),
                progress=progress,
            )
            if notes is not None and notes.keys and not options.dry_run:
                keep_notes(store, document.key, notes)
            return report
        except MassRemoval as error:
            raise MassRemoval(
                f"{error} If {reading.shown} really replaces what was there, load it with "
                "--replace (`replace` over HTTP); else look whether it was cut short.",
                ids=error.ids,
            ) from error


class _Entries:
    """The two audit entries of a load: when it first writes, and how it ended."""

    def __init__(self, store: Store, actor: Actor, note: Note) -> None:
        self._store = store
        self._actor = actor
        self._note = note
        self._has_begun = False

    def begin(self) -> None:
        """Something will be written now."""
        write_entry(self._store, self._actor, self._note, "begun")
        self._has_begun = True

    def end(self, outcome: Outcome, why: str = "") -> None:
        """Note the end of what had begun; what wrote nothing leaves no entry."""
        if self._has_begun:
            write_entry(self._store, self._actor, self._note, outcome, why=why)


def _share(plant: Plant, document: Document, options: LoadOptions) -> float:
    """How much of what the document said may go.

    A new mapping or ontology replaces everything by its nature; the guard is against a file that
    was cut short or is another one of the same name.
    """
    versions = [v for v in plant.store.versions(document.key) if v.is_complete]
    if options.replace or not versions or versions[-1].document.recipe != document.recipe:
        return 1.0
    return MAX_RETIRED_SHARE


def _check(load: LoadOptions) -> None:
    if load.workers is not None and load.workers < 1:
        raise BadInput(f"{load.workers} processes cannot load anything; give 1 or 2 workers.")
    options = load.table
    if options.time_zone is not None:
        try:
            read_zone(options.time_zone)
        except ValueError:
            raise BadInput(
                f"There is no time zone {options.time_zone!r}; write one such as Asia/Shanghai, "
                "UTC or +08:00."
            ) from None


def _refusal(error: Exception, source: Source) -> tuple[str, str]:
    """Why a file was refused, and the code of that; a fault of ours stops no other file."""
    if isinstance(error, GembaError):
        return _told(error, source), code_of(error)
    log.error("%s could not be read", source.shown, exc_info=error)
    return (
        f"{source.shown} could not be read through a fault of Gemba "
        f"({type(error).__name__}: {error}); please report it.",
        INTERNAL,
    )


def _told(error: GembaError, source: Source) -> str:
    """The error's sentence, with the file as people know it."""
    if source.address is not None:
        return str(error)
    return str(error).replace(str(source.path), source.shown)
