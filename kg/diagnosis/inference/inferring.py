"""Posteriors of a network given observations: exact where it fits, else a refusal that says why."""

from __future__ import annotations

from collections.abc import Collection
from math import inf, log

import numpy as np

from kg.diagnosis.inference.contradictions import smallest_conflict
from kg.diagnosis.inference.expanding import expand
from kg.diagnosis.inference.junction import (
    BYTES_PER_CELL,
    COPIES,
    TooLarge,
    effort_of,
    propagate,
)
from kg.diagnosis.inference.network import Array, Network
from kg.diagnosis.inference.observations import Observations
from kg.diagnosis.inference.posteriors import Posteriors
from kg.diagnosis.inference.reducing import Component, reduce_network
from kg.model.errors import BadInput

MEMORY_MB = 512.0


def infer(
    network: Network,
    observations: Observations,
    *,
    targets: Collection[str] | None = None,
    memory_mb: float = MEMORY_MB,
    seconds: float = 10.0,
    seed: int = 0,
) -> Posteriors:
    """Posterior probabilities of `targets` (all causes of the network where None).

    Answers or refuses within `seconds` and `memory_mb`. Contradicting observations are a result,
    not an error: `log_evidence` is minus infinity and `conflict` names them. Raises BadInput for
    a target or an observed variable that the network does not have.
    """
    wanted = tuple(network.causes if targets is None else dict.fromkeys(targets))
    for name in (*wanted, *observations):
        if name not in network:
            raise BadInput(f"The network has no variable {name!r}.")
    states = {name: network[name].states for name in wanted}
    reduced = reduce_network(network, observations, wanted)
    if reduced.impossible:
        return _contradiction(network, observations, states)
    found: dict[str, Array] = {}
    log_evidence = reduced.log_constant
    methods: set[str] = set()
    for component in reduced.components:
        asked = [node.name for node in component.nodes if node.name in states]
        try:
            answers, part = _solve(component, asked, memory_mb)
        except TooLarge:
            return _refusal(states, "the exact computation would need more than the memory cap")
        if part == -inf:
            return _contradiction(network, observations, states)
        methods.add("junction tree")
        log_evidence += part
        found |= answers
    for name in wanted:
        if name in reduced.fixed:
            found[name] = np.zeros(network[name].size)
            found[name][reduced.fixed[name]] = 1.0
    return Posteriors(
        found, states, True, " and ".join(sorted(methods)) or "observed", log_evidence
    )


def _solve(
    component: Component, asked: Collection[str], memory_mb: float
) -> tuple[dict[str, Array], float]:
    expanded = expand(component)
    log_limit = log(memory_mb * 2**20 / BYTES_PER_CELL / COPIES)
    if effort_of(expanded, log_limit=log_limit).log_total > log_limit:
        raise TooLarge
    return propagate(expanded, asked, memory_mb=memory_mb)


def _contradiction(
    network: Network, observations: Observations, states: dict[str, tuple[str, ...]]
) -> Posteriors:
    def is_possible(some: Observations) -> bool:
        reduced = reduce_network(network, some, ())
        return not reduced.impossible and all(
            _solve(component, (), MEMORY_MB)[1] > -inf for component in reduced.components
        )

    conflict = smallest_conflict(observations, is_possible)
    return Posteriors({}, states, True, "contradiction", -inf, conflict=conflict)


def _refusal(states: dict[str, tuple[str, ...]], reason: str) -> Posteriors:
    return Posteriors({}, states, False, "refused", 0.0, refused=reason)
