"""Posteriors of a network given observations: exact where it fits, else sampled, else refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf, log
from time import monotonic

import numpy as np

from kg.diagnosis.inference.contradictions import smallest_conflict
from kg.diagnosis.inference.expanding import expand
from kg.diagnosis.inference.junction import BYTES_PER_CELL, COPIES, effort_of, propagate
from kg.diagnosis.inference.layers import score_component
from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.network import Array, Network
from kg.diagnosis.inference.observations import Observation, Observations
from kg.diagnosis.inference.posteriors import Posteriors
from kg.diagnosis.inference.propagating import Impossible
from kg.diagnosis.inference.reducing import Component, reduce_network
from kg.diagnosis.inference.sampling import sample
from kg.model.errors import BadInput

MEMORY_MB = 512.0
SECONDS = 10.0
SAFETY = 0.85  # of the time is planned with; the rest is for steps that take longer than thought
CELLS_PER_SECOND = 1e7  # of a junction tree; a third of what was measured on one core
HOPELESS = 12.0  # natural logarithm by which a quick estimate may be above the cap


@dataclass(slots=True)
class _Answer:
    """What has been found so far, component by component."""

    found: dict[str, Array] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    log_evidence: float = 0.0
    exact: bool = True
    effective: float | None = None

    def add(self, values: Mapping[str, Array], log_evidence: float, method: str) -> None:
        self.found.update(values)
        self.log_evidence += log_evidence
        self.methods.add(method)


def infer(
    network: Network,
    observations: Observations,
    *,
    targets: Collection[str] | None = None,
    memory_mb: float = MEMORY_MB,
    seconds: float = SECONDS,
    seed: int = 0,
) -> Posteriors:
    """Posterior probabilities of `targets` (all causes of the network where None).

    Answers or refuses within `seconds` and `memory_mb`. Contradicting observations are a result,
    not an error: `log_evidence` is minus infinity and `conflict` names them. Raises BadInput for
    a target or an observed variable that the network does not have.
    """
    wanted = tuple(network.causes if targets is None else dict.fromkeys(targets))
    variables = network.variables
    for name in {*wanted, *observations} - variables.keys():
        raise BadInput(f"The network has no variable {name!r}.")
    states = {name: variables[name].states for name in wanted}
    until = monotonic() + SAFETY * seconds
    try:
        answer = _answer(network, observations, wanted, memory_mb, until, seed)
    except TooLarge as error:
        return Posteriors({}, states, False, "refused", 0.0, refused=str(error))
    except Impossible:
        conflict = smallest_conflict(
            observations, lambda some: _is_possible(network, some, memory_mb, until)
        )
        return Posteriors({}, states, True, "contradiction", -inf, conflict=conflict)
    return Posteriors(
        answer.found,
        states,
        answer.exact,
        " and ".join(sorted(answer.methods)) or "observed",
        answer.log_evidence,
        error=None if answer.exact else max(answer.errors.values(), default=0.0),
        errors=answer.errors,
        effective_samples=answer.effective,
    )


def _answer(
    network: Network,
    observations: Observations,
    wanted: Collection[str],
    memory_mb: float,
    until: float,
    seed: int,
) -> _Answer:
    answer = _Answer()
    layers = network.layers
    if layers is not None and layers.can_answer(wanted):
        try:
            values, part, methods = layers.answer(
                observations, wanted, seconds=0.8 * (until - monotonic())
            )
        except TooLarge:
            pass
        else:
            if part == -inf:
                raise Impossible
            answer.add(values, part, " and ".join(sorted(methods)))
            return answer
    reduced = reduce_network(network, observations, wanted)
    if reduced.impossible:
        raise Impossible
    answer.log_evidence = reduced.log_constant
    asked = set(wanted)
    for component in reduced.components:
        names = [node.name for node in component.nodes if node.name in asked]
        _solve(component, names, answer, memory_mb=memory_mb, until=until, seed=seed)
    for name in wanted:
        if name in reduced.fixed:
            answer.found[name] = np.zeros(network[name].size)
            answer.found[name][reduced.fixed[name]] = 1.0
    return answer


def _solve(
    component: Component,
    asked: Collection[str],
    answer: _Answer,
    *,
    memory_mb: float,
    until: float,
    seed: int,
) -> None:
    left = max(0.0, until - monotonic())
    expanded = expand(component)
    cells = _most_cells(memory_mb, 0.6 * left)
    hopeless = log(cells) + HOPELESS
    fits = effort_of(expanded, log_limit=hopeless).log_total <= hopeless
    try:
        scored = (
            None
            if fits and len(component.sensors) > 3
            else score_component(component, seconds=0.5 * left)
        )
    except TooLarge:
        scored = None
    if scored is not None:
        values, part, method = scored
        if part == -inf:
            raise Impossible
        answer.add({name: values[name] for name in asked}, part, method)
        return
    if fits:
        try:
            values, part = propagate(expanded, asked, memory_mb=memory_mb, most_cells=cells)
        except TooLarge:
            pass
        else:
            if part == -inf:
                raise Impossible
            answer.add(values, part, "junction tree")
            return
    left = max(0.0, until - monotonic())
    sampled = sample(component, expanded, asked, seconds=left, seed=seed)
    answer.add(sampled.posteriors, sampled.log_evidence, sampled.method)
    answer.errors.update(sampled.errors)
    answer.exact = False
    answer.effective = min(answer.effective or inf, sampled.effective)


def _most_cells(memory_mb: float, seconds: float) -> float:
    """The cells of a junction tree that keeps the caps of memory and time."""
    return max(1.0, min(memory_mb * 2**20 / BYTES_PER_CELL / COPIES, seconds * CELLS_PER_SECOND))


def _is_possible(
    network: Network, observations: dict[str, Observation], memory_mb: float, until: float
) -> bool:
    """Whether these observations can be true together; taken to be where it is not known."""
    try:
        _answer(network, observations, (), memory_mb, until, 0)
    except Impossible:
        return False
    except TooLarge:
        return True
    return True
