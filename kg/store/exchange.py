"""Carrying a whole store into another one, of either kind: history, decisions, merges and all.

Both directions stream. An import reads the file to its end before anything is written, and takes
back what it wrote where something goes wrong after all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from kg.model.claims import Batch
from kg.model.errors import Conflict, GembaError, NotFound
from kg.model.graph import EVERY_STATUS, Decision, Merge, View
from kg.model.instants import now, to_text
from kg.model.keys import StatementKey
from kg.store.chain import FIRST_PREVIOUS, entry_hash
from kg.store.exchange_file import (
    Counts,
    FileWriter,
    Header,
    LoggedEntry,
    MadeDecision,
    read_file,
    read_header,
)
from kg.store.protocol import KeptRecord, LoadSession, LogEntry, Store, Version

_EVERY = View(statuses=EVERY_STATUS)
_AT_ONCE = 500  # decisions, records, entries

Existing = Literal["refuse", "skip"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export or an import is: versions of documents out of all, and claims."""

    stage: Literal["reading", "checking", "writing"]
    versions: int
    of: int
    claims: int


Say = Callable[[Progress], None]


@dataclass(slots=True)
class ExchangeReport:
    """What went into a file or came out of one."""

    path: Path
    header: Header
    counts: Counts = field(default_factory=Counts)
    sha256: str = ""
    same_ontology: bool = True
    skipped_documents: list[str] = field(default_factory=list)  # that the store had already
    skipped_decisions: int = 0  # made before, or on statements of documents left out
    skipped_records: int = 0  # that the store had already
    renamed_logs: dict[str, str] = field(default_factory=dict)  # that go on otherwise in the store


def export_store(
    store: Store,
    path: Path,
    *,
    without_records: Collection[str] = (),
    with_logs: bool = True,
    say: Say | None = None,
) -> ExchangeReport:
    """Write everything that `store` holds to the file at `path`, replacing it when it is whole.

    Raises Conflict where something is removed from the store meanwhile or a log of it was tampered
    with, UnreadableFile where the file cannot be written.
    """
    decisions = store.decisions()
    live: set[StatementKey] = set()
    for some in _chunks(list({decision.key for decision in decisions})):
        live |= store.get_statements(some, _EVERY).keys()
    versions = store.versions()
    header = Header(
        at=now(),
        ontology_version=store.schema.version,
        ontology_digest=store.schema.digest,
        documents=len({version.document.key for version in versions}),
        versions=len(versions),
    )
    with FileWriter(path, header) as file:
        for one in store.merges():
            file.add_merge(one)
        for done, dump in enumerate(store.dump()):
            file.add_version(dump.version)
            for batch in dump.batches:
                file.add_batch(batch)
                if say is not None:
                    say(Progress("reading", done, len(versions), file.counts.claims))
        for decision in decisions:
            file.add_decision(MadeDecision(decision, decision.key in live))
        for record in store.dump_records():
            if record.kind not in without_records:
                file.add_record(record)
        for log in store.logs() if with_logs else ():
            before = FIRST_PREVIOUS
            for entry in _entries(store, log):
                _check_chain(log, before, entry)
                file.add_entry(LoggedEntry(log, entry))
                before = entry.hash
    return ExchangeReport(path, header, file.counts, file.sha256)


def check_file(path: Path, *, say: Say | None = None) -> ExchangeReport:
    """Read an export to its end. Raises UnreadableFile where it is not whole."""
    return _survey(path, None, say).report


def import_store(
    store: Store, path: Path, *, existing: Existing = "refuse", say: Say | None = None
) -> ExchangeReport:
    """Read the file at `path` into `store`, after which both tell the same.

    Documents and records that the store has already are a Conflict, or with `existing` "skip" left
    as they are. A log that goes on otherwise in the store is imported under another name, because
    the chain of its hashes would break.

    Raises UnreadableFile where the file is not whole; then nothing was written.
    """
    survey = _survey(path, store, say)
    held = {version.document.key for version in store.versions()}
    _refuse_conflicts(store, survey, held, existing)
    survey.report.same_ontology = survey.report.header.ontology_digest == store.schema.digest
    survey.report.skipped_documents = sorted(survey.documents & held)
    work = _Import(store, survey, held, say)
    try:
        work.run()
    except BaseException:
        work.take_back()
        raise
    return survey.report


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[i : i + _AT_ONCE] for i in range(0, len(items), _AT_ONCE))


