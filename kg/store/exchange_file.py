"""The file that carries a whole store: gzip over lines of JSON, whole or refused.

The first line is the header, the last one the end mark with the counts and the SHA-256 of all
lines before it. Each line is an object with one key, which says what it is:

    {"header": {"format": 1, "at": …, "ontology": {…}, "counts": {…}}}
    {"merge": […]}                      merges in force, in the order in which they were made
    {"version": {…}}                    versions of documents in the order in which they were read,
    {"batch": {…}}                      each followed by what it said
    {"decision": […]}
    {"record": […]}
    {"entry": […]}                      of a log, in order
    {"end": {"counts": {…}, "sha256": "…"}}
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import orjson

from kg.model.claims import Batch, Claim, Document, NodeClaim, Passage, Run
from kg.model.errors import UnreadableFile
from kg.model.graph import Decision, Merge, Status
from kg.model.instants import Instant
from kg.model.keys import StatementKey
from kg.store.protocol import KeptRecord, LogEntry, Version
from ontology.schema import Schema

FORMAT = 1
SUFFIX = ".gemba.gz"
_LONGEST_LINE = 256 * 2**20  # bytes; our own are a hundredth of it


@dataclass(slots=True)
class Counts:
    """How much a file carries."""

    merges: int = 0
    versions: int = 0
    passages: int = 0
    claims: int = 0  # about nodes and statements
    decisions: int = 0
    records: int = 0
    log_entries: int = 0

    def add(self, item: Item) -> None:
        """Count one more."""
        match item:
            case Merge():
                self.merges += 1
            case Version():
                self.versions += 1
            case Batch():
                self.passages += len(item.passages)
                self.claims += len(item)
            case MadeDecision():
                self.decisions += 1
            case KeptRecord():
                self.records += 1
            case LoggedEntry():
                self.log_entries += 1


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself."""

    at: Instant
    ontology_version: str
    ontology_digest: str
    documents: int
    versions: int

    def is_of(self, schema: Schema) -> bool:
        """Whether the store that was exported had this ontology."""
        return self.ontology_digest == schema.digest


class MadeDecision(NamedTuple):
    """A decision, and whether its statement had live evidence when it was exported."""

    decision: Decision
    is_live: bool


class LoggedEntry(NamedTuple):
    """An entry of a log."""

    log: str
    entry: LogEntry


Item = Merge | Version | Batch | MadeDecision | KeptRecord | LoggedEntry


class FileWriter:
    """Writes a file beside `path` and puts it there when it is whole; else nothing is left."""

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._digest = hashlib.sha256()
        self.counts = Counts()
        self.sha256 = ""
        try:
            self._raw = self._part.open("wb")
        except OSError as error:
            raise UnreadableFile(f"{path} cannot be written: {error.strerror}") from error
        self._file = gzip.GzipFile(
            filename="", mode="wb", compresslevel=6, fileobj=self._raw, mtime=0
        )
        self._write({"header": {"format": FORMAT, **asdict(header)}})

    def _write(self, line: dict[str, Any]) -> None:
        data = orjson.dumps(line) + b"\n"
        self._digest.update(data)
        self._file.write(data)

    def add_merge(self, one: Merge) -> None:
        """One merge."""
        self.counts.add(one)
        self._write({"merge": [one.kept, one.dropped, one.by, one.at, one.reason]})

    def add_version(self, version: Version) -> None:
        """A version; its batches follow."""
        self.counts.add(version)
        self._write(
            {
                "version": {
                    "document": asdict(version.document),
                    "run": asdict(version.run),
                    "is_complete": version.is_complete,
                    "checkpoint": version.checkpoint,
                }
            }
        )

    def add_batch(self, batch: Batch) -> None:
        """What the version before says in some passages."""
        self.counts.add(batch)
        nodes = [[*claim[:4], dict(claim.props), *claim[5:]] for claim in batch.nodes]
        claims = [[*claim[:-1], dict(claim.props or {})] for claim in batch.claims]
        passages = [list(passage) for passage in batch.passages]
        self._write({"batch": {"passages": passages, "nodes": nodes, "claims": claims}})

    def add_decision(self, made: MadeDecision) -> None:
        """A decision."""
        self.counts.add(made)
        one = made.decision
        said = [*one.key, one.status, one.by, one.at, one.reason, made.is_live]
        self._write({"decision": said})

    def add_record(self, record: KeptRecord) -> None:
        """A record beside the graph."""
        self.counts.add(record)
        self._write({"record": list(record)})

    def add_entry(self, logged: LoggedEntry) -> None:
        """An entry of a log."""
        self.counts.add(logged)
        log, entry = logged
        said = [log, entry.seq, entry.at, entry.payload, entry.previous, entry.hash]
        self._write({"entry": said})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.sha256 = self._digest.hexdigest()
                self._write({"end": {"counts": asdict(self.counts), "sha256": self.sha256}})
            self._file.close()
            if error is None:
                self._raw.flush()
                os.fsync(self._raw.fileno())
        except OSError as problem:
            raise UnreadableFile(f"{self._path} cannot be written: {problem.strerror}") from problem
        finally:
            self._raw.close()
            if self.sha256 and error is None:
                self._part.replace(self._path)
            else:
                self._part.unlink(missing_ok=True)


