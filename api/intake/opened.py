"""How a source is to be read, and one that is ready to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from extraction.files import DEFAULT_LIMITS, Limits
from kg.model import Chunk, Document


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What is said about how to read tables; None leaves it to the mapping and the file."""

    mapping: str | None = None
    mapping_files: bool = True  # whether `mapping` may name a file of this machine
    encoding: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    query: str | None = None
    constants: dict[str, str] = field(default_factory=dict)
    side_tables: dict[str, Path] = field(default_factory=dict)
    limits: Limits = DEFAULT_LIMITS


class Chunks(Protocol):
    """What gives the chunks of a table: a `Reading`, here or in another process."""

    @property
    def rows_total(self) -> int | None:
        """About how many rows there are; None where nothing tells."""
        ...

    def chunks(self, checkpoint: str | None = None) -> Iterator[Chunk]:
        """What the rows after `checkpoint` say."""
        ...


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A table of a file that is ready to be read."""

    shown: str
    document: Document
    mapping: str
    reading: Chunks

    def chunks(self, checkpoint: str | None) -> Iterator[Chunk]:
        """What it says, after `checkpoint`."""
        return self.reading.chunks(checkpoint)
