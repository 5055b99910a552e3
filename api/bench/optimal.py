"""The exact optimum of a small troubleshooting problem, to compare the next check with.

A problem is a joint distribution over which causes are faulty and what the checks would show. The
work ends when every fault was found, or with a call for service. Beliefs are split by every answer,
and the cheapest plan is found by dynamic programming over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.inference import Network, Observation, collect, exclude, infer, observe

Known = tuple[int, ...]  # per cause and check: its state, or UNKNOWN
UNKNOWN = -1


class Action(NamedTuple):
    """Check or inspect the variable at `place`; no place is the call for service."""

    place: int | None
    cost: float


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """`joint`, shape (2 per cause…, states per check…), sums to 1. State 1 of a cause is faulty."""

    network: Network
    observations: Mapping[str, Observation]
    causes: tuple[str, ...]
    checks: tuple[str, ...]
    joint: NDArray[np.float64]
    costs: tuple[float, ...]  # causes first
    service_cost: float

    def mass(self, known: Known) -> float:
        """The probability to be here: all that is known is so, and a fault is left."""
        place = tuple(slice(None) if k == UNKNOWN else k for k in known)
        total = float(self.joint[place].sum())
        causes = known[: len(self.causes)]
        if 1 in causes:  # those in which nothing else was faulty have ended
            over = tuple(0 if k == UNKNOWN else k for k in causes) + place[len(causes) :]
            total -= float(self.joint[over].sum())
        return max(total, 0.0)

    def actions(self, known: Known) -> list[Action]:
        """What can still be done."""
        open_ones = [Action(i, self.costs[i]) for i, k in enumerate(known) if k == UNKNOWN]
        return [*open_ones, Action(None, self.service_cost)]

    def after(self, known: Known, place: int) -> list[Known]:
        """What may be known afterwards."""
        return [
            (*known[:place], state, *known[place + 1 :]) for state in range(self.joint.shape[place])
        ]

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
) -> Problem:
    """The problem, its joint distribution computed by exact inference, configuration by one."""
    names = (*causes, *checks)
    sizes = [2] * len(causes) + [network[c].size for c in checks]
    empty = Problem(
        network, observations, tuple(causes), tuple(checks), np.ones(sizes), tuple(costs), 0.0
    )
    joint = np.zeros(sizes)
    for known in product(*(range(s) for s in sizes)):
        seen, _ = empty.observed(known)
        found = infer(network, seen, targets=())
        joint[known] = exp(found.log_evidence) if found.possible else 0.0
    total = joint.sum()
    if total <= 0.0:
        raise ValueError(f"the observations of {names} are impossible")
    return Problem(
        network,
        observations,
        tuple(causes),
        tuple(checks),
        joint / total,
        tuple(costs),
        service_cost,
    )


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

    return value((UNKNOWN,) * problem.joint.ndim)


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

    return value((UNKNOWN,) * problem.joint.ndim)
