"""Networks and components of two layers: independent causes, and noisy-OR findings of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import NDArray

from kg.diagnosis.inference.limits import TooLarge
from kg.diagnosis.inference.network import Array, Network, NoisyMax, Table
from kg.diagnosis.inference.observations import Observations, as_array
from kg.diagnosis.inference.quickscore import MOST_FINDINGS, score, seconds_needed
from kg.diagnosis.inference.reducing import Component, NoisySensor, TableSensor

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Finding:
    """A noisy-OR of two states. `quiet`, shape (causes of it, 2)."""

    causes: Places
    quiet: Array
    leak: float


@dataclass(frozen=True, eq=False, slots=True)
class TwoLayers:
    """A whole network of causes with two states and noisy-OR findings, as arrays.

    `prior`, shape (causes, 2).
    """

    place: Mapping[str, int]
    prior: Array
    findings: Mapping[str, Finding]

    def can_answer(self, targets: Collection[str]) -> bool:
        """Whether only causes are asked for."""
        return self.place.keys() >= set(targets)

    def answer(
        self, observations: Observations, targets: Collection[str], *, seconds: float
    ) -> tuple[dict[str, Array], float, set[str]]:
        """Posteriors, the logarithm of the probability of what was seen, and the methods.

        Raises TooLarge where too many positive findings hang together.
        """
        weight = self.prior.copy()
        constant = 0.0
        positive: list[tuple[Finding, Array]] = []
        for name, seen in observations.items():
            likelihood = as_array(seen)
            if name in self.place:
                weight[self.place[name]] *= likelihood
            elif likelihood[1] == 0.0:
                finding = self.findings[name]
                weight[finding.causes] *= finding.quiet
                silent = (1.0 - finding.leak) * likelihood[0]
                constant += log(silent) if silent > 0.0 else -inf
            elif likelihood[0] == likelihood[1]:
                constant += log(float(likelihood[0]))
            else:
                positive.append((self.findings[name], likelihood))
        total = weight.sum(axis=1)
        if constant == -inf or not (total > 0.0).all():
            return {}, -inf, set()
        posterior = weight / total[:, None]
        log_evidence = constant
        touched = np.zeros(total.size, dtype=bool)
        methods = {"independent causes"}
        for group in _groups(positive, total.size):
            causes = np.unique(np.concatenate([positive[i][0].causes for i in group]))
            _check_effort(causes.size, len(group), seconds)
            quiet = np.ones((len(group), causes.size, 2))
            for row, i in enumerate(group):
                finding = positive[i][0]
                quiet[row, np.searchsorted(causes, finding.causes)] = finding.quiet
            leak = np.array([positive[i][0].leak for i in group])
            found = score(weight[causes], quiet, leak, np.stack([positive[i][1] for i in group]))
            if found.log_evidence == -inf:
                return {}, -inf, {found.method}
            posterior[causes] = found.posterior
            touched[causes] = True
            log_evidence += found.log_evidence
            methods.add(found.method)
        log_evidence += float(np.log(total[~touched]).sum())
        rows = list(posterior)
        found_rows = {name: rows[self.place[name]] for name in targets}
        return found_rows, log_evidence, methods


def compile_layers(network: Network) -> TwoLayers | None:
    """The network as two layers, None where it is anything else."""
    place: dict[str, int] = {}
    for name, variable in network.variables.items():
        if variable.size != 2:
            return None
        if not variable.parents:
            if not isinstance(variable.distribution, Table):
                return None
            place[name] = len(place)
    findings: dict[str, Finding] = {}
    for name, variable in network.variables.items():
        given = variable.distribution
        if not variable.parents:
            continue
        if not isinstance(given, NoisyMax) or any(p not in place for p in variable.parents):
            return None
        findings[name] = Finding(
            np.array([place[p] for p in variable.parents], dtype=np.intp),
            np.stack([s[:, 0] for s in given.strengths]),
            float(given.leak[1]),
        )
    if not place:
        return None
    prior = np.stack([network.table(name) for name in place])
    return TwoLayers(place, prior, findings)


def score_component(
    component: Component, *, seconds: float
) -> tuple[dict[str, Array], float, str] | None:
    """Posteriors of all nodes of a component of two layers, None where it is none.

    Raises TooLarge.
    """
    if any(node.parents for node in component.nodes):
        return None
    nodes = component.nodes
    place = {node.name: i for i, node in enumerate(nodes)}
    states = max(node.size for node in nodes)
    prior = np.zeros((len(nodes), states))
    for i, node in enumerate(nodes):
        given = node.distribution
        prior[i, : node.size] = given.values if isinstance(given, Table) else given.leak
    findings: list[NoisySensor] = []
    for sensor in component.sensors:
        if len(sensor.parents) == 1 and isinstance(sensor, TableSensor):
            i = place[sensor.parents[0]]
            prior[i, : sensor.likelihood.size] *= sensor.likelihood
        elif isinstance(sensor, NoisySensor) and sensor.likelihood.size == 2:
            findings.append(sensor)
        else:
            return None
    _check_effort(len(nodes) * (states - 1), len(findings), seconds)
    quiet = np.ones((len(findings), len(nodes), states))
    for row, sensor in enumerate(findings):
        for parent, strength in zip(sensor.parents, sensor.distribution.strengths, strict=True):
            quiet[row, place[parent], : strength.shape[0]] = strength[:, 0]
    leak = np.array([float(f.distribution.leak[1]) for f in findings])
    likelihood = np.array([f.likelihood for f in findings]).reshape(-1, 2)
    found = score(prior, quiet, leak, likelihood)
    return (
        {node.name: found.posterior[i, : node.size] for i, node in enumerate(nodes)},
        found.log_evidence,
        found.method,
    )


def _check_effort(causes: int, findings: int, seconds: float) -> None:
    if findings > MOST_FINDINGS or seconds_needed(causes, findings) > seconds:
        raise TooLarge(f"{findings} positive findings hang together")


def _groups(positive: list[tuple[Finding, Array]], causes: int) -> list[list[int]]:
    """Positive findings that share causes, directly or through others."""
    leader = list(range(len(positive)))

    def find(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    owner = np.full(causes, -1)
    for i, (finding, _) in enumerate(positive):
        for other in np.unique(owner[finding.causes]):
            if other >= 0:
                leader[find(int(other))] = find(i)
        owner[finding.causes] = i
    groups: dict[int, list[int]] = {}
    for i in range(len(positive)):
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())
