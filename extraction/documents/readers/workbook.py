"""Workbooks that are no record tables (plans, lists, forms) into blocks: a heading a sheet,
a table for each island of cells."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from extraction.documents.blocks import Block, Cell, Reading, Table, Text
from extraction.files import Limits
from extraction.files.workbooks import check_workbook
from kg.model.errors import UnreadableFile

_MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BLANK_ROWS = 2  # this many end a table


def read_workbook(path: Path, shown: str, limits: Limits) -> Reading:
    """The blocks of the workbook at `path`. Raises UnreadableFile."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    check_workbook(path, limits)
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = [
            sheet.name for sheet in book.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible
        ]  # fmt: skip
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(
            f"{shown} is no workbook that can be read ({str(error)[:120].rstrip('.')}); save it"
            " again as XLSX."
        ) from error
    reading = Reading(iter(()), _MEDIA, "", len(names))
    reading.blocks = _sheets(book, names, reading)
    return reading


def _sheets(book: Any, names: Sequence[str], reading: Reading) -> Iterator[Block]:
    for number, name in enumerate(names, start=1):
        sheet = book.get_sheet_by_name(name)
        values = sheet.to_python(skip_empty_area=False)
        rows = [[_shown(value) for value in row] for row in values]
        merged = list(sheet.merged_cell_ranges or ())
        place = f"sheet:{name}"
        if any(cell for row in rows for cell in row):
            yield Text("heading", name, place, 1)
            yield from _islands(rows, merged, place)
        reading.pages_read = number


def _islands(rows: list[list[str]], merged: Sequence[Any], place: str) -> Iterator[Block]:
    """Text rows and tables from top to bottom. A row with one text only stands for itself."""
    covers: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    for (top, left), (bottom, right) in merged:
        for row in range(top, min(bottom, len(rows) - 1) + 1):
            for column in range(left, right + 1):
                covers[(row, column)] = (top, left, bottom, right)
    start: int | None = None
    tables = 0
    blank = 0
    for index in range(len(rows) + 1):
        filled = _filled(rows[index], index, covers) if index < len(rows) else []
        is_within = (
            start is not None
            and len(filled) == 1
            and (filled[0] > 0 or _is_group(rows, index, covers))
        )
        if len(filled) >= 2 or is_within:
            start = index if start is None else start
            blank = 0
            continue
        if start is not None and index < len(rows) and not filled and blank + 1 < _BLANK_ROWS:
            blank += 1
            continue
        if start is not None:
            tables += 1
            yield _table(rows, start, index - blank, covers, place, tables)
            start = None
        blank = 0
        if filled:
            text = rows[index][filled[0]]
            at = f"{place}/cell:{_address(index, filled[0])}"
            yield Text("paragraph", text, at, lead=text if len(text) < 60 else "")


def _is_group(
    rows: list[list[str]], index: int, covers: dict[tuple[int, int], tuple[int, int, int, int]]
) -> bool:
    """Whether a row with one text names the rows below it: merged, or before a numbered row."""
    top, left, _, right = covers.get((index, 0), (index, 0, index, 0))
    if top == index and right > left:
        return True
    below = rows[index + 1] if index + 1 < len(rows) else []
    return len(_filled(below, index + 1, covers)) >= 2 and below[0].strip().isdecimal()


def _filled(row: list[str], index: int, covers: dict[tuple[int, int], Any]) -> list[int]:
    """Columns with text, or covered by a merged cell from above that goes on."""
    found = []
    for column, text in enumerate(row):
        cover = covers.get((index, column))
        if text or (cover is not None and cover[0] < index):
            found.append(column)
    return found


def _table(
    rows: list[list[str]],
    start: int,
    end: int,
    covers: dict[tuple[int, int], tuple[int, int, int, int]],
    place: str,
    number: int,
) -> Table:
    width = max((c + 1 for r in range(start, end) for c in _filled(rows[r], r, covers)), default=0)
    made: dict[tuple[int, int], Cell] = {}
    grid: list[list[Cell]] = []
    for r in range(start, end):
        line: list[Cell] = []
        only = _filled(rows[r], r, covers)
        if only == [0] and r > start and width > 1:
            texts = tuple(t.strip() for t in rows[r][0].split("\n") if t.strip())
            where = f"{place}/cell:{_address(r, 0)}"
            grid.append([Cell(texts, r - start, 0, 1, width, where)] * width)
            continue
        for c in range(width):
            top, left, bottom, right = covers.get((r, c), (r, c, r, c))
            top = max(top, start)
            cell = made.get((top, left))
            if cell is None:
                text = rows[top][left] if left < len(rows[top]) else ""
                texts = tuple(t.strip() for t in text.split("\n") if t.strip())
                cell = made[(top, left)] = Cell(
                    texts, top - start, left,
                    min(bottom, end - 1) - top + 1, min(right, width - 1) - left + 1,
                    f"{place}/cell:{_address(top, left)}",
                )  # fmt: skip
            line.append(cell)
        grid.append(line)
    row_places = [f"{place}/row:{r + 1}" for r in range(start, end)]
    return Table(grid, f"{place}/table:{number}", row_places)


def _shown(value: object) -> str:
    """A cell's value as people see it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat(sep=" ") if isinstance(value, datetime.datetime) else str(value)
    return str(value).strip()


def _address(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
