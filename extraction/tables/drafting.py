"""The draft of a mapping for a table that no mapping knows: something to correct, not to invent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import yaml

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Scan, scan_file
from extraction.tables.amounts import read_number
from extraction.tables.compiling import bind_mapping
from extraction.tables.header_spelling import normal_header
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.mapping import shipped_mappings
from extraction.tables.moments import is_date_like
from extraction.tables.pruning import prune
from extraction.tables.recognition import tables_of
from extraction.tables.sources.protocol import Table
from extraction.tables.specification import NOTHING
from kg.model.errors import UnreadableFile
from kg.model.text import has_han

_SAMPLE = 200
_SHOWN = 3
_YES_NO = frozenset({"yes", "no", "y", "n", "true", "false", "是", "否"})
_NOTHING = frozenset({"na", *(word.casefold() for word in NOTHING)})
_ASSET_WORDS = ("asset", "equipment", "machine", "设备", "机台")
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-/._#][A-Za-z0-9]+)*")


def draft_mapping(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """A commented mapping in YAML for the table in the file at `path`.

    It starts from the shipped mapping that shares most columns with it, cut down to those; columns
    that it has no use for are listed with what they seem to hold. Raises UnreadableFile.
    """
    scan = scan_file(path, encoding=encoding, limits=limits)
    tables = tables_of(scan, shipped_mappings(), limits)
    named = [t for t in tables if sheet is None or t.name.casefold() == sheet.casefold()]
    if not named:
        names = ", ".join(t.name for t in tables)
        raise UnreadableFile(f"{path} has no sheet {sheet!r}; it has {names}.")
    table = max(named, key=lambda t: _best(t.headers)[1])
    samples = _samples(table)
    base, _ = _best(table.headers)
    parts = _from_base(base, table) if base is not None else _from_nothing(table, samples)
    lines = [*_preamble(scan, table, base, several=len(tables) > 1), ""]
    lines += _columns(parts, table, samples)
    lines += _things(parts)
    return "\n".join(lines).rstrip() + "\n"


def _best(headers: Sequence[str]) -> tuple[TableMapping | None, float]:
    """The shipped mapping that can say something about most of the columns."""
    best: tuple[TableMapping | None, float] = (None, 0.0)
    for mapping in shipped_mappings():
        binding = bind_mapping(mapping.spec, headers)
        parts = prune(mapping.spec, {c: headers[i] for c, i in binding.at.items()})
        found = len(binding.at)
        if found < 2 or not parts["things"]:
            continue
        merit = found / len(headers) + 0.02 * len(parts["statements"])
        merit -= 0.15 * len(binding.missing)
        if merit > best[1]:
            best = (mapping, merit)
    return best


def _samples(table: Table) -> dict[str, list[str]]:
    """The different values in the first rows, by header."""
    values: dict[str, dict[str, None]] = {header: {} for header in table.headers}
    for row in islice((r for r in table.rows() if r.problem is None), _SAMPLE):
        for header, cell in zip(table.headers, row.cells, strict=False):
            if cell.strip() and cell.strip().casefold() not in _NOTHING:
                values[header][" ".join(cell.split())] = None
    return {header: list(found) for header, found in values.items()}


def _preamble(
    scan: Scan, table: Table, base: TableMapping | None, *, several: bool
) -> Iterator[str]:
    name = re.sub(r"[^\w.-]+", "-", scan.path.stem).strip("-.") or "my-table"
    yield f"# A draft for {scan.path.name}, made from its headers and first rows."
    if base is not None:
        yield f"# It follows the shipped mapping {base.name} ({base.title})."
    yield "# Check every line, delete what is wrong, then try it without storing anything:"
    yield f"#   gemba load {scan.path.name} --mapping {name}.yaml --dry-run"
    yield "# data/mappings/README.md explains what may be written here."
    yield f"mapping: {_flow(name)}"
    yield f"title: {_flow(scan.path.stem)}"
    yield "# Times without a zone are the plant's; say which that is."
    yield "# time_zone: Asia/Shanghai"
    source: list[str] = []
    if scan.kind == "text" and scan.encoding.name not in ("utf-8", "utf-8-sig"):
        source.append(f"  encoding: {scan.encoding.name}   # told from its characters")
    delimiter = getattr(table, "delimiter", ",")
    if delimiter != ",":
        source.append(f"  delimiter: {_flow({chr(9): 'tab'}.get(delimiter, delimiter))}")
    if several and table.name:
        source.append(f"  sheet: {_flow(table.name)}")
    if source:
        yield ""
        yield "source:"
        yield from source


def _from_base(base: TableMapping, table: Table) -> dict[str, Any]:
    binding = bind_mapping(base.spec, table.headers)
    parts = prune(base.spec, {c: table.headers[i] for c, i in binding.at.items()})
    parts["missing"] = {
        name: base.spec.columns[name].header[:4] or [name] for name in binding.missing
    }
    return parts


def _from_nothing(table: Table, samples: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A table that resembles nothing we know: what is called an asset, or is a code, is it."""
    kinds = {header: guess_type(samples[header]) for header in table.headers}
    code = min(
        table.headers,
        key=lambda h: (
            not any(word in normal_header(h) for word in _ASSET_WORDS),
            kinds[h] != "code",
            kinds[h] != "text",
            table.headers.index(h),
        ),
    )
    slug = _slug(code)
    return {
        "columns": {slug: {"header": code, "required": True, "type": "code"}},
        "things": {"item": {"class": "Asset", "code": f"{{{slug}}}", "name": f"{{{slug}}}"}},
        "statements": [],
        "texts": [],
        "constants": {},
        "missing": {},
        "is_guess": True,
    }


