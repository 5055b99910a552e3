"""Exact posteriors of a component by pyAgrum's lazy propagation, under a cap of memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf, log, prod
from typing import Any

import numpy as np

from kg.diagnosis.inference.eliminating import Effort, estimate_effort
from kg.diagnosis.inference.expanding import Expanded
from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.network import Array

BYTES_PER_CELL = 8
NEAR_CAP = 1.5  # natural logarithm: so near to the cap the estimate alone is not trusted
COPIES = 3  # potentials, messages and the posterior being formed


def effort_of(expanded: Expanded, *, log_limit: float) -> Effort:
    """What a junction tree of the component would take."""
    scopes = [(*step.parents, step.name) for step in expanded.steps]
    scopes.extend(sensor.parents for sensor in expanded.sensors)
    return estimate_effort(scopes, expanded.sizes, log_limit=log_limit)


def propagate(
    expanded: Expanded, targets: Collection[str], *, memory_mb: float, most_cells: float
) -> tuple[dict[str, Array], float]:
    """Posteriors of `targets`, and the logarithm of the probability of the sensors.

    Minus infinity says that the sensors contradict each other; then there are no posteriors.
    Raises TooLarge where the tables of the tree have more than `most_cells` cells together, or need
    more memory than the cap.
    """
    pyagrum = _library()
    net, ids = _build(expanded)
    singles: dict[str, Array] = {}
    several = 0
    for sensor in expanded.sensors:
        if len(sensor.parents) == 1:
            name = sensor.parents[0]
            singles[name] = singles.get(name, 1.0) * sensor.likelihood
        else:
            several += 1
    if any(likelihood.max() <= 0.0 for likelihood in singles.values()):
        return {}, -inf
    scale = sum(log(float(likelihood.max())) for likelihood in singles.values())

    def ready() -> Any:
        engine = pyagrum.LazyPropagation(net)
        engine.setNumberOfThreads(1)
        engine.setMaxMemory(max(1, int(memory_mb)))  # measured: megabytes, whatever its help says
        for name, likelihood in singles.items():
            engine.addEvidence(ids[name], (likelihood / likelihood.max()).tolist())
        for number in range(several):
            engine.addEvidence(f"sensor {number}", 1)
        for name in targets:
            engine.addTarget(ids[name])
        return engine

    close = effort_of(expanded, log_limit=inf).log_total > log(max(most_cells, 1.0)) - NEAR_CAP
    try:
        # an engine that was asked for its tree may fail to propagate, so another one is asked
        if close and tree_cells(ready(), net) > most_cells:
            raise TooLarge("the junction tree does not fit the caps")
        engine = ready()
        engine.makeInference()
        found = {name: np.array(engine.posterior(ids[name])[:]) for name in targets}
        probability = float(engine.evidenceProbability()) if expanded.sensors else 1.0
    except pyagrum.IncompatibleEvidence:
        return {}, -inf
    except TooLarge:
        raise
    except Exception as error:
        if "bad_alloc" in str(error) or "memory" in str(error).lower():
            raise TooLarge from error  # pyAgrum has no class of its own for it
        raise
    return found, scale + (log(probability) if probability > 0.0 else -inf)


def tree_cells(engine: Any, net: Any) -> float:
    """The cells of all tables of the tree that would be used; making the tree costs little.

    The tree is part of `engine`, which has to live for as long as it is looked at.
    """
    tree = engine.joinTree()
    return sum(
        prod(float(net.variable(v).domainSize()) for v in tree.clique(clique))
        for clique in tree.nodes()
    )


def _build(expanded: Expanded) -> tuple[Any, dict[str, int]]:
    pyagrum = _library()
    net = pyagrum.BayesNet()
    ids: dict[str, int] = {}
    for number, step in enumerate(expanded.steps):
        size = step.table.shape[-1]
        ids[step.name] = net.add(pyagrum.RangeVariable(f"v{number}", "", 0, size - 1))
    for step in expanded.steps:
        _add_family(net, ids[step.name], [ids[p] for p in step.parents], step.table)
    number = 0
    for sensor in expanded.sensors:
        if len(sensor.parents) > 1:
            place = net.add(pyagrum.RangeVariable(f"sensor {number}", "", 0, 1))
            number += 1
            table = np.stack([1.0 - sensor.likelihood, sensor.likelihood], axis=-1)
            _add_family(net, place, [ids[p] for p in sensor.parents], table)
    return net, ids


def _add_family(net: Any, place: int, parents: Sequence[int], table: Array) -> None:
    for parent in reversed(parents):  # then the last axis of the flat table runs fastest
        net.addArc(parent, place)
    net.cpt(place).fillWith(np.ascontiguousarray(table).ravel().tolist())


def _library() -> Any:
    import pyagrum  # untyped, and half a second to import

    return pyagrum
