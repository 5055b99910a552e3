"""From a file to a table that is ready to be read: which mapping, which text extractors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.intake.sources import Source
from api.wiring import Plant
from extraction.files import DEFAULT_LIMITS, Limits
from extraction.tables import load_mapping, open_table
from kg.model import Chunk, Document

if TYPE_CHECKING:
    from extraction.tables import Mapping


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What is said about how to read tables; None leaves it to the mapping and the file."""

    mapping: str | None = None
    encoding: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A file that is ready to be read."""

    document: Document
    mapping: str
    rows_total: int | None
    _read: object

    def chunks(self, checkpoint: str | None) -> Iterator[Chunk]:
        """What it says, after `checkpoint`."""
        return self._read.chunks(checkpoint)  # type: ignore[attr-defined,no-any-return]


def find_mapping(plant: Plant, name: str) -> Mapping:
    """The mapping of that name or path, the plant's own ones first. Raises BadMapping."""
    for folder in plant.settings.mappings:
        for suffix in (".yaml", ".yml"):
            path = folder / f"{name}{suffix}"
            if Path(name).name == name and path.is_file():
                return load_mapping(path)
    return load_mapping(name)


def open_source(plant: Plant, source: Source, options: TableOptions) -> OpenSource:
    """Open the source with the mapping that was named, or that fits it.

    Raises UnreadableFile and BadMapping.
    """
    name = options.mapping or "excavator-work-orders"
    mapping = find_mapping(plant, name)
    reading = open_table(
        source.path,
        mapping,
        plant.schema,
        extractors=plant.text_extractors,
        key=source.key if options.sheet is None else f"{source.key}#{options.sheet}",
        encoding=options.encoding,
        sheet=options.sheet,
        time_zone=options.time_zone or plant.settings.timezone,
        limits=options.limits,
    )
    return OpenSource(reading.document, mapping.name, reading.rows_total, reading)
