"""Plain tables for analysis: columns with their numbers and times, and which rows are meant.

No mapping and no store: what a spreadsheet or a log of a controller is asked directly.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.nearest import nearest_texts
from extraction.files.limits import DEFAULT_LIMITS
from extraction.files.scanning import scan_file
from extraction.tables.amounts import infer_decimal, read_number
from extraction.tables.moments import infer_day_first, is_date_like, make_moment_reader
from extraction.tables.sources.opening import open_tables
from extraction.tables.specification import NOTHING, SourceSpec
from kg.model.errors import BadInput, UnreadableFile
from kg.narration import Phrase
from kg.traceability.commonality.columns import TableColumn

_NOTHING = frozenset({"na", "", *(word.casefold() for word in NOTHING)})
_CONDITION = re.compile(r"\s*(?P<column>.+?)\s*(?P<sign>!=|<>|>=|<=|==|=|>|<)\s*(?P<value>.*?)\s*")
_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class PlainTable:
    """The columns of a table; `skipped` rows could not be used."""

    path: str
    columns: tuple[TableColumn, ...]
    rows: int
    skipped: int

    @property
    def notes(self) -> tuple[Phrase, ...]:
        """That rows could not be used."""
        if not self.skipped:
            return ()
        return (
            Phrase(
                f"{self.skipped} rows of {self.path} could not be read and were left out.",
                f"{self.path} 中有 {self.skipped} 行无法读取，未予考虑。",
            ),
        )


def read_plain_table(
    path: str | os.PathLike[str], *, sheet: str | None = None, encoding: str | None = None
) -> PlainTable:
    """The columns of the table in a file: CSV, a workbook, JSON.

    Numbers and times are told from the cells; times count as the clock that wrote them. Raises
    UnreadableFile.
    """
    scan = scan_file(path, encoding=encoding, limits=DEFAULT_LIMITS)
    tables = list(open_tables(scan, SourceSpec(sheet="*", ragged="pad"), limits=DEFAULT_LIMITS))
    named = [t for t in tables if sheet is None or t.name.casefold() == sheet.casefold()]
    if not named:
        names = ", ".join(t.name for t in tables) or "no table"
        raise UnreadableFile(f"{path} has no sheet {sheet!r}; it has {names}.")
    if len(named) > 1:
        sizes = [(sum(1 for _ in t.rows()), -i) for i, t in enumerate(named)]
        table = named[-max(sizes)[1]]
    else:
        table = named[0]
    rows: list[list[str]] = []
    skipped = 0
    for row in table.rows():
        if row.problem is not None:
            skipped += 1
        elif any(cell.strip() for cell in row.cells):
            rows.append(row.cells)
    if not rows:
        raise UnreadableFile(f"{path} has no rows below its header; there is nothing to compare.")
    columns = []
    for i, header in enumerate(table.headers):
        texts = tuple(_clean(row[i]) if i < len(row) else "" for row in rows)
        columns.append(TableColumn(header, texts, _numbers(texts), _times(texts)))
    return PlainTable(str(path), tuple(columns), len(rows), skipped)


def take_rows(table: PlainTable, keep: NDArray[np.bool_]) -> PlainTable:
    """The table with some of its rows only."""
    index = np.flatnonzero(keep)
    columns = tuple(
        TableColumn(
            c.name,
            tuple(c.texts[i] for i in index),
            None if c.numbers is None else c.numbers[index],
            None if c.times is None else c.times[index],
        )
        for c in table.columns
    )
    return PlainTable(table.path, columns, len(index), table.skipped)


def find_column(columns: Sequence[TableColumn], name: str, path: str) -> TableColumn:
    """The column called so, whatever its case or spacing. Raises BadInput with the nearest."""
    wanted = " ".join(name.split()).casefold()
    for column in columns:
        if " ".join(column.name.split()).casefold() == wanted:
            return column
    near = nearest_texts(name, [c.name for c in columns], 3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise BadInput(f"{path} has no column {name!r}.{hint}")


def select_rows(
    columns: Sequence[TableColumn], conditions: Sequence[str], path: str
) -> tuple[NDArray[np.bool_], list[str]]:
    """Rows for which one of the conditions holds, and the columns that these speak of.

    A condition is `column=value`, `column=a,b`, `column!=value`, `column>3` (also >=, <, <=), or a
    column alone: what it says yes to. Raises BadInput for what is none, an unknown column, or a
    value that no row has.
    """
    found = np.zeros(len(columns[0].texts), dtype=np.bool_)
    asked: list[str] = []
    for text in conditions:
        match = _CONDITION.fullmatch(text)
        is_column = any(c.name.casefold() == text.strip().casefold() for c in columns)
        if match is None or is_column:
            column = find_column(columns, text.strip(), path)
            asked.append(column.name)
            found |= _says_yes(column)
            continue
        column = find_column(columns, match["column"], path)
        asked.append(column.name)
        found |= _fulfils(column, match["sign"], match["value"], path)
    return found, list(dict.fromkeys(asked))


def read_ids(path: Path) -> list[str]:
    """Ids from a text file, one a line, or from the first column of a table."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read as a list of ids: {error}.") from None
    ids = [re.split(r"[,;\t]", line)[0].strip().strip('"') for line in text.splitlines()]
    found = [i for i in ids if i]
    if not found:
        raise BadInput(f"{path} holds no ids; write one a line.")
    return found


