"""How well a set of causes explains which units are bad: the noisy-or and its marginal likelihood.

A unit is bad by something unknown, or by any of the causes that it was exposed to, each acting by
itself (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3.2). With rates
adding up in s = b₀ + Σ bⱼ the chance of being good is exp(-s). Causes can only add bad units, so
nothing is found "protective". The strengths are integrated out by Laplace's approximation around
the likeliest logarithms of the rates, so a set is charged for every cause it needs, the more the
vaguer its strength. Against quadrature on a fine grid the logarithm is off by some tenths.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log1p, sqrt

import numpy as np

from kg.traceability.commonality.exact import Floats

_STEPS = 10  # of Fisher scoring; ten reach five digits from the start taken here
_MAX_CELLS = 1_500_000  # worked on at once
_CERTAIN = 2.3  # the largest rate that is likely beforehand: nine of ten exposed are bad


@dataclass(frozen=True, slots=True)
class Strengths:
    """What is believed of rates before looking: normal in their logarithm."""

    base: float
    base_sd: float
    cause: float
    cause_sd: float

    @classmethod
    def of(cls, bad: int, total: int) -> Strengths:
        """For so many bad units: a cause lies between half the overall rate and certainty."""
        rate = -log1p(-min(bad, total - 0.5) / total)
        low, high = log(0.5 * rate), log(max(_CERTAIN, 2 * rate))
        return cls(log(rate) - 1.0, 1.0, (low + high) / 2, (high - low) / sqrt(12))


def exposure_cells(causes: int) -> Floats:
    """Which causes act in each cell: bit j of its number is cause j; shape: (2^causes, causes)."""
    cells = np.arange(1 << causes)
    return ((cells[:, None] >> np.arange(causes)[None, :]) & 1).astype(np.float64)


def log_evidence(
    units: Floats, bad: Floats, causes: int, base: Floats, prior: Strengths
) -> tuple[Floats, Floats]:
    """The log marginal likelihood of sets of `causes` causes each, and their likeliest rates.

    `units` and `bad` count by cell; shape: (sets, strata · 2^causes), strata outermost. `base` is
    how bad each stratum is by itself, 1 on average; shape: (strata,). Comparable between sets of
    any size on the same units. The rates are b₀ and those of the causes; shape: (sets, causes + 1).
    """
    acts = np.tile(exposure_cells(causes), (len(base), 1))
    design = np.column_stack([np.repeat(base, 1 << causes), acts])
    rows = max(1, _MAX_CELLS // len(design))
    parts = [
        _laplace(units[i : i + rows], bad[i : i + rows], design, prior)
        for i in range(0, len(units), rows)
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _laplace(units: Floats, bad: Floats, design: Floats, prior: Strengths) -> tuple[Floats, Floats]:
    size = design.shape[1]
    mean = np.array([prior.base] + [prior.cause] * (size - 1))
    sd = np.array([prior.base_sd] + [prior.cause_sd] * (size - 1))
    good = units - bad
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    at = np.tile(mean, (len(units), 1))
    for _ in range(_STEPS):
        rates = np.exp(at)
        odds = np.expm1(rates @ design.T)
        slope = rates * ((bad / odds - good) @ design) - (at - mean) / sd**2
        step = np.linalg.solve(_curvature(units, odds, rates, products, sd), slope[..., None])
        at = at + np.clip(step[..., 0], -1.0, 1.0)
    rates = np.exp(at)
    hazard = rates @ design.T
    odds = np.expm1(hazard)
    fit = (bad * np.log(-np.expm1(-hazard)) - good * hazard).sum(axis=1)
    believed = (-0.5 * ((at - mean) / sd) ** 2 - np.log(sd)).sum(axis=1)
    spread = np.linalg.slogdet(_curvature(units, odds, rates, products, sd))[1]
    return np.asarray(fit + believed - 0.5 * spread, dtype=np.float64), rates


def _curvature(units: Floats, odds: Floats, rates: Floats, products: Floats, sd: Floats) -> Floats:
    """The information on the logarithms of the rates; shape: (sets, size, size)."""
    size = len(sd)
    found = ((units / odds) @ products).reshape(-1, size, size)
    found = found * rates[:, :, None] * rates[:, None, :]
    found[:, np.arange(size), np.arange(size)] += 1 / sd**2
    return np.asarray(found, dtype=np.float64)
