"""From the columns of a plain table to a cohort: one row per unit, or several reports on each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kg.model.errors import BadInput
from kg.narration import Phrase
from kg.traceability.commonality.cohort import (
    Cohort,
    Condition,
    Factor,
    FactorKind,
    FactorRole,
    Mask,
    Parameter,
    make_matrix,
)
from kg.traceability.commonality.columns import (
    Guessed,
    TableColumn,
    find_product,
    find_step,
    guess_columns,
    is_inspection_text,
)
from kg.traceability.commonality.periods import periods_of
from kg.traceability.commonality.results import LeftOut

STEP_WEIGHT, PERIOD_WEIGHT = 20.0, 20.0
_TIME_BLOCKS = 6
_MOST_TIMED, _LEAST_TIMED = 200, 12  # things whose passing times are looked at, and units of each
_MOST_VALUES = 20_000  # of one column
_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class TableCohort:
    """A cohort from a table, and what each column was taken for."""

    cohort: Cohort
    guessed: tuple[Guessed, ...]
    step: str | None
    notes: tuple[Phrase, ...]

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """The columns that are no factors."""
        return tuple(g.left_out for g in self.guessed if g.left_out is not None)


def cohort_of_table(
    columns: Sequence[TableColumn],
    bad_rows: Mask,
    *,
    asked: Collection[str] = (),
    unit: str | None = None,
    kept: Collection[str] = (),
    dropped: Mapping[str, str] | None = None,
    looking_rows: Mask | None = None,
    looking: Collection[str] = (),
) -> TableCohort:
    """Units, bad ones and factors. `bad_rows` marks the rows that say that their unit is bad.
    `looking_rows` are reports on inspections and `looking` columns about them, whatever their
    names say; what is named so is taken for such anyway.

    Without `unit` every row is a unit. With it a unit is bad if any of its rows is; what was done
    to it after the first such row is no cause of it. Where rows are reports on steps, those on
    steps that inspect give inspection factors, which are never causes.
    """
    rows = len(bad_rows)
    ids, codes = _units(columns, unit, rows)
    bad = np.zeros(len(ids), dtype=np.bool_)
    bad[codes[bad_rows]] = True
    guessed = guess_columns(columns, bad[codes], asked=asked, unit=unit, kept=kept, dropped=dropped)
    guessed = [replace(g, role="inspection") if g.column.name in looking else g for g in guessed]
    is_log = unit is not None and len(ids) < rows
    step = find_step([g.column for g in guessed if g.role == "factor"]) if is_log else None
    time = _start_of(guessed)
    looks = (
        np.array([is_inspection_text(t) for t in step.texts])
        if step is not None
        else np.zeros(rows, dtype=np.bool_)
    )
    if looking_rows is not None:
        looks = looks | looking_rows
    usable = _before_found(codes, bad_rows, time) if is_log else np.ones(rows, dtype=np.bool_)
    maker = _Maker(codes, usable & ~looks, looks)
    for g in guessed:
        if g.role in ("factor", "inspection") and not (
            g.role == "inspection" and g.column.numbers is not None and _many(g.column)
        ):
            maker.add_values(g, step)
    if time is not None:
        maker.add_periods(time)
    cohort = Cohort(
        tuple(ids), bad, tuple(maker.factors),
        make_matrix(len(ids), maker.pairs, len(maker.factors)),
        (
            *_parameters(guessed, codes, len(ids), usable & ~looks, step),
            *_passing(guessed, codes, len(ids), usable & ~looks, time),
        ),
        _strata(guessed, codes, len(ids), step, time, looks),
    )  # fmt: skip
    return TableCohort(
        cohort, tuple(guessed), step.name if step is not None else None,
        _notes(bad_rows, bad, looks, step, unit),
    )  # fmt: skip


def _many(column: TableColumn) -> bool:
    return len(set(column.texts)) > 12


def _units(
    columns: Sequence[TableColumn], unit: str | None, rows: int
) -> tuple[list[str], NDArray[np.int64]]:
    if unit is None:
        name = next((c for c in columns if _names_rows(c, rows)), None)
        ids = list(name.texts) if name is not None else [f"row {i + 1}" for i in range(rows)]
        return ids, np.arange(rows, dtype=np.int64)
    column = next((c for c in columns if c.name == unit), None)
    if column is None:
        raise BadInput(f"The table has no column {unit!r}.")
    order: dict[str, int] = {}
    codes = np.array(
        [order.setdefault(t if t else f"row {i + 1}", len(order)) for i, t in
         enumerate(column.texts)],
        dtype=np.int64,
    )  # fmt: skip
    return list(order), codes


def _names_rows(column: TableColumn, rows: int) -> bool:
    return (
        column.numbers is None and column.times is None
        and len(set(column.texts)) == rows and all(column.texts) and rows > 1
    )  # fmt: skip


def _start_of(guessed: Sequence[Guessed]) -> NDArray[np.int64] | None:
    times = [g.column.times for g in guessed if g.role == "time" and g.column.times is not None]
    return times[0] if times else None


def _before_found(codes: NDArray[np.int64], bad_rows: Mask, time: NDArray[np.int64] | None) -> Mask:
    """Rows that are not later than the first row that says their unit is bad.

    Where all rows of a unit say so, the label was joined to them and says nothing about when.
    """
    usable = np.ones(len(codes), dtype=np.bool_)
    if time is None or not bad_rows.any():
        return usable
    count = int(codes.max()) + 1
    said = np.bincount(codes[bad_rows], minlength=count)
    rows = np.bincount(codes, minlength=count)
    found = np.full(count, np.iinfo(np.int64).max)
    dated = bad_rows & (time >= 0)
    np.minimum.at(found, codes[dated], time[dated])
    found[said == rows] = np.iinfo(np.int64).max
    usable &= (time < 0) | (time <= found[codes])
    return usable


class _Maker:
    """Collects factors and which units they touch."""

    def __init__(self, codes: NDArray[np.int64], made: Mask, looked: Mask) -> None:
        self._codes = codes
        self._rows = {"production": made, "inspection": looked}
        self.factors: list[Factor] = []
        self.pairs: set[tuple[int, int]] = set()

    def add_values(self, guessed: Guessed, step: TableColumn | None) -> None:
        """A factor for each value of a column; in a log also for each value at a step."""
        column = guessed.column
        roles: tuple[FactorRole, ...] = (
            ("production", "inspection") if guessed.role == "factor" else ("inspection",)
        )
        for role in roles:
            rows = self._rows[role] if guessed.role == "factor" else np.ones_like(self._codes) > 0
            values: dict[str, set[int]] = {}
            at_steps: dict[tuple[str, str], set[int]] = {}
            for row in np.flatnonzero(rows):
                text = column.texts[row]
                if not text:
                    continue
                values.setdefault(text, set()).add(int(self._codes[row]))
                if step is not None and step is not column and step.texts[row]:
                    key = text, step.texts[row]
                    at_steps.setdefault(key, set()).add(int(self._codes[row]))
            if len(values) > _MOST_VALUES:
                continue
            for value in sorted(values):
                one = _value(column.name, value, guessed.facet)
                self._add((one,), role, "value", 1.0, values[value])
            for value, where in sorted(at_steps):
                if step is not None and at_steps[value, where] != values[value]:
                    both = (
                        _value(column.name, value, guessed.facet),
                        _value(step.name, where, "method"),
                    )
                    self._add(both, role, "step", STEP_WEIGHT, at_steps[value, where])

    def add_periods(self, time: NDArray[np.int64]) -> None:
        """Shift, weekday and week of each row."""
        found: dict[tuple[str, str, str], set[int]] = {}
        rows = np.flatnonzero(self._rows["production"] & (time >= 0))
        if not len(rows):
            return
        has_hours = bool((time[rows] % _DAY != 0).mean() > 0.2)
        for row in rows:
            for period in periods_of(int(time[row]), has_hours=has_hours):
                found.setdefault(period, set()).add(int(self._codes[row]))
        for (column, en, zh), units in sorted(found.items()):
            condition = Condition(column, en, Phrase(en, zh), "environment")
            self._add((condition,), "production", "period", PERIOD_WEIGHT, units)

    def _add(
        self, conditions: tuple[Condition, ...], role: FactorRole, kind: FactorKind,
        weight: float, units: Collection[int],
    ) -> None:  # fmt: skip
        index = len(self.factors)
        self.factors.append(Factor(conditions, role, kind, weight))
        self.pairs.update((unit, index) for unit in units)


def _value(column: str, value: str, facet: str) -> Condition:
    text = f"{column} {value}"
    return Condition(column, value, Phrase(text, text), facet)


def _parameters(
    guessed: Sequence[Guessed], codes: NDArray[np.int64], count: int, rows: Mask,
    step: TableColumn | None,
) -> list[Parameter]:  # fmt: skip
    """The mean of each number per unit; where rows are steps, per unit and step."""
    found: list[Parameter] = []
    for g in guessed:
        if g.role != "parameter" or g.column.numbers is None:
            continue
        name, facet, numbers = g.column.name, g.facet, g.column.numbers
        usable = rows & np.isfinite(numbers)
        where: list[tuple[str, Mask]] = [("", usable)]
        if step is not None:
            texts = np.array(step.texts)
            steps = sorted({t for t in texts[usable] if t})
            if len(steps) <= 60:
                where = [(s, usable & (texts == s)) for s in steps]
        for at, mask in where:
            values = _mean_by(codes[mask], numbers[mask], count)
            known = np.isfinite(values)
            if known.sum() >= 10:
                column = f"{name} at {at}" if at else name
                label = Phrase(column, f"{at} 的 {name}" if at else name)
                found.append(Parameter(column, label, facet, values))
    return found


def _passing(
    guessed: Sequence[Guessed], codes: NDArray[np.int64], count: int, rows: Mask,
    time: NDArray[np.int64] | None,
) -> list[Parameter]:  # fmt: skip
    """When units passed each asset: an asset is often at fault for some days only."""
    found: list[Parameter] = []
    for g in guessed if time is not None else ():
        assert time is not None
        if g.role != "factor" or g.facet != "machine" or g.column.numbers is not None:
            continue
        texts = np.array(g.column.texts)
        for value in sorted(set(g.column.texts) - {""})[:_MOST_TIMED]:
            mask = rows & (texts == value) & (time >= 0)
            values = _mean_by(codes[mask], time[mask].astype(np.float64), count)
            if np.isfinite(values).sum() >= _LEAST_TIMED:
                of = _value(g.column.name, value, g.facet)
                found.append(Parameter(f"time of {of.label.en}", of.label, g.facet, values, of=of))
    return found


def _mean_by(
    codes: NDArray[np.int64], numbers: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    sums = np.bincount(codes, weights=numbers, minlength=count)
    counts = np.bincount(codes, minlength=count)
    means: NDArray[np.float64] = np.where(counts > 0, sums / np.maximum(1, counts), np.nan)
    return means


def _strata(
    guessed: Sequence[Guessed], codes: NDArray[np.int64], count: int,
    step: TableColumn | None, time: NDArray[np.int64] | None, looks: Mask,
) -> dict[str, NDArray[np.int64]]:  # fmt: skip
    """Groups of like units: by product or by the steps passed, and by time."""
    strata: dict[str, NDArray[np.int64]] = {}
    product = find_product([g.column for g in guessed if g.role == "factor"])
    if product is not None:
        strata["product"] = _by_sets(product.texts, codes, count, np.ones(len(codes), np.bool_))
    elif step is not None:
        strata["route"] = _by_sets(step.texts, codes, count, ~looks)
    if time is not None and (time >= 0).any():
        first = np.full(count, np.iinfo(np.int64).max)
        known = time >= 0
        np.minimum.at(first, codes[known], time[known])
        if len(np.unique(first)) >= 2 * _TIME_BLOCKS:
            cuts = np.quantile(first, np.arange(1, _TIME_BLOCKS) / _TIME_BLOCKS)
            strata["time"] = np.searchsorted(cuts, first.astype(np.float64)).astype(np.int64)
    return {name: codes for name, codes in strata.items() if int(codes.max(initial=0)) > 0}


def _by_sets(
    texts: Sequence[str], codes: NDArray[np.int64], count: int, rows: Mask
) -> NDArray[np.int64]:
    sets: list[set[str]] = [set() for _ in range(count)]
    for row in map(int, np.flatnonzero(rows)):
        if texts[row]:
            sets[codes[row]].add(texts[row])
    numbers: dict[frozenset[str], int] = {}
    return np.array([numbers.setdefault(frozenset(s), len(numbers)) for s in sets], dtype=np.int64)


def _notes(
    bad_rows: Mask, bad: Mask, looks: Mask, step: TableColumn | None, unit: str | None
) -> tuple[Phrase, ...]:
    notes: list[Phrase] = []
    if unit is not None:
        notes.append(
            Phrase(
                f"{len(bad_rows):,} rows are reports on {len(bad):,} units.",
                f"{len(bad_rows)} 行为 {len(bad)} 件产品的记录。",
            )
        )
    booked = int((bad_rows & looks).sum())
    if step is not None and looks.any() and booked:
        share = booked / max(1, int(bad_rows.sum()))
        notes.append(
            Phrase(
                f"{share:.0%} of the bad reports were booked at steps that inspect: found there,"
                " not made there.",
                f"{share:.0%} 的不良记录登记于检验工序：在那里被发现，而非在那里产生。",
            )
        )
    return tuple(notes)
