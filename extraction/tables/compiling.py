"""From a mapping and a table's headers and first rows to a program for its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from extraction.tables.amounts import Decimal, infer_decimal, infer_table_decimal
from extraction.tables.columns import (
    Column,
    Sense,
    make_cell_reader,
    missing_issues,
)
from extraction.tables.conditions import columns_of_condition
from extraction.tables.header_findings import tell_headers
from extraction.tables.header_spelling import bracketed, time_word
from extraction.tables.headers import Binding, bind_headers
from extraction.tables.joint_cells import Joint, find_joints
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.moments import (
    has_ambiguous_dates,
    infer_day_first,
    make_moment_reader,
    read_zone,
)
from extraction.tables.program import Program
from extraction.tables.properties import COLUMN_TYPES, column_of_property
from extraction.tables.side_tables import SideTable
from extraction.tables.sources.protocol import Problem
from extraction.tables.specification import (
    ClassChoice,
    ColumnSpec,
    MappingSpec,
    SourceSpec,
    TimedSpec,
)
from extraction.tables.splitting import make_splitter
from extraction.tables.templates import columns_in, compile_template
from extraction.tables.units import find_unit
from extraction.text.protocol import TextExtractor
from kg.model.instants import Instant
from kg.model.keys import normal_code
from ontology.schema import Schema

_DAY = 86_400_000
_REMEMBERED = 1_000  # bindings, by mapping and headers
_bindings: dict[tuple[int, tuple[str, ...]], tuple[MappingSpec, Binding]] = {}
_SCALES = (4, 5, 10)  # highest ratings of the scales in use for FMEA


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program with what it was made from."""

    program: Program
    binding: Binding
    findings: tuple[Problem, ...]  # what had to be guessed about the table


def bind_mapping(spec: MappingSpec, headers: Sequence[str]) -> Binding:
    """Where the columns of a mapping stand in a table with `headers`.

    Remembered, because the files of a batch have the same headers.
    """
    key = (id(spec), tuple(headers))
    held = _bindings.get(key)
    if held is not None and held[0] is spec:
        return held[1]
    binding = _bind(spec, headers)
    if len(_bindings) >= _REMEMBERED:
        _bindings.clear()
    _bindings[key] = (spec, binding)
    return binding


def _bind(spec: MappingSpec, headers: Sequence[str]) -> Binding:
    wanted = {
        name: column.header or [name]
        for name, column in spec.columns.items()
        if column.value is None
    }
    required = [name for name, column in spec.columns.items() if column.required]
    types = {name: column.type for name, column in spec.columns.items()}
    for thing in spec.things.values():
        name = (thing.code or "").removeprefix("{").removesuffix("}")
        if types.get(name, "") is None:
            types[name] = "code"
    return bind_headers(headers, wanted, required, alike=True, types=types)


def compile_program(
    mapping: TableMapping,
    schema: Schema,
    headers: Sequence[str],
    *,
    sample: Sequence[Sequence[str]],
    side_tables: Mapping[str, SideTable],
    extractors: Sequence[TextExtractor] = (),
    now: Instant,
    time_zone: str | None = None,
    constants: Mapping[str, str] | None = None,
) -> Compiled:
    """Compile a checked `mapping` for a table with `headers`, understood by its `sample` rows.

    `time_zone` stands in where neither mapping nor column names one; `constants` replace those of
    the mapping.
    """
    spec = mapping.spec
    binding = bind_mapping(spec, headers)
    findings: list[Problem] = []
    types = infer_types(spec, schema)
    order = evaluation_order(spec)
    slots = {name: slot for slot, name in enumerate(order)}
    slot_of: Callable[[str], int] = {
        **slots, **{name: len(slots) + i for i, name in enumerate(spec.constants)}
    }.__getitem__  # fmt: skip

    zone_name = time_zone or spec.time_zone
    zone = read_zone(zone_name) if zone_name else None
    columns: list[Column] = []
    table_decimal = infer_table_decimal(cell for row in sample for cell in row)
    joints, noticed = find_joints(spec, binding.at, types, headers, sample)
    for name in order:
        column = spec.columns[name]
        joint = joints.get(name)
        cell = joint.cell if joint is not None else binding.at.get(name)
        label = headers[cell] if cell is not None else _label(name, spec, binding, headers)
        cells = _cells(sample, cell, spec, column, joint)
        sense = _understand(
            column, types[name], cells, source=spec.source, label=label, zone=zone, now=now,
            findings=findings, table_decimal=table_decimal,
        )  # fmt: skip
        lookup, origin = _lookup(column, side_tables)
        read = make_cell_reader(name, label, column, sense, lookup, origin)
        as_it_is = not (column.split or column.extract or lookup is not None)
        columns.append(
            Column(
                name,
                slots[name],
                cell=cell,
                text=compile_template(column.value, slot_of) if column.value else None,
                read=read,
                plain=as_it_is and sense.type == "text",
                coded=as_it_is and sense.type == "code",
                default=compile_template(column.default, slot_of) if column.default else None,
                missing=missing_issues(name, label, column) if cell is not None or column.value
                or column.if_missing != "ignore" else (),
                unit_slot=slots[column.unit_column] if column.unit_column else None,
                adjust=joint.adjust if joint is not None else None,
            )
        )  # fmt: skip
    findings += noticed
    findings += tell_headers(spec, headers, binding, sample)
    scales = _scales(spec, binding, sample, findings)
    program = Program(
        spec, schema, columns, mapping.extractor, extractors, scales=scales, constants=constants
    )
    return Compiled(program, binding, tuple(findings))


