"""Other tables that columns look values up in: a register, a list of codes."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import scan_file
from extraction.tables.headers import bind_headers, name_nearest
from extraction.tables.sources.opening import open_tables
from extraction.tables.specification import LookupSpec, SourceSpec, TableSpec
from kg.model.errors import BadMapping, UnreadableFile
from kg.model.keys import normal_code

_MOST_ROWS = 2_000_000


@dataclass(slots=True)
class SideTable:
    """A table held in memory: its headers and rows, and the digest of its content."""

    name: str
    headers: list[str]
    rows: list[list[str]]
    digest: str
    origin: str  # file name, or "" where the mapping itself holds the rows
    is_optional: bool = False
    _indexes: dict[tuple[int, int], dict[str, str]] = field(default_factory=dict)

    def index(self, lookup: LookupSpec) -> Mapping[str, str]:
        """Values to take by normalised values to match; the first row wins.

        Raises BadMapping where the table has no such columns, unless it is optional.
        """
        match = self._find(lookup.match)
        take = self._find(lookup.take)
        if match is None or take is None:
            return {}
        index = self._indexes.get((match, take))
        if index is None:
            index = {}
            for row in self.rows:
                key, value = row[match].strip(), row[take].strip()
                if key and value:
                    index.setdefault(normal_code(key), value)
            self._indexes[match, take] = index
        return index

    def _find(self, aliases: Sequence[str]) -> int | None:
        bound = bind_headers(self.headers, {"it": aliases})
        if "it" in bound.at:
            return bound.at["it"]
        if self.is_optional:
            return None
        nearest = name_nearest(aliases[0], self.headers) or self.headers[:6]
        raise BadMapping(
            f"table {self.name} ({self.origin or 'in the mapping'}) has no column"
            f" {' or '.join(repr(a) for a in aliases)}; it has {', '.join(nearest)}."
        )


def empty_table(name: str) -> SideTable:
    """What stands for an optional table that is not there."""
    return SideTable(name, [], [], "absent", "")


class Shelf:
    """Side tables that were read, for the next file that looks up the same ones.

    Holds a few at most. A table whose file has another size or time is read anew.
    """

    def __init__(self, size: int = 4) -> None:
        self._size = size
        self._held: dict[tuple[object, ...], SideTable] = {}

    def load(
        self,
        name: str,
        spec: TableSpec,
        beside: Path | None,
        *,
        given: Path | None = None,
        wanted: Mapping[str, Sequence[str]] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> SideTable | None:
        """See `load_side_table`."""
        path = given or (_find_file(spec.file, beside) if spec.rows is None else None)
        try:
            status = path.stat() if path is not None else None
        except OSError:
            status = None  # reading it tells what is wrong
        if path is None or status is None:
            return load_side_table(name, spec, beside, given=given, wanted=wanted, limits=limits)
        form = spec.model_dump_json()
        key = (name, form, repr(wanted), path.resolve(), status.st_size, status.st_mtime_ns)
        table = self._held.pop(key, None)
        if table is None:
            table = load_side_table(name, spec, beside, given=path, wanted=wanted, limits=limits)
            if table is None:
                return None
        self._held[key] = table  # the longest unused one stands first
        while len(self._held) > self._size:
            self._held.pop(next(iter(self._held)))
        return table


def load_side_table(
    name: str,
    spec: TableSpec,
    beside: Path | None,
    *,
    given: Path | None = None,
    wanted: Mapping[str, Sequence[str]] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> SideTable | None:
    """The side table that `spec` describes; None where it is optional and not there.

    `beside` is the file being loaded: its folder, the folder above and the folders in that are
    searched. `given` names the file outright; `wanted` are the columns (aliases) to be found in it.
    Raises BadMapping, UnreadableFile.
    """
    if spec.rows is not None and given is None:
        return _from_rows(name, spec.rows)
    path = given or _find_file(spec.file, beside)
    if path is None:
        if spec.optional:
            return None
        where = f"beside {beside}" if beside else "anywhere, because what is loaded is no file"
        raise BadMapping(
            f"tables.{name}: there is no file {' or '.join(spec.file)} {where}; put it there, or"
            " write optional: true."
        )
    scan = scan_file(path, encoding=spec.encoding, limits=limits)

    def score(cells: Sequence[str]) -> float:
        return len(bind_headers(cells, wanted or {}).at) / max(1, len(wanted or {}))

    tables = open_tables(
        scan, SourceSpec(sheet=spec.sheet), score=score if wanted else None, limits=limits
    )
    table = max(tables, key=lambda t: score(t.headers))
    rows: list[list[str]] = []
    for row in table.rows():
        if row.problem is None:
            rows.append(row.cells)
        if len(rows) > _MOST_ROWS:
            raise UnreadableFile(f"{path} has more than {_MOST_ROWS:,} rows, too many to look up.")
    return SideTable(
        name, list(table.headers), rows, scan.sha256, path.name, is_optional=spec.optional
    )


def _from_rows(name: str, rows: Sequence[Mapping[str, str]]) -> SideTable:
    headers: dict[str, None] = {}
    for row in rows:
        headers.update(dict.fromkeys(row))
    digest = hashlib.sha256(repr([sorted(row.items()) for row in rows]).encode()).hexdigest()
    cells = [[row.get(header, "") for header in headers] for row in rows]
    return SideTable(name, list(headers), cells, digest, "")


def _find_file(patterns: Sequence[str], beside: Path | None) -> Path | None:
    if beside is None:
        return None
    for pattern in patterns:
        for folder in _folders(beside):
            try:
                found = sorted(
                    entry
                    for entry in folder.iterdir()
                    if fnmatch.fnmatch(entry.name.lower(), pattern.lower())
                    and entry.is_file()
                    and entry != beside
                )
            except OSError:
                continue
            if found:
                return found[0]
    return None


def _folders(beside: Path) -> Iterator[Path]:
    here = beside.resolve().parent
    yield here
    yield here.parent
    try:
        yield from sorted(f for f in here.parent.iterdir() if f.is_dir() and f != here)
    except OSError:
        return


__all__ = ["Shelf", "SideTable", "empty_table", "load_side_table"]
