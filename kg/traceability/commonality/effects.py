"""How much worse: odds ratio, risk difference and attributable share, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, log, sqrt

import numpy as np
from scipy.stats import norm
from scipy.stats.contingency import odds_ratio
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

_EXACT_UP_TO = 400  # bad units; beyond it Woolf's interval is as good and quick


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; an end that is not known, or endless, is None."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """Bad and all units with and without the factor, and what follows from them.

    `attributable_share` is the part of all bad units that would not be there if the units with the
    factor were as good as the others (population attributable fraction, Levin 1953).
    """

    exposed: int
    exposed_bad: int
    others: int
    others_bad: int
    rate: Estimate  # of bad units with the factor (Wilson)
    others_rate: Estimate
    odds_ratio: Estimate  # conditional maximum likelihood, exact interval; Woolf for many units
    risk_difference: Estimate  # Newcombe's interval
    attributable_share: Estimate
    level: float


def measure_effect(
    exposed: int, exposed_bad: int, others: int, others_bad: int, level: float = 0.95
) -> Effect:
    """The effect from a table of four."""
    a, b, c, d = exposed_bad, exposed - exposed_bad, others_bad, others - others_bad
    return Effect(
        exposed, exposed_bad, others, others_bad,
        _rate(a, exposed, level), _rate(c, others, level),
        _odds_ratio(a, b, c, d, level),
        _difference(a, exposed, c, others, level),
        _share(a, exposed, c, others, level), level,
    )  # fmt: skip


def _rate(k: int, n: int, level: float) -> Estimate:
    if n == 0:
        return Estimate(None, None, None)
    low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
    return _estimate(k / n, float(low), float(high))


def _odds_ratio(a: int, b: int, c: int, d: int, level: float) -> Estimate:
    if min(a + b, c + d, a + c, b + d) == 0:
        return Estimate(None, None, None)
    if a + c <= _EXACT_UP_TO or min(a, b, c, d) == 0:
        found = odds_ratio(np.array([[a, b], [c, d]]), kind="conditional")
        interval = found.confidence_interval(confidence_level=level)
        return _estimate(float(found.statistic), float(interval.low), float(interval.high))
    ratio = a * d / (b * c)
    reach = float(norm.ppf((1 + level) / 2)) * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return _estimate(ratio, exp(log(ratio) - reach), exp(log(ratio) + reach))


def _difference(a: int, n: int, c: int, m: int, level: float) -> Estimate:
    if n == 0 or m == 0:
        return Estimate(None, None, None)
    low, high = confint_proportions_2indep(
        a, n, c, m, compare="diff", method="newcomb", alpha=1 - level
    )
    return _estimate(a / n - c / m, float(low), float(high))


def _share(a: int, n: int, c: int, m: int, level: float) -> Estimate:
    """Share of the exposed among the bad, times the share of their risk that is in excess."""
    if n == 0 or m == 0 or a == 0:
        return Estimate(None, None, None)
    cases = a / (a + c)
    value = cases * (1 - (c / m) / (a / n))
    # The ratio of risks by its logarithm, half a unit added where one is empty (Katz 1978).
    x, y = a + 0.5 * (c == 0), c + 0.5 * (c == 0)
    n_, m_ = n + 1.0 * (c == 0), m + 1.0 * (c == 0)
    reach = float(norm.ppf((1 + level) / 2)) * sqrt(max(0.0, 1 / x - 1 / n_ + 1 / y - 1 / m_))
    ratio = (x / n_) / (y / m_)
    low, high = (cases * (1 - 1 / exp(log(ratio) + s * reach)) for s in (-1, 1))
    return _estimate(value, max(-1.0, low), min(1.0, high))


def _estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(_known(value), _known(low), _known(high))


def _known(value: float) -> float | None:
    return float(f"{value:.5g}") if isfinite(value) else None
