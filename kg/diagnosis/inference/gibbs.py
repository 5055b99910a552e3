"""Posteriors by Gibbs sampling, where the evidence is too improbable for importance sampling.

Many chains run side by side from states that importance sampling met, the heaviest ones oftenest.
In each sweep every variable is drawn anew given all others; now and then, as two causes that
explain the same may stand for each other, two variables of a chain exchange states if a Metropolis
step accepts it. Whether the chains have forgotten where they began is judged by comparing them
(R-hat of Gelman & Rubin 1992); where they have not, there is no answer. The error is the half-width
of the 95 % interval of the mean over the chains, which are independent given their beginnings.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import sqrt
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.network import Array, NoisyMax, Table
from kg.diagnosis.inference.reducing import Component, NoisySensor

CHAINS = 128
MIXED = 1.1  # R-hat up to which chains count as having forgotten their beginnings
FEWEST_SWEEPS = 8
MOST_SWEEPS = 4_000
GOOD_ERROR = 0.005
_EXCHANGE = 4  # sweeps from one round of exchanges to the next
_AFRESH = 50  # sweeps after which running sums are computed anew
_LEAST = 1e-300
_Z95 = 1.96

States = NDArray[np.intp]


def run_chains(
    component: Component,
    targets: Collection[str],
    start: dict[str, States],
    *,
    seconds: float,
    seed: int,
) -> tuple[dict[str, Array], dict[str, float], float]:
    """Posteriors of `targets`, their errors, and the number of independent samples' worth.

    `start`: the states of each chain by variable, shape (chains,). Raises TooLarge where the chains
    do not mix in `seconds`.
    """
    until = monotonic() + seconds
    numbers = np.random.default_rng(seed)
    chains = _Chains(component, start, numbers)
    counts = {name: np.zeros((chains.count, chains.sizes[name])) for name in targets}
    sweeps = kept = 0
    began = monotonic()
    burn = None
    while monotonic() < until and kept < MOST_SWEEPS:
        if not chains.sweep(until):
            break
        sweeps += 1
        if burn is None:
            if monotonic() - began > 0.25 * seconds:
                burn = sweeps  # a quarter of the time is for forgetting
            continue
        kept += 1
        for name, values in counts.items():
            values[chains.rows, chains.states[name]] += 1
        if kept >= FEWEST_SWEEPS and kept % FEWEST_SWEEPS == 0:
            errors = _errors(counts, kept)
            if max(errors.values(), default=0.0) < GOOD_ERROR:
                break
    if kept < FEWEST_SWEEPS:
        raise TooLarge("the network is too large for sampling to meet the evidence in time")
    if _r_hat(counts, kept) > MIXED:
        raise TooLarge("the evidence is too improbable for sampling, and Gibbs chains do not agree")
    posteriors = {name: values.sum(axis=0) / values.sum() for name, values in counts.items()}
    errors = _errors(counts, kept)
    worst = max(errors.values(), default=1.0)
    return posteriors, errors, 0.25 / max(worst / _Z95, 1e-6) ** 2


def _errors(counts: dict[str, Array], kept: int) -> dict[str, float]:
    found = {}
    for name, values in counts.items():
        spread = (values / kept).std(axis=0, ddof=1) / sqrt(len(values))
        # A state that no chain ever met may still have so much (rule of three).
        found[name] = float(max(_Z95 * spread.max(), 3.0 / len(values) / sqrt(kept)))
    return found


def _r_hat(counts: dict[str, Array], kept: int) -> float:
    """The largest ratio of the spread over chains to the spread within them."""
    worst = 1.0
    for values in counts.values():
        means = values / kept  # shape: (chains, states)
        within = (means * (1 - means)).mean(axis=0)
        between = means.var(axis=0, ddof=1)
        # A rare state spreads a little over chains, whatever they do: it is judged by its error.
        is_common = means.mean(axis=0) * (1 - means.mean(axis=0)) > 1e-3
        ratio = np.sqrt(((kept - 1) / kept * within + between) / np.maximum(within, _LEAST))
        worst = max(worst, float(ratio[is_common].max(initial=1.0)))
    return worst


class _Chains:
    """The states of all chains, and what each variable's neighbours say of it."""

    def __init__(
        self, component: Component, start: dict[str, States], numbers: np.random.Generator
    ) -> None:
        self.states = {name: values.copy() for name, values in start.items()}
        self.count = len(next(iter(start.values())))
        self.rows = np.arange(self.count)
        self.sizes = {node.name: node.size for node in component.nodes}
        self._numbers = numbers
        self._sweeps = 0
        self._names = [node.name for node in component.nodes]
        tables: list[_Known] = []
        noisy: list[_Noisy] = []
        plain: list[NoisySensor] = []
        for node in component.nodes:
            given = node.distribution
            if isinstance(given, Table):
                tables.append(_Known((*node.parents, node.name), given.values))
            else:
                noisy.append(_Noisy(node.parents, given, own=node.name))
        for sensor in component.sensors:
            if not isinstance(sensor, NoisySensor):
                tables.append(_Known(sensor.parents, sensor.likelihood))
            elif sensor.distribution.leak.size == 2:
                plain.append(sensor)
            else:
                noisy.append(
                    _Noisy(sensor.parents, sensor.distribution, likelihood=sensor.likelihood)
                )
        self._noisy = noisy
        self._layer = _Layer(plain, self._names) if plain else None
        self._tables_of: dict[str, list[_Known]] = {name: [] for name in self._names}
        self._noisy_of: dict[str, list[_Noisy]] = {name: [] for name in self._names}
        for table in tables:
            for name in table.names:
                self._tables_of[name].append(table)
        for one in noisy:
            for name in one.names:
                self._noisy_of[name].append(one)
        self._refresh()

    def sweep(self, until: float) -> bool:
        """Draw every variable anew; False where the time ran out on the way."""
        if self._sweeps % _AFRESH == 0:
            self._refresh()
        self._sweeps += 1
        for place, name in enumerate(self._names):
            if place % 64 == 63 and monotonic() > until:
                return False
            weight = np.exp(self._scores(name))  # shape: (chains, states)
            below = np.cumsum(weight, axis=1)
            chosen = (self._numbers.random((self.count, 1)) * below[:, -1:] >= below).sum(axis=1)
            self._set(name, np.minimum(chosen, self.sizes[name] - 1))
        if self._sweeps % _EXCHANGE == 0:
            self._exchange()
        return True

    def _scores(self, name: str) -> Array:
        score = np.zeros((self.count, self.sizes[name]))
        for table in self._tables_of[name]:
            score += table.log_given(name, self.states)
        for one in self._noisy_of[name]:
            score += one.log_given(name, self.states)
        if self._layer is not None:
            score += self._layer.log_given(name, self.states)
        score -= score.max(axis=1, keepdims=True)
        return score

    def _set(self, name: str, chosen: States) -> None:
        if self._layer is not None:
            self._layer.move(name, self.states[name], chosen)
        for one in self._noisy_of[name]:
            one.move(name, self.states[name], chosen)
        self.states[name] = chosen

    def _exchange(self) -> None:
        """Of pairs drawn at random: exchange two states where that is accepted."""
        if len(self._names) < 2:
            return
        order = self._numbers.permutation(len(self._names))
        for a, b in zip(order[0::2], order[1::2], strict=False):
            one, other = self._names[a], self._names[b]
            if self.sizes[one] != self.sizes[other]:
                continue
            first, second = self.states[one], self.states[other]
            if not (first != second).any():
                continue
            # The ratio of the two joint probabilities, by way of the state between them.
            before = self._scores(one)
            gain = before[self.rows, second] - before[self.rows, first]
            self._set(one, second)
            after = self._scores(other)
            gain += after[self.rows, first] - after[self.rows, second]
            takes = np.log(self._numbers.random(self.count)) < gain
            self._set(other, np.where(takes, first, second))
            self._set(one, np.where(takes, second, first))

    def _refresh(self) -> None:
        for one in self._noisy:
            one.refresh(self.states)
        if self._layer is not None:
            self._layer.refresh(self.states)


