"""Files that are read as documents: manuals, slides, pages, mails, texts without record columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from api.intake.mappings import known_mappings
from api.intake.opened import OpenSource, TableOptions
from extraction.documents import is_document, read_document
from kg.model import GembaError, UnreadableFile

if TYPE_CHECKING:
    from api.intake.sources import Source
    from api.wiring import Plant

DOCUMENT = "document"  # what stands in place of a mapping's name
_TEXTS = frozenset({".txt", ".text", ".log"})  # records or prose
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".ods"})  # records, or plans, lists and forms


def open_if_document(
    plant: Plant, source: Source, options: TableOptions, *, fits_no_mapping: bool = False
) -> OpenSource | None:
    """The source as a document that is ready to be read; None where it is to be read as a table.

    A workbook is a document only where it `fits_no_mapping`, a text where none is found to fit.
    Raises UnreadableFile.
    """
    name = PurePosixPath(source.shown).name
    suffix = PurePosixPath(name).suffix.casefold()
    if not is_document(name) or options.mapping is not None or options.sheet is not None:
        return None
    if suffix in _WORKBOOKS and not fits_no_mapping:
        return None
    if suffix == ".xls":
        return None  # the reader of tables knows the old format
    if suffix in _TEXTS and not fits_no_mapping and _is_table(plant, source, options):
        return None
    if suffix in _WORKBOOKS and not _is_package(source):
        raise UnreadableFile(
            f"{source.shown} ends in {suffix} and is no workbook; save it as one, or give it the "
            "ending of what it is, such as .csv or .txt."
        )
    reading = read_document(
        source.path,
        plant.schema,
        extractors=plant.text_extractors,
        key=source.key,
        shown=source.shown,
        name=name,
        encoding=options.encoding,
        limits=options.limits,
    )
    document = replace(reading.document, title=reading.document.title or name)
    return OpenSource(source.shown, document, DOCUMENT, reading)


def _is_package(source: Source) -> bool:
    """Whether a file begins as workbooks do. One that cannot be read is left to its reader."""
    try:
        with source.path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError:
        return True


def _is_table(plant: Plant, source: Source, options: TableOptions) -> bool:
    """Whether the columns of a text file are those of a mapping."""
    from extraction.tables.recognition import recognise_parts

    try:
        parts = recognise_parts(
            source.path,
            mappings=known_mappings(plant.settings),
            encoding=options.encoding,
            limits=options.limits,
        )
    except GembaError:
        return False
    return any(part.mapping is not None for part in parts)
