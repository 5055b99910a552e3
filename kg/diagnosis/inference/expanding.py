"""Write a component as small tables: noisy-MAX families of many parents become chains.

A noisy-MAX of n parents is a chain of n small steps, `worst so far = max(worst before, what this
parent brings about)`, whose tables grow with n and not with 2 to the n (temporal transformation of
Heckerman 1993, parent divorcing).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from kg.diagnosis.inference.network import Array, NoisyMax, Table
from kg.diagnosis.inference.reducing import Component, TableSensor

DIRECT_CELLS = 256  # families up to this size stay whole


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A variable with a full table. Shape: (states of parents…, own states)."""

    name: str
    parents: tuple[str, ...]
    table: Array


@dataclass(frozen=True, eq=False, slots=True)
class Expanded:
    """Variables in an order in which parents come first, and likelihoods over them."""

    steps: tuple[Step, ...]
    sensors: tuple[TableSensor, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """The number of states of every variable."""
        return {step.name: step.table.shape[-1] for step in self.steps}


def expand(component: Component) -> Expanded:
    """The component with full tables only; the names of its own variables are kept."""
    steps: list[Step] = []
    sensors: list[TableSensor] = []
    sizes = {node.name: node.size for node in component.nodes}
    for node in component.nodes:
        if isinstance(node.distribution, Table):
            steps.append(Step(node.name, node.parents, node.distribution.values))
        else:
            steps.extend(_chain(node.name, node.parents, node.distribution, sizes))
    for number, sensor in enumerate(component.sensors):
        if isinstance(sensor, TableSensor):
            sensors.append(sensor)
            continue
        name = f"{sensor.source}\x00{number}"
        chain = _chain(name, sensor.parents, sensor.distribution, sizes)
        if len(chain) == 1:
            values = chain[0].table @ sensor.likelihood
            sensors.append(TableSensor(sensor.parents, values, sensor.source))
        else:
            steps.extend(chain)
            sensors.append(TableSensor((name,), sensor.likelihood, sensor.source))
    return Expanded(tuple(steps), tuple(sensors))


def _chain(
    name: str, parents: tuple[str, ...], given: NoisyMax, sizes: dict[str, int]
) -> list[Step]:
    own = given.leak.size
    if own * prod(sizes[p] for p in parents) <= DIRECT_CELLS:
        return [Step(name, parents, given.table())]
    steps: list[Step] = []
    first = NoisyMax(given.leak, given.strengths[:1])
    before = f"{name}\x000" if len(parents) > 1 else name
    steps.append(Step(before, parents[:1], first.table()))
    for place in range(1, len(parents)):
        here = name if place == len(parents) - 1 else f"{name}\x00{place}"
        steps.append(Step(here, (before, parents[place]), _worst_of(own, given.strengths[place])))
        before = here
    return steps


def _worst_of(own: int, strength: Array) -> Array:
    """P(max(before, brought about) | before, parent). Shape: (own, parent states, own)."""
    below = np.cumsum(strength, axis=1)[None, :, :] * np.tri(own).T[:, None, :]
    return np.clip(np.diff(below, axis=-1, prepend=0.0), 0.0, 1.0)
