"""How causes and checks hang together: each check's outcomes, and the causes after each outcome.

One inference per cause gives the outcomes of all checks when it is faulty; Bayes turns that round.
This takes as many inferences as there are likely causes, however many checks there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp
from time import monotonic
from typing import NamedTuple

import numpy as np

from kg.diagnosis.inference.inferring import infer
from kg.diagnosis.inference.network import Array, Network
from kg.diagnosis.inference.observations import Observation, Observations, collect, exclude, observe
from kg.diagnosis.inference.posteriors import Posteriors

TINY = 1e-300
NEGLIGIBLE = 1e-9
WORTH_JUDGING = 3  # so many causes must have been looked at for a check to be judged by them


class Outcomes(NamedTuple):
    """The outcomes of one check and the beliefs after each.

    Shapes: `probability` (states,), `suspicion` (states, causes), `none` (states,).
    """

    probability: Array
    suspicion: Array
    none: Array


@dataclass(frozen=True, eq=False, slots=True)
class Beliefs:
    """How suspicious causes are, before and after the outcome of any check.

    A *suspicion* is the part of a fault probability that the evidence added to the prior:
    `1 - (1 - posterior) / (1 - prior)`, at least 0. `suspicion` and `prior`, shape (causes,);
    `none` is the same for no cause at all, `posterior / prior` of all being normal, at most 1.
    """

    network: Network
    observations: Observations
    causes: tuple[str, ...]
    every_cause: tuple[str, ...]
    posterior: Array
    prior: Array
    none_posterior: float
    none_prior: float
    another_left: bool  # one was repaired and the trouble went on: none of them is not possible
    log_evidence: float
    memory_mb: float
    until: float  # of the monotonic clock: after it nothing more is computed

    @property
    def suspicion(self) -> Array:
        """The suspicion of every cause. Shape: (causes,)."""
        return self._suspect(self.posterior, self.none)

    @property
    def none(self) -> float:
        """How far the evidence speaks for no known cause at all."""
        return float(self._none(np.array(self.none_posterior)))

    def outcomes(self, checks: Sequence[str]) -> Iterator[tuple[str, Outcomes]]:
        """The outcomes of each check; nothing where they cannot be computed."""
        if not checks or not self.causes:
            return
        still = self._shares(checks, all_normal(self.network, self.every_cause))
        for name, base, joint in self._joint(checks):
            quiet = np.zeros_like(base) if still is None else still[name] * self.none_posterior
            safe = np.maximum(base, TINY)
            posterior = np.clip(joint / safe[:, None], 0.0, 1.0)
            none = np.clip(quiet / safe, 0.0, 1.0)
            if self.another_left:
                base = np.clip(base - quiet, 0.0, 1.0)
                base = base / max(float(base.sum()), TINY)
            yield (
                name,
                Outcomes(
                    base,
                    np.stack(
                        [
                            self._suspect(row, float(self._unconditional_none(share)))
                            for row, share in zip(posterior, none, strict=True)
                        ]
                    ),
                    self._none(none),
                ),
            )

    def _joint(self, checks: Sequence[str]) -> Iterator[tuple[str, Array, Array]]:
        """Each check with P(outcome), shape (states,), and P(outcome, cause faulty)."""
        network = self.network
        outcomes = sum(network[c].size - 1 for c in checks)
        layers = network.layers
        if outcomes <= len(self.causes) or (layers is not None and layers.can_answer(self.causes)):
            for name in checks:  # one inference for each outcome but the last
                found = self._by_outcome(name)
                if found is None:
                    return
                yield name, *found
            return
        overall = self._shares(checks, ())
        if overall is None:
            return
        given: list[dict[str, Array] | None] = []
        for cause in self.causes:  # one inference for each cause, the most suspicious first
            late = monotonic() > self.until
            if late and len(given) < WORTH_JUDGING < len(self.causes):
                return
            given.append(None if late else self._shares(checks, (exclude_normal(network, cause),)))
        for name in checks:
            base = overall[name]
            with_cause = np.stack([base if g is None else g[name] for g in given], axis=1)
            yield name, base, with_cause * self.posterior

    def _by_outcome(self, name: str) -> tuple[Array, Array] | None:
        variable = self.network[name]
        chance = np.zeros(variable.size)
        joint = np.zeros((variable.size, len(self.causes)))
        for place, state in enumerate(variable.states[:-1]):
            if monotonic() > self.until:
                return None
            found = self._infer((observe(self.network, name, state),), self.causes)
            if found.refused:
                return None
            if found.possible:
                chance[place] = min(1.0, exp(found.log_evidence - self.log_evidence))
                joint[place] = chance[place] * _faulty(self.network, found, self.causes)
        chance[-1] = max(0.0, 1.0 - float(chance[:-1].sum()))
        joint[-1] = np.maximum(self.posterior - joint[:-1].sum(axis=0), 0.0)
        return chance, joint

    def _suspect(self, posterior: Array, none: float) -> Array:
        added = 1.0 - (1.0 - posterior) / np.maximum(1.0 - self.prior, TINY)
        if self.another_left and none < 1.0:
            added = added / (1.0 - none)
        return np.clip(added, 0.0, 1.0)

    def _unconditional_none(self, posterior: Array) -> Array:
        return np.minimum(posterior / max(self.none_prior, TINY), 1.0)

    def _none(self, posterior: Array) -> Array:
        if self.another_left:
            return np.zeros_like(posterior)
        return self._unconditional_none(posterior)

    def _shares(
        self, checks: Sequence[str], more: Sequence[Observation]
    ) -> dict[str, Array] | None:
        found = self._infer(more, checks)
        return None if found.refused or not found.possible else dict(found.by_variable)

    def _infer(self, more: Sequence[Observation], targets: Sequence[str]) -> Posteriors:
        seen = collect(self.network, *self.observations.values(), *more)
        left = max(0.0, self.until - monotonic())
        return infer(
            self.network, seen, targets=targets, memory_mb=self.memory_mb, seconds=0.5 * left
        )


def weigh_causes(
    network: Network,
    observations: Observations,
    found: Posteriors,
    causes: Sequence[str],
    *,
    another_left: bool,
    every_fault: bool,
    most: int,
    memory_mb: float,
    until: float,
) -> Beliefs:
    """Beliefs about the `most` suspicious of `causes`, the most suspicious first.

    With `every_fault` the whole posterior is suspicious, whatever the prior was.
    """

    def ask(seen: Collection[Observation], targets: Sequence[str]) -> Posteriors:
        left = max(0.0, until - monotonic())
        given = collect(network, *seen)
        return infer(network, given, targets=targets, memory_mb=memory_mb, seconds=0.25 * left)

    before = ask((), causes)
    posterior = _faulty(network, found, causes)
    prior = np.zeros_like(posterior)
    if not every_fault and before.refused is None:
        prior = _faulty(network, before, causes)
    quiet = [ask((*seen, *all_normal(network, causes)), ()) for seen in ((), observations.values())]
    none_prior, none_posterior = (
        1.0 if every_fault else _ratio(quiet[0], 0.0, prior),
        _ratio(quiet[1], found.log_evidence, posterior),
    )
    everything = Beliefs(
        network,
        observations,
        tuple(causes),
        tuple(causes),
        posterior,
        prior,
        none_posterior,
        none_prior,
        another_left,
        found.log_evidence,
        memory_mb,
        until,
    )
    order = np.argsort(-everything.suspicion, kind="stable")[:most]
    kept = [i for i in order if everything.suspicion[i] > NEGLIGIBLE]
    return replace(
        everything,
        causes=tuple(causes[i] for i in kept),
        posterior=posterior[kept],
        prior=prior[kept],
    )


def _faulty(network: Network, found: Posteriors, causes: Sequence[str]) -> Array:
    return np.array([1.0 - found.by_variable[n][network[n].normal_index] for n in causes])


def _ratio(quiet: Posteriors, log_evidence: float, faulty: Array) -> float:
    """P(all normal | evidence); from the single probabilities where it was not computed."""
    if quiet.refused is not None:
        return float(np.prod(1.0 - faulty))
    return exp(min(0.0, quiet.log_evidence - log_evidence)) if quiet.possible else 0.0


def exclude_normal(network: Network, cause: str) -> Observation:
    """The cause is faulty, in whatever way."""
    variable = network[cause]
    return exclude(network, cause, variable.states[variable.normal_index])


def all_normal(network: Network, causes: Collection[str]) -> tuple[Observation, ...]:
    """No cause is faulty."""
    return tuple(observe(network, c, network[c].states[network[c].normal_index]) for c in causes)
