"""Refused rows, tried again: after the mapping, a side table or the row itself was corrected."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.tables.checking import check_mapping
from extraction.tables.compiling import Compiled, bind_mapping
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.passages import parse_row_text
from extraction.tables.reading import (
    CHUNK_ROWS,
    load_side_tables,
    make_compiler,
    make_recipe,
)
from extraction.tables.sources.memory import MemoryTable
from extraction.tables.sources.protocol import Table
from extraction.tables.telling import TableRows
from extraction.text.protocol import TextExtractor
from kg.model.claims import Batch, Chunk, Document, Rejection
from kg.model.errors import BadMapping
from kg.model.instants import Instant
from ontology.schema import Schema

_TEXT_ONLY = "text"  # what the gate keeps of a row: its passage's text


def replay(
    rejections: Sequence[Rejection],
    mapping: TableMapping,
    schema: Schema,
    *,
    extractors: Sequence[TextExtractor] = (),
    time_zone: str | None = None,
    tables: Mapping[str, str | os.PathLike[str]] | None = None,
    constants: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    now: Instant | None = None,
) -> Iterator[Chunk]:
    """Run refused rows of one document through `mapping` again.

    They keep their places. What is refused again is in the chunks' rejections. Rejections without
    a row (a single claim, a damaged line) are passed through. Raises BadMapping.
    """
    check_mapping(mapping, schema)
    usable = [r for r in rejections if r.row and "statement" not in r.row]
    hopeless = [r for r in rejections if not r.row or "statement" in r.row]
    if hopeless:
        yield Chunk(batch=Batch(), rejections=hopeless)
    if not usable:
        return
    table = MemoryTable([cells_of(r) for r in usable])
    missing = bind_mapping(mapping.spec, table.headers).missing
    if missing:
        raise BadMapping(
            f"The refused rows have no column for {', '.join(missing)}, which the mapping"
            f" {mapping.name} requires; use the mapping that they were read with."
        )
    loaded = load_side_tables(mapping, None, tables or {}, limits)
    compiled = make_compiler(
        mapping, schema, loaded, extractors, now=now, time_zone=time_zone, constants=constants
    )(table)
    recipe = make_recipe(mapping, schema, extractors, loaded, time_zone)
    document = Document(usable[0].document, "", recipe)
    rows = _ReplayedRows(
        document,
        mapping,
        table,
        compiled,
        has_texts=bool(extractors),
        places=[r.place for r in usable],
    )
    source = table.rows()
    while raws := list(islice(source, CHUNK_ROWS)):
        yield rows.tell(raws, is_told=True)


class _ReplayedRows(TableRows):
    def __init__(
        self,
        document: Document,
        mapping: TableMapping,
        table: Table,
        compiled: Compiled,
        *,
        has_texts: bool,
        places: Sequence[str],
    ) -> None:
        super().__init__(document, mapping, table, compiled, has_texts=has_texts)
        self._places = places

    def _place(self, number: int) -> str:
        return self._places[number]


def cells_of(rejection: Rejection) -> dict[str, str]:
    """The cells of a refused row by header; read back from its text where only that was kept."""
    row = dict(rejection.row or {})
    if set(row) != {_TEXT_ONLY}:
        return row
    return parse_row_text(row[_TEXT_ONLY])
