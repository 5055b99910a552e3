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
from extraction.tables.headers import name_nearest, suggest_nearest
from extraction.tables.likeness import header_score
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.side_tables import Shelf, SideTable, empty_table
from extraction.tables.sources.databases import public_address, run_query
from extraction.tables.sources.opening import open_tables
from extraction.tables.sources.protocol import Table
from extraction.tables.telling import TableRows
from extraction.text.protocol import TextExtractor
from kg.model.claims import (
    Chunk,
    Document,
    Finding,
)
from kg.model.errors import BadMapping
from kg.model.instants import Instant
from kg.model.instants import now as current_instant
from ontology.schema import Schema

READER = "tables@2"  # raise it when the same mapping would read the same file differently
CHUNK_ROWS = 5_000
_SAMPLE_ROWS = 2_000


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
        read = said = 0
        for table in self._tables:
            compiled = self._compile_for(table)
            rows = TableRows(
                self.document, self.mapping, table, compiled, has_texts=bool(self._extractors)
            )
            source = table.rows()
            first = read
            while self._limit is None or read < self._limit:
                size = CHUNK_ROWS if read >= done else min(CHUNK_ROWS, done - read)
                if self._limit is not None:
                    size = min(size, self._limit - read)
                raws = list(islice(source, size))
                is_told = read >= done
                read += len(raws)
                is_last = len(raws) < size
                if not raws and read > first:
                    break
                chunk = rows.tell(raws, is_told=is_told)
                said += len(chunk.batch)
                if is_last and not said:
                    chunk.findings.append(_nothing_said(table, read - first))
                chunk.checkpoint = f"rows:{read}"
                if is_told:
                    yield chunk
                if is_last:
                    break
        if self._scan is not None:
            self._scan.check_unchanged()


def _nothing_said(table: Table, rows: int) -> Finding:
    place = table.place_prefix.partition("/")[0] if table.name else "header"
    if not rows:
        return Finding("no-rows", place, "There is a header and no row below it.")
    return Finding(
        "nothing-said",
        place,
        f"None of the {rows:,} rows said anything that the mapping understands; see whether its"
        " columns are those of this file.",
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
    constants: Mapping[str, str] | None = None,
    resume_from: str | None = None,
    limit: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    now: Instant | None = None,
    scan: Scan | None = None,
    shelf: Shelf | None = None,
) -> Reading:
    """Make the file at `path` ready to be read through `mapping`.

    `key` is the document's lasting identity (the path as given where absent, with `#sheet` where a
    sheet is named). `encoding`, `sheet` and `time_zone` override what the mapping says; `tables`
    names the files of its side tables, `constants` replaces constants of the mapping. `limit` reads
    so many rows at most; `now` is what dates are held against to find those in the future.

    Raises BadMapping (the mapping does not fit the ontology or the file) and UnreadableFile.
    """
    check_mapping(mapping, schema)
    spec = mapping.spec
    path = Path(path)
    source = spec.source if sheet is None else spec.source.model_copy(update={"sheet": sheet})
    wanted = encoding or source.encoding
    if scan is None or (wanted is not None and wanted != encoding):
        scan = scan_file(path, encoding=wanted, limits=limits)
    opened = open_tables(
        scan, source, score=lambda cells: header_score(mapping, cells), limits=limits
    )
    for table in opened:
        _check_headers(mapping, table, str(path))
    side_tables = load_side_tables(mapping, path, tables or {}, limits, shelf)
    recipe = make_recipe(
        mapping,
        schema,
        extractors,
        side_tables,
        scan.encoding.name,
        sheet,
        time_zone,
        limit,
        sorted((constants or {}).items()),
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
        document,
        opened,
        mapping,
        make_compiler(
            mapping,
            schema,
            side_tables,
            extractors,
            now=now,
            time_zone=time_zone,
            constants=constants,
        ),
        extractors=extractors,
        scan=scan,
        resume_from=resume_from,
        limit=limit,
    )


