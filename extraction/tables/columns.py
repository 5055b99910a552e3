"""From cells to values: one compiled reader per column of a mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from extraction.tables.amounts import (
    Decimal,
    read_duration,
    read_integer,
    read_number,
    read_quantity,
    read_yes_no,
)
from extraction.tables.headers import suggest_nearest
from extraction.tables.moments import MomentReader
from extraction.tables.names import read_names
from extraction.tables.specification import ColumnSpec, Dealing
from extraction.tables.splitting import Items, make_splitter
from extraction.tables.templates import TextOf
from extraction.tables.units import find_unit
from kg.model.keys import normal_code

_CACHED = 50_000  # readings remembered per column
_EXCEL_TEXT = re.compile(r'="(.*)"')
_WHOLE_FLOAT = re.compile(r"-?\d+\.0")


class Issue(NamedTuple):
    """Something about a cell: a countable code, a sentence, and what to do."""

    code: str
    message: str
    dealing: Dealing
    once: bool = False  # said for the first row only, although the cell repeats


class Reading(NamedTuple):
    """The value of a cell (None: nothing there) with what was noticed."""

    value: Any
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Sense:
    """How the cells of one column are to be understood, after looking at a sample of them."""

    type: str
    decimal: Decimal = "."
    moments: MomentReader | None = None
    future_after: int | None = None  # instants above it lie in the future
    header_unit: str | None = None


CellReader = Callable[[str], Reading]


def make_cell_reader(
    column: str,
    label: str,
    spec: ColumnSpec,
    sense: Sense,
    lookup: Mapping[str, str] | None,
    lookup_name: str = "",
) -> CellReader:
    """A reader of non-empty cells of `column`, which the file calls `label`.

    `lookup` maps normalised values to what they stand for, from `map` or another table, which is
    called `lookup_name`.
    """
    convert = _make_converter(label, spec, sense)
    extract = re.compile(spec.extract) if spec.extract else None
    split = make_splitter(spec.split) if spec.split else None
    codes = sense.type == "code"
    missing = Issue(
        f"missing-{column}", f"The row has no {column} ({label} is empty).", spec.if_missing
    )

    def read_one(text: str) -> Reading:
        if codes:
            text = _plain_code(text)
        if extract is not None:
            match = extract.search(text)
            if match is None:
                return Reading(None, _missing_of(missing))
            text = (match[1] if extract.groups else match[0]) or ""
            if not text:
                return Reading(None, _missing_of(missing))
        if lookup is not None:
            meant = lookup.get(normal_code(text))
            if meant is None:
                return _unknown(text, lookup, convert, where=lookup_name, label=label, spec=spec)
            if meant == "":
                return Reading(None)
            text = meant
        return convert(text)

    if split is None:
        return read_one

    nothing = Reading(None)

    def read_all(text: str) -> Reading:
        values: list[Any] = []
        spans: list[tuple[int, int]] = []
        issues: list[Issue] = []
        for item, start, end in split(text):
            reading = read_one(item) if item else nothing
            issues.extend(reading.issues)
            # What has no value keeps its place, so that lists of one row stay in step.
            values.append(reading.value)
            spans.append((start, end))
        if all(value is None for value in values):
            return Reading(None, tuple(issues))
        if len(values) == 1 and spans[0] == (0, len(text)):
            return Reading(values[0], tuple(issues))
        return Reading(Items(values, spans), tuple(issues))

    return read_all


def missing_issues(column: str, label: str, spec: ColumnSpec) -> tuple[Issue, ...]:
    """What is noticed where the cell is empty and has no default."""
    return _missing_of(
        Issue(f"missing-{column}", f"The row has no {column} ({label} is empty).", spec.if_missing)
    )


def _missing_of(issue: Issue) -> tuple[Issue, ...]:
    return () if issue.dealing == "ignore" else (issue,)


def _unknown(
    text: str,
    lookup: Mapping[str, str],
    convert: Callable[[str], Reading],
    *,
    where: str,
    label: str,
    spec: ColumnSpec,
) -> Reading:
    if spec.if_unknown in ("pass", "ignore") or not lookup:
        # An optional table that is not there says nothing about any value.
        return Reading(None) if spec.if_unknown == "ignore" else convert(text)
    dealing: Dealing = "reject" if spec.if_unknown == "reject" else "report"
    issue = Issue(
        "unknown-code",
        f"{label} says {text!r}, which is not in {where}." + suggest_nearest(text, lookup),
        dealing,
    )
    if spec.if_unknown == "keep":
        value, issues = convert(text)
        return Reading(value, (issue, *issues))
    return Reading(None, (issue,))


def _plain_code(text: str) -> str:
    excel = _EXCEL_TEXT.fullmatch(text)
    if excel:
        return excel[1].strip()
    return text[:-2] if _WHOLE_FLOAT.fullmatch(text) else text


def _make_converter(label: str, spec: ColumnSpec, sense: Sense) -> Callable[[str], Reading]:
    kind = sense.type
    if kind in ("text", "code"):
        return Reading
    if kind == "names":
        return lambda text: Reading(read_names(text))
    read: Callable[[str], Any]
    if kind == "date":
        assert sense.moments is not None
        read = sense.moments
    elif kind == "number":
        read = lambda text: read_number(text, sense.decimal)  # noqa: E731
    elif kind == "integer":
        read = lambda text: read_integer(text, sense.decimal)  # noqa: E731
    elif kind == "yes_no":
        read = read_yes_no
    elif kind == "duration":
        unit = spec.unit or sense.header_unit or "h"
        read = lambda text: read_duration(text, sense.decimal, unit)  # noqa: E731
    else:
        read = lambda text: read_quantity(  # noqa: E731
            text, sense.decimal, sense.header_unit, spec.unit
        )
    code = {"integer": "bad-number", "yes_no": "bad-yes-no"}.get(kind, f"bad-{kind}")
    horizon = sense.future_after
    units: dict[str, set[str]] = {}  # seen, by what they measure
    tells_units = kind == "quantity" and spec.unit is None and spec.unit_column is None

    def convert(text: str) -> Reading:
        try:
            value: Any = read(text)
        except (ValueError, OverflowError) as error:
            if spec.if_bad == "ignore":
                return Reading(None)
            return Reading(None, (Issue(code, f"{label}: {error}.", spec.if_bad),))
        if horizon is not None and value is not None and value.instant > horizon:
            return Reading(
                value,
                (Issue("future-date", f"{label}: {text} lies in the future.", "report"),),
            )
        # A column with its unit beside each value holds many characteristics, each in its own.
        if tells_units and value is not None and value.unit:
            mixed = _notice_unit(value.unit, units, label)
            if mixed is not None:
                return Reading(value, (mixed,))
        return Reading(value)

    return convert


def _notice_unit(symbol: str, seen: dict[str, set[str]], label: str) -> Issue | None:
    """An issue where a column gives one kind of quantity in different units."""
    unit = find_unit(symbol)
    if unit is None or unit.dimension == "count":
        return None
    alike = seen.setdefault(unit.dimension, set())
    if unit.symbol in alike:
        return None
    alike.add(unit.symbol)
    if len(alike) == 1:
        return None
    units = ", ".join(sorted(alike))
    return Issue("mixed-units", f"{label} holds different units: {units}.", "report", once=True)


class Column:
    """One column, compiled for one table.

    `plain` ones take their cell as it is, `coded` ones too unless a spreadsheet changed it, and
    `simple` ones take nothing but their cell. The program reads these without calling `evaluate`.
    """

    __slots__ = (
        "adjust",
        "cache",
        "cell",
        "coded",
        "default",
        "missing",
        "name",
        "plain",
        "read",
        "simple",
        "slot",
        "text",
        "unit_slot",
    )

    def __init__(
        self,
        name: str,
        slot: int,
        *,
        cell: int | None,
        text: TextOf | None,
        read: CellReader,
        plain: bool,
        coded: bool = False,
        default: TextOf | None,
        missing: tuple[Issue, ...],
        unit_slot: int | None = None,
        adjust: Callable[[str, Sequence[str | None]], str] | None = None,
    ) -> None:
        self.name = name
        self.adjust = adjust
        self.slot = slot
        self.cell = cell
        self.text = text
        self.default = default
        self.missing = missing
        self.unit_slot = unit_slot
        self.read = read
        alone = cell is not None and text is None and default is None and unit_slot is None
        alone = alone and adjust is None
        self.plain = plain and alone and not missing
        self.coded = coded and alone and not missing
        self.simple = alone and not (self.plain or self.coded)
        self.cache: dict[str, Reading] = {}

    def learn(self, raw: str) -> Reading:
        """Read a cell for the first time and remember it."""
        reading = self.read(raw)
        if len(self.cache) >= _CACHED:
            self.cache.clear()
        if any(issue.once for issue in reading.issues):
            lasting = tuple(issue for issue in reading.issues if not issue.once)
            self.cache[raw] = Reading(reading.value, lasting)
        else:
            self.cache[raw] = reading
        return reading

    def evaluate(self, cells: Sequence[str | None], values: list[Any]) -> tuple[Issue, ...]:
        """Put the column's value for a row into `values`; returns what was noticed."""
        if self.text is not None:
            raw = self.text(values)
        else:
            raw = cells[self.cell] if self.cell is not None else None
            if raw and self.adjust is not None:
                raw = self.adjust(raw, cells)
        if not raw and self.default is not None:
            raw = self.default(values)
        if not raw:
            values[self.slot] = None
            return self.missing
        if self.unit_slot is not None and values[self.unit_slot] and raw[-1].isdigit():
            raw = f"{raw} {values[self.unit_slot]}"
        value, issues = self.cache.get(raw) or self.learn(raw)
        values[self.slot] = value
        return issues
