"""What is said about a kind of file: where it lies, in which form, with which columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["csv", "xlsx", "jsonl"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: a CSV or JSON lines file, or a sheet of a workbook."""

    key: str
    name: str  # the sheet's name in a workbook; the file's own name elsewhere
    columns: tuple[tuple[str, str], ...]  # header, meaning
    header_row: int = 1  # counted from 1; what stands above it is a merged title
    merged: tuple[str, ...] = ()  # columns whose equal neighbours are merged downwards

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers in order."""
        return tuple(header for header, _ in self.columns)


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file. `pattern` holds `{part}` where a plant has many of it."""

    key: str
    pattern: str
    format: Format
    encoding: str  # "utf-8", "utf-8-sig" (byte-order mark) or "gb18030"; workbooks have none
    part: str  # "", "week", "month", "quarter", "half-year" or "year"
    title: str
    title_zh: str
    sheets: tuple[Sheet, ...]

    @property
    def sheet(self) -> Sheet:
        """The only table, or the first."""
        return self.sheets[0]


def text_file(
    key: str,
    pattern: str,
    encoding: str,
    titles: tuple[str, str],
    *columns: tuple[str, str],
    part: str = "",
) -> FileKind:
    form: Format = "jsonl" if pattern.endswith("jsonl") else "csv"
    return FileKind(key, pattern, form, encoding, part, *titles, (Sheet(key, pattern, columns),))


def workbook(
    key: str, pattern: str, titles: tuple[str, str], *sheets: Sheet, part: str = ""
) -> FileKind:
    return FileKind(key, pattern, "xlsx", "", part, *titles, sheets)


PLANT_TIME = "plant time, no zone written: Asia/Shanghai"
