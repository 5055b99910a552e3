"""Rows as they come, made ready: stripped, empty words dropped, merged cells filled down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from extraction.tables.specification import MappingSpec

_FORMULA = re.compile(r"[=@].+|[+-][A-Za-z(].*[(|!].*", re.DOTALL)
_EXCEL_TEXT = re.compile(r'="[^"]*"')


class RowCleaner:
    """Cleans the rows of one table, in order."""

    def __init__(
        self, spec: MappingSpec, at: Mapping[str, int], *, knows_merges: bool = False
    ) -> None:
        """`at`: cell index by column id. `knows_merges`: merged cells have been filled already, so
        that an empty cell is not one of them."""
        self._everywhere = _forms(spec.source.empty)
        self._by_cell = [
            (at[name], _forms(column.empty))
            for name, column in spec.columns.items()
            if column.empty and name in at
        ]
        self._fill = [at[name] for name in spec.source.fill_down if name in at]
        self._held: list[str | None] = [None] * len(self._fill)
        above = () if knows_merges else spec.source.same_as_above
        self._above = [at[name] for name in above if name in at]
        self._last: dict[int, str | None] = {}

    def clean(self, cells: Sequence[str]) -> list[str | None] | None:
        """The row's cells, None where nothing is said; None for a blank row."""
        nothing = self._everywhere
        # A cell with a list (see ListCell) is a str subclass, which strip() would make plain.
        bare = [cell.strip() if cell.__class__ is str else cell for cell in cells]
        ready: list[str | None] = [None if cell in nothing else cell for cell in bare]
        for index, words in self._by_cell:
            if ready[index] in words:
                ready[index] = None
        if not any(ready):
            return None
        if self._fill:
            self._fill_down(ready)
        for index in self._above:
            if ready[index] is None:
                ready[index] = self._last.get(index)
            else:
                self._last[index] = ready[index]
        return ready

    def _fill_down(self, cells: list[str | None]) -> None:
        # From left to right a hierarchy: a new component has no failure mode from the one above.
        held = self._held
        is_new = False
        for position, index in enumerate(self._fill):
            cell = cells[index]
            if cell:
                is_new = is_new or cell != held[position]
                held[position] = cell
            elif is_new:
                held[position] = None
            else:
                cells[index] = held[position]


def _forms(words: Sequence[str]) -> frozenset[str]:
    forms = {""}
    for word in words:
        forms |= {word, word.upper(), word.lower(), word.capitalize()}
    return frozenset(forms)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would evaluate the cell. We never do."""
    return cell[:1] in "=@+-" and bool(_FORMULA.fullmatch(cell)) and not _EXCEL_TEXT.fullmatch(cell)


def neutralise(cell: str) -> str:
    """The cell as it can be exported: a formula gets an apostrophe in front and stays text."""
    return f"'{cell}" if is_formula(cell) else cell
