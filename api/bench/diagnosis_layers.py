"""Two layers of causes and findings: how fast the exact posterior is, and what happens beyond."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from statistics import fmean, median, pstdev
from time import monotonic, process_time

import numpy as np

from api.bench.diagnosis_networks import draw
from api.bench.figures import BenchReport
from kg.diagnosis.inference import Network, Table, Variable, collect, infer, noisy_or, observe

CAUSES, FINDINGS = 2_000, 500


def two_layers(causes: int, findings: int, parents: int, numbers: np.random.Generator) -> Network:
    """Independent causes with priors spread over two decades, and noisy-OR findings of them."""
    variables = []
    for i in range(causes):
        p = 10 ** numbers.uniform(-4, -2)
        variables.append(
            Variable(f"cause {i}", distribution=Table(np.array([1 - p, p])), role="cause")
        )
    for j in range(findings):
        chosen = numbers.choice(causes, min(parents, causes), replace=False)
        strengths = numbers.uniform(0.1, 0.95, chosen.size)
        variables.append(
            Variable(
                f"finding {j}",
                parents=tuple(f"cause {c}" for c in chosen),
                distribution=noisy_or(1e-3, strengths.tolist()),
                role="finding",
            )
        )
    return Network(variables)


def measure_two_layers(report: BenchReport, *, quick: bool, seeds: Sequence[int]) -> None:
    """Time for all posteriors after 6 and 14 positive findings."""
    for positive, aim, repeats in ((6, 10.0, 10), (14, 2000.0, 1)):
        means: list[float] = []
        methods: set[str] = set()
        for seed in seeds[: 1 if quick and positive > 6 else None]:
            numbers = np.random.default_rng(seed)
            network = two_layers(CAUSES, FINDINGS, 80, numbers)
            infer(network, {})  # the arrays of the network are made once
            took = []
            for _ in range(repeats):
                seen = numbers.choice(FINDINGS, positive, replace=False)
                observations = collect(
                    network, *(observe(network, f"finding {j}", "present") for j in seen)
                )
                started = process_time()
                found = infer(network, observations, seconds=60.0)
                took.append(1000 * (process_time() - started))
                methods.add(found.method)
            means.append(median(took))
        report.add(
            f"two layers, {positive} positive findings, CPU time",
            fmean(means),
            "ms",
            "lower",
            aim=aim,
            on=f"{CAUSES} causes, {FINDINGS} findings of 80 causes each; " + ", ".join(methods),
            seeds=list(seeds),
            spread=pstdev(means),
        )


def measure_blow_up(report: BenchReport) -> None:
    """A network whose junction tree would not fit: answered or refused, how soon, how large."""
    numbers = np.random.default_rng(5)
    size = 40
    variables = []
    for i in range(size):
        for j in range(size):
            parents = [f"{i - 1} {j}"] * (i > 0) + [f"{i} {j - 1}"] * (j > 0)
            table = numbers.dirichlet([0.8] * 3, (3,) * len(parents))
            variables.append(Variable(f"{i} {j}", ("a", "b", "c"), tuple(parents), Table(table)))
    grid = Network(variables)
    layers = two_layers(300, 60, 120, numbers)
    for name, network in (("grid of 1,600", grid), ("two layers, 30 positive", layers)):
        if network is grid:
            case = draw(network, numbers)
            last = [f"{size - 1} {j}" for j in range(size)]
            seen = [observe(network, n, network[n].states[case[n]]) for n in last]
        else:
            seen = [observe(network, f"finding {j}", "present") for j in range(30)]
        started = monotonic()
        found = infer(network, collect(network, *seen))
        took = monotonic() - started
        told = found.refused or f"{found.method}, error {found.error or 0.0:.2g}"
        report.add(
            f"blow-up ({name}): answered or refused",
            took,
            "s",
            "lower",
            aim=10.0,
            on=f"{told}; cap 512 MB,"
            f" peak of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB",
        )
