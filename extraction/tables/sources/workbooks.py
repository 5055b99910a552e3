"""Sheets of XLSX, XLS and ODS workbooks as tables, merged cells filled down."""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from extraction.files.limits import Limits
from extraction.files.scanning import Scan
from extraction.files.workbooks import check_workbook
from extraction.tables.sources.delimited import choose_header
from extraction.tables.sources.grouped_headers import (
    HeaderScore,
    join_header_rows,
    read_header,
)
from extraction.tables.sources.protocol import Problem, RawRow, unique_headers
from kg.model.errors import UnreadableFile

_LOOK_AHEAD = 40
_ALIKE = 0.8  # a sheet this close to the best one belongs to the same table
_ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")

_Range = tuple[tuple[int, int], tuple[int, int]]


class SheetTable:
    """One sheet of a workbook."""

    def __init__(
        self,
        path: Path,
        sheet: calamine.CalamineSheet,
        *,
        header_row: int | None = None,
        header_rows: int = 1,
        score: HeaderScore | None = None,
        limits: Limits,
    ) -> None:
        """Raises UnreadableFile where the sheet has no header row."""
        self.name = sheet.name
        self.place_prefix = f"sheet:{sheet.name}/row:"
        self._sheet = sheet
        self._limits = limits
        start = sheet.start or (0, 0)
        self._left = start[1]
        self._merged = sorted(sheet.merged_cell_ranges or [])
        self.knows_merges = any(end[0] > start[0] for start, end in self._merged)
        top = list(islice(self._cells(fill_right=True), _LOOK_AHEAD))
        filled = [(n, cells) for n, cells in top if any(cells)]
        if header_row is not None:
            # Two numbers may be meant: of the sheet, and that is the one.
            filled = [(n, cells) for n, cells in filled if n >= header_row]
            self._header_number, self.fit = (filled[0][0], 1.0) if filled else (0, 0.0)
        else:
            self._header_number, self.fit = choose_header(
                [cells for _, cells in filled], [n for n, _ in filled], score
            )
        if self._header_number < 1:
            raise UnreadableFile(
                f"{path}, sheet {sheet.name}: there is no header row; put the names of the columns"
                " above the data."
            )
        self._header_rows = header_rows
        header = [
            cells
            for n, cells in top
            if self._header_number <= n < self._header_number + header_rows
        ]
        if header_rows == 1 and header:
            # A title merged over several columns is one header, not several.
            header = [list(self._row(self._header_number))]
        joined = join_header_rows(header)
        if header_row is None and header_rows == 1 and score is not None:
            two_rows = read_header(top, self._header_number, score)
            if two_rows is not None:
                self._header_number, joined = two_rows
        self.headers, problems = unique_headers(joined)
        self.findings: list[Problem] = problems
        self.rows_total: int | None = max(
            0, sheet.total_height - self._header_number - header_rows + 1
        )

    def rows(self) -> Iterator[RawRow]:
        """The rows below the header."""
        width = len(self.headers)
        longest = self._limits.cell_characters
        first = self._header_number + self._header_rows
        for number, cells in self._cells():
            if number < first or not any(cells):
                continue
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            beyond = [cell for cell in cells[width:] if cell]
            del cells[width:]
            if beyond:
                yield RawRow(
                    number,
                    cells,
                    Problem(
                        "ragged-row",
                        f"The row has {len(beyond)} filled cell(s) to the right of the last header"
                        f" ({beyond[0][:40]!r}); give that column a header, or delete them.",
                    ),
                )
            elif any(len(cell) > longest for cell in cells):
                yield RawRow(
                    number,
                    [cell[:1000] for cell in cells],
                    Problem("cell-too-long", f"A cell has more than {longest:,} characters."),
                )
            else:
                yield RawRow(number, cells)

    def _row(self, number: int) -> list[str]:
        return next((cells for n, cells in self._cells() if n == number), [])

    def _cells(self, *, fill_right: bool = False) -> Iterator[tuple[int, list[str]]]:
        """All rows from the top with their number in the sheet, merged cells filled down."""
        waiting = iter(self._merged)
        upcoming = next(waiting, None)
        active: list[tuple[_Range, str]] = []
        for index, values in enumerate(self._sheet.iter_rows()):
            cells = [value if value.__class__ is str else _text(value) for value in values]
            if active:
                active = [(area, text) for area, text in active if area[1][0] >= index]
                for area, text in active:
                    self._fill(cells, area, text, fill_right=fill_right)
            while upcoming is not None and upcoming[0][0] <= index:
                column = upcoming[0][1] - self._left
                text = cells[column] if 0 <= column < len(cells) else ""
                if text and (upcoming[1][0] > index or fill_right):
                    active.append((upcoming, text))
                    self._fill(cells, upcoming, text, fill_right=fill_right)
                upcoming = next(waiting, None)
            yield index + 1, cells

    def _fill(self, cells: list[str], area: _Range, text: str, *, fill_right: bool) -> None:
        first = area[0][1] - self._left
        # A remark merged across the table is not the value of every column below it.
        last = area[1][1] - self._left if fill_right else first
        for column in range(max(0, first), min(last, len(cells) - 1) + 1):
            cells[column] = text


