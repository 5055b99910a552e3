"""Recorded alarms of a real machine: whether the first cause is one that was brought about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean, pstdev

from api.bench.figures import BenchReport
from kg.diagnosis.exchange import read_causal_graph, read_changes
from kg.diagnosis.inference import CausalGraph, Change, first_episode, trace_alarms
from kg.model import BadInput

AIMS = {"coolant": 0.95, "hydraulics": 0.98}


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """One recorded run with what was brought about in it."""

    name: str
    causes: frozenset[str]
    changes: list[Change]


def measure_alarms(report: BenchReport, folder: Path, *, seeds: Sequence[int]) -> None:
    """Precision at 1 for each group of runs, controls beside it, and whether paths are paths."""
    for group, graph, runs in read_groups(folder):
        _measure_group(report, group, graph, runs, seeds)


def _measure_group(
    report: BenchReport, group: str, graph: CausalGraph, runs: list[Run], seeds: Sequence[int]
) -> None:
    alarms = [name for name, node in graph.nodes.items() if node.is_alarm]
    nodes = sorted(set(graph.nodes) - set(alarms))
    hits: list[bool] = []
    counted: list[bool] = []
    candidates: list[list[str]] = []
    paths = wrong = 0
    for run in runs:
        active, now = first_episode(run.changes, alarms)
        found = trace_alarms(graph, run.changes, active, now=now) if active else []
        hits.append(bool(found) and found[0].name in run.causes)
        for cause in found:
            for path in cause.paths:
                paths += 1
                wrong += not _is_path(graph, cause.name, path, active)
        reach = {c.name: len(c.paths) for c in found}
        candidates.append(sorted(reach) or nodes)
        most = max(reach.values(), default=0)
        tied = [n for n in sorted(reach) if reach[n] == most]
        counted.append(bool(tied) and Random(len(hits)).choice(tied) in run.causes)
    popular = []
    for place, run in enumerate(runs):  # what was the cause most often in the other runs
        others = Counter(c for i, r in enumerate(runs) if i != place for c in sorted(r.causes))
        popular.append(bool(others) and others.most_common(1)[0][0] in run.causes)
    draws = range(20 * len(seeds))
    among = [
        fmean(Random(seed).choice(names) in run.causes for seed in draws)
        for names, run in zip(candidates, runs, strict=True)
    ]
    anywhere = [fmean(Random(seed).choice(nodes) in run.causes for seed in draws) for run in runs]
    by_scenario: dict[str, list[bool]] = {}
    for run, hit in zip(runs, hits, strict=True):
        by_scenario.setdefault(run.name.split("/")[0], []).append(hit)
    report.add(
        f"{group}: precision at 1",
        fmean(hits),
        "share",
        "higher",
        aim=AIMS.get(group),
        control={
            "symptom count": fmean(counted),
            "popularity in the other runs": fmean(popular),
            "random ancestor": fmean(among),
            "random": fmean(anywhere),
            "empty graph": 0.0,
        },
        on=f"{len(runs)} runs of {len(by_scenario)} scenarios, {len(graph.nodes)} nodes",
        spread=pstdev(fmean(values) for values in by_scenario.values()),
    )
    report.add(
        f"{group}: shown paths that are no directed path from cause to alarm",
        float(wrong),
        "paths",
        "lower",
        aim=0.0,
        on=f"{paths} paths",
    )


def _is_path(graph: CausalGraph, cause: str, path: Sequence[str], active: Sequence[str]) -> bool:
    steps = list(pairwise(path))
    return (
        bool(steps)
        and path[0] == cause
        and path[-1] in active
        and all(step in graph.edges for step in steps)
    )


def read_groups(folder: Path) -> list[tuple[str, CausalGraph, list[Run]]]:
    """Each group with its graph and its runs. Raises BadInput where there are none."""
    groups = sorted(_groups(folder), key=lambda found: found[0])
    if not groups:
        raise BadInput(
            f"{folder} has no runs with a description; name a folder that has files called"
            " …_description.json."
        )
    return groups


def _groups(folder: Path) -> Iterator[tuple[str, CausalGraph, list[Run]]]:
    found: dict[Path, list[Run]] = {}
    for description in sorted(folder.rglob("*_description.json")):
        try:
            told = json.loads(description.read_text("utf-8"))
            causes = frozenset(str(v) for v in told["manipulatedVars"])
        except (ValueError, KeyError, TypeError):
            raise BadInput(
                f"{description} does not say which variables were manipulated."
            ) from None
        scenario = description.parent
        for run in sorted(p for p in scenario.iterdir() if p.is_dir()):
            for record in sorted(run.glob("*.csv"))[:1]:
                name = f"{scenario.name}/{run.name}"
                found.setdefault(scenario.parent, []).append(
                    Run(name, causes, read_changes(record))
                )
    for group, runs in found.items():
        yield group.name.removeprefix("exp_"), _graph_of(group, folder), runs


def _graph_of(group: Path, folder: Path) -> CausalGraph:
    """The graph of the group where it has one, else that of the whole machine."""
    for place in (group, folder / "expert_graph", folder, *sorted(folder.rglob("expert_graph"))):
        nodes, edges = sorted(place.glob("*nodes.csv")), sorted(place.glob("*edges.csv"))
        if nodes and edges:
            return read_causal_graph(nodes[0], edges[0])
    raise BadInput(f"{folder} has no tables of nodes and edges; add expert_graph to it.")
