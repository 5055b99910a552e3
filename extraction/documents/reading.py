"""From a file to chunks of passages and claims: what the graph is loaded from.

Reading goes block by block, so a manual of thousands of pages needs no more memory than its
longest chapter. A chunk ends before a heading; there a reading that was interrupted goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path, PurePosixPath

import orjson

from extraction.documents.blocks import Block, Reading, Table, Text
from extraction.documents.headings import HeadingPath, is_contents_line
from extraction.documents.language import language_of
from extraction.documents.opening import open_document
from extraction.documents.readers.ocr import has_ocr
from extraction.documents.sentences import sentences_of
from extraction.documents.structure.faults import FaultWriter
from extraction.documents.structure.outline import OutlineWriter
from extraction.documents.structure.procedures import ProcedureWriter
from extraction.documents.structure.roles import section_role, signal_of, words_by_role
from extraction.documents.structure.scribe import EXTRACTOR, Names, Occurrences, Scribe
from extraction.documents.structure.subject import Subject, find_subject
from extraction.documents.structure.table_writing import Around, TableWriter
from extraction.documents.structure.tables import understand
from extraction.documents.structure.technical_data import DataWriter
from extraction.files import DEFAULT_LIMITS, Limits, scan_file
from extraction.text.counting import SentenceCounter
from extraction.text.protocol import TextContext, TextExtractor, prepare_texts
from kg.model import Chunk, Claim, Document, Finding, Props, code_key
from kg.model.claims import Sentences
from ontology.schema import Schema

_PRELUDE = 120  # blocks from which the subject and the language are told
_CHUNK = 600  # passages after which a chunk may end
_LONGEST_CHUNK = 6_000  # passages after which it ends wherever it is
_EXTRACTOR_ROLES = {"symptom": "symptom", "mode": "symptom", "cause": "cause", "remedy": "remedy"}
_NOT_EXTRACTED = frozenset({"notice", "tool", "part"})  # the structure says all there is
_MANUAL_WORDS = (
    "manual", "handbook", "guide", "instructions", "instruction", "手册", "说明书", "指南", "规程",
    "maintenance", "service", "维护", "维修",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A document that is ready to be read."""

    document: Document
    rows_total: int | None  # pages, slides or sheets, where they are known
    path: Path
    shown: str
    name: str
    schema: Schema
    extractors: Sequence[TextExtractor] = ()
    encoding: str | None = None
    limits: Limits = DEFAULT_LIMITS

    def chunks(self, checkpoint: str | None = None) -> Iterator[Chunk]:
        """What the document says, after `checkpoint`. Raises UnreadableFile."""
        state = _State.read(checkpoint)
        reading = self._open(state.at)
        beginning = reading if not state.at else self._open("")
        prelude = list(islice(beginning.blocks, _PRELUDE))
        blocks: Iterator[Block] = reading.blocks
        if beginning is reading:
            blocks = chain(prelude, reading.blocks)
        yield from _Chunks(self, reading, prelude, state).read(islice(blocks, state.skip, None))

    def _open(self, at: str) -> Reading:
        return open_document(
            self.path,
            shown=self.shown,
            name=self.name,
            encoding=self.encoding,
            limits=self.limits,
            start=at,
        )


def read_document(
    path: Path,
    schema: Schema,
    *,
    extractors: Sequence[TextExtractor] = (),
    key: str | None = None,
    shown: str = "",
    name: str = "",
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> DocumentReading:
    """The document at `path`, opened once to see that it can be. Raises UnreadableFile."""
    shown, name = shown or str(path), name or path.name
    scan = scan_file(path, encoding=encoding, limits=limits)
    reading = open_document(
        path, shown=shown, name=name, encoding=encoding, limits=limits, scan=scan
    )
    document = Document(
        key or path.as_posix(),
        scan.sha256,
        _recipe(schema, extractors, encoding, PurePosixPath(name).suffix.casefold()),
        reading.title or _first_heading(reading) or PurePosixPath(name).name,
        reading.media_type,
    )
    close = getattr(reading.blocks, "close", None)
    if close is not None:
        close()
    return DocumentReading(
        document, reading.pages, path, shown, name, schema, extractors, encoding, limits
    )


def _first_heading(reading: Reading) -> str:
    """The title of a document that has none written into it; of a PDF the page was asked."""
    if reading.media_type == "application/pdf":
        return ""
    path = HeadingPath()
    for block in islice(reading.blocks, 6):
        if isinstance(block, Text) and path.read(block).kind == "heading":
            return " ".join(block.text.split())[:160]
    return ""


def _recipe(
    schema: Schema, extractors: Sequence[TextExtractor], encoding: str | None, suffix: str
) -> str:
    """How a document is read, so that a reading with other means is a new one."""
    words = orjson.dumps({role: sorted(words) for role, words in sorted(words_by_role().items())})
    parts = [
        EXTRACTOR,
        suffix,
        schema.digest,
        hashlib.sha256(words).hexdigest(),
        *(extractor.name for extractor in extractors),
        f"encoding:{encoding}" if encoding else "",
        "ocr" if suffix == ".pdf" and has_ocr() else "",
    ]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    return f"{EXTRACTOR}/{digest}"


@dataclass(slots=True)
class _State:
    """Where a reading is: a place of the reader's, blocks after it, and what counts on."""

    at: str = ""
    skip: int = 0
    path: list[tuple[int, str]] = field(default_factory=list)
    seen: str = ""
    used: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, checkpoint: str | None) -> _State:
        if not checkpoint:
            return cls()
        raw = orjson.loads(checkpoint)
        path = [(level, text) for level, text in raw["path"]]
        return cls(raw["at"], raw["skip"], path, raw["seen"], raw["used"])

    def write(self) -> str:
        return orjson.dumps(
            {"at": self.at, "skip": self.skip, "path": self.path, "seen": self.seen,
             "used": self.used}
        ).decode()  # fmt: skip


