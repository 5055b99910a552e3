"""From a file to tables that are ready to be read: which mapping, which text extractors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from api.intake.mappings import find_mapping, known_mappings
from api.intake.opened import OpenSource, TableOptions
from api.intake.reading_documents import open_if_document
from api.intake.sources import Source
from api.intake.standards import open_if_standard
from api.wiring import Plant
from extraction.files.scanning import Scan, scan_file
from extraction.tables import open_query, open_table
from extraction.tables.recognition import recognise_parts
from extraction.tables.side_tables import Shelf
from kg.model import BadMapping

if TYPE_CHECKING:
    from extraction.tables import Mapping


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
        time_zone=options.time_zone or mapping.spec.time_zone or plant.settings.timezone,
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
        time_zone=options.time_zone or mapping.spec.time_zone or plant.settings.timezone,
        tables=options.side_tables,
        constants=options.constants,
        limits=options.limits,
        scan=scan,
        shelf=shelf,
    )
    title = PurePosixPath(source.shown).name + part
    document = replace(reading.document, title=title)
    return OpenSource(source.shown + part, document, mapping.name, reading)
