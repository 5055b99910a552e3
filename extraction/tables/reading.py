"""Reading a table through a mapping: rows in, chunks of claims out, in bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Scan, scan_file
from extraction.tables.checking import check_mapping
from extraction.tables.compiling import Compiled, bind_mapping, compile_program
from extraction.tables.headers import name_nearest
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.occurrences import Occurrences
from extraction.tables.passages import RowText, digest_of
from extraction.tables.program import Said
from extraction.tables.refusals import RowRefused, RowSkipped
from extraction.tables.rows import RowCleaner, is_formula
from extraction.tables.side_tables import SideTable, empty_table, load_side_table
from extraction.tables.sources.opening import open_tables
from extraction.tables.sources.protocol import RawRow, Table
from extraction.tables.terms import Quoted
from extraction.text.protocol import TextExtractor
from kg.model.claims import (
    Batch,
    Chunk,
    Document,
    Finding,
    Passage,
    Rejection,
    passage_key,
)
from kg.model.errors import BadMapping
from kg.model.instants import Instant
from kg.model.instants import now as current_instant
from ontology.schema import Schema

READER = "tables@1"  # raise it when the same mapping would read the same file differently
CHUNK_ROWS = 5_000
_SAMPLE_ROWS = 2_000

_Ready = tuple[int, list[str], str, list[int], list[int]]


class Reading:
    """A table that is ready to be read. See `open_table`."""

    def __init__(
        self,
        document: Document,
        tables: Sequence[Table],
        mapping: TableMapping,
        compile_for: Callable[[Table], Compiled],
        *,
        extractors: Sequence[TextExtractor],
        scan: Scan | None,
        resume_from: str | None,
        limit: int | None,
    ) -> None:
        self.document = document
        self.mapping = mapping
        self._tables = tables
        self._compile_for = compile_for
        self._extractors = extractors
        self._scan = scan
        self._resume_from = resume_from
        self._limit = limit

    @property
    def rows_total(self) -> int | None:
        """About how many rows there are; None where nothing tells."""
        totals = [table.rows_total for table in self._tables]
        if any(total is None for total in totals):
            return None
        total = sum(t for t in totals if t is not None)
        return total if self._limit is None else min(total, self._limit)

    def chunks(self, checkpoint: str | None = None) -> Iterator[Chunk]:
        """What the rows say, about 5,000 at a time, after `checkpoint` where one is given.

        Rows before it are read again without being told, so that what depends on them (equal
        rows, merged cells, numbering) comes out the same. Raises UnreadableFile.
        """
        done = _rows_of(checkpoint or self._resume_from)
        read = 0
        for index, table in enumerate(self._tables):
            compiled = self._compile_for(table)
            rows = _TableRows(
                self.document, self.mapping, table, compiled, has_texts=bool(self._extractors)
            )
            source = table.rows()
            while self._limit is None or read < self._limit:
                size = CHUNK_ROWS if read >= done else min(CHUNK_ROWS, done - read)
                if self._limit is not None:
                    size = min(size, self._limit - read)
                raws = list(islice(source, size))
                if not raws:
                    break
                is_told = read >= done
                read += len(raws)
                chunk = rows.tell(raws, is_told=is_told)
                chunk.checkpoint = f"rows:{read}"
                if is_told:
                    yield chunk
            if not read and index == len(self._tables) - 1:
                yield Chunk(Batch(), findings=[*rows.opening_findings()], checkpoint="rows:0")
        if self._scan is not None:
            self._scan.check_unchanged()


class _TableRows:
    """Turns the rows of one table into chunks, in order."""

    def __init__(
        self,
        document: Document,
        mapping: TableMapping,
        table: Table,
        compiled: Compiled,
        *,
        has_texts: bool,
    ) -> None:
        self._document = document
        self._mapping = mapping
        self._table = table
        self._headers = list(table.headers)
        self._compiled = compiled
        self._program = compiled.program
        self._cleaner = RowCleaner(mapping.spec, len(self._headers), compiled.binding.at)
        self._writer = RowText(self._headers)
        self._occurrences = Occurrences()
        self._is_first = True
        self._has_texts = has_texts
        self._unique = _UniqueCodes(mapping, compiled)

    def opening_findings(self) -> list[Finding]:
        """What was noticed about the table as a whole; told with its first chunk."""
        place = self._table.place_prefix.rstrip("/").rpartition("/")[0] or "header"
        return [
            Finding(problem.code, place, problem.reason)
            for problem in (*self._table.findings, *self._compiled.findings)
        ]

    def tell(self, raws: Sequence[RawRow], *, is_told: bool) -> Chunk:
        """What `raws` say. Where it is not to be told, free texts are not read."""
        chunk = Chunk(Batch(), rows=len(raws))
        if self._is_first:
            chunk.findings.extend(self.opening_findings())
            self._is_first = False
        ready: list[_Ready] = []
        digests: list[int] = []
        for raw in raws:
            row = self._prepare(raw, chunk)
            if row is not None:
                ready.append(row)
                digests.append(digest_of(row[2]))
        counts, first_rows = self._occurrences.count(digests, [row[0] for row in ready])
        if self._program.checks.wants_codes:
            self._program.checks.learn([row[1] for row in ready])
        read_texts = is_told and self._has_texts
        batch = chunk.batch
        said = Said(batch.nodes, batch.claims)
        prefix = self._table.place_prefix
        language = self._mapping.spec.language
        extractor = self._mapping.extractor
        for index, (number, cells, text, starts, ends) in enumerate(ready):
            place = f"{prefix}{number}"
            count = counts[index]
            if count:
                chunk.findings.append(
                    Finding(
                        "duplicate-row",
                        place,
                        f"The row says the same as {prefix}{first_rows[index]}.",
                    )
                )
            told = len(batch.nodes) + len(batch.claims)
            try:
                quoted = Quoted(len(batch.passages), extractor, starts, ends)
                issues = self._program.run(cells, quoted, said, read_texts=read_texts)
            except RowSkipped:
                continue
            except RowRefused as refusal:
                self._reject(chunk, place, refusal.code, str(refusal), cells)
                continue
            for issue in issues:
                chunk.findings.append(Finding(issue.code, place, issue.message))
            if len(batch.nodes) + len(batch.claims) > told:
                key = f"{digests[index]:016x}" if not count else passage_key(text, count)
                batch.passages.append(Passage(key, place, text, language))
                self._unique.check(batch, told, place, chunk.findings)
        return chunk

    def _prepare(self, raw: RawRow, chunk: Chunk) -> _Ready | None:
        number, cells, problem = raw
        place = f"{self._table.place_prefix}{number}"
        if problem is not None:
            self._reject(chunk, place, problem.code, problem.reason, cells)
            return None
        ready = self._cleaner.clean(cells)
        if ready is None:
            return None
        text, starts, ends = self._writer.write(ready)
        if "\0" in text:
            self._reject(
                chunk, place, "nul-byte",
                "The row holds zero bytes; it is damaged. Export it again.",
                [cell.replace("\0", "\ufffd") for cell in cells],
            )  # fmt: skip
            return None
        try:
            text.encode()
        except UnicodeEncodeError:
            self._reject(
                chunk, place, "bad-encoding",
                "The row holds bytes that are not in the encoding of the rest of the file; correct"
                " it, or name the encoding.",
                [cell.encode("utf-8", "replace").decode() for cell in cells],
            )  # fmt: skip
            return None
        if ": =" in text or ": @" in text or ": +" in text or ": -" in text:
            for header, cell in zip(self._headers, ready, strict=True):
                if is_formula(cell):
                    chunk.findings.append(
                        Finding(
                            "formula",
                            place,
                            f"{header} holds a formula ({cell[:40]}); it is kept as text and"
                            " never evaluated.",
                        )
                    )
        return number, ready, text, starts, ends

    def _reject(
        self, chunk: Chunk, place: str, code: str, reason: str, cells: Sequence[str]
    ) -> None:
        row = {
            (self._headers[i] if i < len(self._headers) else f"cell {i + 1}"): cell
            for i, cell in enumerate(cells)
        }
        chunk.rejections.append(
            Rejection(self._document.key, place, reason, code, row, self._document.recipe)
        )


class _UniqueCodes:
    """Notices two rows with the same code of a thing that the mapping calls unique."""

    def __init__(self, mapping: TableMapping, compiled: Compiled) -> None:
        del compiled
        self._classes = {
            str(thing.class_): name for name, thing in mapping.spec.things.items() if thing.unique
        }
        self._seen: dict[int, str] = {}

    def check(self, batch: Batch, told: int, place: str, findings: list[Finding]) -> None:
        if not self._classes:
            return
        for node in batch.nodes[told:] if told <= len(batch.nodes) else batch.nodes[-3:]:
            name = self._classes.get(node.cls)
            if name is None:
                continue
            form = hash(node.node)
            first = self._seen.setdefault(form, place)
            if first != place:
                findings.append(
                    Finding(
                        "same-code",
                        place,
                        f"The {name} {node.node.partition(':')[2]} stands in {first} already; both"
                        " rows speak of the same one.",
                    )
                )


def _rows_of(checkpoint: str | None) -> int:
    if not checkpoint:
        return 0
    kind, _, count = checkpoint.partition(":")
    return int(count) if kind == "rows" and count.isdigit() else 0


def open_table(
    path: str | os.PathLike[str],
    mapping: TableMapping,
    schema: Schema,
    *,
    extractors: Sequence[TextExtractor] = (),
    key: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    time_zone: str | None = None,
    tables: Mapping[str, str | os.PathLike[str]] | None = None,
    resume_from: str | None = None,
    limit: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    now: Instant | None = None,
) -> Reading:
    """Make the file at `path` ready to be read through `mapping`.

    `key` is the document's lasting identity (the path as given where absent, with `#sheet` where a
    sheet is named). `encoding`, `sheet` and `time_zone` override what the mapping says; `tables`
    names the files of its side tables. `limit` reads so many rows at most; `now` is what dates are
    held against to find those in the future.

    Raises BadMapping (the mapping does not fit the ontology or the file) and UnreadableFile.
    """
    check_mapping(mapping, schema)
    spec = mapping.spec
    path = Path(path)
    source = spec.source if sheet is None else spec.source.model_copy(update={"sheet": sheet})
    scan = scan_file(path, encoding=encoding or source.encoding, limits=limits)
    opened = open_tables(
        scan, source, score=lambda cells: header_score(mapping, cells), limits=limits
    )
    for table in opened:
        _check_headers(mapping, table, str(path))
    side_tables = _load_side_tables(mapping, path, tables or {}, limits)
    at = current_instant() if now is None else now

    def compile_for(table: Table) -> Compiled:
        sample = [row.cells for row in islice(table.rows(), _SAMPLE_ROWS) if row.problem is None]
        return compile_program(
            mapping, schema, table.headers, sample=sample, side_tables=side_tables,
            extractors=extractors, now=at, time_zone=time_zone,
        )  # fmt: skip

    recipe = _recipe(
        mapping, schema, extractors, side_tables, scan.encoding.name, sheet, time_zone, limit
    )
    document = Document(
        key=key or (f"{path}#{sheet}" if sheet is not None else str(path)),
        sha256=scan.sha256,
        recipe=recipe,
        title=path.name,
        media_type=_media_type(path, scan),
        language=spec.language,
    )
    return Reading(
        document, opened, mapping, compile_for,
        extractors=extractors, scan=scan, resume_from=resume_from, limit=limit,
    )  # fmt: skip


def header_score(mapping: TableMapping, cells: Sequence[str]) -> float:
    """How much a row of cells looks like the header that `mapping` wants: 0 to 1, 0 for not."""
    binding = bind_mapping(mapping.spec, [" ".join(cell.split()) for cell in cells])
    wanted = sum(1 for column in mapping.spec.columns.values() if column.value is None)
    if not wanted or not binding.at:
        return 0.0
    found = len(binding.at) / wanted
    return found if not binding.missing else found / 10


def _check_headers(mapping: TableMapping, table: Table, path: str) -> None:
    binding = bind_mapping(mapping.spec, table.headers)
    if not binding.missing:
        return
    name = binding.missing[0]
    aliases = mapping.spec.columns[name].header or [name]
    nearest = [
        header for alias in aliases[:3] for header in name_nearest(alias, table.headers, 1)
    ] or list(table.headers[:8])
    where = f" (sheet {table.name})" if table.name else ""
    raise BadMapping(
        f"{path}{where} has no column for {name}: the mapping {mapping.name} looks for"
        f" {' or '.join(repr(a) for a in aliases[:4])}, and the file has"
        f" {', '.join(repr(h) for h in dict.fromkeys(nearest))}. Add the file's header to"
        f" columns.{name}.header, or use another mapping."
    )


def _load_side_tables(
    mapping: TableMapping,
    path: Path | None,
    given: Mapping[str, str | os.PathLike[str]],
    limits: Limits,
) -> dict[str, SideTable]:
    loaded: dict[str, SideTable] = {}
    for name, spec in mapping.spec.tables.items():
        named = given.get(name)
        table = load_side_table(
            name, spec, path, given=Path(named) if named is not None else None, limits=limits
        )
        loaded[name] = table if table is not None else empty_table(name)
    return loaded


def _recipe(
    mapping: TableMapping,
    schema: Schema,
    extractors: Sequence[TextExtractor],
    side_tables: Mapping[str, SideTable],
    *how: object,
) -> str:
    parts = [READER, mapping.digest, schema.digest, *(e.name for e in extractors)]
    parts += [f"{name}={table.digest}" for name, table in sorted(side_tables.items())]
    parts += [str(option) for option in how]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{mapping.name}@{digest[:16]}"


def _media_type(path: Path, scan: Scan) -> str:
    known = {
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".json": "application/json",
        ".jsonl": "application/x-ndjson",
        ".ndjson": "application/x-ndjson",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xls": "application/vnd.ms-excel",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    }
    fallback = "text/plain" if scan.kind == "text" else "application/octet-stream"
    return known.get(path.suffix.lower(), fallback)
