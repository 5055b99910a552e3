"""Control charts: I-MR, X-bar with R or S, p, np, c and u, with sizes that may vary.

Limits are three sigma from the centre (Shewhart). Sigma of values comes from within subgroups:
mean range over d2 (Montgomery, ch. 6), or for S charts the pooled standard deviation; of counts
from the binomial and Poisson distributions at the mean rate. Limits below zero of what cannot be
negative are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kg.model.errors import BadInput
from kg.traceability.spc.constants import c4, d2, d3
from kg.traceability.spc.rules import RuleSet, check_rules, rules_of

ChartKind = Literal["i-mr", "xbar-r", "xbar-s", "p", "np", "c", "u"]
Floats = NDArray[np.float64]
_SMALL = 10  # subgroups of up to so many have a range that tells as much as their spread


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a chart; `signals` are the ids of the rules it breaks."""

    label: str
    value: float
    size: float
    centre: float
    lower: float | None
    upper: float | None
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart: of the values themselves, or of their spread (ranges, standard deviations)."""

    name: str  # "I", "MR", "X-bar", "R", "S", "p", "np", "c", "u"
    points: tuple[Point, ...]

    @property
    def signals(self) -> tuple[int, ...]:
        """Places of the points that break a rule."""
        return tuple(i for i, p in enumerate(self.points) if p.signals)


@dataclass(frozen=True, slots=True)
class Charted:
    """The panels of one chart, and the sigma of single values within subgroups (None: counts)."""

    kind: ChartKind
    panels: tuple[Panel, ...]
    sigma: float | None
    freedom: int


def chart_values(
    groups: Sequence[Floats], labels: Sequence[str], *, kind: ChartKind | None = None,
    rules: RuleSet = "western", baseline: int | None = None,
) -> Charted:  # fmt: skip
    """A chart of measured values in subgroups, in order of time.

    The kind follows from the sizes: I-MR for single values, X-bar and R up to 10, else S. The first
    `baseline` points set the limits, else all. Raises BadInput for too few points.
    """
    sizes = np.array([len(g) for g in groups])
    if kind is None:
        kind = "i-mr" if (sizes == 1).all() else "xbar-r" if sizes.max() <= _SMALL else "xbar-s"
    base = slice(0, baseline)
    if kind == "i-mr":
        return _individuals(np.concatenate(groups), labels, rules, base)
    if (sizes < 2).all():
        raise BadInput("Subgroups of one value have no spread; use the chart i-mr.")
    within = sizes[base] > 1
    spreads = np.array([_spread(g, kind) for g in groups])
    if not within.any():
        raise BadInput("The baseline has no subgroup of two values or more.")
    means = np.array([g.mean() for g in groups])
    if kind == "xbar-r":
        factors = np.array([d2(int(n)) if n > 1 else np.nan for n in sizes])
        sigma = float(np.mean((spreads / factors)[base][within]))
    else:
        squares = sum(float(((g - g.mean()) ** 2).sum()) for g in groups[base])
        sigma = sqrt(squares / max(1, int((sizes[base] - 1).sum())))
    centre = float(np.average(means[base], weights=sizes[base]))
    first = _panel("X-bar", means, labels, sizes, np.full(len(means), centre),
                   sigma / np.sqrt(sizes), rules)  # fmt: skip
    middle, deviation = [], []
    for n in map(int, sizes):
        unit = (d2(n), d3(n)) if kind == "xbar-r" else (c4(n), sqrt(max(0, 1 - c4(n) ** 2))) \
            if n > 1 else (0.0, 0.0)  # fmt: skip
        if n == 1:
            unit = (0.0, 0.0)
        middle.append(sigma * unit[0])
        deviation.append(sigma * unit[1])
    second = _panel("R" if kind == "xbar-r" else "S", spreads, labels, sizes, np.array(middle),
                    np.array(deviation), "limits", floor=0.0)  # fmt: skip
    return Charted(kind, (first, second), sigma, int((sizes[base] - 1).sum()))


def chart_counts(
    counts: Floats, sizes: Floats, labels: Sequence[str], *, kind: ChartKind,
    rules: RuleSet = "western", baseline: int | None = None,
) -> Charted:  # fmt: skip
    """A chart of counts: p and np of bad units among `sizes`, c and u of defects on `sizes`.

    Raises BadInput for counts that cannot be.
    """
    if (counts < 0).any() or (sizes <= 0).any():
        raise BadInput("Counts must not be negative, and sizes must be above zero.")
    base = slice(0, baseline)
    rate = float(counts[base].sum() / sizes[base].sum())
    if kind in ("p", "np"):
        if (counts > sizes).any():
            raise BadInput(
                "More units are bad than were looked at; is this a chart of defects (u)?"
            )
        deviation = np.sqrt(sizes * rate * (1 - rate))
        top: Floats | None = sizes
    else:
        deviation = np.sqrt(sizes * rate)
        top = None
    centre = sizes * rate
    if kind in ("p", "u"):
        values, centre, deviation = counts / sizes, centre / sizes, deviation / sizes
        top = np.ones(len(sizes)) if top is not None else None
    else:
        if len(np.unique(sizes)) > 1 and kind == "c":
            raise BadInput("The areas looked at differ in size; use the chart u.")
        values = counts
    panel = _panel(kind, values, labels, sizes, centre, deviation, rules, floor=0.0, top=top)
    return Charted(kind, (panel,), None, 0)


def _individuals(values: Floats, labels: Sequence[str], rules: RuleSet, base: slice) -> Charted:
    if len(values) < 3:
        raise BadInput("A control chart needs three values at least; there are fewer.")
    ranges = np.abs(np.diff(values))
    sigma = float(ranges[base].mean()) / d2(2)
    ones = np.ones(len(values))
    first = _panel("I", values, labels, ones, np.full(len(values), float(values[base].mean())),
                   np.full(len(values), sigma), rules)  # fmt: skip
    second = _panel("MR", ranges, labels[1:], ones[1:] * 2, np.full(len(ranges), sigma * d2(2)),
                    np.full(len(ranges), sigma * d3(2)), "limits", floor=0.0)  # fmt: skip
    return Charted("i-mr", (first, second), sigma, max(1, round(0.62 * (len(values[base]) - 1))))


def _spread(group: Floats, kind: ChartKind) -> float:
    if len(group) < 2:
        return float("nan")
    return float(np.ptp(group)) if kind == "xbar-r" else float(np.std(group, ddof=1))


def _panel(
    name: str, values: Floats, labels: Sequence[str], sizes: Floats, centre: Floats,
    deviation: Floats, rules: RuleSet, *, floor: float | None = None, top: Floats | None = None,
) -> Panel:  # fmt: skip
    usable = deviation > 0
    z = np.where(usable, (values - centre) / np.where(usable, deviation, 1.0), 0.0)
    z = np.nan_to_num(z)
    broken = check_rules(z, rules_of(rules))
    points = []
    for i, value in enumerate(values):
        if not np.isfinite(value):
            continue
        low, high = centre[i] - 3 * deviation[i], centre[i] + 3 * deviation[i]
        lower = None if floor is not None and low <= floor else float(low)
        upper = None if top is not None and high >= top[i] else float(high)
        signals = tuple(rule for rule, found in broken.items() if found[i])
        points.append(
            Point(labels[i], float(value), float(sizes[i]), float(centre[i]),
                  lower if usable[i] else None, upper if usable[i] else None, signals)
        )  # fmt: skip
    return Panel(name, tuple(points))
