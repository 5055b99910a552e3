"""The next step of a diagnosis: which check is worth making, or that it is time to inspect.

One step ahead (Breese & Heckerman 1996): a check is worth its cost and, over its outcomes, the
expected cost of repairing in the best order afterwards. Where no check is better than repairing
now, testing stops and the first cause of the repair order is inspected.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kg.diagnosis.inference.costs import CostTable, default_costs
from kg.diagnosis.inference.inferring import MEMORY_MB, infer
from kg.diagnosis.inference.network import Array, Network
from kg.diagnosis.inference.observations import Observations
from kg.diagnosis.inference.pairing import Outcomes, pair_up
from kg.diagnosis.inference.posteriors import Posteriors
from kg.diagnosis.inference.repairing import order_repairs

MOST_CAUSES = 40  # the likeliest causes a check is judged by
NEGLIGIBLE = 1e-9

StepKind = Literal["check", "inspect", "escalate", "nothing"]


@dataclass(frozen=True, slots=True)
class CheckValue:
    """What one check is worth: `saving` over repairing at once, after its own `cost`."""

    name: str
    cost: float
    expected_cost: float  # the check and all that is expected after it
    saving: float
    outcomes: Mapping[str, float]  # state to probability


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One place of the repair order; `reached` is the chance that the work gets to it."""

    cause: str
    probability: float  # of being faulty
    cost: float
    reached: float


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next. Costs are in the unit of the network's costs.

    `kind` is check or inspect (with `name`), escalate (the known causes are not worth inspecting:
    call for service) or nothing (there is nothing to look for). `checks` are the best checks first,
    those that do not pay included; `repairs` is the order of inspection as things stand, up to the
    point where calling for service is cheaper than to go on.
    """

    kind: StepKind
    name: str | None
    expected_cost: float
    cost_without_checks: float
    checks: tuple[CheckValue, ...] = ()
    repairs: tuple[RepairStep, ...] = ()
    none_probability: float = 0.0  # that no known cause is faulty
    exact: bool = True


def next_check(
    network: Network,
    observations: Observations,
    *,
    causes: Collection[str] | None = None,
    checks: Collection[str] | None = None,
    repaired: Collection[str] = (),
    posteriors: Posteriors | None = None,
    costs: CostTable | None = None,
    memory_mb: float = MEMORY_MB,
) -> NextStep:
    """The step with the least expected cost.

    `causes` and `checks` default to the network's causes and findings; what was observed or asked
    already is not asked again. `repaired` are causes that were found faulty and put right while
    the trouble went on, so that another one is left. Variables without costs take the defaults
    `test` and `repair` of `costs`. Where the observations contradict each other or inference
    refused, the kind is nothing. Raises BadInput for unknown names.
    """
    table = costs or default_costs()
    named = tuple(network.causes if causes is None else dict.fromkeys(causes))
    asked = tuple(network.findings if checks is None else dict.fromkeys(checks))
    open_checks = [c for c in asked if c not in observations and c not in named]
    found = posteriors or infer(network, observations, targets=named, memory_mb=memory_mb)
    if found.refused or not found.possible:
        return NextStep("nothing", None, 0.0, 0.0, exact=found.exact)
    chance = {n: 1.0 - float(found.by_variable[n][network[n].normal_index]) for n in named}
    kept = sorted(
        (n for n in named if chance[n] > NEGLIGIBLE and n not in repaired), key=lambda n: -chance[n]
    )[:MOST_CAUSES]
    faulty = np.array([chance[n] for n in kept])
    price = np.array([_price(network[n].repair_cost, table, "repair") for n in kept])
    service = max(table.price("escalate"), float(price.max(initial=0.0)))
    left = [n for n in named if n not in repaired]
    pairs = pair_up(network, observations, found, left, kept, memory_mb=memory_mb)
    none = pairs.none
    if repaired and none < 1.0:  # the trouble went on: one of the others is faulty
        pairs = replace(pairs, some_fault=True)
        faulty, none = np.minimum(faulty / (1.0 - none), 1.0), 0.0
    order = order_repairs(faulty, none, price, service)
    told_all = float(faulty @ np.minimum(price, service)) + none * service
    costly = {n: _price(network[n].observe_cost, table, "test") for n in open_checks}
    worthwhile = [n for n in open_checks if costly[n] < order.cost - told_all]
    values = [
        _value(network, name, costly[name], outcome, order.cost, price, service)
        for name, outcome in pairs.outcomes(worthwhile)
    ]
    values.sort(key=lambda v: (v.expected_cost, v.name))
    best = values[0] if values and values[0].saving > 1e-9 * order.cost else None
    first = kept[order.places[0]] if order.places else None
    kind: StepKind = "check" if best else "inspect" if first else "escalate"
    return NextStep(
        kind,
        best.name if best else first,
        best.expected_cost if best else order.cost,
        order.cost,
        tuple(values),
        tuple(
            RepairStep(kept[p], float(faulty[p]), float(price[p]), reached)
            for p, reached in zip(order.places, order.reached, strict=True)
        ),
        none,
        found.exact,
    )


def _price(cost: float | None, table: CostTable, step: str) -> float:
    return table.price(step) if cost is None else cost


def _value(
    network: Network,
    name: str,
    cost: float,
    outcome: Outcomes,
    without: float,
    price: Array,
    service: float,
) -> CheckValue:
    after = sum(
        chance * order_repairs(faulty, none, price, service).cost
        for chance, faulty, none in zip(
            outcome.probability, outcome.faulty, outcome.none, strict=True
        )
        if chance > NEGLIGIBLE
    )
    expected = cost + float(after)
    shown = dict(zip(network[name].states, map(float, outcome.probability), strict=True))
    return CheckValue(name, cost, expected, without - expected, shown)