def open_query(
    url: str,
    mapping: TableMapping,
    schema: Schema,
    *,
    query: str | None = None,
    extractors: Sequence[TextExtractor] = (),
    key: str | None = None,
    time_zone: str | None = None,
    tables: Mapping[str, str | os.PathLike[str]] | None = None,
    constants: Mapping[str, str] | None = None,
    resume_from: str | None = None,
    limit: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    now: Instant | None = None,
) -> Reading:
    """Make the answer of a SQL query ready to be read through `mapping`.

    `url` is an SQLAlchemy address; its user and password are used and forgotten. `query` is the
    mapping's own `source.query` where absent. Else as `open_table`; also raises BadInput.
    """
    check_mapping(mapping, schema)
    asked = query or mapping.spec.source.query
    if not asked:
        raise BadMapping(
            f"The mapping {mapping.name} has no query; write source.query in it, or give one."
        )
    table, sha256 = run_query(url, asked, limits)
    shown = public_address(url)
    _check_headers(mapping, table, shown)
    side_tables = load_side_tables(mapping, None, tables or {}, limits)
    document = Document(
        key=key or f"{shown}#{mapping.name}",
        sha256=sha256,
        recipe=make_recipe(
            mapping,
            schema,
            extractors,
            side_tables,
            asked,
            time_zone,
            limit,
            sorted((constants or {}).items()),
        ),
        title=f"{mapping.title} ({shown})",
        media_type="application/sql",
        language=mapping.spec.language,
    )
    return Reading(
        document,
        [table],
        mapping,
        make_compiler(
            mapping,
            schema,
            side_tables,
            extractors,
            now=now,
            time_zone=time_zone,
            constants=constants,
        ),
        extractors=extractors,
        scan=None,
        resume_from=resume_from,
        limit=limit,
    )


def make_compiler(
    mapping: TableMapping,
    schema: Schema,
    side_tables: Mapping[str, SideTable],
    extractors: Sequence[TextExtractor],
    *,
    now: Instant | None,
    time_zone: str | None,
    constants: Mapping[str, str] | None,
) -> Callable[[Table], Compiled]:
    """What compiles `mapping` for a table, by a sample of its rows. Raises BadMapping."""
    for name in constants or {}:
        if name not in mapping.spec.constants:
            raise BadMapping(
                f"The mapping {mapping.name} has no constant {name!r}."
                f"{suggest_nearest(name, mapping.spec.constants)}"
            )
    at = current_instant() if now is None else now

    def compile_for(table: Table) -> Compiled:
        return compile_program(
            mapping,
            schema,
            table.headers,
            sample=[r.cells for r in islice(table.rows(), _SAMPLE_ROWS) if r.problem is None],
            side_tables=side_tables,
            extractors=extractors,
            now=at,
            time_zone=time_zone,
            constants=constants,
        )

    return compile_for


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


def load_side_tables(
    mapping: TableMapping,
    path: Path | None,
    given: Mapping[str, str | os.PathLike[str]],
    limits: Limits,
    shelf: Shelf | None = None,
) -> dict[str, SideTable]:
    """The tables that the mapping looks values up in; `given` names their files outright.

    `path` is the file being loaded, beside which they are looked for. Raises BadMapping and
    UnreadableFile.
    """
    shelf = Shelf() if shelf is None else shelf
    loaded: dict[str, SideTable] = {}
    for name, spec in mapping.spec.tables.items():
        named = given.get(name)
        lookups = [c.lookup for c in mapping.spec.columns.values() if c.lookup is not None]
        wanted = {
            " ".join(aliases): aliases
            for lookup in lookups
            if lookup.table == name
            for aliases in (lookup.match, lookup.take)
        }
        table = shelf.load(
            name,
            spec,
            path,
            given=Path(named) if named is not None else None,
            wanted=wanted,
            limits=limits,
        )
        loaded[name] = table if table is not None else empty_table(name)
    return loaded


def make_recipe(
    mapping: TableMapping,
    schema: Schema,
    extractors: Sequence[TextExtractor],
    side_tables: Mapping[str, SideTable],
    *how: object,
) -> str:
    """How a document is read, as one word: it differs wherever the claims could."""
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
