"""The constants of control charts, computed rather than copied.

d2 and d3 are the mean and standard deviation of the range of n standard normal values (Tippett,
Biometrika 17, 1925), c4 the mean of their standard deviation (Montgomery, Statistical Quality
Control, appendix VI, whose table they reproduce).
"""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, sqrt

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

_GRID = np.linspace(-8.0, 8.0, 1601)


@cache
def c4(n: int) -> float:
    """The mean of the standard deviation of n standard normal values, n from 2."""
    return sqrt(2 / (n - 1)) * exp(lgamma(n / 2) - lgamma((n - 1) / 2))


@cache
def d2(n: int) -> float:
    """The mean of the range of n standard normal values, n from 2."""
    found, _ = quad(lambda x: 1 - norm.sf(x) ** n - norm.cdf(x) ** n, -10, 10, limit=200)
    return float(found)


@cache
def d3(n: int) -> float:
    """The standard deviation of the range of n standard normal values, n from 2.

    Its second moment is the integral over x < y of 1 - F(y)^n - (1 - F(x))^n + (F(y) - F(x))^n,
    taken twice.
    """
    cdf = norm.cdf(_GRID)
    x, y = cdf[:, None], cdf[None, :]
    inner = 1 - y**n - (1 - x) ** n + np.clip(y - x, 0, 1) ** n
    step = _GRID[1] - _GRID[0]
    upper = np.triu(inner, k=1).sum() + 0.5 * np.diag(inner).sum()
    second = 2 * float(upper) * step * step
    return sqrt(max(0.0, second - d2(n) ** 2))
