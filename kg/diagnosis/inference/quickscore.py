"""Exact posteriors of independent causes behind noisy-OR findings, in two ways.

*QuickScore* (Heckerman 1989) sums over subsets S of the k positive findings, with signs:

    P(findings) = sum over S of (-1)^|S| * product over causes of sum over its states s of
                  p(s) * product over i in S of P(finding i not brought about by s)

Its cost grows with causes times 2 to the k. It loses digits where the findings are improbable,
because large terms cancel; the loss is known from the terms.

*Covering* adds one cause after the other to the distribution over which findings are on already.
All its terms are positive, so nothing cancels. Causes of a single finding join that finding's leak
first, so that only those of several findings cost anything.

A finding may also be seen softly: `likelihood` has the probability of what was seen when it is off
and when it is on. Shapes: `prior` (causes, states), `quiet` (k, causes, states): the probability
that a cause in a state does not bring the finding about, `leak` (k,), `likelihood` (k, 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log

import numpy as np

from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.network import Array

MOST_FINDINGS = 22
MOST_CELLS = 1 << 22  # of one block of work
MOST_KEPT = 4e7  # numbers that covering keeps
COVER_CALL, COVER_CELL, SIGNED_CELL = 1.2e-5, 1.2e-8, 8e-8  # seconds, measured; only ratios matter
EPSILON = 2.2e-16
TOLERANCE = 1e-8  # relative error of QuickScore above which the sum is done by covering


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """`posterior` (causes, states), the logarithm of the probability of what was seen, and how."""

    posterior: Array
    log_evidence: float
    method: str


def seconds_needed(causes: int, findings: int) -> float:
    """About how long the exact sum takes at the most."""
    return 2.0 * causes * 2.0**findings * SIGNED_CELL


def score(prior: Array, quiet: Array, leak: Array, likelihood: Array) -> Scored:
    """Posteriors of all causes and the probability of what was seen.

    `prior` need not sum to 1: evidence about the causes themselves is worked into it. A probability
    of 0 gives minus infinity and posteriors of 0.
    """
    findings, causes = quiet.shape[0], quiet.shape[1]
    links = np.any(quiet < 1.0, axis=2)
    several = links.sum(axis=0) > 1
    size = 2.0**findings
    cost_of_cover = float(links[:, several].sum()) * (COVER_CALL + COVER_CELL * size)
    fits = float(several.sum()) * size <= MOST_KEPT
    if fits and cost_of_cover <= causes * size * SIGNED_CELL:
        return cover(prior, quiet, leak, likelihood)
    found, lost = quickscore(prior, quiet, leak, likelihood)
    if lost <= TOLERANCE:
        return found
    if not fits:
        raise TooLarge("the exact sum loses its digits, and the stable one does not fit")
    return cover(prior, quiet, leak, likelihood)


def quickscore(prior: Array, quiet: Array, leak: Array, likelihood: Array) -> tuple[Scored, float]:
    """The sum with signs, and the relative error that cancellation has left in it."""
    findings, causes, states = quiet.shape
    size = 1 << findings
    signs = np.ones(1)
    for i in range(findings):
        off, on = likelihood[i]
        signs = np.concatenate([signs * on, signs * (off - on) * (1.0 - leak[i])])
    block = max(1, MOST_CELLS // (size * states))
    log_product = np.zeros(size)
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(0, causes, block):
            part = _products(prior[start : start + block], quiet[:, start : start + block])
            log_product += np.log(part.sum(axis=1)).sum(axis=0)
        top = float(log_product[signs != 0.0].max(initial=-inf))
        if top == -inf:
            return Scored(np.zeros_like(prior), -inf, "QuickScore"), 0.0
        terms = signs * np.exp(log_product - top)
        total = float(terms.sum())
        lost = inf if total <= 0.0 else _loss(causes) * float(np.abs(terms).sum()) / total
        posterior = np.empty_like(prior)
        for start in range(0, causes, block):
            part = _products(prior[start : start + block], quiet[:, start : start + block])
            shares = part / part.sum(axis=1, keepdims=True)
            posterior[start : start + block] = np.nan_to_num(shares) @ terms / total
    clipped = np.clip(posterior, 0.0, None)
    clipped /= np.maximum(clipped.sum(axis=1, keepdims=True), 1e-300)
    return Scored(clipped, top + (log(total) if total > 0.0 else -inf), "QuickScore"), lost


def _loss(causes: int) -> float:
    return EPSILON * (8.0 + float(np.sqrt(causes)))


def _products(prior: Array, quiet: Array) -> Array:
    """p(s) times the product over each subset. Shape: (causes, states, subsets)."""
    found = prior[:, :, None]
    for row in quiet:  # the subsets with the finding follow those without
        found = np.concatenate([found, found * row[:, :, None]], axis=2)
    return found


def cover(prior: Array, quiet: Array, leak: Array, likelihood: Array) -> Scored:
    """The sum without signs: which findings are on, one cause after the other."""
    findings = quiet.shape[0]
    weight = prior.sum(axis=1)
    if findings == 0 or not (weight > 0.0).all():
        lost = not (weight > 0.0).all()
        with np.errstate(divide="ignore", invalid="ignore"):
            return Scored(
                np.nan_to_num(prior / weight[:, None]),
                -inf if lost else float(np.log(weight).sum()),
                "covering",
            )
    share = prior / weight[:, None]
    links = np.any(quiet < 1.0, axis=2)  # (k, causes)
    count = links.sum(axis=0)
    single = np.flatnonzero(count == 1)
    several = np.flatnonzero(count > 1)
    owner = links[:, single].argmax(axis=0)
    still = (share[single] * quiet[owner, single]).sum(axis=1)  # P(single cause is quiet)
    with np.errstate(divide="ignore"):
        log_still = np.log(still)
        log_off = np.log1p(-leak) + np.bincount(
            owner, weights=_finite(log_still), minlength=findings
        )
    blocked = np.bincount(owner, weights=(still <= 0.0).astype(float), minlength=findings)
    off = np.where(blocked > 0.0, 0.0, np.exp(log_off))
    start = np.stack([off, -np.expm1(np.where(blocked > 0.0, -inf, log_off))], axis=1)

    seen = _joint(likelihood)
    ahead, scales = _look_ahead(seen, share[several], quiet[:, several])
    now = _joint(start)
    total = float(now @ ahead[0])
    if total <= 0.0:
        return Scored(np.zeros_like(prior), -inf, "covering")
    posterior = share.copy()
    grids = _contract(ahead[0], start)
    before, after = grids[:, 0], grids[:, 1]  # P(seen | finding i off or on by its single causes)
    for place, cause in enumerate(several):
        values = np.empty(share.shape[1])
        mixed = np.zeros_like(now)
        for s in range(share.shape[1]):
            moved = _add(now, quiet[:, cause, s].tolist())
            values[s] = share[cause, s] * float(moved @ ahead[place + 1])
            mixed += share[cause, s] * moved
        posterior[cause] = values / max(values.sum(), 1e-300)
        now = mixed / mixed.sum()
    if single.size:
        others = np.where(
            blocked[owner] - (still <= 0.0) > 0.0,
            0.0,
            np.exp(log_off[owner] - _finite(log_still)),
        )
        hush = others[:, None] * quiet[owner, single]
        values = share[single] * (hush * before[owner, None] + (1.0 - hush) * after[owner, None])
        posterior[single] = values / np.maximum(values.sum(axis=1, keepdims=True), 1e-300)
    return Scored(
        posterior, float(np.log(weight).sum()) + log(total) + float(scales.sum()), "covering"
    )


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, 0.0)


def _look_ahead(seen: Array, share: Array, quiet: Array) -> tuple[list[Array], Array]:
    """P(seen | findings on so far) before each cause and after the last, scaled; log scales.

    A scale of -inf and steps of zeros before it: no state of the causes can give what was seen.
    """
    steps = [seen / seen.max()]
    scales = [log(float(seen.max()))]
    for cause in reversed(range(share.shape[0])):
        behind = steps[-1]
        found = np.zeros_like(behind)
        for s in range(share.shape[1]):
            if share[cause, s] > 0.0:
                found += share[cause, s] * _pull(behind, quiet[:, cause, s].tolist())
        peak = float(found.max())
        steps.append(found / peak if peak > 0.0 else found)
        scales.append(log(peak) if peak > 0.0 else -inf)
    steps.reverse()
    return steps, np.array(scales)


def _joint(start: Array) -> Array:
    """The distribution over subsets of independent findings. Shape: (2^k,)."""
    found = np.ones(1)
    for row in start:
        found = np.kron(row, found)
    return found


def _add(now: Array, quiet: Sequence[float]) -> Array:
    """The distribution over which findings are on after one more cause in one state."""
    found = now
    for i, silent in enumerate(quiet):
        if silent < 1.0:
            found = found.copy() if found is now else found
            pairs = found.reshape(-1, 2, 1 << i)
            pairs[:, 1] += (1.0 - silent) * pairs[:, 0]
            pairs[:, 0] *= silent
    return found


def _pull(ahead: Array, quiet: Sequence[float]) -> Array:
    """The transpose of `_add`."""
    found = ahead
    for i, silent in enumerate(quiet):
        if silent < 1.0:
            found = found.copy() if found is ahead else found
            pairs = found.reshape(-1, 2, 1 << i)
            pairs[:, 0] *= silent
            pairs[:, 0] += (1.0 - silent) * pairs[:, 1]
    return found


def _contract(ahead: Array, start: Array) -> Array:
    """P(seen | finding i is off or on at the start), the others as they start. Shape: (k, 2)."""
    findings = start.shape[0]
    found = np.empty((findings, 2))
    for i in range(findings):
        rest = ahead
        for j in range(findings - 1, i, -1):
            rest = start[j] @ rest.reshape(2, -1)
        for j in range(i):
            rest = rest.reshape(-1, 2) @ start[j]
        found[i] = rest
    return found
