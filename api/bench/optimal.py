"""The exact optimum of a small troubleshooting problem, to compare the next check with.

A problem is a joint distribution over which causes are faulty, which of them bring the trouble
about, and what the checks would show. The work ends when every guilty cause was found, or with a
call for service. Beliefs are split by every answer, and the cheapest plan is found by dynamic
programming over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, inf, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.inference import (
    Network,
    NoisyMax,
    Observation,
    collect,
    exclude,
    infer,
    observe,
)

Known = tuple[int, ...]  # per cause and check: its state, or UNKNOWN
UNKNOWN = -1

_EVERY, _INNOCENT = slice(None), slice(0, 2)
_FOUND = (slice(0, 1), slice(1, 3))  # inspected: normal, faulty


class Action(NamedTuple):
    """Check or inspect the variable at `place`; no place is the call for service."""

    place: int | None
    cost: float


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """`worlds` sums to 1. Shape: (2, 3 per cause…, states per check…).

    The first axis says whether something unknown is guilty; a cause is normal, faulty but
    innocent, or guilty.
    """

    network: Network
    observations: Mapping[str, Observation]
    causes: tuple[str, ...]
    checks: tuple[str, ...]
    worlds: NDArray[np.float64]
    costs: tuple[float, ...]  # causes first
    service_cost: float

    def mass(self, known: Known) -> float:
        """The probability to be here: all that is known is so, and a guilty one is left."""
        count = len(self.causes)
        causes = [_EVERY if k == UNKNOWN else _FOUND[k] for k in known[:count]]
        over = [_INNOCENT if k == UNKNOWN else _FOUND[k] for k in known[:count]]
        checks = [_EVERY if k == UNKNOWN else slice(k, k + 1) for k in known[count:]]
        here = self.worlds[(_EVERY, *causes, *checks)].sum()
        ended = self.worlds[(slice(0, 1), *over, *checks)].sum()
        return max(float(here - ended), 0.0)

    def actions(self, known: Known) -> list[Action]:
        """What can still be done."""
        open_ones = [Action(i, self.costs[i]) for i, k in enumerate(known) if k == UNKNOWN]
        return [*open_ones, Action(None, self.service_cost)]

    def after(self, known: Known, place: int) -> list[Known]:
        """What may be known afterwards."""
        states = 2 if place < len(self.causes) else self.worlds.shape[place + 1]
        return [(*known[:place], state, *known[place + 1 :]) for state in range(states)]

    def observed(self, known: Known) -> tuple[dict[str, Observation], list[str]]:
        """What is known, as observations of the network, and the causes that were repaired."""
        names = (*self.causes, *self.checks)
        seen = list(self.observations.values())
        repaired = []
        for place, (name, state) in enumerate(zip(names, known, strict=True)):
            if state == UNKNOWN:
                continue
            variable = self.network[name]
            normal = variable.states[variable.normal_index]
            if place >= len(self.causes):
                seen.append(observe(self.network, name, variable.states[state]))
            elif state == 0:
                seen.append(observe(self.network, name, normal))
            else:
                seen.append(exclude(self.network, name, normal))
                repaired.append(name)
        return collect(self.network, *seen), repaired


def pose(
    network: Network,
    observations: Mapping[str, Observation],
    causes: Sequence[str],
    checks: Sequence[str],
    costs: Sequence[float],
    service_cost: float,
    *,
    trouble: str | None,
) -> Problem:
    """The problem, its worlds computed by exact inference, one configuration after the other.

    `trouble` is an observed noisy-OR of two states over all causes: the guilty ones are those
    whose link has fired. Without it every faulty cause is guilty, and something unknown where
    none is.
    """
    sizes = [2] * len(causes) + [network[c].size for c in checks]
    before = {k: o for k, o in observations.items() if k != trouble}
    bare = Problem(network, before, tuple(causes), tuple(checks), np.ones(1), tuple(costs), 0.0)
    worlds = np.zeros([2] + [3] * len(causes) + sizes[len(causes) :])
    for known in product(*(range(s) for s in sizes)):
        found = infer(network, bare.observed(known)[0], targets=())
        if not found.possible:
            continue
        chance = exp(found.log_evidence)
        faults, shown = known[: len(causes)], known[len(causes) :]
        if trouble is None:
            place = (int(not any(faults)), *(2 * f for f in faults), *shown)
            worlds[place] += chance
            continue
        firing = _firing(network, trouble, causes)
        for guilt in product(*((0, 1) if f else (0,) for f in (1, *faults))):
            if any(guilt):
                place = (guilt[0], *(f + g for f, g in zip(faults, guilt[1:], strict=True)), *shown)
                fired = zip((1, *faults), guilt, firing, strict=True)
                worlds[place] += chance * prod(
                    (p if g else 1.0 - p) if f else 1 for f, g, p in fired
                )
    return Problem(
        network,
        observations,
        tuple(causes),
        tuple(checks),
        worlds / worlds.sum(),
        tuple(costs),
        service_cost,
    )


def _firing(network: Network, trouble: str, causes: Sequence[str]) -> list[float]:
    """The leak of the trouble, and the chance of each cause to bring it about."""
    given = network[trouble].distribution
    if not isinstance(given, NoisyMax):
        raise ValueError(f"{trouble} is no noisy-OR")
    strength = dict(zip(network[trouble].parents, given.strengths, strict=True))
    return [float(given.leak[1])] + [
        float(strength[c][1, 1]) if c in strength else 0.0 for c in causes
    ]


def best_cost(problem: Problem) -> float:
    """The expected cost of the best plan there is."""
    memo: dict[Known, float] = {}

    def value(known: Known) -> float:
        if known in memo:
            return memo[known]
        here = problem.mass(known)
        best = inf
        if here <= 1e-15:
            best = 0.0
        else:
            for action in problem.actions(known):
                cost = action.cost * here
                if action.place is not None and cost < best:
                    cost += sum(value(k) for k in problem.after(known, action.place))
                best = min(best, cost)
        memo[known] = best
        return best

    return value((UNKNOWN,) * len(problem.costs))


def cost_of(problem: Problem, choose: Callable[[Known], Action]) -> float:
    """The expected cost of always doing what `choose` says."""

    def value(known: Known) -> float:
        here = problem.mass(known)
        if here <= 1e-15:
            return 0.0
        action = choose(known)
        cost = action.cost * here
        if action.place is not None:
            cost += sum(value(k) for k in problem.after(known, action.place))
        return cost

    return value((UNKNOWN,) * len(problem.costs))
