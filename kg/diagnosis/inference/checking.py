"""The next step of a diagnosis: which check is worth making, or that it is time to inspect.

One step ahead (Breese & Heckerman 1996): a check is worth its cost and, over its outcomes, the
expected cost of repairing in the best order afterwards. Where no check is better than repairing
now, testing stops and the first cause of the repair order is inspected.

Only what the evidence speaks for is to be repaired: a cause that is as probable as before has its
faults, too, but they are not this trouble. Its *suspicion* is the part of its probability that the
evidence added, `1 - (1 - posterior) / (1 - prior)`. For a noisy-OR symptom this is the probability
that the cause alone brought it about; it is near the posterior for rare faults, and 0 where
nothing was added.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Literal

import numpy as np

from kg.diagnosis.inference.costs import CostTable, default_costs
from kg.diagnosis.inference.inferring import MEMORY_MB, SECONDS, infer
from kg.diagnosis.inference.network import Array, Network
from kg.diagnosis.inference.observations import Observations
from kg.diagnosis.inference.pairing import NEGLIGIBLE, Outcomes, weigh_causes
from kg.diagnosis.inference.persisting import without_causes
from kg.diagnosis.inference.posteriors import Posteriors
from kg.diagnosis.inference.repairing import order_repairs

MOST_CAUSES = 40  # the likeliest causes a check is judged by

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
    suspicion: float  # the part of it that the evidence added
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
    none_probability: float = 0.0  # how far the evidence speaks for no known cause
    exact: bool = True


def next_check(
    network: Network,
    observations: Observations,
    *,
    causes: Collection[str] | None = None,
    checks: Collection[str] | None = None,
    repaired: Collection[str] = (),
    trouble: Collection[str] = (),
    every_fault: bool = False,
    posteriors: Posteriors | None = None,
    costs: CostTable | None = None,
    memory_mb: float = MEMORY_MB,
    seconds: float = SECONDS,
) -> NextStep:
    """The step with the least expected cost.

    `causes` and `checks` default to the network's causes and findings; what was observed or asked
    already is not asked again. `repaired` are causes that were found faulty and put right while
    the trouble went on; `trouble` are the observed findings that were still there then (where they
    do not depend on the repaired causes directly, it is taken that another cause is left). With
    `every_fault` the work ends only when all faults are found, those included that the evidence
    does not speak for. Variables without costs take the defaults `test` and `repair` of `costs`.
    Where the observations contradict each other or inference refused, the kind is nothing. Checks
    that cannot be weighed within `seconds` are left out. Raises BadInput for unknown names.
    """
    table = costs or default_costs()
    named = tuple(network.causes if causes is None else dict.fromkeys(causes))
    asked = tuple(network.findings if checks is None else dict.fromkeys(checks))
    open_checks = [c for c in asked if c not in observations and c not in named]
    direct = {p for t in trouble for p in network[t].parents}
    if repaired and trouble:
        network, posteriors = without_causes(network, trouble, repaired), None
    until = monotonic() + seconds
    found = posteriors or infer(
        network, observations, targets=named, memory_mb=memory_mb, seconds=0.5 * seconds
    )
    if found.refused or not found.possible:
        return NextStep("nothing", None, 0.0, 0.0, exact=found.exact)
    beliefs = weigh_causes(
        network,
        observations,
        found,
        [n for n in named if n not in repaired],
        another_left=any(c not in direct for c in repaired),
        every_fault=every_fault,
        most=MOST_CAUSES,
        memory_mb=memory_mb,
        until=until,
    )
    kept, suspicion, none = beliefs.causes, beliefs.suspicion, beliefs.none
    if not kept and all(o.says_nothing for o in observations.values()):
        return NextStep("nothing", None, 0.0, 0.0, none_probability=1.0, exact=found.exact)
    price = np.array([_price(network[n].repair_cost, table, "repair") for n in kept])
    service = max(table.price("escalate"), float(price.max(initial=0.0)))
    order = order_repairs(suspicion, none, price, service)
    told_all = float(suspicion @ np.minimum(price, service)) + none * service
    costly = {n: _price(network[n].observe_cost, table, "test") for n in open_checks}
    spare = order.cost - told_all  # what a check that tells everything would be worth
    open_checks.sort(key=lambda n: costly[n] >= spare)  # those that cannot pay come last
    values = [
        _value(network, name, costly[name], outcome, order.cost, price, service)
        for name, outcome in beliefs.outcomes(open_checks)
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
            RepairStep(
                kept[p],
                float(beliefs.posterior[p]),
                float(suspicion[p]),
                float(price[p]),
                reached,
            )
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
        chance * order_repairs(suspicion, none, price, service).cost
        for chance, suspicion, none in zip(
            outcome.probability, outcome.suspicion, outcome.none, strict=True
        )
        if chance > NEGLIGIBLE
    )
    expected = cost + float(after)
    shown = dict(zip(network[name].states, map(float, outcome.probability), strict=True))
    return CheckValue(name, cost, expected, without - expected, shown)