class _Known:
    """A table over some variables."""

    def __init__(self, names: Sequence[str], values: Array) -> None:
        self.names = tuple(names)
        self._log = np.log(np.maximum(values, _LEAST))

    def log_given(self, name: str, states: dict[str, States]) -> Array:
        """For each state of one variable, given the others. Shape: (chains, states)."""
        place = self.names.index(name)
        turned = np.moveaxis(self._log, place, -1)
        others = tuple(states[n] for n in self.names if n != name)
        found: Array = turned[others] if others else turned[None, :]
        return found


class _Noisy:
    """A noisy-MAX, of a variable of the component or observed, with its running sum of logs."""

    def __init__(
        self,
        parents: Sequence[str],
        given: NoisyMax,
        *,
        own: str | None = None,
        likelihood: Array | None = None,
    ) -> None:
        self.names = (*parents, own) if own is not None else tuple(parents)
        self._own, self._likelihood = own, likelihood
        self._leak = _log(np.cumsum(given.leak))
        self._of = {
            parent: _log(np.cumsum(strength, axis=1))
            for parent, strength in zip(parents, given.strengths, strict=True)
        }
        self._below = self._leak[None, :]

    def refresh(self, states: dict[str, States]) -> None:
        self._below = self._leak + sum(log[states[name]] for name, log in self._of.items())

    def move(self, name: str, before: States, after: States) -> None:
        if name != self._own:
            self._below = self._below - self._of[name][before] + self._of[name][after]

    def log_given(self, name: str, states: dict[str, States]) -> Array:
        if name == self._own:
            return _log(_steps(self._below))
        log = self._of[name]
        rest = self._below - log[states[name]]
        steps = _steps(rest[:, None, :] + log[None, :, :])  # shape: (chains, states, own states)
        if self._likelihood is not None:
            return _log(steps @ self._likelihood)
        assert self._own is not None
        own = states[self._own]
        return _log(np.take_along_axis(steps, own[:, None, None], axis=2)[:, :, 0])


