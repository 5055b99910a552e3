"""The diagnosis of any Bayesian network from a file: causes, how sure, and the next check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from api.nearest import nearest_texts
from kg.diagnosis.exchange import read_bif, read_open_psa, to_network
from kg.diagnosis.inference import (
    Network,
    NextStep,
    Observation,
    Posteriors,
    infer,
    next_check,
    parse_names,
    parse_observations,
    settle_normal_states,
)
from kg.model import BadInput

_ANSWER_SECONDS, _CHECK_SECONDS = 5.0, 3.0


@dataclass(frozen=True, eq=False, slots=True)
class NetworkDiagnosis:
    """What a network says after the observations. `step` is None where inference refused."""

    network: Network
    observations: Mapping[str, Observation]
    causes: tuple[str, ...]  # the likeliest to be faulty first
    posteriors: Posteriors
    step: NextStep | None

    def fault_probability(self, cause: str) -> float:
        """The probability that the cause is not in its normal state."""
        normal = self.network[cause].normal_index
        return 1.0 - float(self.posteriors.by_variable[cause][normal])

    def to_dict(self, limit: int | None = None) -> dict[str, Any]:
        """The answer as plain JSON."""
        found = self.posteriors
        return {
            "network": self.network.name,
            "evidence": {
                o.variable: _evidence_text(o, self.network) for o in self.observations.values()
            },
            "evidence_probability": found.evidence_probability if not found.refused else None,
            "log_evidence": found.log_evidence if not found.refused else None,
            "exact": found.exact,
            "method": found.method,
            "error": found.error,
            "effective_samples": found.effective_samples,
            "refused": found.refused,
            "causes": [
                {
                    "name": name,
                    "posterior": found.of(name),
                    "normal": self.network[name].states[self.network[name].normal_index],
                    "fault_probability": self.fault_probability(name),
                    "error": found.errors.get(name),
                }
                for name in self.causes[:limit]
                if not found.refused
            ],
            "next_check": None if self.step is None else _step_dict(self.step),
        }


def _step_dict(step: NextStep) -> dict[str, Any]:
    """The step, and the best check beside it where it is not worth its cost."""
    best = step.checks[0].name if step.checks else None
    return {"kind": step.kind, "name": step.name, "best_check": best} | asdict(step)


def diagnose_network(
    path: Path,
    evidence: Sequence[str],
    *,
    causes: str | None,
    observable: str | None,
    memory_mb: float,
) -> NetworkDiagnosis:
    """The diagnosis of the network of a BIF file, or of a fault tree in Open-PSA XML.

    Raises BadInput for a bad file or evidence that cannot be true together, NotFound for names and
    states that the network does not have.
    """
    network = _read(path)
    named = parse_names(causes, network, nearest_texts) if causes else list(network.roots)
    checks = parse_names(observable, network, nearest_texts) if observable else network.leaves
    seen = parse_observations(evidence, network, nearest_texts)
    network = settle_normal_states(network, named)
    found = infer(network, seen, targets=named, memory_mb=memory_mb, seconds=_ANSWER_SECONDS)
    if not found.possible:
        raise BadInput(_impossible(path.name, network, seen, found.conflict))
    step = None
    if not found.refused:
        step = next_check(
            network,
            seen,
            causes=named,
            checks=checks,
            posteriors=found,
            memory_mb=memory_mb,
            seconds=_CHECK_SECONDS,
        )
    answer = NetworkDiagnosis(network, seen, tuple(named), found, step)
    if not found.refused:
        named.sort(key=lambda name: -answer.fault_probability(name))
    return NetworkDiagnosis(network, seen, tuple(named), found, step)


def _read(path: Path) -> Network:
    if path.suffix.lower() in (".xml", ".opsa"):
        return to_network(read_open_psa(path))
    return read_bif(path)


def _impossible(
    file: str, network: Network, seen: Mapping[str, Observation], conflict: Sequence[str]
) -> str:
    said = [f"{name} {_evidence_text(seen[name], network)}" for name in conflict]
    if not said:
        return f"{file}: its tables give everything the probability 0; correct them."
    if len(said) == 1:
        return f"{file}: the evidence is impossible: {said[0]} has the probability 0."
    told = ", ".join(said[:-1]) + f" and {said[-1]}"
    return f"{file}: the evidence is impossible: {told} cannot be true together."


def _evidence_text(seen: Observation, network: Network) -> str:
    states = network[seen.variable].states
    possible = [s for s, v in zip(states, seen.likelihood, strict=True) if v > 0.0]
    if seen.kind == "unknown":
        return "?"
    if len(possible) == 1:
        return f"= {possible[0]}"
    if seen.kind == "against":
        return "≠ " + " / ".join(s for s in states if s not in possible)
    shown = [f"{s}:{v:g}" for s, v in zip(states, seen.likelihood, strict=True)]
    return "~ " + "|".join(shown)
