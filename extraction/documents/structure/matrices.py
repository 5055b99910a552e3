"""Fault matrices: causes along one side, signs along the other, a mark where both go together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from extraction.documents.blocks import Table
from extraction.documents.lines import join_lines
from extraction.documents.structure.quantities import read_interval
from extraction.documents.structure.roles import fault_role

MARKS = frozenset("●○•◎√✓✔x×xX✗☑■▲△*★☆Yy是")
_LIKELIHOODS = frozenset("123456789")  # some matrices rank instead of marking
_HEADER_ROWS = 3  # of the first rows, one may be the header
_FEWEST = 2  # columns of marks, and rows with marks
_AXES = re.compile(r"\s*([＼\\/／|→↓▼►⇒⇓]+|\n)\s*")
_DOWN = frozenset("↓▼⇓")
_OPPOSITE = {"symptom": "cause", "mode": "cause", "alarm": "cause", "cause": "symptom"}


class Matrix(NamedTuple):
    """Which rows and columns mean what. `headings` are those of the columns with marks."""

    header: int  # the row that names the columns
    label: int  # the column that names the rows
    row_role: str  # `cause`, `symptom`, `mode` or `alarm`
    column_role: str
    headings: Mapping[int, str]


def find_matrix(table: Table) -> Matrix | None:
    """The matrix that a table is; None where it is none, or does not say what its sides are."""
    best: tuple[int, int, dict[int, str]] | None = None
    for header in range(min(_HEADER_ROWS, len(table.grid) - _FEWEST)):
        headings = _mark_headings(table, header)
        if len(headings) >= _FEWEST and (best is None or len(headings) > len(best[2])):
            label = _label_column(table, header, headings)
            if label is not None:
                best = (header, label, headings)
    if best is None:
        return None
    header, label, headings = best
    roles = _sides(table, header, label, headings)
    return Matrix(header, label, *roles, headings) if roles else None


def is_mark(text: str) -> bool:
    """Whether a cell's text is a mark that says yes."""
    stripped = text.strip()
    return 0 < len(stripped) <= 2 and set(stripped) <= (MARKS | _LIKELIHOODS)


def _mark_headings(table: Table, header: int) -> dict[int, str]:
    found = {}
    for column in range(table.width):
        line = table.grid[header]
        if column >= len(line) or line[column].columns > 1:
            continue
        heading = join_lines(line[column].text)
        if len(heading) < 2 or not any(char.isalpha() for char in heading):
            continue
        if read_interval(heading) and len(heading) <= 24:
            continue
        cells = [row[column] for row in table.grid[header + 1 :] if column < len(row)]
        texts = [c.text.strip() for c in cells if c.columns < max(2, table.width)]
        filled = [text for text in texts if text and text not in ("-", "–", "—", "/")]
        if filled and all(is_mark(text) for text in filled):
            found[column] = heading
    return found


def _label_column(table: Table, header: int, headings: Mapping[int, str]) -> int | None:
    """The first column of words beside the marks."""
    rows = table.grid[header + 1 :]
    for column in range(table.width):
        if column in headings:
            continue
        worded = sum(
            column < len(row) and sum(char.isalpha() for char in row[column].text) >= 2
            for row in rows
        )
        if worded >= 0.6 * len(rows):
            return column
    return None


def _sides(
    table: Table, header: int, label: int, headings: Mapping[int, str]
) -> tuple[str, str] | None:
    """The roles of rows and of columns: by the corner, else by a heading over all the columns."""
    corners = [table.grid[row][label].text for row in range(header + 1)]
    for corner in reversed(corners):
        parts = _AXES.split(corner)
        named = [(n, role) for n in range(0, len(parts), 2) if (role := fault_role(parts[n]))]
        roles = {role for _, role in named}
        if len(named) == 2 and "cause" in roles and len(roles) == 2:
            rows = next((n for n, (at, _) in enumerate(named)
                         if at + 1 < len(parts) and set(parts[at + 1]) & _DOWN), 0)  # fmt: skip
            return named[rows][1], named[1 - rows][1]
        if len(named) == 1 and named[0][1] in _OPPOSITE:
            return named[0][1], _OPPOSITE[named[0][1]]
    for row in range(header):
        for column in headings:
            cell = table.grid[row][column] if column < len(table.grid[row]) else None
            role = fault_role(cell.text) if cell is not None and cell.columns > 1 else ""
            if cell is not None and cell.columns < table.width and role in _OPPOSITE:
                return _OPPOSITE[role], role
    return None
