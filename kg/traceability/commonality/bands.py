"""Bands of numeric parameters as factors: below a cut, above it, or between two.

Cuts are quantiles of all units, so they do not depend on which ones are bad, and the shuffling of
the whole family (see `family`) pays for having tried them all. The chosen band is then sharpened
to the value that separates best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.narration import Phrase
from kg.traceability.commonality.cohort import Cohort, Condition, Factor, Mask, Parameter

# Tails are cut finely: what goes wrong at an extreme is rare.
_QUANTILES = (
    0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
    0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998,
)  # fmt: skip
_WINDOWS = ((0.05, 0.05), (0.1, 0.05), (0.2, 0.1), (0.4, 0.2))  # width and stride of inner bands
_MAX_PARAMETERS = 2000
_MAX_DERIVED_FROM = 10  # parameters; pairs of more are too many to be told to anybody
DERIVED_WEIGHT = 5.0  # what one parameter explains is not told by two
TIME_WEIGHT = 50.0  # a thing at some time is told only where the thing alone tells less
_MAX_PARAMETERS_WITH_WINDOWS = 60

Floats = NDArray[np.float64]


def add_bands(cohort: Cohort, *, least: int = 2) -> Cohort:
    """The cohort with a factor for every band of every parameter that touches enough units."""
    parameters = [*cohort.parameters, *derive(cohort.parameters)]
    with_windows = len(cohort.parameters) <= _MAX_PARAMETERS_WITH_WINDOWS
    parameters = parameters[:_MAX_PARAMETERS]
    factors: list[Factor] = []
    blocks: list[sparse.csr_matrix] = []
    for parameter in parameters:
        found = _bands(parameter, with_windows=with_windows)
        kept = [(f, m) for f, m in found if least <= int(m.sum()) < cohort.total]
        if kept:
            factors += [f for f, _ in kept]
            blocks.append(sparse.csr_matrix(np.stack([m for _, m in kept], axis=1), dtype=np.int32))
    if not factors:
        return replace(cohort, parameters=tuple(parameters))
    with_bands = cohort.with_factors(factors, sparse.hstack(blocks, format="csr"))
    return replace(with_bands, parameters=tuple(parameters))


def derive(parameters: Sequence[Parameter]) -> list[Parameter]:
    """Products of two parameters (torque times speed is power), and differences of alike ones."""
    found: list[Parameter] = []
    plain = [p for p in parameters if not p.is_time]
    if not 2 <= len(plain) <= _MAX_DERIVED_FROM:
        return []
    for a, b in combinations(plain, 2):
        if _varies(a) and _varies(b):
            found.append(
                Parameter(
                    f"{a.column} × {b.column}",
                    Phrase(f"{a.label.en} × {b.label.en}", f"{a.label.zh} × {b.label.zh}"),
                    a.facet,
                    a.values * b.values,
                    (a.column, b.column),
                )
            )
        if _are_alike(a, b):
            found.append(
                Parameter(
                    f"{b.column} − {a.column}",
                    Phrase(f"{b.label.en} − {a.label.en}", f"{b.label.zh} − {a.label.zh}"),
                    a.facet,
                    b.values - a.values,
                    (a.column, b.column),
                )
            )
    return found


def _varies(parameter: Parameter) -> bool:
    """Whether a product with it says more than the other factor: it varies by more than 5 %."""
    known = parameter.values[np.isfinite(parameter.values)]
    if not len(known):
        return False
    return bool(np.std(known) > 0.05 * abs(float(np.mean(known))))


def _are_alike(a: Parameter, b: Parameter) -> bool:
    """Whether a difference means something: the same unit in brackets, or the same range."""
    units = [p.column[p.column.rfind("[") :] if "[" in p.column else "" for p in (a, b)]
    if any(units):
        return units[0] == units[1]
    low = max(np.nanquantile(p.values, 0.05) for p in (a, b))
    high = min(np.nanquantile(p.values, 0.95) for p in (a, b))
    return bool(low < high)


def _bands(parameter: Parameter, *, with_windows: bool) -> list[tuple[Factor, Mask]]:
    values = parameter.values
    known = np.isfinite(values)
    if known.sum() < 4 or len(np.unique(values[known])) < 3:
        return []
    weight = TIME_WEIGHT if parameter.is_time else DERIVED_WEIGHT if parameter.parts else 1.0
    cuts = np.unique(np.quantile(values[known], _QUANTILES))
    found: list[tuple[Factor, Mask]] = []
    for cut in cuts:
        found.append((_factor(parameter, None, float(cut), weight), known & (values <= cut)))
        found.append((_factor(parameter, float(cut), None, weight), known & (values >= cut)))
    if with_windows and not parameter.parts:
        for width, stride in _WINDOWS:
            for start in np.arange(stride, 1 - width - stride / 2, stride):
                low, high = np.quantile(values[known], (start, start + width))
                inside = known & (values >= low) & (values <= high)
                found.append((_factor(parameter, float(low), float(high), weight), inside))
    return found


def _factor(parameter: Parameter, low: float | None, high: float | None, weight: float) -> Factor:
    condition = Condition(
        parameter.column, "", parameter.label, parameter.facet, low=low, high=high,
        is_time=parameter.is_time,
    )  # fmt: skip
    if parameter.of is not None:
        condition = replace(condition, value=parameter.of.value)
    return Factor((condition,), kind="band", weight=weight)


def sharpen(cohort: Cohort, factor: Factor, among: Mask) -> tuple[Factor, Mask]:
    """Move the ends of a band to where they separate bad from good best, and between two values.

    `among` are the units that count, such as those no other cause explains. Each end moves within
    the neighbouring quantiles only. Returns the band and the units in it.
    """
    condition = factor.conditions[0]
    parameter = next((p for p in cohort.parameters if p.column == condition.column), None)
    if parameter is None or not condition.is_band:
        raise ValueError("not a band of a known parameter")
    values = parameter.values
    low, high = condition.low, condition.high
    for _ in range(2 if low is not None and high is not None else 1):
        if high is not None:
            high = _sharpest(values, cohort.bad, among, low, high, is_upper=True)
        if low is not None:
            low = _sharpest(values, cohort.bad, among, low, high, is_upper=False)
    inside = np.isfinite(values)
    if low is not None:
        inside &= values >= low
    if high is not None:
        inside &= values <= high
    sharp = replace(condition, low=_shown(low, condition), high=_shown(high, condition))
    return replace(factor, conditions=(sharp,)), inside


def _shown(cut: float | None, condition: Condition) -> float | None:
    return cut if cut is None or condition.is_time else float(f"{cut:.6g}")


def _sharpest(
    values: Floats, bad: Mask, among: Mask, low: float | None, high: float | None, *, is_upper: bool
) -> float:
    """The end of the band that gives the likeliest pair of rates, inside and outside."""
    end = high if is_upper else low
    assert end is not None
    usable = among & np.isfinite(values)
    x, y = values[usable], bad[usable]
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order].astype(np.float64)
    grid = np.unique(np.quantile(x, _QUANTILES))
    at = int(np.searchsorted(grid, end))
    first = grid[max(0, at - 2)] if len(grid) else end
    last = grid[min(len(grid) - 1, at + 2)] if len(grid) else end
    cuts = np.unique(x)
    middle = (cuts[:-1] + cuts[1:]) / 2
    middle = middle[(middle >= first) & (middle <= last)]
    other = low if is_upper else high
    if other is not None:
        middle = middle[middle > other] if is_upper else middle[middle < other]
    if not len(middle):
        return end
    total, bads = len(x), float(y.sum())
    below = np.searchsorted(x, middle, side="right")
    bad_below = np.concatenate([[0.0], np.cumsum(y)])[below]
    if is_upper:
        start = 0 if other is None else int(np.searchsorted(x, other, side="left"))
        n_in = below - start
        k_in = bad_below - float(y[:start].sum())
    else:
        stop = total if other is None else int(np.searchsorted(x, other, side="right"))
        n_in = stop - below
        k_in = float(y[:stop].sum()) - bad_below
    gain = _log_likelihood(k_in, n_in) + _log_likelihood(bads - k_in, total - n_in)
    harmful = k_in * (total - n_in) >= (bads - k_in) * n_in
    gain = np.where(harmful, gain, -np.inf)
    return float(middle[int(np.argmax(gain))]) if np.isfinite(gain).any() else end


def _log_likelihood(k: Floats, n: NDArray[np.int64]) -> Floats:
    rate = np.where(n > 0, k / np.maximum(n, 1), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where((rate > 0) & (rate < 1),
                         k * np.log(rate) + (n - k) * np.log1p(-rate), 0.0)  # fmt: skip
    return found