def _entries(store: Store, log: str) -> Iterator[LogEntry]:
    after = 0
    while entries := store.read_log(log, after=after, limit=_AT_ONCE):
        yield from entries
        after = entries[-1].seq


def _check_chain(log: str, before: str, entry: LogEntry) -> None:
    # Appending to another store computes hashes anew, which would hide what was done to this one.
    if entry.previous != before or entry.hash != entry_hash(
        before, entry.seq, entry.at, entry.payload
    ):
        raise Conflict(
            f"the log {log} was tampered with at entry {entry.seq}; verify it, or leave logs out"
        )


# -- before anything is written --------------------------------------------------------------


@dataclass(slots=True)
class _Survey:
    """What a file holds besides claims, found while checking that it is whole."""

    report: ExchangeReport
    documents: set[str] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    decisions: list[MadeDecision] = field(default_factory=list)
    records: set[tuple[str, str]] = field(default_factory=set)  # that the store has already
    logs: set[str] = field(default_factory=set)  # that go on otherwise in the store


def _survey(path: Path, store: Store | None, say: Say | None) -> _Survey:
    survey = _Survey(ExchangeReport(path, read_header(path)))
    counts, of = survey.report.counts, survey.report.header.versions
    last: dict[str, LogEntry] = {}
    records: dict[str, list[str]] = defaultdict(list)
    for item in read_file(path):
        counts.add(item)
        match item:
            case Merge():
                survey.merges.append(item)
            case Version():
                survey.documents.add(item.document.key)
            case Batch() if say is not None:
                say(Progress("checking", counts.versions - 1, of, counts.claims))
            case MadeDecision():
                survey.decisions.append(item)
            case KeptRecord(kind, key):
                records[kind].append(key)
            case LoggedEntry(log, entry):
                before = last[log].hash if log in last else FIRST_PREVIOUS
                _check_chain(log, before, entry)
                last[log] = entry
                if store is not None and log not in survey.logs:
                    there = store.read_log(log, after=entry.seq - 1, limit=1)
                    if there and there[0].hash != entry.hash:
                        survey.logs.add(log)
    if store is not None:
        for kind, keys in records.items():
            for some in _chunks(keys):
                found = store.get_records(kind, keys=some)
                survey.records.update((kind, key) for key in found)
    return survey


def _refuse_conflicts(
    store: Store, survey: _Survey, held: Collection[str], existing: Existing
) -> None:
    both = sorted(survey.documents.intersection(held)) + sorted(
        f"record {kind}/{key}" for kind, key in survey.records
    )
    if both and existing == "refuse":
        raise Conflict(
            f"the store already holds {both[0]}"
            + (f" and {len(both) - 1} more of what the file brings" if len(both) > 1 else "")
            + "; import into an empty store, or skip what is there",
            ids=both,
        )
    kept = {merge.dropped: merge.kept for merge in store.merges()}
    for merge in survey.merges:
        if kept.get(merge.dropped, merge.kept) != merge.kept:
            raise Conflict(
                f"the store reads {merge.dropped} as {kept[merge.dropped]}, the file as "
                f"{merge.kept}; undo that merge first",
                ids=[merge.dropped],
            )


# -- writing ---------------------------------------------------------------------------------


