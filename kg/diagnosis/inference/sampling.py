"""Approximate posteriors by importance sampling, with their error.

Samples are drawn from parents to children, each variable from its own table times what loopy belief
propagation says the evidence makes of it (Yuan & Druzdzel 2003), and weighted back to the right
distribution. A second round draws the roots nearer to what the first has found. The error is the
half-width of the 95 % interval of a weighted mean. Too few effective samples are no answer: then
chains go on from the heaviest ones (`kg.diagnosis.inference.gibbs`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import inf, log
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.inference.expanding import Expanded
from kg.diagnosis.inference.gibbs import CHAINS, run_chains
from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.network import Array, NoisyMax, Table
from kg.diagnosis.inference.propagating import pull_evidence
from kg.diagnosis.inference.reducing import Component, Node

BATCH = 4_000
WORTH = 0.02  # effective samples for each drawn: with more, sampling goes on at any cost
PILOT = 256  # samples by which the cost of one is measured
MOST_SAMPLES = 200_000
FEWEST_EFFECTIVE = 200.0
LEAST_EFFECTIVE = 40.0  # where chains do no better: an answer with a wide interval
GOOD_ERROR = 0.005
HOPELESS = 1e-3  # effective samples for each drawn: with fewer, chains are the better way
GIBBS = "Gibbs sampling"
FLOOR = 0.02  # least share of the peak that a possible state keeps in a proposal
Z95 = 1.96

States = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Sampled:
    """Posteriors with the half-width of their 95 % interval, and what the sample was worth."""

    posteriors: dict[str, Array]
    errors: dict[str, float]
    log_evidence: float
    effective: float
    method: str = "importance sampling"


def sample(
    component: Component,
    expanded: Expanded,
    targets: Collection[str],
    *,
    seconds: float,
    seed: int,
) -> Sampled:
    """Posteriors of `targets`.

    Raises TooLarge where the evidence is too improbable to be met by sampling in `seconds`,
    Impossible where propagation proves that it contradicts itself.
    """
    start = monotonic()
    pull = pull_evidence(expanded, until=start + 0.25 * seconds)
    numbers = np.random.default_rng(seed)
    roots: dict[str, Array] = {}
    sums = _Sums(component, targets)
    first = _Sums(component, [n.name for n in component.nodes if not n.parents])
    heaviest = _Heaviest(CHAINS)
    begun = monotonic()
    drawn, log_weight = _draw(component, pull, roots, numbers, PILOT)
    heaviest.add(drawn, log_weight)
    sums.add(drawn, log_weight)
    # Where samples are worth little and cost so much that enough do not fit, chains are better.
    cost = (monotonic() - begun) / PILOT
    batch = int(min(BATCH, max(PILOT, 0.05 * seconds / cost)))
    if cost * 5 * BATCH < 0.5 * seconds or sums.effective > WORTH * PILOT:
        first.add(drawn, log_weight)
        for _ in range(3):
            first.add(*_draw(component, pull, roots, numbers, batch))
            if monotonic() - start > 0.45 * seconds:
                break
        if first.total > 0.0:
            roots = {name: _floored(values / values.sum()) for name, values in first.sums.items()}
        while sums.count < MOST_SAMPLES and monotonic() - start < 0.7 * seconds:
            drawn, log_weight = _draw(component, pull, roots, numbers, batch)
            sums.add(drawn, log_weight)
            heaviest.add(drawn, log_weight)
            if roots and sums.effective / sums.count < first.effective / first.count / 2:
                # Roots that hang together are not met by drawing each by itself: go back.
                roots, sums = {}, _Sums(component, targets)
                continue
            enough = sums.count >= 5 * BATCH and sums.effective > FEWEST_EFFECTIVE
            if enough and max(sums.errors().values(), default=0.0) < GOOD_ERROR:
                break
            if sums.count >= 3 * BATCH and sums.effective < HOPELESS * sums.count:
                break
    if sums.total <= 0.0:
        raise TooLarge("the evidence is too improbable for sampling to meet it")
    if sums.effective < FEWEST_EFFECTIVE:
        try:
            values, errors, worth = run_chains(
                component,
                targets,
                heaviest.resample(numbers),
                seconds=0.85 * (seconds - monotonic() + start),
                seed=seed,
            )
        except TooLarge:
            if sums.effective < LEAST_EFFECTIVE:
                raise
        else:
            return Sampled(values, errors, sums.log_mean, worth, GIBBS)
    posteriors = {name: values / values.sum() for name, values in sums.sums.items()}
    return Sampled(posteriors, sums.errors(), sums.log_mean, sums.effective)


class _Heaviest:
    """The samples of greatest weight that were met."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._drawn: dict[str, States] = {}
        self._log_weight = np.zeros(0)

    def add(self, drawn: dict[str, States], log_weight: Array) -> None:
        weights = np.concatenate([self._log_weight, log_weight])
        best = np.argsort(-weights, kind="stable")[: self._most]
        best = best[weights[best] > -inf]
        self._log_weight = weights[best]
        old = self._drawn or {name: values[:0] for name, values in drawn.items()}
        self._drawn = {
            name: np.concatenate([old[name], values])[best] for name, values in drawn.items()
        }

    def resample(self, numbers: np.random.Generator) -> dict[str, States]:
        """Beginnings of chains: spread wider than the weights, which one sample may rule."""
        share = np.exp((self._log_weight - self._log_weight.max()) / 4)
        chosen = numbers.choice(len(share), self._most, p=share / share.sum())
        return {name: values[chosen] for name, values in self._drawn.items()}


