"""Writing the plant's files: buffered text tables in parts, and workbooks with merged cells.

The same rows always give the same bytes: workbooks carry no clock of their own.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from api.sample.columns import KIND, FileKind, Sheet
from api.sample.worktime import DAY, part_of

_BUFFERED_LINES = 4_000
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$')
_CLOCK = datetime(2025, 1, 6, 8, 0, 0)  # noqa: DTZ001  (a workbook's property has no zone)


def csv_line(values: Iterable[object]) -> str:
    """One line of CSV, quoted only where needed; None is an empty cell."""
    cells = []
    for value in values:
        text = "" if value is None else str(value)
        if _NEEDS_QUOTES.search(text):
            text = '"' + text.replace('"', '""') + '"'
        cells.append(text)
    return ",".join(cells)


class Folder:
    """The folder that files are written into. `rows` counts rows by path, headers left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, int] = {}
        self._buffers: dict[tuple[str, str], list[str]] = {}

    def add(self, kind: str, calendar: int, lines: Sequence[str]) -> None:
        """Add finished lines to the part that a calendar second belongs to."""
        spec = KIND[kind]
        part = part_of(calendar // DAY, spec.part) if spec.part else ""
        buffer = self._buffers.setdefault((kind, part), [])
        buffer.extend(lines)
        if len(buffer) >= _BUFFERED_LINES:
            self._flush(kind, part)

    def add_row(self, kind: str, calendar: int, values: Iterable[object]) -> None:
        """Add one CSV row, quoted as needed."""
        self.add(kind, calendar, (csv_line(values),))

    def add_json(self, kind: str, calendar: int, record: dict[str, object]) -> None:
        """Add one JSON line."""
        self.add(kind, calendar, (orjson.dumps(record).decode(),))

    def write_rows(self, kind: str, rows: Iterable[Iterable[object]]) -> None:
        """Write a whole CSV file that has no parts."""
        self.add(kind, 0, [csv_line(row) for row in rows])

    def _flush(self, kind: str, part: str) -> None:
        spec = KIND[kind]
        name = spec.pattern.format(part=part)
        buffer = self._buffers.pop((kind, part), [])
        path = self.path / name
        first = name not in self.rows
        if first:
            path.parent.mkdir(parents=True, exist_ok=True)
            if spec.format == "csv":
                buffer.insert(0, ",".join(spec.sheet.headers))
        text = "\n".join(buffer) + "\n" if buffer else ""
        encoding = spec.encoding if first else spec.encoding.removesuffix("-sig")
        with path.open("w" if first else "a", encoding=encoding, newline="") as file:
            file.write(text.replace("\n", "\r\n") if spec.encoding == "gb18030" else text)
        header = 1 if first and spec.format == "csv" else 0
        self.rows[name] = self.rows.get(name, 0) + len(buffer) - header

    def finish(self) -> None:
        """Write what is still buffered."""
        for kind, part in list(self._buffers):
            self._flush(kind, part)

    def write_book(
        self,
        kind: str,
        tables: Sequence[Sequence[Sequence[Any]]],
        titles: Sequence[str] = (),
        part: str = "",
    ) -> None:
        """Write a workbook with one table of rows per sheet of its kind."""
        spec = KIND[kind]
        name = spec.pattern.format(part=part)
        book = Workbook()
        book.remove(book.worksheets[0])
        for number, (sheet, rows) in enumerate(zip(spec.sheets, tables, strict=True)):
            title = titles[number] if number < len(titles) else ""
            _fill_sheet(book, sheet, rows, title or spec.title_zh)
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_without_clock(book))
        self.rows[name] = sum(len(rows) for rows in tables)


def _fill_sheet(book: Workbook, spec: Sheet, rows: Sequence[Sequence[Any]], title: str) -> None:
    sheet = book.create_sheet(spec.name)
    width = len(spec.columns)
    lines = title.split("\n")
    for above in range(1, spec.header_row):
        sheet.cell(above, 1, lines[above - 1] if above <= len(lines) else None)
        sheet.merge_cells(start_row=above, end_row=above, start_column=1, end_column=width)
        sheet.cell(above, 1).font = Font(bold=above == 1, size=14 if above == 1 else 10)
    for column, header in enumerate(spec.headers, start=1):
        cell = sheet.cell(spec.header_row, column, header)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE6F0")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = max(10, len(header) + 6)
    first = spec.header_row + 1
    for number, row in enumerate(rows, start=first):
        for column, value in enumerate(row, start=1):
            if value is not None and value != "":
                sheet.cell(number, column, value)
    _merge_equal(sheet, spec, rows, first)
    sheet.freeze_panes = sheet.cell(first, 1)


def _merge_equal(sheet: Any, spec: Sheet, rows: Sequence[Sequence[Any]], first: int) -> None:
    """Merge runs of equal cells; a run ends where a merged column left of it changes."""
    columns = [spec.headers.index(header) for header in spec.merged]
    for depth, column in enumerate(columns):
        outer = [*columns[:depth], column]
        start = 0
        for end in range(1, len(rows) + 1):
            if end < len(rows) and all(rows[end][c] == rows[start][c] for c in outer):
                continue
            if end - start > 1 and rows[start][column] not in {None, ""}:
                sheet.merge_cells(
                    start_row=first + start,
                    end_row=first + end - 1,
                    start_column=column + 1,
                    end_column=column + 1,
                )
            start = end


def _without_clock(book: Workbook) -> bytes:
    book.properties.created = _CLOCK
    raw = io.BytesIO()
    book.save(raw)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(raw) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                stamp = rb"\g<1>" + _CLOCK.isoformat().encode() + b"Z"
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", stamp, data)
            info = zipfile.ZipInfo(name, (2025, 1, 6, 8, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return out.getvalue()


def file_kind_of(name: str) -> FileKind | None:
    """The kind of a file by its path inside the folder."""
    for kind in KIND.values():
        pattern = re.escape(kind.pattern).replace(re.escape("{part}"), r"[\w-]+")
        if re.fullmatch(pattern, name):
            return kind
    return None
