"""The next check against the exact optimum, and the order of repairs against every order."""

from __future__ import annotations

from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bench.optimal import UNKNOWN, Action, Known, Problem, best_cost, cost_of, pose
from kg.diagnosis.inference import (
    Cost,
    CostTable,
    Network,
    Table,
    Variable,
    collect,
    default_costs,
    next_check,
    noisy_or,
    observe,
    read_costs,
)
from kg.diagnosis.inference.repairing import left_over, order_repairs
from kg.model import BadInput


def _table(service: float) -> CostTable:
    return CostTable(
        {"test": Cost(), "repair": Cost(), "escalate": Cost(0.0, service)},
        {"technician": 0.0},
        {"none": 0.0},
        0.0,
    )


def _problem(seed: int) -> Problem:
    chance = Random(seed)
    costs = [chance.uniform(50, 500) for _ in range(3)]
    tests = [10 ** chance.uniform(-2, 0) * 250 for _ in range(3)]
    causes = []
    for i, cost in enumerate(costs):
        p = 10 ** chance.uniform(-2.5, -0.5)
        causes.append(Variable(f"c{i}", distribution=Table(np.array([1 - p, p])), repair_cost=cost))
    names = [c.name for c in causes]
    effects = [
        Variable(
            f"f{j}",
            parents=tuple(parents),
            distribution=noisy_or(0.01, [chance.uniform(0.4, 0.95) for _ in parents]),
            observe_cost=tests[j] if j < 3 else None,
        )
        for j in range(4)
        for parents in [names if j == 3 else chance.sample(names, 2)]
    ]
    network = Network([*causes, *effects])
    seen = collect(network, observe(network, "f3", "present"))
    return pose(network, seen, names, ["f0", "f1", "f2"], [*costs, *tests], 1500.0, trouble="f3")


def test_next_check_is_near_the_exact_optimum_and_never_better() -> None:
    ratios = []
    for seed in range(6):
        problem = _problem(seed)
        names = (*problem.causes, *problem.checks)

        def choose(known: Known, problem: Problem = problem, names: tuple = names) -> Action:  # type: ignore[type-arg]
            seen, repaired = problem.observed(known)
            step = next_check(
                problem.network,
                seen,
                causes=problem.causes,
                checks=problem.checks,
                repaired=repaired,
                trouble=["f3"],
                costs=_table(problem.service_cost),
            )
            if step.name is None:
                return Action(None, problem.service_cost)
            return Action(names.index(step.name), problem.costs[names.index(step.name)])

        best = best_cost(problem)
        ours = cost_of(problem, choose)
        assert ours >= best - 1e-9
        ratios.append(ours / best)
    assert sum(ratios) / len(ratios) < 1.03


def test_the_optimum_counts_what_is_known() -> None:
    problem = _problem(1)
    assert problem.mass((UNKNOWN,) * 6) == pytest.approx(1.0)
    assert best_cost(problem) <= problem.service_cost


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 5))
def test_for_single_faults_no_order_is_cheaper(seed: int, count: int) -> None:
    numbers = np.random.default_rng(seed)
    shares = numbers.dirichlet(np.ones(count + 1))
    faulty, none = shares[:count], float(shares[count])
    costs = numbers.uniform(1.0, 10.0, count)
    found = order_repairs(faulty, none, costs, 30.0)
    every = [
        _cost_of_order(faulty[list(p)], none, costs[list(p)], 30.0, stop)
        for p in permutations(range(count))
        for stop in range(count + 1)
    ]
    assert found.cost == pytest.approx(min(every))


def _cost_of_order(
    faulty: np.ndarray, none: float, costs: np.ndarray, service: float, stop: int
) -> float:
    left = [float(faulty[i:].sum()) + none for i in range(faulty.size + 1)]
    return float(sum(left[i] * costs[i] for i in range(stop)) + left[stop] * service)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_left_of_independent_faults_is_exact(seed: int) -> None:
    faulty = np.random.default_rng(seed).uniform(0.0, 0.9, 4)
    none = float(np.prod(1.0 - faulty))
    expected = [1.0 - np.prod(1.0 - faulty[i:]) + none for i in range(5)]
    assert left_over(faulty, none) == pytest.approx([min(1.0, e) for e in expected])


def test_a_check_that_costs_more_than_it_saves_is_not_proposed() -> None:
    problem = _problem(0)
    dear = problem.network.changed(
        {
            f"f{i}": Variable(
                f"f{i}",
                parents=problem.network[f"f{i}"].parents,
                distribution=problem.network[f"f{i}"].distribution,
                observe_cost=10_000.0,
            )
            for i in range(3)
        }
    )
    step = next_check(dear, problem.observations, checks=problem.checks)
    assert step.kind in ("inspect", "escalate")
    assert step.checks
    assert all(check.saving < 0.0 for check in step.checks)


def test_default_costs_are_priced_and_unknown_names_are_said() -> None:
    table = default_costs()
    assert table.price("look") < table.price("test") < table.price("repair")
    with pytest.raises(BadInput, match="no rate for the skill 'wizard'"):
        table.price(Cost(skill="wizard"))
    costs = "step,minutes,money,skill,safety\nlook,soon,0,a,b\n"
    with pytest.raises(BadInput, match=r"costs.csv, row 2: .*'minutes'"):
        read_costs(costs, "kind,name,per_hour,once\n")