def read_header(path: Path) -> Header:
    """The header alone. Raises UnreadableFile where the file is not an export."""
    with _opened(path) as file:
        return _header(path, *_parse(path, 1, file.readline(_LONGEST_LINE)))


def read_file(path: Path) -> Iterator[Item]:
    """Everything between header and end mark.

    Raises UnreadableFile as soon as the file is seen to be damaged; that nothing is missing or
    changed is known only when the iterator has ended.
    """
    digest = hashlib.sha256()
    counts = Counts()
    number, ended = 0, False
    with _opened(path) as file:
        while data := file.readline(_LONGEST_LINE):
            number += 1
            if ended:
                raise UnreadableFile(f"{path} goes on after its end mark, line {number}")
            kind, value = _parse(path, number, data)
            if kind == "end":
                _check_end(path, value, digest.hexdigest(), counts)
                ended = True
                continue
            digest.update(data)
            if number == 1:
                _header(path, kind, value)
                continue
            try:
                item = _READERS[kind](value)
            except (KeyError, TypeError, ValueError) as error:
                raise UnreadableFile(
                    f"line {number} of {path} is damaged ({kind}); copy or export it again"
                ) from error
            counts.add(item)
            yield item
    if not ended:
        raise UnreadableFile(f"{path} ends too early: it is not whole, export the store again")


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile]:
    try:
        with gzip.open(path, "rb") as file:
            yield file
    except FileNotFoundError as error:
        raise UnreadableFile(f"there is no file {path}") from error
    except (EOFError, zlib.error) as error:
        raise UnreadableFile(
            f"{path} is damaged or ends too early; copy or export it again"
        ) from error
    except OSError as error:  # gzip.BadGzipFile is one
        raise UnreadableFile(
            f"{path} cannot be read as an export of Gemba: {error.strerror or error}"
        ) from error


def _parse(path: Path, number: int, data: bytes) -> tuple[str, Any]:
    try:
        line = orjson.loads(data) if data.endswith(b"\n") else None
    except orjson.JSONDecodeError:
        line = None
    if not isinstance(line, dict) or len(line) != 1:
        raise UnreadableFile(f"line {number} of {path} is damaged; copy or export it again")
    return next(iter(line.items()))


def _header(path: Path, kind: str, value: Any) -> Header:
    if kind != "header" or not isinstance(value, dict) or not isinstance(value.get("format"), int):
        raise UnreadableFile(f"{path} is not an export of Gemba")
    if value["format"] > FORMAT:
        raise UnreadableFile(
            f"{path} was written by a newer Gemba (format {value['format']}, this one reads "
            f"{FORMAT}); upgrade Gemba to import it"
        )
    try:
        return Header(**{one.name: value[one.name] for one in fields(Header)})
    except KeyError as error:
        raise UnreadableFile(f"the header of {path} lacks {error}") from error


def _check_end(path: Path, value: Any, sha256: str, counts: Counts) -> None:
    match value:
        case {"sha256": str(said), "counts": dict(counted)}:
            if said != sha256 or counted != asdict(counts):
                raise UnreadableFile(
                    f"{path} was changed after it was written (its checksum differs); "
                    "export the store again"
                )
        case _:
            raise UnreadableFile(f"the end mark of {path} is damaged")


# -- what lines say --------------------------------------------------------------------------


def _to_merge(value: Any) -> Merge:
    kept, dropped, by, at, reason = value
    return Merge(kept, dropped, by, at, reason)


def _to_version(value: Any) -> Version:
    document, run = Document(**value["document"]), Run(**value["run"])
    return Version(document, run, value["is_complete"], value["checkpoint"])


def _to_batch(value: Any) -> Batch:
    batch = Batch(
        [Passage._make(row) for row in value["passages"]],
        [NodeClaim._make(row) for row in value["nodes"]],
        [Claim._make([*row[:-1], row[-1] or None]) for row in value["claims"]],
    )
    slots = range(len(batch.passages))
    told = [claim.passage for claim in batch.nodes] + [claim.passage for claim in batch.claims]
    if not all(slot in slots for slot in told):
        raise ValueError("a claim is in no passage")
    return batch


def _to_decision(value: Any) -> MadeDecision:
    subject, predicate, obj, status, by, at, reason, is_live = value
    key = StatementKey(subject, predicate, obj)
    return MadeDecision(Decision(key, Status(status) if status else None, by, at, reason), is_live)


def _to_record(value: Any) -> KeptRecord:
    kind, key, document, content = value
    return KeptRecord(kind, key, document, content)


def _to_entry(value: Any) -> LoggedEntry:
    log, seq, at, payload, previous, digest = value
    return LoggedEntry(log, LogEntry(seq, at, payload, previous, digest))


_READERS: dict[str, Callable[[Any], Item]] = {
    "merge": _to_merge,
    "version": _to_version,
    "batch": _to_batch,
    "decision": _to_decision,
    "record": _to_record,
    "entry": _to_entry,
}
