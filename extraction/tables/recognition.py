"""Which mapping a file needs, told from the names of its columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Scan, scan_file
from extraction.tables.compiling import bind_mapping
from extraction.tables.likeness import best_header_score, rank_mappings
from extraction.tables.mapping import Mapping, shipped_mappings
from extraction.tables.nearest_kind import tell_nearest
from extraction.tables.sources.opening import open_tables
from extraction.tables.sources.protocol import Table
from extraction.tables.specification import SourceSpec

_LEAST = 0.35  # below it a likeness is chance
_CLOSE = 0.08  # two mappings this close are worth a word


@dataclass(frozen=True, slots=True)
class Recognised:
    """A table with the mapping that fits it best (None: none does)."""

    sheet: str | None  # of a workbook with several
    mapping: Mapping | None
    score: float  # 0 to 1
    reasons: tuple[str, ...]  # sentences for a person


def recognise(
    path: str | os.PathLike[str],
    *,
    mappings: Sequence[Mapping] | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Mapping | None:
    """The mapping that fits the file best; None where none does. Raises UnreadableFile."""
    parts = recognise_parts(path, mappings=mappings, encoding=encoding, limits=limits)
    best = max(parts, key=lambda part: part.score, default=None)
    return best.mapping if best is not None else None


def recognise_parts(
    path: str | os.PathLike[str],
    *,
    mappings: Sequence[Mapping] | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    scan: Scan | None = None,
) -> list[Recognised]:
    """What each table of a file is: one for a text file, one per visible sheet of a workbook.

    `mappings` are those to choose from; the shipped ones where none are given. `scan` is the
    file's, where it has been scanned. Raises UnreadableFile.
    """
    candidates = list(shipped_mappings() if mappings is None else mappings)
    scan = scan or scan_file(path, encoding=encoding, limits=limits)
    tables = tables_of(scan, candidates, limits)
    return [_recognise_table(table, candidates, is_alone=len(tables) == 1) for table in tables]


def tables_of(scan: Scan, mappings: Sequence[Mapping], limits: Limits) -> Sequence[Table]:
    """All tables of a file, their headers found by whichever mapping likes them."""

    def score(cells: Sequence[str]) -> float:
        if sum(1 for cell in cells if cell.strip()) < 2:
            return 0.0
        return best_header_score(mappings, cells)

    return open_tables(scan, SourceSpec(sheet="*"), score=score, limits=limits)


def _recognise_table(table: Table, mappings: Sequence[Mapping], *, is_alone: bool) -> Recognised:
    sheet = None if is_alone else table.name
    ranked = rank_mappings(mappings, table.headers)
    if not ranked or ranked[0][0] < _LEAST:
        names = ", ".join(table.headers[:6])
        near = tell_nearest(mappings, table.headers)
        return Recognised(sheet, None, 0.0, (f"No mapping knows these columns: {names}.{near}",))
    score, best = ranked[0]
    binding = bind_mapping(best.spec, table.headers)
    pairs = [f"{table.headers[index]} is {column}" for column, index in binding.at.items()]
    reasons = [f"{best.title}: {'; '.join(pairs[:6])}."]
    if binding.unused:
        reasons.append(f"Not used: {', '.join(binding.unused[:8])}.")
    reasons += [
        f"{other.title} ({other.name}) would fit almost as well."
        for likely, other in ranked[1:3]
        if score - likely < _CLOSE
    ]
    return Recognised(sheet, best, score, tuple(reasons))
