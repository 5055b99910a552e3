"""From a file (or a query) to its tables."""

from __future__ import annotations

from collections.abc import Sequence

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Scan
from extraction.tables.sources.delimited import DelimitedTable
from extraction.tables.sources.grouped_headers import HeaderScore
from extraction.tables.sources.json_records import JsonTable
from extraction.tables.sources.protocol import Table
from extraction.tables.specification import SourceSpec
from kg.model.errors import UnreadableFile

_JSON_ENDINGS = (".json", ".jsonl", ".ndjson", ".jsonlines")
_NOT_TABLES = {
    "pdf": "is a PDF document, not a table",
    "parquet": "is a Parquet file; export it as CSV",
    "sqlite": "is an SQLite database; load it with a query and an address such as sqlite:///FILE",
    "gzip": "is packed with gzip; unpack it first",
    "binary": "is binary, neither text nor a workbook",
}


def open_tables(
    scan: Scan,
    source: SourceSpec,
    *,
    score: HeaderScore | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Sequence[Table]:
    """The tables in a scanned file that `source` selects; usually one.

    Raises UnreadableFile where the file is of a kind without tables, or damaged.
    """
    tables = _open(scan, source, score=score, limits=limits)
    if source.unpivot is None:
        return tables
    from extraction.tables.sources.unpivoting import UnpivotedTable

    return [UnpivotedTable(table, source.unpivot) for table in tables]


def _open(
    scan: Scan, source: SourceSpec, *, score: HeaderScore | None, limits: Limits
) -> Sequence[Table]:
    if scan.kind in _NOT_TABLES:
        raise UnreadableFile(f"{scan.path} {_NOT_TABLES[scan.kind]}.")
    if scan.kind in ("zip", "ole"):
        from extraction.tables.sources.workbooks import open_workbook

        return open_workbook(
            scan,
            sheet=source.sheet,
            header_row=source.header_row,
            header_rows=source.header_rows,
            score=score,
            limits=limits,
        )
    if is_json(scan):
        return [JsonTable(scan, rows=source.rows, explode=source.explode, limits=limits)]
    return [
        DelimitedTable(
            scan,
            delimiter=source.delimiter,
            header_row=source.header_row,
            header_rows=source.header_rows,
            ragged=source.ragged,
            score=score,
            limits=limits,
        )
    ]


def is_json(scan: Scan) -> bool:
    """Whether a text holds JSON: by its name, else by how it begins."""
    if scan.kind != "text":
        return False
    if scan.path.suffix.lower() in _JSON_ENDINGS:
        return True
    with open(scan.path, encoding=scan.encoding.name, errors="replace") as file:
        start = file.read(4096).lstrip("\ufeff \t\r\n")
    return start.startswith(("{", "[{", "[\n", "[\r", "[ "))
