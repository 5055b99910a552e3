"""Posteriors of a BIF network: how near to pyAgrum, how fast, and how well they rank causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from math import log
from pathlib import Path
from statistics import fmean, median, pstdev
from time import monotonic, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.bench.figures import BenchReport
from api.nearest import nearest_texts
from kg.diagnosis.exchange import read_bif
from kg.diagnosis.inference import (
    Network,
    NoisyMax,
    collect,
    infer,
    observe,
    parse_names,
    settle_normal_states,
)
from kg.diagnosis.inference.junction import tree_cells

Array = NDArray[np.float64]

CASES, QUICK_CASES = 300, 45
MOST_CELLS = 2e8  # of the junction tree of the oracle
MOST_SECONDS, QUICK_SECONDS = 600.0, 90.0  # for the cases of one network
WORST = 1e-6  # a cause that a ranking rules out costs no more than this probability


def open_network(
    path: Path, causes: str | None, observable: str | None
) -> tuple[Network, list[str], list[str]]:
    """The network, its causes and what can be observed of it (roots and leaves where not said)."""
    network = read_bif(path)
    named = parse_names(causes, network, nearest_texts) if causes else list(network.roots)
    leaves = [n for n in network.leaves if n not in named]
    shown = parse_names(observable, network, nearest_texts) if observable else leaves
    return settle_normal_states(network, named), named, [n for n in shown if n not in named]


def draw(network: Network, numbers: np.random.Generator) -> dict[str, int]:
    """One configuration, drawn from causes to effects."""
    found: dict[str, int] = {}
    for name in network.order:
        variable = network[name]
        given = variable.distribution
        if isinstance(given, NoisyMax):
            below = np.cumsum(given.leak)
            for parent, strength in zip(variable.parents, given.strengths, strict=True):
                below = below * np.cumsum(strength[found[parent]])
            row = np.diff(below, prepend=0.0)
        else:
            row = given.values[tuple(found[p] for p in variable.parents)]
        found[name] = int(numbers.choice(row.size, p=row / row.sum()))
    return found


def measure_network(
    report: BenchReport,
    path: Path,
    causes: str | None,
    observable: str | None,
    *,
    quick: bool,
    seeds: Sequence[int],
) -> None:
    """Difference to pyAgrum, time for all causes, and ranking log-loss over sampled cases."""
    network, named, shown = open_network(path, causes, observable)
    library: Any = import_module("pyagrum")
    other = library.loadBN(str(path))
    engine = library.LazyPropagation(other)
    on = f"{path.stem}: {len(network)} variables, {len(named)} causes, {len(shown)} observable"
    if not named or not shown:
        report.missing(f"{path.stem}: ranking log-loss", "nats", "lower", "no causes or findings")
        return
    cells = _tree_cells(library, other)
    if cells > MOST_CELLS:
        started = monotonic()
        numbers = np.random.default_rng(seeds[0])
        truth = draw(network, numbers)
        seen = [n for n in shown if numbers.random() < 0.5] or shown[:1]
        states = (observe(network, n, network[n].states[truth[n]]) for n in seen)
        found = infer(network, collect(network, *states), targets=named)
        told = found.refused or f"{found.method}, error {found.error or 0.0:.2g}"
        report.add(
            f"{path.stem}: answered or refused",
            monotonic() - started,
            "s",
            "lower",
            aim=10.0,
            on=f"{on}; {told}",
        )
        for name, unit in (
            ("posterior against pyAgrum, largest difference", "probability"),
            ("ranking log-loss above the exact oracle", "nats"),
        ):
            reason = f"pyAgrum's own tree would have {cells:.2g} cells"
            report.missing(f"{path.stem}: {name}", unit, "lower", reason, on=on)
        return
    prior = infer(network, {}, targets=named)
    popular = {n: 1.0 - float(prior.by_variable[n][network[n].normal_index]) for n in named}
    normal = infer(network, {}, targets=shown)
    usual = {n: int(normal.by_variable[n].argmax()) for n in shown if n in normal.by_variable}
    above = {name: _reachable(network, name) & set(shown) for name in named}
    differences: list[float] = []
    took: list[float] = []
    inexact: list[float] = []
    losses: dict[str, list[float]] = {}
    by_seed: list[float] = []
    count = (QUICK_CASES if quick else CASES) // len(seeds)
    for seed in seeds:
        numbers = np.random.default_rng(seed)
        mine: list[float] = []
        until = monotonic() + (QUICK_SECONDS if quick else MOST_SECONDS) / len(seeds)
        for _ in range(count):
            if mine and monotonic() > until:
                break
            truth = _faulty_case(network, named, numbers)
            seen = [n for n in shown if numbers.random() < 0.5] or shown[:1]
            observations = collect(
                network, *(observe(network, n, network[n].states[truth[n]]) for n in seen)
            )
            started = process_time()
            found = infer(network, observations, targets=named)
            took.append(process_time() - started)
            engine.eraseAllEvidence()
            engine.setEvidence({n: network[n].states[truth[n]] for n in seen})
            engine.eraseAllTargets()
            for name in named:
                engine.addTarget(name)
            engine.makeInference()
            oracle = {n: _by_state(engine, other, n, network) for n in named}
            faulty = [n for n in named if truth[n] != network[n].normal_index]
            scores = {
                "oracle": {n: 1.0 - float(oracle[n][network[n].normal_index]) for n in named},
                "popularity": popular,
                "empty graph": popular,
                "random": {n: float(numbers.random()) for n in named},
                "symptom count": {
                    n: 0.5 + sum(truth[s] != usual.get(s) for s in above[n] if s in seen)
                    for n in named
                },
            }
            if found.refused is None and found.possible:
                if found.exact:
                    differences.extend(
                        float(np.abs(found.by_variable[n] - oracle[n]).max()) for n in named
                    )
                else:
                    inexact.extend(
                        float(np.abs(found.by_variable[n] - oracle[n]).max()) for n in named
                    )
                scores["ours"] = {
                    n: 1.0 - float(found.by_variable[n][network[n].normal_index]) for n in named
                }
            else:
                scores["ours"] = popular
            for method, score in scores.items():
                losses.setdefault(method, []).append(_ranking_loss(score, faulty))
            mine.append(losses["ours"][-1] - losses["oracle"][-1])
        by_seed.append(fmean(mine))
    if differences:
        report.add(
            f"{path.stem}: posterior against pyAgrum, largest difference",
            max(differences),
            "probability",
            "lower",
            aim=1e-6,
            on=f"{on}; {len(took)} cases, exact",
            seeds=list(seeds),
        )
    if inexact:
        report.add(
            f"{path.stem}: sampled posterior against pyAgrum, largest difference",
            max(inexact),
            "probability",
            "lower",
            on=on,
            seeds=list(seeds),
        )
    report.add(
        f"{path.stem}: all causes, CPU time, median",
        1000 * median(took),
        "ms",
        "lower",
        aim=50.0 if len(network) <= 100 else None,
        on=on,
        seeds=list(seeds),
        spread=1000 * pstdev(took),
    )
    means = {method: fmean(values) for method, values in losses.items()}
    report.add(
        f"{path.stem}: ranking log-loss above the exact oracle",
        means["ours"] - means["oracle"],
        "nats",
        "lower",
        aim=0.01,
        control={m: v - means["oracle"] for m, v in means.items() if m not in ("ours", "oracle")},
        on=f"{on}; {len(took)} sampled cases, half of the findings seen",
        seeds=list(seeds),
        spread=pstdev(by_seed),
    )
    report.add(
        f"{path.stem}: ranking log-loss",
        means["ours"],
        "nats",
        "lower",
        control={m: v for m, v in means.items() if m != "ours"},
        on=on,
        seeds=list(seeds),
    )


def _tree_cells(library: Any, net: Any) -> float:
    engine = library.LazyPropagation(net)  # the tree belongs to it: it must outlive the tree
    return tree_cells(engine, net)


def _faulty_case(
    network: Network, causes: Sequence[str], numbers: np.random.Generator
) -> dict[str, int]:
    """A configuration in which at least one cause is faulty, where one is soon found."""
    case = draw(network, numbers)
    for _ in range(200):
        if any(case[n] != network[n].normal_index for n in causes):
            break
        case = draw(network, numbers)
    return case


def _ranking_loss(score: Mapping[str, float], faulty: Sequence[str]) -> float:
    """Mean negative logarithm of the share of the scores that the faulty causes have."""
    if not faulty:
        return 0.0
    total = sum(max(v, WORST) for v in score.values())
    return fmean(-log(max(score[n], WORST) / total) for n in faulty)


def _by_state(engine: Any, other: Any, name: str, network: Network) -> Array:
    labels = other.variable(name).labels()
    values = dict(zip(labels, engine.posterior(name).tolist(), strict=True))
    return np.array([values[s] for s in network[name].states])


def _reachable(network: Network, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for child in network.children[waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
