"""Failure records as a table: one row for each failure whose cause was found, one column a feature.

Features are what was known when the failure was reported: the asset's classes and places, the
components involved, what was observed, the asset's age, the time since it was last worked on and
last serviced by plan, its recent failures, the meter, the time of day and of the year. A feature
that is the same in nearly all records says nothing and is left out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.failures import (
    APART_HOURS,
    HOUR,
    Reported,
    commissioned,
    read_nodes,
    read_reported,
    reported_assets,
)
from kg.diagnosis.graph import Graph
from kg.model.graph import Node
from kg.model.instants import Instant, to_datetime
from kg.model.numbers import as_number

Role = Literal[
    "class", "place", "component", "sign", "quarter", "hours", "weekend",  # it is so, or not
    "age", "since_work", "since_service", "recent", "meter", "since_same",  # a number
]  # fmt: skip
FEWEST = 10  # records with a feature, and records without it
MOST_RECORDS = 5_000  # the latest
_MOST_FEATURES = 250
_DAY_HOURS = 24
_RECENT_DAYS = 90
_PLACE_DEPTH = 4
Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class Feature(NamedTuple):
    """One column: a node's key, a part of the day or year (its number), or a quantity."""

    role: Role
    key: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The records with their features and causes.

    `values`: shape (records, features), 0 or 1 for what is so or not, NaN for an unknown number.
    """

    records: tuple[str, ...]
    assets: tuple[str, ...]
    at: Numbers  # milliseconds, shape (records,)
    features: tuple[Feature, ...]
    values: Numbers
    causes: tuple[frozenset[str], ...]


def read_table(graph: Graph, assets: Collection[str] | None, zone: tzinfo) -> Table:
    """The failures of `assets` (of everything, if None) that say which cause was found.

    A second record of the same asset with the same cause within a day is the same failure.
    """
    t = graph.terms
    if assets is None:
        assets = reported_assets(graph)
    reported = read_reported(graph, assets)
    found: dict[str, set[str]] = defaultdict(set)
    seen: dict[str, set[tuple[Role, str]]] = defaultdict(set)
    failures = [r for r in reported if not r.is_planned]
    relations = (*t.found_cause, *t.involves, *t.observed)
    for s in graph.expand({r.record for r in failures}, relations):
        if s.predicate in t.found_cause:
            found[s.subject].add(s.object)
        else:
            seen[s.subject].add(("component" if s.predicate in t.involves else "sign", s.object))
    rows = _first_of_each(failures, found)[-MOST_RECORDS:]
    around = _around(graph, {r.asset for r in rows})
    nodes = read_nodes(graph, {r.record for r in rows} | {r.asset for r in rows})
    past = _Past(reported)
    told: list[dict[Feature, float]] = []
    for r in rows:
        facts = {Feature(role, key): 1.0 for role, key in seen[r.record]}
        facts |= dict.fromkeys(around.get(r.asset, ()), 1.0)
        facts |= _times(r.at, zone)
        facts |= past.before(r)
        facts |= _numbers(nodes.get(r.asset), nodes.get(r.record), r.at)
        told.append(facts)
    features, values = _columns(told)
    return Table(
        tuple(r.record for r in rows), tuple(r.asset for r in rows),
        np.array([r.at for r in rows], dtype=np.float64), features, values,
        tuple(frozenset(found[r.record]) for r in rows),
    )  # fmt: skip


def since_same(table: Table, has: Mask) -> Numbers:
    """Days since the same cause was last found on the same asset; NaN where it never was."""
    last: dict[str, float] = {}
    days = np.full(len(has), np.nan)
    for row in range(len(has)):  # in order of time
        asset = table.assets[row]
        if asset in last:
            days[row] = (table.at[row] - last[asset]) / HOUR / _DAY_HOURS
        if has[row]:
            last[asset] = table.at[row]
    return days


def _first_of_each(failures: Sequence[Reported], found: dict[str, set[str]]) -> list[Reported]:
    last: dict[tuple[str, str], Instant] = {}
    rows: list[Reported] = []
    for r in failures:
        if not found.get(r.record):
            continue
        again = any(
            r.at - last.get((r.asset, cause), -(2**62)) < APART_HOURS * HOUR
            for cause in found[r.record]
        )
        for cause in found[r.record]:
            last[r.asset, cause] = r.at
        if not again:
            rows.append(r)
    return rows


def _around(graph: Graph, assets: Collection[str]) -> dict[str, set[Feature]]:
    """The classes and the places of each asset, with the broader ones."""
    t = graph.terms
    around: dict[str, set[Feature]] = defaultdict(set)
    for s in graph.expand(assets, t.of_class):
        for key in (s.object, *graph.schema.broader_of(s.object)):
            around[s.subject].add(Feature("class", key))
    inside = {asset: {asset} for asset in assets}
    for _ in range(_PLACE_DEPTH):
        ends = {end for places in inside.values() for end in places}
        further: dict[str, set[str]] = defaultdict(set)
        for s in graph.expand(ends, t.located_in):
            further[s.subject].add(s.object)
        for asset, places in inside.items():
            inside[asset] = set().union(*(further[place] for place in places))
            around[asset] |= {Feature("place", place) for place in inside[asset]}
    return around


def _times(at: Instant, zone: tzinfo) -> dict[Feature, float]:
    local = to_datetime(at).astimezone(zone)
    return {
        Feature("quarter", str((local.month - 1) // 3 + 1)): 1.0,
        Feature("hours", str((local.hour - 6) % 24 // 8)): 1.0,  # 6 to 14, 14 to 22, 22 to 6
        Feature("weekend"): float(local.weekday() >= 5),
    }


class _Past:
    """What had happened on each asset before."""

    def __init__(self, reported: Sequence[Reported]) -> None:
        self._of: dict[tuple[str, bool], list[Instant]] = defaultdict(list)
        for r in reported:
            self._of[r.asset, r.is_planned].append(r.at)

    def before(self, row: Reported) -> dict[Feature, float]:
        until = row.at - APART_HOURS * HOUR
        repairs, services = self._of[row.asset, False], self._of[row.asset, True]
        repaired, serviced = bisect_right(repairs, until), bisect_right(services, until)
        recent = bisect_left(repairs, row.at - _RECENT_DAYS * _DAY_HOURS * HOUR)
        found = {Feature("recent"): float(max(0, repaired - recent))}
        if serviced:
            found[Feature("since_service")] = _days(row.at - services[serviced - 1])
        if repaired or serviced:
            last = max([*repairs[:repaired][-1:], *services[:serviced][-1:]])
            found[Feature("since_work")] = _days(row.at - last)
        return found


def _numbers(asset: Node | None, record: Node | None, at: Instant) -> dict[Feature, float]:
    found: dict[Feature, float] = {}
    begun = commissioned(asset)
    if begun is not None and begun < at:
        found[Feature("age")] = _days(at - begun)
    meter = as_number(record.props.get("meterReading")) if record is not None else None
    if meter is not None:
        found[Feature("meter")] = meter
    return found


def _days(milliseconds: float) -> float:
    return milliseconds / HOUR / _DAY_HOURS


_NUMBERS: frozenset[Role] = frozenset(
    ("age", "since_work", "since_service", "recent", "meter", "since_same")
)


def is_number(feature: Feature) -> bool:
    """Whether a feature is a quantity, not something that is so or not."""
    return feature.role in _NUMBERS


def _columns(told: Sequence[dict[Feature, float]]) -> tuple[tuple[Feature, ...], Numbers]:
    """The features that tell records apart, the most frequent ones, with their values."""
    rows = len(told)
    counts: dict[Feature, int] = defaultdict(int)
    for facts in told:
        for feature, value in facts.items():
            counts[feature] += is_number(feature) or value > 0
    usual = sorted(
        (f for f, n in counts.items() if n >= FEWEST and (is_number(f) or rows - n >= FEWEST)),
        key=lambda f: (not is_number(f), -counts[f], f),
    )[:_MOST_FEATURES]
    values = np.zeros((rows, len(usual)))
    for column, feature in enumerate(usual):
        missing = np.nan if is_number(feature) else 0.0
        values[:, column] = [facts.get(feature, missing) for facts in told]
    # Of columns that say the same of every record the first one stays.
    first: dict[bytes, int] = {}
    for column in range(len(usual)):
        first.setdefault(values[:, column].tobytes(), column)
    kept = [c for c in first.values() if np.nanmin(values[:, c]) < np.nanmax(values[:, c])]
    return tuple(usual[c] for c in kept), values[:, kept]
