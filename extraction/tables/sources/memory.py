"""Rows that are already there: refused ones that are tried again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from extraction.tables.sources.protocol import Problem, RawRow

_BEYOND = "cell "  # the name that a reader gives to cells without a header


class MemoryTable:
    """Rows given as cells by header."""

    name = ""
    knows_merges = False
    place_prefix = ""

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        headers: dict[str, None] = {}
        for row in rows:
            headers.update(dict.fromkeys(h for h in row if not _is_beyond(h)))
        self.headers = list(headers)
        self.findings: list[Problem] = []
        self.rows_total: int | None = len(rows)
        self._rows = rows

    def rows(self) -> Iterator[RawRow]:
        """The rows, numbered from 0. Cells that no header names are still a problem."""
        for number, row in enumerate(self._rows):
            cells = [row.get(header, "") for header in self.headers]
            beyond = [name for name, cell in row.items() if _is_beyond(name) and cell]
            if beyond:
                yield RawRow(
                    number,
                    cells,
                    Problem(
                        "ragged-row",
                        f"The row still has cells without a header ({', '.join(beyond[:3])}).",
                    ),
                )
            else:
                yield RawRow(number, cells)


def _is_beyond(header: str) -> bool:
    return header.startswith(_BEYOND) and header[len(_BEYOND) :].isdigit()
