"""From a file to tables that are ready to be read: which mapping, which text extractors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from api.intake.sources import Source
from api.nearest import nearest_texts
from api.settings import Settings
from api.wiring import Plant
from extraction.files import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Scan, scan_file
from extraction.tables import load_mapping, open_query, open_table, shipped_mappings
from extraction.tables.recognition import recognise_parts
from extraction.tables.side_tables import Shelf
from kg.model import BadMapping, Chunk, Document

if TYPE_CHECKING:
    from extraction.tables import Mapping


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


def known_mappings(settings: Settings) -> list[Mapping]:
    """All mappings by name: the plant's own, then the shipped ones that none of them replaces.

    Raises BadMapping where one of the plant's own is wrong.
    """
    found: dict[str, Mapping] = {}
    for folder in settings.mappings:
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            status = path.stat()
            mapping = _own_mapping(path, status.st_mtime_ns, status.st_size)
            found.setdefault(mapping.name, mapping)
    for mapping in shipped_mappings():
        found.setdefault(mapping.name, mapping)
    return sorted(found.values(), key=lambda m: m.name)


@lru_cache(maxsize=256)
def _own_mapping(path: Path, modified_ns: int, size: int) -> Mapping:
    """A plant's own mapping, read anew when its file has changed."""
    return load_mapping(path)


def find_mapping(settings: Settings, name_or_path: str, *, files: bool = True) -> Mapping:
    """The mapping of that name, or (with `files`) in that file.

    Raises BadMapping with the nearest names.
    """
    if files and Path(name_or_path).suffix.casefold() in {".yaml", ".yml"}:
        return load_mapping(name_or_path)
    mappings = {m.name: m for m in known_mappings(settings)}
    if name_or_path in mappings:
        return mappings[name_or_path]
    nearest = nearest_texts(name_or_path, mappings) or list(mappings)
    raise BadMapping(
        f"There is no mapping {name_or_path!r}; there is {', '.join(nearest)}. A file of your own "
        "ends in .yaml.",
        ids=[name_or_path],
    )


def open_source(
    plant: Plant, source: Source, options: TableOptions, shelf: Shelf | None = None
) -> list[OpenSource]:
    """The tables of a file, with the mapping that was named or that fits: one, or one a sheet.

    What is a document is opened as one, without a mapping. `shelf` keeps what several files look
    values up in. Raises UnreadableFile, and BadMapping where no mapping fits.
    """
    if source.address is not None:
        return [_ask(plant, source, source.address, options)]
    if options.mapping is not None:
        named = find_mapping(plant.settings, options.mapping, files=options.mapping_files)
        return [_open(plant, source, options, named, options.sheet, shelf=shelf)]
    from api.intake.reading_documents import open_if_document
    from api.intake.standards import open_if_standard

    standard = open_if_standard(plant, source, options)
    if standard is not None:
        return [standard]
    document = open_if_document(plant, source, options)
    if document is not None:
        return [document]
    scan = scan_file(source.path, encoding=options.encoding, limits=options.limits)
    parts = recognise_parts(
        source.path,
        mappings=known_mappings(plant.settings),
        encoding=options.encoding,
        limits=options.limits,
        scan=scan,
    )
    if options.sheet is not None:
        parts = [part for part in parts if part.sheet in (options.sheet, None)]
    known = [(part.mapping, part.sheet) for part in parts if part.mapping is not None]
    if not known:
        document = open_if_document(plant, source, options, fits_no_mapping=True)
        if document is not None:
            return [document]
        reason = parts[0].reasons[0] if parts and parts[0].reasons else ""
        if options.encoding is not None:
            reason += (
                f" It was read as {options.encoding}: leave that out where its words look wrong."
            )
        raise BadMapping(
            f"{source.shown} fits no mapping. {reason.strip()} Name one with --mapping "
            "(`gemba mappings list` shows them), or begin one with `gemba mappings draft`."
        )
    return [
        _open(plant, source, options, mapping, sheet or options.sheet, shelf=shelf, scan=scan)
        for mapping, sheet in known
    ]


def _ask(plant: Plant, source: Source, address: str, options: TableOptions) -> OpenSource:
    """The answer of a database. Nothing tells which mapping it needs, so one must be named."""
    if options.mapping is None:
        raise BadMapping(
            f"Say with --mapping how to read {source.shown}; `gemba mappings list` shows what "
            "there is."
        )
    mapping = find_mapping(plant.settings, options.mapping, files=options.mapping_files)
    reading = open_query(
        address,
        mapping,
        plant.schema,
        query=options.query,
        extractors=plant.text_extractors,
        key=source.key or None,
        time_zone=options.time_zone or plant.settings.timezone,
        tables=options.side_tables,
        constants=options.constants,
        limits=options.limits,
    )
    return OpenSource(source.shown, reading.document, mapping.name, reading)


def _open(
    plant: Plant,
    source: Source,
    options: TableOptions,
    mapping: Mapping,
    sheet: str | None,
    *,
    shelf: Shelf | None,
    scan: Scan | None = None,
) -> OpenSource:
    part = f"#{sheet}" if sheet is not None else ""
    reading = open_table(
        source.path,
        mapping,
        plant.schema,
        extractors=plant.text_extractors,
        key=source.key + part,
        encoding=options.encoding,
        sheet=sheet,
        time_zone=options.time_zone or plant.settings.timezone,
        tables=options.side_tables,
        constants=options.constants,
        limits=options.limits,
        scan=scan,
        shelf=shelf,
    )
    title = PurePosixPath(source.shown).name + part
    document = replace(reading.document, title=title)
    return OpenSource(source.shown + part, document, mapping.name, reading)
