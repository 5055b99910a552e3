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
- `parse_observations` and `parse_names` read observations and variables as people type them.
- `trace_alarms(graph, changes, alarms, now=…)` finds the causes of alarms in a `CausalGraph`;
  `break_cycles` and `to_network` make a network of such a graph.
- `measure` (a value against limits, sensor noise) and `miss_response` (commanded, but it did not
  happen) make soft observations.
- `next_check(network, observations, causes=…, checks=…, repaired=…, trouble=…, costs=…)`: the step
  of least expected cost: `kind` check, inspect, escalate or nothing, the worth of every check, and
  the order of repairs. `default_costs().price(Cost(minutes, money, skill, safety))` makes one
  amount of what a step takes.
"""

from kg.diagnosis.inference.alarming import AlarmCause, Change, first_episode, trace_alarms
from kg.diagnosis.inference.causal_graph import CausalGraph, GraphNode, break_cycles, to_network
from kg.diagnosis.inference.checking import CheckValue, NextStep, RepairStep, next_check
from kg.diagnosis.inference.costs import Cost, CostTable, default_costs, read_costs
from kg.diagnosis.inference.inferring import infer
from kg.diagnosis.inference.measuring import measure, miss_response
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
from kg.diagnosis.inference.priors import settle_normal_states
from kg.diagnosis.inference.stating import parse_names, parse_observations

__all__ = [
    "ABSENT",
    "PRESENT",
    "AlarmCause",
    "CausalGraph",
    "Change",
    "CheckValue",
    "Cost",
    "CostTable",
    "GraphNode",
    "Network",
    "NextStep",
    "NoisyMax",
    "Observation",
    "Observations",
    "Posteriors",
    "RepairStep",
    "Role",
    "Table",
    "Variable",
    "break_cycles",
    "collect",
    "default_costs",
    "exclude",
    "first_episode",
    "infer",
    "leave_unknown",
    "measure",
    "miss_response",
    "net_strength",
    "next_check",
    "noisy_or",
    "observe",
    "parse_names",
    "parse_observations",
    "read_costs",
    "settle_normal_states",
    "soften",
    "to_network",
    "trace_alarms",
]
