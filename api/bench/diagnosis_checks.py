"""The next check against the exact optimum, random order and no testing at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import fmean, pstdev

import numpy as np

from api.bench.diagnosis_networks import draw, open_network
from api.bench.figures import BenchReport
from api.bench.optimal import UNKNOWN, Action, Known, Problem, best_cost, cost_of, pose
from kg.diagnosis.inference import (
    Cost,
    CostTable,
    Network,
    Table,
    Variable,
    collect,
    infer,
    next_check,
    noisy_or,
    observe,
)

Policy = Callable[[Known], Action]


def draw_problem(seed: int, size: int = 4) -> Problem:
    """A two-layer problem: spread-out priors, costs and ratios of costs drawn at random."""
    chance = Random(seed)
    repairs = [chance.uniform(50.0, 500.0) for _ in range(size)]
    ratio = 10 ** chance.uniform(-2.0, 0.0)  # of a check to a repair
    tests = [ratio * chance.uniform(0.3, 3.0) * fmean(repairs) for _ in range(size)]
    priors = [10 ** chance.uniform(-3.0, -1.0) for _ in range(size)]
    variables = [
        Variable(f"c{i}", distribution=Table(np.array([1 - p, p])), repair_cost=repairs[i])
        for i, p in enumerate(priors)
    ]
    names = [v.name for v in variables]
    for j in range(size + 1):
        parents = names if j == size else sorted(chance.sample(names, chance.randint(1, 3)))
        variables.append(
            Variable(
                f"f{j}",
                parents=tuple(parents),
                distribution=noisy_or(
                    10 ** chance.uniform(-3.0, -1.5), [chance.uniform(0.3, 0.98) for _ in parents]
                ),
                observe_cost=tests[j] if j < size else None,
            )
        )
    network = Network(variables)
    seen = collect(network, observe(network, f"f{size}", "present"))
    service = chance.uniform(2.0, 5.0) * max(repairs)
    checks = [f"f{j}" for j in range(size)]
    return pose(network, seen, names, checks, [*repairs, *tests], service, trouble=f"f{size}")


def follow_next_check(
    problem: Problem, *, checks: Collection[str] | None = None, trouble: Collection[str] = ()
) -> Policy:
    """Always do what `next_check` says."""
    table = CostTable(
        {"test": Cost(), "repair": Cost(), "escalate": Cost(0.0, problem.service_cost)},
        {"technician": 0.0},
        {"none": 0.0},
        0.0,
    )
    names = (*problem.causes, *problem.checks)
    memo: dict[Known, Action] = {}

    def choose(known: Known) -> Action:
        if known not in memo:
            seen, repaired = problem.observed(known)
            step = next_check(
                problem.network,
                seen,
                causes=problem.causes,
                checks=problem.checks if checks is None else checks,
                repaired=repaired,
                trouble=trouble,
                every_fault=not trouble,
                costs=table,
            )
            place = None if step.name is None else names.index(step.name)
            memo[known] = Action(
                place, problem.service_cost if place is None else problem.costs[place]
            )
        return memo[known]

    return choose


def inspect_in_random_order(problem: Problem, seed: int) -> Policy:
    """Inspect the causes in a random order, without checks; then call for service."""
    order = list(range(len(problem.causes)))
    Random(seed).shuffle(order)

    def choose(known: Known) -> Action:
        place = next((i for i in order if known[i] == UNKNOWN), None)
        return Action(place, problem.service_cost if place is None else problem.costs[place])

    return choose


def measure_checks(report: BenchReport, *, quick: bool, seeds: Sequence[int]) -> None:
    """Mean cost of repair relative to the exact optimum, cost ratios drawn at random."""
    each = 4 if quick else 10
    problems = [draw_problem(1000 * seed + i) for seed in seeds for i in range(each)]
    _report(
        report,
        "next check: mean cost of repair over the exact optimum",
        problems,
        each,
        f"{len(problems)} two-layer problems of 4 causes and 4 checks",
        seeds,
    )


def measure_network_checks(
    report: BenchReport,
    path: Path,
    causes: str | None,
    observable: str | None,
    *,
    quick: bool,
    seeds: Sequence[int],
) -> None:
    """The same on parts of a network: some of its causes and findings, the work ends with all."""
    network, named, shown = open_network(path, causes, observable)
    each = 1 if quick else 3
    problems = []
    for seed in seeds:
        for i in range(each):
            found = _part(network, named, shown, 1000 * seed + i)
            if found is not None:
                problems.append(found)
    name = f"{path.stem}: next check: mean cost of repair over the exact optimum"
    if not problems:
        report.missing(
            name, "ratio", "lower", "no part of the network could be posed", on=path.stem
        )
        return
    _report(
        report,
        name,
        problems,
        each,
        f"{len(problems)} parts of 3 causes and 3 checks; every fault is to be found",
        seeds,
    )


def _part(network: Network, named: list[str], shown: list[str], seed: int) -> Problem | None:
    chance = Random(seed)
    numbers = np.random.default_rng(seed)
    if len(shown) < 2:
        return None
    for _ in range(20):
        case = draw(network, numbers)
        if any(case[n] != network[n].normal_index for n in named):
            break
    symptoms = chance.sample(shown, max(1, len(shown) // 4))
    seen = collect(network, *(observe(network, s, network[s].states[case[s]]) for s in symptoms))
    found = infer(network, seen, targets=named)
    if found.refused or not found.possible:
        return None
    suspects = sorted(named, key=lambda n: found.by_variable[n][network[n].normal_index])[:3]
    small = [s for s in shown if s not in symptoms and network[s].size <= 4]
    checks = chance.sample(small, min(3, len(small)))
    repairs = [chance.uniform(50.0, 500.0) for _ in suspects]
    ratio = 10 ** chance.uniform(-2.0, 0.0)
    tests = [ratio * chance.uniform(0.3, 3.0) * fmean(repairs) for _ in checks]
    priced = network.changed(
        {n: replace(network[n], repair_cost=c) for n, c in zip(suspects, repairs, strict=True)}
        | {n: replace(network[n], observe_cost=c) for n, c in zip(checks, tests, strict=True)}
    )
    service = chance.uniform(2.0, 5.0) * max(repairs)
    return pose(priced, seen, suspects, checks, [*repairs, *tests], service, trouble=None)


def _report(
    report: BenchReport,
    name: str,
    problems: Sequence[Problem],
    each: int,
    on: str,
    seeds: Sequence[int],
) -> None:
    ours, random_order, untested = [], [], []
    for number, problem in enumerate(problems):
        best = best_cost(problem)
        symptom = f"f{len(problem.checks)}"
        trouble = [symptom] if symptom in problem.observations else []
        ours.append(cost_of(problem, follow_next_check(problem, trouble=trouble)) / best)
        untested.append(
            cost_of(problem, follow_next_check(problem, checks=(), trouble=trouble)) / best
        )
        random_order.append(
            fmean(cost_of(problem, inspect_in_random_order(problem, number + k)) for k in range(5))
            / best
        )
    parts = [fmean(ours[i : i + each]) for i in range(0, len(ours), each)]
    report.add(
        name,
        fmean(ours),
        "ratio",
        "lower",
        aim=1.03,
        control={"random order": fmean(random_order), "no testing": fmean(untested)},
        on=on,
        seeds=list(seeds),
        spread=pstdev(parts),
    )