def _fulfils(column: TableColumn, sign: str, value: str, path: str) -> NDArray[np.bool_]:
    value = value.strip().strip("\"'")
    if sign in ("=", "==", "!=", "<>"):
        wanted = {v.strip().casefold() for v in value.split(",")}
        same = np.array([t.casefold() in wanted for t in column.texts], dtype=np.bool_)
        if column.numbers is not None:
            for one in wanted:
                try:
                    same |= column.numbers == read_number(one)
                except ValueError:
                    continue
        if sign in ("!=", "<>"):
            filled = np.array([bool(t) for t in column.texts])
            return np.asarray(~same & filled, dtype=np.bool_)
        if not same.any():
            values = sorted(set(column.texts) - {""}, key=len)[:5]
            raise BadInput(
                f"No row of {path} has {value!r} in the column {column.name!r}; it has "
                f"{', '.join(values)} and the like."
            )
        return same
    try:
        limit = read_number(value)
    except ValueError:
        raise BadInput(f"{value!r} is no number to compare {column.name!r} with.") from None
    if column.numbers is None:
        raise BadInput(f"The column {column.name!r} of {path} does not hold numbers.")
    with np.errstate(invalid="ignore"):
        compared = {
            ">": column.numbers > limit, ">=": column.numbers >= limit,
            "<": column.numbers < limit, "<=": column.numbers <= limit,
        }[sign]  # fmt: skip
    return np.asarray(compared, dtype=np.bool_)


def _says_yes(column: TableColumn) -> NDArray[np.bool_]:
    if column.numbers is not None:
        return np.asarray(np.nan_to_num(column.numbers) > 0, dtype=np.bool_)
    no = {"", "0", "n", "no", "false", "ok", "pass", "passed", "good", "none", "否", "合格", "无"}
    return np.array([t.casefold() not in no for t in column.texts], dtype=np.bool_)


def _clean(cell: str) -> str:
    text = " ".join(cell.split())
    return "" if text.casefold() in _NOTHING else text


def _numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """The column as numbers, if (almost) all of its cells are; NaN where a cell is empty."""
    filled = [t for t in texts if t]
    if not filled:
        return None
    decimal = infer_decimal(filled[:_SAMPLE]) or "."
    known: dict[str, float] = {"": float("nan")}
    wrong = 0
    for text in filled:
        if text not in known:
            try:
                known[text] = read_number(text, decimal)
            except ValueError:
                known[text] = float("nan")
        wrong += known[text] != known[text]
        if wrong > 0.02 * len(filled):
            return None
    return np.array([known[t] for t in texts], dtype=np.float64)


def _times(texts: Sequence[str]) -> NDArray[np.int64] | None:
    filled = [t for t in texts if t]
    sample = filled[:_SAMPLE]
    if not sample or sum(map(is_date_like, sample)) < 0.9 * len(sample):
        return None
    day_first = infer_day_first(sample)
    read = make_moment_reader(UTC, day_first=True if day_first is None else day_first)
    known: dict[str, int] = {"": -1}
    for text in filled:
        if text not in known:
            try:
                moment = read(text)
            except ValueError:
                moment = None
            known[text] = moment.instant if moment is not None else -1
    return np.array([known[t] for t in texts], dtype=np.int64)
