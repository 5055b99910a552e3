"""The one model of a document: blocks in reading order, whatever the file's format.

A reader (`extraction.documents.readers`) yields blocks; everything after it knows no format.
Texts are as the file has them, apart from white space at line ends; nothing is normalised, because
evidence quotes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kg.model.claims import Finding

TextKind = Literal["heading", "paragraph", "item", "caption", "note"]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of running text. `place` is where it stands, such as `page:3/line:12`.

    `level` is the depth of a heading from 1, or of a list item from 0. `number` is the printed
    number of a numbered item or heading (`3`, `a`, `5.1`), "" for a bullet or none. `lead` is the
    bold beginning of a paragraph that is set apart from the rest.
    """

    kind: TextKind
    text: str
    place: str
    level: int = 0
    number: str = ""
    lead: str = ""
    is_numbered: bool = False  # an item of an ordered list, printed number or not
    style: str = ""  # of a number that is part of the text: see `lines.Shape`
    at: str | None = None  # where a reading can go on after this block, if it can


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell with its paragraphs; `row` and `column` are those of its upper left corner."""

    paragraphs: tuple[str, ...]
    row: int
    column: int
    rows: int = 1  # how many rows it spans
    columns: int = 1
    place: str = ""  # a workbook's cell address; else the table's place and row say enough

    @property
    def text(self) -> str:
        """All of its text."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `grid[row][column]` is the cell that covers that position; merged cells repeat.

    `header_rows` are known to be headers (repeated on every page, marked in the file); 0 where
    the file does not say. `row_places` has a place for each row.
    """

    grid: Sequence[Sequence[Cell]]
    place: str
    row_places: Sequence[str] = ()
    header_rows: int = 0
    caption: str = ""
    is_continued: bool = False  # what stands above in the same table went before
    at: str | None = None

    @property
    def width(self) -> int:
        """Number of columns."""
        return max((len(row) for row in self.grid), default=0)

    def place_of(self, row: int) -> str:
        """Where a row is."""
        return self.row_places[row] if row < len(self.row_places) else f"{self.place}/row:{row + 1}"


Block = Text | Table


@dataclass(slots=True)
class Reading:
    """An opened document: its blocks, and what was noticed on the way.

    `findings` and `dropped` fill while the blocks are read.
    """

    blocks: Iterator[Block]
    media_type: str
    title: str = ""
    pages: int | None = None  # pages, slides or sheets, where the format has them
    findings: list[Finding] = field(default_factory=list)
    dropped: int = 0  # running headers and footers, page numbers
    pages_read: int = 0


def grid_of(rows: Sequence[Sequence[str]], place: str = "") -> list[list[Cell]]:
    """A grid without merged cells from plain texts; short rows are filled up with empty cells."""
    width = max((len(row) for row in rows), default=0)
    return [
        [
            Cell(_paragraphs(row[column]) if column < len(row) else (), index, column)
            for column in range(width)
        ]
        for index, row in enumerate(rows)
    ]


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())
