"""What the parts of a program are compiled against, and the row that they speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from extraction.tables.specification import MappingSpec
from ontology.schema import Schema


@dataclass(frozen=True)
class Terms:
    """A mapping and the ontology, with the place of each column among a row's values."""

    spec: MappingSpec
    schema: Schema
    slots: Mapping[str, int]  # of columns and constants
    things: Mapping[str, int]  # place of each thing among a row's things
    scales: Mapping[str, int]  # highest rating, of columns that hold ratings
    datatypes: Mapping[str, str] = field(init=False)  # of attributes
    said: set[int] = field(default_factory=set)  # claims about nodes that need no repeating

    def __post_init__(self) -> None:
        known = {a.name: a.datatype for a in self.schema.attributes.values()}
        object.__setattr__(self, "datatypes", known)

    @property
    def slot_of(self) -> Callable[[str], int]:
        """The place of a column among a row's values."""
        return self.slots.__getitem__

    @property
    def multiple(self) -> dict[str, int]:
        """Slots of the columns that hold lists."""
        return {
            name: self.slots[name] for name, column in self.spec.columns.items() if column.split
        }


class Quoted(NamedTuple):
    """The passage that a row became: its index, who read it, and where its cells stand."""

    passage: int
    extractor: str
    cells: Sequence[str | None]
    starts: Sequence[int]  # of the cells in the text; -1 where a cell is not in it

    def span(self, cell: int) -> tuple[int, int]:
        """Start and end of a cell in the text; (-1, -1) where it is not in it."""
        start = self.starts[cell]
        return (start, start + len(self.cells[cell] or "")) if start >= 0 else (-1, -1)