def infer_types(spec: MappingSpec, schema: Schema) -> dict[str, str]:
    """The type of each column: as written, else what all of its uses want, else text."""
    uses: dict[str, set[str]] = {name: set() for name in spec.columns}

    def use(name: str | None, kind: str) -> None:
        if name in uses:
            uses[name].add(kind)

    def use_template(template: str | None) -> None:
        for name in columns_in(template or ""):
            use(name, "text")

    entries: list[TimedSpec] = [*spec.things.values(), *spec.statements]
    for entry in entries:
        for name in (entry.at, entry.from_, entry.to):
            use(name, "date")
        for attribute, value in entry.properties.items():
            taken = column_of_property(value, spec.columns)
            if taken is not None:
                known = schema.attributes.get(attribute)
                use(taken, COLUMN_TYPES.get(known.datatype, "text") if known else "text")
            elif isinstance(value, str):
                use_template(value)
    for statement in spec.statements:
        if isinstance(statement.confidence, str):
            use(statement.confidence, "number")
    for thing in spec.things.values():
        for template in (thing.code, thing.name, *thing.other_names):
            use_template(template)
        if isinstance(thing.class_, ClassChoice):
            use(thing.class_.column, "text")
    for column in spec.columns.values():
        use_template(column.value)
        use_template(column.default)
    for text in spec.texts:
        use(text.at, "date")
        use(text.column, "text")
    return {
        name: column.type or (next(iter(uses[name])) if len(uses[name]) == 1 else "text")
        for name, column in spec.columns.items()
    }


def evaluation_order(spec: MappingSpec) -> list[str]:
    """Columns so that each comes after those that it is computed from."""
    order: list[str] = []
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name in order or name in visiting or name not in spec.columns:
            return
        visiting.add(name)
        column = spec.columns[name]
        needs = (*columns_in(column.value or ""), *columns_in(column.default or ""))
        for needed in (*needs, column.unit_column):
            if needed:
                visit(needed)
        order.append(name)

    for name in spec.columns:
        visit(name)
    return order


def columns_used(spec: MappingSpec) -> set[str]:
    """Columns that anything in the mapping uses."""
    used: set[str] = set()
    entries: list[TimedSpec] = [*spec.things.values(), *spec.statements]
    for entry in entries:
        used |= {n for n in (entry.at, entry.from_, entry.to) if n}
        used |= columns_of_condition(entry.when)
        for value in entry.properties.values():
            taken = column_of_property(value, spec.columns)
            if taken:
                used.add(taken)
            elif isinstance(value, str):
                used |= set(columns_in(value))
    return used


def _cells(
    sample: Sequence[Sequence[str]],
    cell: int | None,
    spec: MappingSpec,
    column: ColumnSpec,
    joint: Joint | None = None,
) -> list[str]:
    if cell is None:
        return []
    empty = {e.casefold() for e in (*spec.source.empty, *column.empty)}
    texts = [row[cell].strip() for row in sample if cell < len(row)]
    if joint is not None:
        rows = [[text.strip() for text in row] for row in sample if cell < len(row)]
        texts = [joint.adjust(row[cell], row) for row in rows]
    texts = [text for text in texts if text and text.casefold() not in empty]
    if column.split:
        split = make_splitter(column.split)
        return [item for text in texts for item, _, _ in split(text)]
    return texts