class _Chunks:
    """One pass over a document's blocks."""

    def __init__(
        self, source: DocumentReading, reading: Reading, prelude: Sequence[Block], state: _State
    ) -> None:
        self._source = source
        self._reading = reading
        self._names = Names(source.schema)
        self._occurrences = Occurrences(state.seen)
        self._path = HeadingPath(list(state.path))
        self._used = dict(state.used)
        self._at, self._since = state.at, state.skip
        text = "\n".join(b.text for b in prelude if isinstance(b, Text))[:20_000]
        text += "\n".join(
            cell.text
            for b in prelude
            if isinstance(b, Table)
            for row in b.grid[:20]
            for cell in row
        )[:20_000]
        self._language = language_of(text)
        self._subject = find_subject(
            self._names, reading.title, PurePosixPath(source.name).stem, prelude
        )
        self._is_first = not state.at and not state.skip
        self._pages_told = max(0, int(state.at.partition(":")[2] or 1) - 1)
        self._findings_told = 0
        self._dropped = 0
        self._begin()

    def _begin(self) -> None:
        """A fresh batch, and writers that write into it."""
        self._scribe = Scribe(self._names, self._occurrences)
        document = self._source.document.key
        faults = self._faults = FaultWriter(self._scribe, self._subject)
        self._procedures = ProcedureWriter(self._scribe, self._subject, document, self._used)
        self._outline = OutlineWriter(
            faults, self._procedures, DataWriter(self._scribe, self._subject)
        )
        self._tables = TableWriter(self._scribe, self._subject, faults, self._procedures)
        self._caption = ""
        self._sentences: list[tuple[int, int, int]] = []  # passage and range of each

    def read(self, blocks: Iterator[Block]) -> Iterator[Chunk]:
        for block in blocks:
            is_heading = False
            if isinstance(block, Text):
                block = self._path.read(block)
                is_heading = block.kind == "heading"
            size = len(self._scribe.batch.passages)
            if (is_heading and size >= _CHUNK and self._may_end(block)) or size >= _LONGEST_CHUNK:
                yield self._chunk(last=False)
            if isinstance(block, Text):
                self._read_text(block)
            else:
                self._read_table(block)
            self._since += 1
            if block.at is not None:
                self._at, self._since = block.at, 0
        yield self._chunk(last=True)

    def _may_end(self, block: Block) -> bool:
        level = block.level if isinstance(block, Text) else 0
        return not self._outline.in_troubleshooting or level <= self._outline.trouble_level

    def _chunk(self, *, last: bool) -> Chunk:
        self._procedures.end()
        self._faults.join_symptoms()
        scribe = self._scribe
        if self._is_first:
            self._describe_document()
            self._is_first = False
        checkpoint = None
        if not last:
            checkpoint = _State(
                self._at, self._since, self._path.path, self._occurrences.state(), self._used
            ).write()
        findings = self._reading.findings[self._findings_told :]
        self._findings_told = len(self._reading.findings)
        dropped = self._reading.dropped + self._dropped
        if last and dropped:
            findings.append(
                Finding(
                    "running-text",
                    "",
                    f"{dropped:,} running headers, footers, page numbers and lines of contents "
                    "were left out.",
                )
            )
        if self._reading.pages is not None:
            rows = max(0, self._reading.pages_read - self._pages_told)
            self._pages_told = self._reading.pages_read
        else:
            rows = len(scribe.batch.passages)
        chunk = Chunk(
            scribe.batch,
            findings=findings,
            checkpoint=checkpoint,
            rows=rows,
            sentences=self._count_sentences(),
        )
        self._begin()
        return chunk

    # -- passages ----------------------------------------------------------------------------

    def _passage(self, text: str, place: str, heading: str | None = None) -> int:
        language = language_of(text, self._language)
        above = str(self._path) if heading is None else heading
        return self._scribe.passage(text, place, language, above or None)

    def _read_text(self, block: Text) -> None:
        if not any(char.isalnum() for char in block.text):
            return
        if is_contents_line(block.text) or self._is_contents(block):
            self._dropped += 1
            return
        if block.kind == "heading":
            passage = self._passage(block.text, block.place, self._path.above(block.level))
            self._path.enter(block.level, block.text)
            self._outline.heading(block, passage)
            if self._outline.is_sign(passage):
                self._extract(block.text, passage, 0, "symptom")
            self._caption = ""
            return
        passage = self._passage(block.text, block.place)
        if block.kind == "caption":
            self._caption = block.text
        role = self._outline.text(block, passage)
        self._extract(block.text, passage, 0, role)

    def _is_contents(self, block: Text) -> bool:
        return (
            block.kind != "heading"
            and section_role(self._path.last) == "contents"
            and (len(block.text) < 100)
        )

    def _read_table(self, table: Table) -> None:
        form = understand(
            table, section=section_role(self._path.last), has_sign=bool(self._outline.sign)
        )
        if len(form.rows) <= 2 and not form.kind and self._is_notice(table, form.rows):
            return
        self._procedures.close()
        passages = []
        for row in form.rows:
            passage = self._passage(row.text, row.place)
            passages.append(passage)
            for column, start in row.starts.items():
                role = form.roles.get(column, "")
                if role in ("part-number", "quantity", "position", "interval", "torque", "alarm",
                            "mark", "value", "unit", "minimum", "maximum"):  # fmt: skip
                    continue
                at = start
                for paragraph in row.cells[column].paragraphs:
                    self._extract(paragraph, passage, at, role)
                    at += len(paragraph) + 1
        around = Around(
            self._path.last,
            table.caption or self._caption,
            self._language,
            self._outline.sign,
        )
        self._tables.write(form, passages, around)
        self._caption = ""

    def _is_notice(self, table: Table, rows: Sequence[object]) -> bool:
        """A box around a safety notice: its signal word stands in one of few cells."""
        texts = list(dict.fromkeys(c.text for line in table.grid for c in line if c.paragraphs))
        if not 1 <= len(texts) <= 3:
            return False
        text = "\n".join(texts)
        signal = signal_of(text)
        if signal is None:
            return False
        self._procedures.notice(text, signal, self._passage(text, table.place))
        return True

    def _extract(self, text: str, passage: int, offset: int, role: str) -> None:
        """Hand sentences to the readers of free text. Line breaks count as spaces."""
        flat = text.replace("\n", " ").replace("\t", " ")
        context = TextContext(
            asset=self._subject.key,
            role=_EXTRACTOR_ROLES.get(role, ""),
            language=self._scribe.batch.passages[passage].language,
        )
        sentences = sentences_of(flat)
        if role not in _NOT_EXTRACTED:
            prepare_texts(self._source.extractors, (flat[start:end] for start, end in sentences))
        for start, end in sentences:
            self._sentences.append((passage, offset + start, offset + end))
            if role in _NOT_EXTRACTED:
                continue
            for extractor in self._source.extractors:
                found = extractor.extract(flat[start:end], passage, offset + start, context)
                self._scribe.take(found.nodes, found.claims)

    def _count_sentences(self) -> Sentences:
        """What became of the sentences of the batch, by the surest claim that touches each."""
        by_passage: dict[int, list[Claim]] = {}
        for claim in self._scribe.batch.claims:
            by_passage.setdefault(claim.passage, []).append(claim)
        counter = SentenceCounter()
        for passage, start, end in self._sentences:
            counter.add_sentence(
                claim
                for claim in by_passage.get(passage, ())
                if claim.start < 0 or (claim.start < end and start < claim.end)
            )
        return counter.take()

    def _describe_document(self) -> None:
        """The document as a thing, and what it is about."""
        scribe, source, subject = self._scribe, self._source, self._subject
        if not scribe.batch.passages:
            return
        document = source.document
        title = f"{document.title} {PurePosixPath(source.name).stem}".casefold()
        title += " ".join(text for _, text in self._path.path).casefold()
        cls = "Manual" if any(word in title for word in _MANUAL_WORDS) else "Document"
        props: dict[str, str] = {"title": document.title, "mediaType": document.media_type}
        if self._language is not None:
            props["language"] = self._language
        key = code_key("document", document.key)
        scribe.describe(key, cls, 0, name=document.title, props=props)
        for about in dict.fromkeys((subject.cls, subject.asset)):
            if about is not None:
                scribe.say(about, "describedIn", key, 0.9, 0)
        if subject.asset is not None:
            model: Props = {"model": subject.model} if subject.model else {}
            scribe.describe(subject.asset, "Asset", 0, props=model)
            if subject.cls is not None:
                scribe.say(subject.asset, "ofClass", subject.cls, 0.85, 0)


__all__ = ["DocumentReading", "Subject", "read_document"]