class _Import:
    """One import under way. Merges come first, so that every key leads where it led; a decision is
    made while its statement has live evidence; logs, which nothing can take back, come last."""

    def __init__(
        self, store: Store, survey: _Survey, held: Collection[str], say: Say | None
    ) -> None:
        self._store = store
        self._survey = survey
        self._report = survey.report
        self._held = held
        self._say = say
        there = store.merges()
        self._merges = [m for m in survey.merges if m.dropped not in {t.dropped for t in there}]
        self._kept = {merge.dropped: merge.kept for merge in (*there, *self._merges)}
        made = set(store.decisions())
        self._late: list[Decision] = []
        self._early: dict[StatementKey, list[Decision]] = defaultdict(list)
        for decision, is_live in survey.decisions:
            if decision in made:
                self._report.skipped_decisions += 1
            elif is_live:
                self._late.append(decision)
            else:
                self._early[self._lead(decision.key)].append(decision)
        self._merged: list[str] = []
        self._begun: set[str] = set()
        self._put: dict[str, list[str]] = defaultdict(list)
        self._waiting: list[KeptRecord] = []
        self._session: LoadSession | None = None
        self._version: Version | None = None
        self._told: set[StatementKey] = set()
        self._done = Counts()
        self._are_logs_next = False

    def run(self) -> None:
        """Write everything."""
        for merge in self._merges:
            self._store.merge([merge])
            self._merged.append(merge.dropped)
        for item in read_file(self._report.path):
            self._done.add(item)
            match item:
                case Version():
                    self._end_version()
                    self._begin_version(item)
                case Batch():
                    self._write(item)
                case KeptRecord():
                    self._end_version()
                    self._waiting.append(item)
                    if len(self._waiting) >= _AT_ONCE:
                        self._put_records()
                case LoggedEntry(log, entry):
                    self._end_graph()
                    self._append(log, entry)
        self._end_graph()

    def take_back(self) -> None:
        """Remove what was written before something went wrong, as far as the store lets us."""
        with suppress(GembaError):
            written = {version.document.key for version in self._store.versions()}
            self._store.remove_documents(self._begun & written)
            for dropped in reversed(self._merged):
                self._store.unmerge(dropped)
            for kind, keys in self._put.items():
                self._store.drop_records(kind, keys=keys)

    def _lead(self, key: StatementKey) -> StatementKey:
        subject, predicate, obj = key
        return StatementKey(self._root(subject), predicate, self._root(obj))

    def _root(self, key: str) -> str:
        while key in self._kept:
            key = self._kept[key]
        return key

    def _begin_version(self, version: Version) -> None:
        if version.document.key in self._held:
            return
        self._begun.add(version.document.key)
        self._version = version
        self._session = self._store.begin_load(version.document, version.run)

    def _write(self, batch: Batch) -> None:
        if self._session is None:
            return
        self._session.write(batch)
        if self._early:
            self._told.update(
                self._lead(StatementKey(c.subject, c.predicate, c.object)) for c in batch.claims
            )
        if self._say is not None:
            done = self._done
            of = self._report.header.versions
            self._say(Progress("writing", done.versions - 1, of, done.claims))

    def _end_version(self) -> None:
        session, version = self._session, self._version
        self._session = self._version = None
        if session is None or version is None:
            return
        if version.is_complete:
            session.finish()
        elif version.checkpoint is not None:  # left open, to be resumed there
            session.write(Batch(), version.checkpoint)
        for key in sorted(self._told & self._early.keys()):
            self._decide(self._early.pop(key))
        self._told.clear()

    def _end_graph(self) -> None:
        """Whatever is not a log."""
        if self._are_logs_next:
            return
        self._end_version()
        self._decide(self._late)
        self._report.skipped_decisions += sum(map(len, self._early.values()))
        self._put_records()
        self._are_logs_next = True

    def _decide(self, decisions: Sequence[Decision]) -> None:
        for some in _chunks(decisions):
            try:
                self._store.decide(some)
            except NotFound as error:  # of documents that were left out
                known = [d for d in some if d.key.id not in error.ids]
                self._report.skipped_decisions += len(some) - len(known)
                self._store.decide(known)

    def _put_records(self) -> None:
        groups: dict[tuple[str, str | None], dict[str, object]] = defaultdict(dict)
        for record in self._waiting:
            if (record.kind, record.key) in self._survey.records:
                self._report.skipped_records += 1
            else:
                groups[record.kind, record.document][record.key] = record.value
        for (kind, document), records in groups.items():
            self._store.put_records(kind, records, document=document)
            self._put[kind] += records
        self._waiting.clear()

    def _append(self, log: str, entry: LogEntry) -> None:
        name = log
        if log in self._survey.logs:
            name = f"{log} (imported {to_text(self._report.header.at)})"
            self._report.renamed_logs[log] = name
        if not self._store.read_log(name, after=entry.seq - 1, limit=1):
            self._store.append_log(name, entry.payload, entry.at)
