"""Capability: whether a process can keep its limits. Cp, Cpk from the spread within subgroups,
Pp, Ppk from all values.

Intervals: Cp and Pp by the chi-squared distribution of the variance, Cpk and Ppk by Bissell's
normal approximation (Applied Statistics 39, 1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import anderson, chi2, norm

from kg.traceability.commonality.effects import Estimate


@dataclass(frozen=True, slots=True)
class Capability:
    """Indices with intervals. Those that need both limits are None where only one is known."""

    values: int
    mean: float
    sigma_within: float
    sigma_overall: float
    lower: float | None
    upper: float | None
    cp: Estimate
    cpk: Estimate
    pp: Estimate
    ppk: Estimate
    outside: int  # values beyond the limits
    expected_ppm: float  # beyond the limits, were the values normal
    looks_normal: bool  # Anderson and Darling's test at 5 %; else the indices mean little


def measure_capability(
    values: NDArray[np.float64], sigma_within: float, freedom: int, *, lower: float | None,
    upper: float | None, level: float = 0.95,
) -> Capability | None:  # fmt: skip
    """None where there are no limits or no spread. `freedom`: degrees of `sigma_within`."""
    overall = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    if (lower is None and upper is None) or overall == 0 or sigma_within == 0:
        return None
    mean = float(values.mean())
    outside = np.zeros(len(values), dtype=np.bool_)
    ppm = 0.0
    if lower is not None:
        outside |= values < lower
        ppm += float(norm.cdf((lower - mean) / overall)) * 1e6
    if upper is not None:
        outside |= values > upper
        ppm += float(norm.sf((upper - mean) / overall)) * 1e6
    return Capability(
        len(values), mean, sigma_within, overall, lower, upper,
        _potential(lower, upper, sigma_within, freedom, level),
        _actual(mean, lower, upper, sigma_within, freedom, len(values), level),
        _potential(lower, upper, overall, len(values) - 1, level),
        _actual(mean, lower, upper, overall, len(values) - 1, len(values), level),
        int(outside.sum()), float(f"{ppm:.4g}"), _is_normal(values),
    )  # fmt: skip


def _potential(
    lower: float | None, upper: float | None, sigma: float, freedom: int, level: float
) -> Estimate:
    if lower is None or upper is None:
        return Estimate(None, None, None)
    value = (upper - lower) / (6 * sigma)
    tail = (1 - level) / 2
    ends = (sqrt(float(chi2.ppf(q, freedom)) / freedom) * value for q in (tail, 1 - tail))
    return Estimate(_round(value), *map(_round, ends))


def _actual(
    mean: float, lower: float | None, upper: float | None, sigma: float, freedom: int, n: int,
    level: float,
) -> Estimate:  # fmt: skip
    sides = []
    if lower is not None:
        sides.append((mean - lower) / (3 * sigma))
    if upper is not None:
        sides.append((upper - mean) / (3 * sigma))
    value = min(sides)
    reach = float(norm.ppf((1 + level) / 2)) * sqrt(1 / (9 * n) + value**2 / (2 * freedom))
    return Estimate(_round(value), _round(value - reach), _round(value + reach))


def _is_normal(values: NDArray[np.float64]) -> bool:
    if len(values) < 8:
        return True
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = anderson(values, "norm")
    return bool(found.statistic < found.critical_values[2])


def _round(value: float) -> float:
    return float(f"{value:.5g}")