class _Layer:
    """All observed noisy-ORs at once: for each the log-probability that nothing brings it about."""

    def __init__(self, sensors: Sequence[NoisySensor], names: Sequence[str]) -> None:
        self._leaks = _log(np.array([s.distribution.leak[0] for s in sensors]))
        self._likelihood = np.array([s.likelihood for s in sensors])  # shape: (sensors, 2)
        places: dict[str, list[int]] = {name: [] for name in names}
        logs: dict[str, list[Array]] = {name: [] for name in names}
        for number, sensor in enumerate(sensors):
            for parent, strength in zip(sensor.parents, sensor.distribution.strengths, strict=True):
                places[parent].append(number)
                logs[parent].append(_log(strength[:, 0]))
        self._places = {name: np.array(listed, dtype=np.intp) for name, listed in places.items()}
        self._logs = {name: np.array(listed).T for name, listed in logs.items() if listed}
        self._silent = self._leaks[None, :]

    def refresh(self, states: dict[str, States]) -> None:
        count = len(next(iter(states.values())))
        self._silent = np.tile(self._leaks, (count, 1))
        for name, log in self._logs.items():
            self._silent[:, self._places[name]] += log[states[name]]

    def move(self, name: str, before: States, after: States) -> None:
        if name in self._logs:
            log = self._logs[name]
            self._silent[:, self._places[name]] += log[after] - log[before]

    def log_given(self, name: str, states: dict[str, States]) -> Array | float:
        if name not in self._logs:
            return 0.0
        log, places = self._logs[name], self._places[name]
        rest = self._silent[:, places] - log[states[name]]
        silent = np.exp(np.minimum(rest[:, None, :] + log[None, :, :], 0.0))
        absent, present = self._likelihood[places, 0], self._likelihood[places, 1]
        found: Array = _log(absent * silent + present * (1.0 - silent)).sum(axis=2)
        return found


def _steps(log_below: Array) -> Array:
    """From log P(effect <= y) to P(effect = y)."""
    below = np.exp(np.minimum(log_below, 0.0))
    return np.clip(np.diff(below, axis=-1, prepend=0.0), 0.0, 1.0)


def _log(values: Array) -> Array:
    found: Array = np.log(np.maximum(values, _LEAST))
    return found