def open_workbook(
    scan: Scan,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    header_rows: int = 1,
    score: HeaderScore | None = None,
    limits: Limits,
) -> list[SheetTable]:
    """The sheets of a scanned workbook that `sheet` selects, else those that fit best.

    `sheet` is a name, a pattern with `*`, or a number from 1. Without it, hidden sheets and those
    that `score` likes much less than the best one are left out. Raises UnreadableFile.
    """
    path = scan.path
    if scan.kind == "zip":
        if check_workbook(path, limits) == "archive":
            raise UnreadableFile(
                f"{path} is an archive, not a workbook; load the archive, or a file in it."
            )
    else:
        _check_ole(path, limits)
    book = _guard(path, lambda: calamine.CalamineWorkbook.from_path(str(path)))
    sheets = {
        meta.name: meta.visible == calamine.SheetVisibleEnum.Visible
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    }
    tables: list[SheetTable] = []
    trouble: UnreadableFile | None = None
    for name in _select(path, sheets, sheet):
        opened = _guard(path, lambda name=name: book.get_sheet_by_name(name))  # type: ignore[misc]
        if opened.start is None:
            trouble = UnreadableFile(f"{path}, sheet {name}: the sheet is empty.")
            continue
        try:
            tables.append(
                SheetTable(
                    path,
                    opened,
                    header_row=header_row,
                    header_rows=header_rows,
                    score=score,
                    limits=limits,
                )
            )
        except UnreadableFile as error:
            trouble = error
    if not tables:
        raise trouble or UnreadableFile(f"{path} has no sheet with a table.")
    if sheet is None and score is not None:
        best = max(table.fit for table in tables)
        tables = [table for table in tables if table.fit >= _ALIKE * best > 0] or tables[:1]
    return tables


def _select(path: Path, sheets: Mapping[str, bool], sheet: str | None) -> list[str]:
    """Names of sheets; hidden ones (value False) only where they are named outright."""
    visible = [name for name, is_visible in sheets.items() if is_visible]
    if sheet is None:
        return visible
    wanted = sheet.strip().casefold()
    found = [name for name in sheets if name.strip().casefold() == wanted]
    found = found or [name for name in visible if fnmatch.fnmatch(name.casefold(), wanted)]
    if not found and sheet.isdigit() and 1 <= int(sheet) <= len(sheets):
        found = [list(sheets)[int(sheet) - 1]]
    if not found:
        raise UnreadableFile(f"{path} has no sheet {sheet!r}; it has {', '.join(sheets)}.")
    return found


def _check_ole(path: Path, limits: Limits) -> None:
    if path.stat().st_size > limits.document_bytes:
        raise UnreadableFile(
            f"{path} is larger than the {limits.document_bytes:,} bytes that a workbook may have;"
            " export it as CSV."
        )
    if _ENCRYPTED_OLE in path.read_bytes():
        raise UnreadableFile(f"{path} is protected with a password; save it without one.")


def _guard(path: Path, action: Callable[[], Any]) -> Any:
    """Run native code; whatever it raises, panics included, becomes one sentence."""
    try:
        return action()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except calamine.PasswordError as error:
        raise UnreadableFile(
            f"{path} is protected with a password; save it without one."
        ) from error
    except BaseException as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else "unknown damage"
        raise UnreadableFile(
            f"{path} is no workbook that can be read ({reason[:120]}); save it again as XLSX."
        ) from error


def _text(value: Any) -> str:
    """A typed cell as it would be written in a CSV file."""
    if value.__class__ is float:
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        text = value.isoformat(sep=" ", timespec="milliseconds" if value.microsecond else "seconds")
        return text
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
