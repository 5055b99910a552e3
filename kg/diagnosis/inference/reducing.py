"""Cut a network down to what the question needs, with the observations worked in.

What is neither observed, nor asked for, nor an ancestor of either is left out (barren nodes). Known
states are sliced out of the tables, which cuts the rest into components that do not touch each
other (d-separation). In a component nothing is observed any more: what was seen of its variables
has become *sensors*, likelihoods over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf, log

import numpy as np

from kg.diagnosis.inference.network import Array, Network, NoisyMax, Table, Variable
from kg.diagnosis.inference.observations import Observations, as_array


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """An unobserved variable of a component; its parents are in the component too."""

    name: str
    size: int
    parents: tuple[str, ...]
    distribution: Table | NoisyMax


@dataclass(frozen=True, eq=False, slots=True)
class TableSensor:
    """What an observation says about `parents`. Shape of `likelihood`: (states of parents…)."""

    parents: tuple[str, ...]
    likelihood: Array
    source: str


@dataclass(frozen=True, eq=False, slots=True)
class NoisySensor:
    """An observed noisy-MAX variable. Shape of `likelihood`: (own states,)."""

    parents: tuple[str, ...]
    distribution: NoisyMax
    likelihood: Array
    source: str


Sensor = TableSensor | NoisySensor


@dataclass(frozen=True, eq=False, slots=True)
class Component:
    """Nodes in an order in which parents come first, and the sensors over them."""

    nodes: tuple[Node, ...]
    sensors: tuple[Sensor, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Reduced:
    """Components, what is known for sure, and what the fixed part adds to the log evidence."""

    components: tuple[Component, ...]
    fixed: dict[str, int]
    log_constant: float
    impossible: tuple[str, ...]  # observations whose own family already rules them out


def reduce_network(
    network: Network, observations: Observations, targets: Collection[str]
) -> Reduced:
    """The components that matter for `targets` and for the probability of the observations."""
    informative = {k: o for k, o in observations.items() if not o.says_nothing}
    empty = tuple(k for k, o in observations.items() if max(o.likelihood) <= 0.0)
    if empty:
        return Reduced((), {}, -inf, empty)
    fixed = {k: s for k, o in informative.items() if (s := o.hard_state) is not None}
    relevant = _ancestors(network, {*targets, *informative})
    needed_as_node = _with_relevant_children(network, relevant) | set(targets)
    constant, impossible = 0.0, []
    nodes: list[Node] = []
    sensors: list[Sensor] = []
    for name in network.order:
        if name not in relevant:
            continue
        variable = network[name]
        parents, given = _slice(network, variable, fixed)
        if name in fixed:
            constant += log(max(informative[name].likelihood))
            found, factor = _observed(name, parents, given, _one_hot(fixed[name], variable.size))
        elif (
            name in informative and name not in needed_as_node and isinstance(given, NoisyMax)
        ):  # a soft reading of a leaf need not make the leaf a node
            found, factor = _observed(name, parents, given, as_array(informative[name]))
        else:
            nodes.append(Node(name, variable.size, parents, given))
            found, factor = [], 1.0
            if name in informative:
                found = [TableSensor((name,), as_array(informative[name]), name)]
        for sensor in found:
            scaled, peak = _scale(sensor)
            sensors.append(scaled)
            factor *= peak
        constant += log(factor) if factor > 0.0 else -inf
        if factor <= 0.0:
            impossible.append(name)
    return Reduced(_split(nodes, sensors), fixed, constant, tuple(impossible))


def _one_hot(index: int, size: int) -> Array:
    values = np.zeros(size)
    values[index] = 1.0
    return values


def _ancestors(network: Network, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(network[name].parents)
    return found


def _with_relevant_children(network: Network, relevant: Collection[str]) -> set[str]:
    return {parent for name in relevant for parent in network[name].parents}


def _slice(
    network: Network, variable: Variable, fixed: dict[str, int]
) -> tuple[tuple[str, ...], Table | NoisyMax]:
    """The parents that are not known, and the distribution given those that are."""
    free = tuple(p for p in variable.parents if p not in fixed)
    given = variable.distribution
    if len(free) == len(variable.parents):
        return free, given
    if isinstance(given, Table):
        place = tuple(fixed.get(p, slice(None)) for p in variable.parents)
        return free, Table(given.values[place])
    below = np.cumsum(given.leak)
    for parent, strength in zip(variable.parents, given.strengths, strict=True):
        if parent in fixed:
            below = below * np.cumsum(strength[fixed[parent]])
    leak = np.clip(np.diff(below, prepend=0.0), 0.0, 1.0)
    kept = tuple(
        s for p, s in zip(variable.parents, given.strengths, strict=True) if p not in fixed
    )
    return free, (NoisyMax(leak, kept) if kept else Table(leak))


def _observed(
    name: str, parents: tuple[str, ...], given: Table | NoisyMax, likelihood: Array
) -> tuple[list[Sensor], float]:
    """The sensors an observed variable becomes, and the constant factor that is left over."""
    if isinstance(given, Table):
        values = given.values @ likelihood
        if not parents:
            return [], float(values)
        return [TableSensor(parents, values, name)], 1.0
    if not likelihood[1:].any():  # normal: every parent and the leak kept still, one by one
        each: list[Sensor] = [
            TableSensor((p,), s[:, 0], name)
            for p, s in zip(parents, given.strengths, strict=True)
            if s[:, 0].min() < 1.0
        ]
        return each, float(given.leak[0] * likelihood[0])
    return [NoisySensor(parents, given, likelihood, name)], 1.0


def _scale(sensor: Sensor) -> tuple[Sensor, float]:
    """The sensor with its largest likelihood at 1, and what it was."""
    peak = float(sensor.likelihood.max())
    if peak <= 0.0 or peak == 1.0:
        return sensor, peak
    scaled = sensor.likelihood / peak
    if isinstance(sensor, TableSensor):
        return TableSensor(sensor.parents, scaled, sensor.source), peak
    return NoisySensor(sensor.parents, sensor.distribution, scaled, sensor.source), peak


def _split(nodes: Sequence[Node], sensors: Sequence[Sensor]) -> tuple[Component, ...]:
    leader = {node.name: node.name for node in nodes}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for node in nodes:
        for parent in node.parents:
            leader[find(parent)] = find(node.name)
    for sensor in sensors:
        for parent in sensor.parents[1:]:
            leader[find(parent)] = find(sensor.parents[0])
    grouped: dict[str, tuple[list[Node], list[Sensor]]] = {}
    for node in nodes:
        grouped.setdefault(find(node.name), ([], []))[0].append(node)
    for sensor in sensors:
        grouped[find(sensor.parents[0])][1].append(sensor)
    return tuple(Component(tuple(n), tuple(s)) for n, s in grouped.values())
