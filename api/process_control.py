"""Statistical process control of a plain table, or of a characteristic in the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from api.lookup import node_called
from api.plain_tables import PlainTable, find_column, read_plain_table, select_rows
from api.wiring import Plant
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.narration import Phrase, name_in, span_of
from kg.traceability.commonality import Cohort, CommonCauses
from kg.traceability.commonality.columns import TableColumn
from kg.traceability.commonality.genealogy import cohort_of_store
from kg.traceability.commonality.tables import cohort_of_table
from kg.traceability.spc import (
    ChartKind,
    Controlled,
    RuleSet,
    control_counts,
    control_values,
    strongest_signals,
    subgroup,
    what_differs,
)

_PER_READ = 5000


@dataclass(frozen=True, slots=True)
class SpcQuestion:
    """What to chart, and how. See `gemba spc --help`."""

    value: str | None = None
    bad: tuple[str, ...] = ()
    count: str | None = None
    size_of: str | None = None
    by: str | None = None
    size: int | None = None
    time: str | None = None
    chart: str | None = None
    rules: RuleSet = "western"
    baseline: int | None = None
    lower: float | None = None
    upper: float | None = None


def control_table(path: Path, q: SpcQuestion) -> Controlled:
    """The chart of a plain table. Raises BadInput for columns that are not there or do not fit."""
    table = read_plain_table(path)
    kind = _kind(q)
    order = _order(table, q)
    by = find_column(table.columns, q.by, table.path) if q.by else None
    if q.value is not None:
        column = find_column(table.columns, q.value, table.path)
        if column.numbers is None:
            raise BadInput(f"The column {column.name!r} of {table.path} does not hold numbers.")
        known = order[np.isfinite(column.numbers[order])]
        if kind is not None and kind not in ("i-mr", "xbar-r", "xbar-s"):
            raise BadInput(f"A chart {kind} is of counts: use --bad or --count, not --value.")
        cohort = _cohort(table, (column.name,))
        texts = by.texts if by is not None else None
        found = control_values(
            Phrase(column.name, column.name), column.numbers, known, groups=texts, size=q.size,
            kind=kind, rules=q.rules, baseline=q.baseline, lower=q.lower, upper=q.upper,
            labels=_labels(table, q), cohort=cohort,
        )  # fmt: skip
        left = table.rows - len(known)
        if left:
            note = Phrase(f"{left} rows have no value.", f"{left} 行没有数值。")
            found = replace(found, notes=(*found.notes, note))
        return found
    if q.count is not None:
        return _control_counted(table, q, kind, order)
    if q.bad:
        return _control_bad(table, q, kind, order, by)
    raise BadInput("Say what to chart: --value COLUMN, --count COLUMN, or --bad COLUMN=VALUE.")


def _control_counted(
    table: PlainTable, q: SpcQuestion, kind: ChartKind | None, order: NDArray[np.int64]
) -> Controlled:
    column = find_column(table.columns, q.count or "", table.path)
    size = find_column(table.columns, q.size_of, table.path) if q.size_of else None
    if column.numbers is None or (size is not None and size.numbers is None):
        raise BadInput(f"Counts and sizes in {table.path} have to be numbers.")
    kind = kind or ("u" if size is not None else "c")
    if size is None and kind != "c":
        raise BadInput(
            f"A chart {kind} needs --size-column, how much each count was looked for in."
        )
    sizes = size.numbers[order] if size is not None and size.numbers is not None else np.ones(
        len(order))  # fmt: skip
    labels = _labels(table, q) or [str(i + 1) for i in range(table.rows)]
    return control_counts(
        Phrase(column.name, column.name), column.numbers[order], sizes,
        [labels[i] for i in order], kind=kind, rules=q.rules, baseline=q.baseline,
        members=[np.array([i]) for i in order],
        cohort=_cohort(table, [c.name for c in (column, size) if c is not None]),
    )  # fmt: skip


def _control_bad(
    table: PlainTable, q: SpcQuestion, kind: ChartKind | None, order: NDArray[np.int64],
    by: TableColumn | None,
) -> Controlled:  # fmt: skip
    bad, asked = select_rows(table.columns, q.bad, table.path)
    if by is None and q.size is None:
        raise BadInput("A chart of bad units needs subgroups: --by COLUMN or --size NUMBER.")
    parts = subgroup(order, by.texts if by is not None else None, q.size)
    counts = np.array([float(bad[at].sum()) for _, at in parts])
    sizes = np.array([float(len(at)) for _, at in parts])
    name = ", ".join(q.bad)
    return control_counts(
        Phrase(f"share of {name}", f"{name} 的比例"), counts, sizes, [label for label, _ in parts],
        kind=kind or "p", rules=q.rules, baseline=q.baseline, members=[at for _, at in parts],
        cohort=_cohort(table, asked),
    )  # fmt: skip


def control_characteristic(plant: Plant, name: str, q: SpcQuestion, view: View = NOW) -> Controlled:
    """The chart of what was measured for a characteristic, in order of time.

    Limits are those of the characteristic where none are given. Points out of control lead to
    what was different in the genealogies of their units.
    """
    store, schema = plant.store, plant.schema
    node = node_called(store, name, view)
    found = store.expand(
        [node.key], sorted(schema.subrelations("ofCharacteristic")), "in", view=view
    )
    keys = [s.subject for s in found]
    if not keys:
        raise BadInput(f"Nothing was measured for {node.key}; name a characteristic or parameter.")
    measured: list[tuple[int, str, float]] = []
    lower, upper = q.lower, q.upper
    for first in range(0, len(keys), _PER_READ):
        portion = keys[first : first + _PER_READ]
        for key, one in store.get_nodes(portion, view).items():
            value, span = one.props.get("value"), span_of(one)
            if isinstance(value, int | float) and not isinstance(value, bool):
                measured.append((span.start or 0, key, float(value)))
                lower = lower if lower is not None else _number(one.props.get("lowerLimit"))
                upper = upper if upper is not None else _number(one.props.get("upperLimit"))
    lower = lower if lower is not None else _number(node.props.get("lowerLimit"))
    upper = upper if upper is not None else _number(node.props.get("upperLimit"))
    measured.sort()
    values = np.array([v for _, _, v in measured])
    units = _units_of(plant, [k for _, k, _ in measured], view)
    label = name_in(schema, {node.key: node}, node.key).label
    chart = control_values(
        label, values, np.arange(len(values)), size=q.size, kind=_kind(q), rules=q.rules,
        baseline=q.baseline, lower=lower, upper=upper,
        labels=[units.get(k, k) for _, k, _ in measured],
    )  # fmt: skip
    return replace(chart, differences=_differences(plant, chart, set(units.values()), view))


def _differences(
    plant: Plant, chart: Controlled, known: set[str], view: View
) -> CommonCauses | None:
    panel = chart.chart.panels[0]
    out = {panel.points[i].label for i in strongest_signals(chart.chart)} & known
    if not 3 <= len(out) < len(known):
        return None
    made = cohort_of_store(
        plant.store, plant.schema, out, known - out, zone=plant.settings.zone, view=view
    )
    return what_differs(made.cohort)


def _units_of(plant: Plant, keys: list[str], view: View) -> dict[str, str]:
    """The unit, lot or operation that each measurement was made on."""
    schema, store = plant.schema, plant.store
    found: dict[str, str] = {}
    made_in: dict[str, str] = {}
    for first in range(0, len(keys), _PER_READ):
        portion = keys[first : first + _PER_READ]
        for s in store.expand(portion, sorted(schema.subrelations("measuredOn")), view=view):
            found.setdefault(s.subject, s.object)
        for s in store.expand(portion, sorted(schema.subrelations("measured")), "in", view=view):
            made_in.setdefault(s.object, s.subject)
    events = sorted({made_in[k] for k in keys if k not in found and k in made_in})
    item: dict[str, str] = {}
    for first in range(0, len(events), _PER_READ):
        portion = events[first : first + _PER_READ]
        for s in store.expand(portion, sorted(schema.subrelations("inspected")), view=view):
            item.setdefault(s.subject, s.object)
        for s in store.expand(portion, sorted(schema.subrelations("produced")), view=view):
            item.setdefault(s.subject, s.object)
    for key in keys:
        if key not in found and made_in.get(key) in item:
            found[key] = item[made_in[key]]
    return found


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _kind(q: SpcQuestion) -> ChartKind | None:
    if q.chart is None:
        return None
    kind = q.chart.casefold().replace("x-bar", "xbar")
    if kind not in get_args(ChartKind):
        raise BadInput(f"{q.chart!r} is no chart; say {', '.join(get_args(ChartKind))}.")
    return cast(ChartKind, kind)


def _order(table: PlainTable, q: SpcQuestion) -> NDArray[np.int64]:
    if q.time is not None:
        column = find_column(table.columns, q.time, table.path)
        if column.times is not None:
            return np.argsort(column.times, kind="stable")
        if column.numbers is not None:
            return np.argsort(column.numbers, kind="stable")
        raise BadInput(f"The column {column.name!r} of {table.path} holds no times.")
    return np.arange(table.rows)


def _labels(table: PlainTable, q: SpcQuestion) -> list[str] | None:
    name = q.time or q.by
    return list(find_column(table.columns, name, table.path).texts) if name else None


def _cohort(table: PlainTable, asked: tuple[str, ...] | list[str]) -> Cohort:
    """All rows as units, with the other columns as factors."""
    none = np.zeros(table.rows, dtype=np.bool_)
    return cohort_of_table(table.columns, none, asked=asked).cohort
