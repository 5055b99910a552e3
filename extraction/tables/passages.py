"""Rows as passages: readable text with the place of every cell in it."""

from __future__ import annotations

from collections.abc import Sequence

_SEPARATOR = " | "


class RowText:
    """Writes rows of one table as `header: cell | header: cell`, leaving empty cells out."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._prefixes = [f"{_SEPARATOR}{header}: " for header in headers]
        self._lengths = [len(prefix) for prefix in self._prefixes]
        self._blank = [-1] * len(headers)

    def write(self, cells: Sequence[str | None]) -> tuple[str, list[int]]:
        """The text of a row, and where each cell starts in it (-1: not in it)."""
        prefixes, lengths = self._prefixes, self._lengths
        starts = self._blank.copy()
        parts: list[str] = []
        at = -len(_SEPARATOR)  # the first cell has none in front
        for index, cell in enumerate(cells):
            if cell:
                parts += (prefixes[index], cell)
                at += lengths[index]
                starts[index] = at
                at += len(cell)
        return "".join(parts)[len(_SEPARATOR) :], starts


def parse_row_text(text: str) -> dict[str, str]:
    """The cells in what `RowText.write` wrote, by header.

    A cell that itself holds ` | word: ` cannot be told from two; such cells are rare.
    """
    cells: dict[str, str] = {}
    last = ""
    for part in text.split(_SEPARATOR):
        header, mark, cell = part.partition(": ")
        if mark and header not in cells:
            cells[header] = cell
            last = header
        elif last:
            cells[last] += f"{_SEPARATOR}{part}"  # the bar belonged to the cell
    return cells