def _columns(
    parts: Mapping[str, Any], table: Table, samples: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    columns: Mapping[str, dict[str, Any]] = parts["columns"]
    if any(parts["constants"].values()) or _uses(parts, parts["constants"]):
        yield "constants:"
        yield from (f"  {n}: {_flow(v)}" for n, v in parts["constants"].items())
        yield ""
    yield "columns:"
    for name, column in columns.items():
        entry = dict(column)
        header = entry.get("header")
        comment = ""
        if header is not None:
            entry["header"] = [header]
            comment = _shown(samples[header])
        yield f"  {name}: {_flow(entry)}{comment}"
    for name, aliases in parts["missing"].items():
        yield f"  # Which column is the {name} ({', '.join(aliases)})? Without it rows say less."
        yield f"  # {name}: {{header: [...], required: true}}"
    taken = {column.get("header") for column in columns.values()}
    unused = [header for header in table.headers if header not in taken]
    if unused:
        yield "  # Not used yet; take away the # of those that say something:"
    for header in unused:
        kind = guess_type(samples[header])
        entry = {"header": [header]} if kind == "text" else {"header": [header], "type": kind}
        yield f"  # {_slug(header)}: {_flow(entry)}{_shown(samples[header])}"
    yield ""


def _things(parts: Mapping[str, Any]) -> Iterator[str]:
    yield "things:"
    if parts.get("is_guess"):
        yield "  # What is a row about? WorkOrder, Asset, Operation, MaterialLot, Unit, …"
        yield "  # `gemba ontology show CLASS` tells more."
    for name, thing in parts["things"].items():
        yield f"  {name}:"
        for key, value in thing.items():
            yield f"    {key}: {_flow(value)}"
    if parts["statements"]:
        yield ""
        yield "statements:"
        yield from (f"  - {_flow(entry)}" for entry in parts["statements"])
    elif parts.get("is_guess"):
        yield ""
        yield "# How are things of a row related? Three words each: a thing, a relation, a thing."
        yield "# statements:"
        yield "#   - item locatedIn place"
    if parts["texts"]:
        yield ""
        yield "texts:"
        yield from (f"  - {_flow(entry)}" for entry in parts["texts"])


def guess_type(values: Sequence[str]) -> str:
    """What kind of values a column holds: date, yes_no, number, code or text."""
    if not values:
        return "text"
    if all(is_date_like(value) for value in values):
        return "date"
    if {value.casefold() for value in values} <= _YES_NO:
        return "yes_no"
    if all(_is_number(value) for value in values):
        # Numbers with leading zeros are codes.
        return "code" if any(re.match(r"0\d", value) for value in values) else "number"
    matching = [v for v in values if _CODE.fullmatch(v) and any(c.isdigit() for c in v)]
    return "code" if len(matching) * 10 >= len(values) * 9 else "text"


def _is_number(value: str) -> bool:
    for decimal in (".", ","):
        try:
            read_number(value, decimal)
        except ValueError:
            continue
        return True
    return False


def _uses(parts: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    text = str(parts["columns"]) + str(parts["things"])
    return any(f"{{{name}}}" in text for name in names)


def _shown(values: Sequence[str]) -> str:
    if not values:
        return "   # empty in the first rows"
    shown = "; ".join(value if len(value) <= 30 else f"{value[:29]}…" for value in values[:_SHOWN])
    return f"   # {shown}"


def _slug(header: str) -> str:
    words = re.findall(r"[^\W_]+", header)
    slug = "_".join(words) if has_han(header) else "_".join(words).lower()
    return slug or "column"


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9
    )
    return text.removesuffix("\n").removesuffix("\n...")
