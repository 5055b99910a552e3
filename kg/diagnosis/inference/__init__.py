"""Inference in causal networks: posteriors, contradictions, the next check.

What others use, in the order of a diagnosis:

- `Network(variables)` of `Variable(name, states, parents, distribution, role, normal,
  observe_cost, repair_cost)`; a distribution is a full `Table` or a `NoisyMax` (`noisy_or(leak,
  strengths)`, weights **net of the leak**, see `network`). Roles are cause, finding, intermediate.
- `observe`, `exclude`, `soften`, `leave_unknown` make one `Observation` each (a state, evidence
  against, a soft reading, asked and unknown); `collect(network, *observations)` joins them.
- `infer(network, observations, targets=…, memory_mb=…, seconds=…) -> Posteriors`: says whether it
  is `exact`, by which `method`, with which `error` if not; `conflict` names contradicting
  observations, `refused` says why there is no answer within the limits.
"""

from kg.diagnosis.inference.inferring import infer
from kg.diagnosis.inference.network import (
    ABSENT,
    PRESENT,
    Network,
    NoisyMax,
    Role,
    Table,
    Variable,
    net_strength,
    noisy_or,
)
from kg.diagnosis.inference.observations import (
    Observation,
    Observations,
    collect,
    exclude,
    leave_unknown,
    observe,
    soften,
)
from kg.diagnosis.inference.posteriors import Posteriors

__all__ = [
    "ABSENT",
    "PRESENT",
    "Network",
    "NoisyMax",
    "Observation",
    "Observations",
    "Posteriors",
    "Role",
    "Table",
    "Variable",
    "collect",
    "exclude",
    "infer",
    "leave_unknown",
    "net_strength",
    "noisy_or",
    "observe",
    "soften",
]