def _understand(
    column: ColumnSpec,
    kind: str,
    cells: Sequence[str],
    *,
    source: SourceSpec,
    label: str,
    zone: tzinfo | None,
    now: Instant,
    findings: list[Problem],
    table_decimal: Decimal | None,
) -> Sense:
    if kind == "date":
        own = read_zone(column.time_zone) if column.time_zone else zone
        day_first = column.day_first if column.day_first is not None else source.day_first
        if day_first is None and not column.formats:
            day_first = infer_day_first(cells)
            if day_first is None:
                day_first = True
                if has_ambiguous_dates(cells):
                    findings.append(
                        Problem(
                            "ambiguous-dates",
                            f"{label}: nothing tells whether day or month comes first; the day is"
                            " taken to. Write day_first: false in the mapping if it does not.",
                        )
                    )
        if own is None and any(_names_no_zone(text) for text in cells):
            findings.append(
                Problem(
                    "time-zone-assumed",
                    f"{label} names no time zone; its times are read as UTC. Write time_zone in"
                    " the mapping, such as Asia/Shanghai.",
                )
            )
        return Sense(
            kind,
            moments=make_moment_reader(
                own or UTC, formats=column.formats, day_first=day_first is not False
            ),
            future_after=now + _DAY if column.future == "report" else None,
        )
    if kind in ("number", "integer", "quantity", "duration"):
        decimal = column.decimal or source.decimal or infer_decimal(cells)
        if decimal is None and table_decimal == "," and any("," in c or "." in c for c in cells):
            findings.append(
                Problem(
                    "decimal-assumed",
                    f"{label} does not tell whether its decimal mark is a comma or a point; it is"
                    " read with a decimal comma, as the rest of the table has it.",
                )
            )
        decimal = decimal or table_decimal or "."
        # Without brackets only a duration is trusted: `Machine C` is no temperature.
        inside = bracketed(label) or (time_word(label) if kind == "duration" else None)
        unit = find_unit(inside) if inside else None
        return Sense(kind, decimal=decimal, header_unit=unit.symbol if unit else None)
    return Sense(kind)


def _names_no_zone(text: str) -> bool:
    return ":" in text and not text.endswith(("Z", "UTC", "GMT")) and "+" not in text[10:]


def _lookup(
    column: ColumnSpec, side_tables: Mapping[str, SideTable]
) -> tuple[Mapping[str, str] | None, str]:
    """What a column's values stand for, and where that is written."""
    if column.map is not None:
        return {normal_code(key): value for key, value in column.map.items()}, "the mapping's list"
    if column.lookup is not None:
        table = side_tables[column.lookup.table]
        index = table.index(column.lookup) if table.headers else {}
        return index, table.origin or f"the table {table.name}"
    return None, ""


def _label(name: str, spec: MappingSpec, binding: Binding, headers: Sequence[str]) -> str:
    """What people call a computed column: the header of the only column that it is made from."""
    used = columns_in(spec.columns[name].value or "")
    if len(used) != 1 or used[0] not in spec.columns:
        return name
    cell = binding.at.get(used[0])
    return headers[cell] if cell is not None else _label(used[0], spec, binding, headers)


def _scales(
    spec: MappingSpec,
    binding: Binding,
    sample: Sequence[Sequence[str]],
    findings: list[Problem],
) -> dict[str, int]:
    """The highest rating of each column of ratings: as written, else the usual scale that fits."""
    highest: dict[str, int] = {}
    for name, column in spec.columns.items():
        if column.scale is not None:
            cells = _cells(sample, binding.at.get(name), spec, column)
            highest[name] = max((int(cell) for cell in cells if cell.isdigit()), default=0)
    # A sheet that rates anything above five rates everything up to ten.
    is_long = max(highest.values(), default=0) > 5
    scales: dict[str, int] = {}
    for name, rating in highest.items():
        written = spec.columns[name].scale
        fitting = 10 if is_long else next(s for s in _SCALES if s >= rating)
        scales[name] = written if isinstance(written, int) else fitting if rating else 10
        if written == "auto" and scales[name] != 10:
            findings.append(
                Problem(
                    "scale-assumed",
                    f"{name} goes up to {rating}; it is taken to be rated from 1 to"
                    f" {scales[name]}. Write columns.{name}.scale in the mapping if it is not.",
                )
            )
    return scales