class _Sums:
    """Running weighted counts; weights are kept relative to the largest one met."""

    def __init__(self, component: Component, names: Collection[str]) -> None:
        sizes = {node.name: node.size for node in component.nodes}
        self.sums = {name: np.zeros(sizes[name]) for name in names}
        self.squares = {name: np.zeros(sizes[name]) for name in names}
        self.total = self.square = 0.0
        self.count = 0
        self.peak = -inf

    def add(self, drawn: dict[str, States], log_weight: Array) -> None:
        top = float(log_weight.max())
        self.count += log_weight.size
        if top == -inf:
            return
        if top > self.peak:
            shrink = np.exp(self.peak - top)
            self.total *= shrink
            self.square *= shrink**2
            for name in self.sums:
                self.sums[name] *= shrink
                self.squares[name] *= shrink**2
            self.peak = top
        weight = np.exp(log_weight - self.peak)
        self.total += float(weight.sum())
        self.square += float((weight**2).sum())
        for name, values in self.sums.items():
            values += np.bincount(drawn[name], weights=weight, minlength=values.size)
            self.squares[name] += np.bincount(drawn[name], weights=weight**2, minlength=values.size)

    @property
    def effective(self) -> float:
        return self.total**2 / self.square if self.square > 0.0 else 0.0

    @property
    def log_mean(self) -> float:
        return self.peak + log(self.total / self.count)

    def errors(self) -> dict[str, float]:
        """Half-widths from the variance of a ratio of weighted sums (delta method)."""
        found = {}
        for name, values in self.sums.items():
            share = values / self.total
            inside = self.squares[name]
            spread = (1.0 - share) ** 2 * inside + share**2 * (self.square - inside)
            least = 3.0 / self.effective  # a state never met may still have so much
            width = np.maximum(
                Z95 * np.sqrt(np.maximum(spread, 0.0)) / self.total, np.minimum(least, 1.0)
            )
            found[name] = float(width.max())
        return found


def _floored(values: Array) -> Array:
    peak = float(values.max())
    found: Array = np.where(values > 0.0, np.maximum(values, FLOOR * peak), 0.0)
    found /= found.sum()
    return found


def _draw(
    component: Component,
    pull: dict[str, Array],
    roots: dict[str, Array],
    numbers: np.random.Generator,
    count: int,
) -> tuple[dict[str, States], Array]:
    drawn: dict[str, States] = {}
    log_weight = np.zeros(count)
    with np.errstate(divide="ignore", invalid="ignore"):
        for node in component.nodes:
            table = _rows(node, drawn, count)
            proposal = table * _floored(pull[node.name])
            if not node.parents and node.name in roots:
                seen = np.where(table[0] > 0.0, roots[node.name], 0.0)
                unmet = (seen <= 0.0) & (proposal[0] > 0.0)
                mixed = seen + np.where(unmet, FLOOR * seen.max(), 0.0)
                proposal = np.broadcast_to(mixed, proposal.shape)
            total = proposal.sum(axis=1, keepdims=True)
            share = np.where(total > 0.0, proposal / total, 1.0 / node.size)
            below = np.cumsum(share, axis=1)
            chosen = (numbers.random((count, 1)) * below[:, -1:] >= below).sum(axis=1)
            chosen = np.minimum(chosen, node.size - 1)
            rows = np.arange(count)
            log_weight += np.log(table[rows, chosen]) - np.log(share[rows, chosen])
            drawn[node.name] = chosen
        for sensor in component.sensors:
            if hasattr(sensor, "distribution"):
                values = _noisy(sensor.distribution, sensor.parents, drawn, count)
                log_weight += np.log(values @ sensor.likelihood)
            else:
                log_weight += np.log(sensor.likelihood[tuple(drawn[p] for p in sensor.parents)])
    return drawn, np.where(np.isnan(log_weight), -inf, log_weight)


def _rows(node: Node, drawn: dict[str, States], count: int) -> Array:
    """The distribution of a node for every sample. Shape: (samples, states)."""
    given = node.distribution
    if isinstance(given, Table):
        if not node.parents:
            return np.broadcast_to(given.values, (count, node.size))
        found: Array = given.values[tuple(drawn[p] for p in node.parents)]
        return found
    return _noisy(given, node.parents, drawn, count)


def _noisy(
    given: NoisyMax, parents: tuple[str, ...], drawn: dict[str, States], count: int
) -> Array:
    below = np.broadcast_to(np.cumsum(given.leak), (count, given.leak.size))
    for parent, strength in zip(parents, given.strengths, strict=True):
        below = below * np.cumsum(strength, axis=1)[drawn[parent]]
    return np.clip(np.diff(below, axis=1, prepend=0.0), 0.0, 1.0)
