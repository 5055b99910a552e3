"""Exact tests of many factors at once: Fisher's test, and its stratified form.

Within a stratum of n units of which r are bad, a factor that touches K of them meets a
hypergeometric number of bad ones if it has nothing to do with it (Fisher, 1935). Over strata the
numbers add up, so their exact distribution is the convolution (the exact conditional form of
Cochran-Mantel-Haenszel; Gart, Biometrika 57, 1970). Tails are mid-p: half the probability of what
was seen and all of what is more extreme (Lancaster, JASA 56, 1961), which ranks factors of
different sizes fairly; `is_whole` gives the ordinary, conservative tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import gammaln
from scipy.stats import norm

_MAX_CELLS = 20_000_000  # of one table; beyond it the normal approximation is good enough
_MAX_CONVOLUTION = 400_000_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NullTables:
    """For every factor, the chance of at least so many bad ones among the units it touches.

    `tails` has a row per kind of margins and a column per number of bad units met, from 0;
    `kind` gives each factor's row. Shapes: (kinds, bad + 1), (factors,).
    """

    tails: Floats
    kind: Ints
    is_exact: bool

    def look_up(self, met: Ints) -> Floats:
        """The p-values for numbers of bad units met; shape: (…, factors)."""
        return self.tails[self.kind, met]


def null_tables(sizes: Ints, bad: Ints, exposed: Ints, *, is_whole: bool = False) -> NullTables:
    """The distributions under no effect.

    Shapes: `sizes` and `bad` (strata,), `exposed` (strata, factors): how many units of a stratum a
    factor touches.
    """
    informative = (bad > 0) & (bad < sizes)
    certain = exposed[~informative & (bad > 0)].sum(axis=0)  # met whatever the labels
    sizes, bad, exposed = sizes[informative], bad[informative], exposed[informative]
    margins = np.vstack([certain[None, :], exposed])
    kinds, kind = np.unique(margins, axis=1, return_inverse=True)
    kind = np.asarray(kind).reshape(-1)
    shift, kinds = kinds[0], kinds[1:]
    total = int(bad.sum())
    count = kinds.shape[1]
    width = int(total + (shift.max() if count else 0) + 1)
    cost = count * total * total if len(sizes) > 1 else 0
    if count * width > _MAX_CELLS or cost > _MAX_CONVOLUTION:
        return NullTables(_normal(sizes, bad, kinds, shift, width), kind, False)
    pmf = np.zeros((count, width))
    pmf[np.arange(count), shift] = 1.0
    factorials = gammaln(np.arange(int(sizes.max(initial=0)) + 2, dtype=np.float64) + 1.0)
    for n, r, touched in zip(sizes, bad, kinds, strict=True):
        part = _hypergeometric(int(n), int(r), touched, factorials)
        pmf = _convolve(pmf, part) if len(sizes) > 1 else _place(part, shift, width)
    tails = np.cumsum(pmf[:, ::-1], axis=1)[:, ::-1]
    if not is_whole:
        tails = tails - 0.5 * pmf
    return NullTables(np.clip(tails, 1e-300, 1.0), kind, True)


def count_by_stratum(exposed: sparse.csr_matrix, strata: Ints, count: int) -> Ints:
    """How many units of each stratum each factor touches; shape: (strata, factors)."""
    ones = np.ones(len(strata), dtype=np.int64)
    member = sparse.csr_matrix((ones, (strata, np.arange(len(strata)))), (count, len(strata)))
    return np.asarray((member @ exposed).todense(), dtype=np.int64)


def _hypergeometric(n: int, r: int, touched: Ints, lf: Floats) -> Floats:
    """Probabilities of 0 … r bad ones among `touched` of n units; shape: (factors, r + 1)."""
    k = np.arange(r + 1)[None, :]
    size = touched[:, None]
    possible = (k <= size) & (r - k <= n - size)
    a, b = np.where(possible, size - k, 0), np.where(possible, n - size - r + k, 0)
    logs = lf[size] - lf[k] - lf[a] + lf[n - size] - lf[r - k] - lf[b] - (lf[n] - lf[r] - lf[n - r])
    found: Floats = np.where(possible, np.exp(np.where(possible, logs, -np.inf)), 0.0)
    return found


def _place(part: Floats, shift: Ints, width: int) -> Floats:
    if not shift.any():
        return part
    placed = np.zeros((len(part), width))
    columns = shift[:, None] + np.arange(part.shape[1])[None, :]
    placed[np.arange(len(part))[:, None], columns] = part
    return placed


def _convolve(pmf: Floats, part: Floats) -> Floats:
    found = np.zeros_like(pmf)
    width = pmf.shape[1]
    for j in range(min(part.shape[1], width)):
        weights = part[:, j]
        if weights.any():
            found[:, j:] += pmf[:, : width - j] * weights[:, None]
    return found


def _normal(sizes: Ints, bad: Ints, kinds: Ints, shift: Ints, width: int) -> Floats:
    """Tails by the mean and variance of the sum; for numbers too large for exact tables."""
    n, r = sizes[:, None].astype(float), bad[:, None].astype(float)
    mean = (r * kinds / n).sum(axis=0) + shift
    variance = (r * (kinds / n) * (1 - kinds / n) * (n - r) / np.maximum(1, n - 1)).sum(axis=0)
    sd = np.sqrt(np.maximum(variance, 1e-12))
    rows = max(1, _MAX_CELLS // max(1, width))
    tails = np.empty((len(mean), width), dtype=np.float64)
    k = np.arange(width)[None, :]
    for start in range(0, len(mean), rows):
        part = slice(start, start + rows)
        tails[part] = norm.sf((k - mean[part, None]) / sd[part, None])
    found: Floats = np.clip(tails, 1e-300, 1.0)
    return found
