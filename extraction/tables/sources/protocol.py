"""What every source of rows offers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Problem(NamedTuple):
    """Why a row cannot be used: a countable code and a sentence."""

    code: str
    reason: str


class RawRow(NamedTuple):
    """One row: its number as people count it, its cells as text, and what is wrong with it."""

    number: int
    cells: list[str]
    problem: Problem | None = None


class ListCell(str):
    """A cell that holds a list, from JSON. As text its items are joined by `; `."""

    __slots__ = ("items",)
    items: tuple[str, ...]

    def __new__(cls, items: Sequence[str]) -> ListCell:
        cell = super().__new__(cls, "; ".join(items))
        cell.items = tuple(items)
        return cell


class Table(Protocol):
    """A table that can be read again and again, always in the same order."""

    @property
    def name(self) -> str:
        """Of the sheet; empty where the file is one table."""
        ...

    @property
    def headers(self) -> Sequence[str]:
        """Unique, as the file writes them."""
        ...

    @property
    def place_prefix(self) -> str:
        """What stands before the row's number in a place: `row:`, `sheet:FMEA/row:`."""
        ...

    @property
    def knows_merges(self) -> bool:
        """Whether merged cells are known and filled, so that an empty cell is an empty cell."""
        ...

    @property
    def rows_total(self) -> int | None:
        """An estimate, where there is one."""
        ...

    @property
    def findings(self) -> Sequence[Problem]:
        """About the table as a whole."""
        ...

    def rows(self) -> Iterator[RawRow]:
        """The rows below the header, blank ones left out."""
        ...


def unique_headers(cells: Sequence[str]) -> tuple[list[str], list[Problem]]:
    """Headers without doubles or gaps, and what was suspicious about them."""
    headers: list[str] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    width = max((i + 1 for i, cell in enumerate(cells) if cell.strip()), default=0)
    for index, cell in enumerate(cells[:width]):
        name = " ".join(cell.split())
        if not name:
            name = f"column {index + 1}"
            problems.append(
                Problem("suspicious-header", f"Column {index + 1} has no header; it is not read.")
            )
        count = seen.get(name, 0) + 1
        seen[name] = count
        if count > 1:
            problems.append(
                Problem(
                    "suspicious-header",
                    f"The header {name!r} stands there {count} times; the first one is read.",
                )
            )
            name = f"{name} ({count})"
        headers.append(name)
    numbers = [h for h in headers if h.replace(".", "").replace(",", "").isdigit()]
    if headers and len(numbers) * 2 > len(headers):
        problems.append(
            Problem(
                "suspicious-header",
                f"The header row looks like data ({', '.join(headers[:4])}); if the file has no"
                " header, put one in.",
            )
        )
    return headers, problems
