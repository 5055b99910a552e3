"""How causes and checks hang together: each check's outcomes, and the causes after each outcome.

One inference per cause gives the outcomes of all checks when it is faulty; Bayes turns that round.
This takes as many inferences as there are likely causes, however many checks there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import exp
from typing import NamedTuple

import numpy as np

from kg.diagnosis.inference.inferring import infer
from kg.diagnosis.inference.network import Array, Network
from kg.diagnosis.inference.observations import Observation, Observations, collect, exclude, observe
from kg.diagnosis.inference.posteriors import Posteriors

TINY = 1e-300


class Outcomes(NamedTuple):
    """The outcomes of one check and the beliefs after each.

    Shapes: `probability` (states,), `faulty` (states, causes), `none` (states,).
    """

    probability: Array
    faulty: Array
    none: Array


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """Beliefs about causes, to be split by the outcome of a check.

    `faulty`, shape (causes,): the probability of each to be faulty. `none`: the probability that
    no cause at all is. `some_fault` says that it is known that there is one: then `none` is 0.
    """

    network: Network
    observations: Observations
    causes: tuple[str, ...]
    every_cause: tuple[str, ...]
    faulty: Array
    none: float
    memory_mb: float
    some_fault: bool = False

    def outcomes(self, checks: Sequence[str]) -> Iterator[tuple[str, Outcomes]]:
        """The outcomes of each check; nothing where they cannot be computed."""
        if not checks or not self.causes:
            return
        overall = self._shares(checks, ())
        if overall is None:
            return
        network = self.network
        given = [self._shares(checks, (exclude_normal(network, c),)) for c in self.causes]
        still = self._shares(checks, all_normal(network, self.every_cause))
        for name in checks:
            base = overall[name]
            with_cause = np.stack([base if g is None else g[name] for g in given], axis=1)
            joint = with_cause * self.faulty
            quiet = np.zeros_like(base) if still is None else still[name] * self.none
            if self.some_fault:
                base, quiet = np.clip(base - quiet, 0.0, 1.0), np.zeros_like(base)
                left = max(float(base.sum()), TINY)
                base, joint = base / left, joint / left
            safe = np.maximum(base, TINY)
            faulty = np.clip(joint / safe[:, None], 0.0, 1.0)
            yield name, Outcomes(base, faulty, np.clip(quiet / safe, 0.0, 1.0))

    def _shares(
        self, checks: Sequence[str], more: Sequence[Observation]
    ) -> dict[str, Array] | None:
        seen = collect(self.network, *self.observations.values(), *more)
        found = infer(self.network, seen, targets=checks, memory_mb=self.memory_mb)
        return None if found.refused or not found.possible else dict(found.by_variable)


def pair_up(
    network: Network,
    observations: Observations,
    found: Posteriors,
    every_cause: Sequence[str],
    causes: Sequence[str],
    *,
    memory_mb: float,
) -> Pairs:
    """Beliefs about `causes`, of which `every_cause` are all there are."""
    faulty = np.array([1.0 - found.by_variable[n][network[n].normal_index] for n in causes])
    seen = collect(network, *observations.values(), *all_normal(network, every_cause))
    quiet = infer(network, seen, targets=(), memory_mb=memory_mb)
    if quiet.refused is not None:
        none = float(np.prod(1.0 - faulty))
    else:
        none = exp(min(0.0, quiet.log_evidence - found.log_evidence)) if quiet.possible else 0.0
    return Pairs(network, observations, tuple(causes), tuple(every_cause), faulty, none, memory_mb)


def exclude_normal(network: Network, cause: str) -> Observation:
    """The cause is faulty, in whatever way."""
    variable = network[cause]
    return exclude(network, cause, variable.states[variable.normal_index])


def all_normal(network: Network, causes: Collection[str]) -> tuple[Observation, ...]:
    """No cause is faulty."""
    return tuple(observe(network, c, network[c].states[network[c].normal_index]) for c in causes)
