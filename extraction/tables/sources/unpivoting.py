"""A wide table read as a long one: a column per sensor becomes a row per reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extraction.tables.sources.protocol import Problem, RawRow, Table
from extraction.tables.specification import UnpivotSpec
from kg.model.errors import BadMapping


class UnpivotedTable:
    """The rows of a table, each as often as it has filled cells outside the columns kept.

    Such a row has the cells of the columns kept, the header of the cell, and the cell. Its number
    is that of the row in the file. Raises BadMapping where a column to keep is not there, or a new
    one is there already.
    """

    def __init__(self, table: Table, spec: UnpivotSpec) -> None:
        self._table = table
        headers = list(table.headers)
        plain = [_plain(h) for h in headers]
        missing = [name for name in spec.keep if _plain(name) not in plain]
        if missing:
            raise BadMapping(
                f"unpivot keeps the column {missing[0]!r}, which is not among the headers:"
                f" {', '.join(headers[:12])}."
            )
        taken = [name for name in (spec.name, spec.value) if _plain(name) in plain]
        if taken or spec.name == spec.value:
            raise BadMapping(
                f"unpivot calls a new column {(taken or [spec.name])[0]!r}, but there is one of"
                " this name already."
            )
        self._kept = [plain.index(_plain(name)) for name in spec.keep]
        self._others = [i for i in range(len(headers)) if i not in set(self._kept)]
        self._names = headers
        self.headers: Sequence[str] = [*(headers[i] for i in self._kept), spec.name, spec.value]

    @property
    def name(self) -> str:
        """Of the sheet."""
        return self._table.name

    @property
    def place_prefix(self) -> str:
        """What stands before the row's number in a place."""
        return self._table.place_prefix

    @property
    def knows_merges(self) -> bool:
        """Whether merged cells are known and filled."""
        return self._table.knows_merges

    @property
    def rows_total(self) -> int | None:
        """An estimate, where there is one."""
        total = self._table.rows_total
        return None if total is None else total * len(self._others)

    @property
    def findings(self) -> Sequence[Problem]:
        """About the table as a whole."""
        return self._table.findings

    def rows(self) -> Iterator[RawRow]:
        """The rows, one for each filled cell."""
        for row in self._table.rows():
            kept = [_cell(row.cells, i) for i in self._kept]
            if row.problem is not None:
                yield RawRow(row.number, [*kept, "", ""], row.problem)
                continue
            for i in self._others:
                cell = _cell(row.cells, i)
                if cell.strip():
                    yield RawRow(row.number, [*kept, self._names[i], cell])


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _plain(header: str) -> str:
    return " ".join(header.split()).casefold()
