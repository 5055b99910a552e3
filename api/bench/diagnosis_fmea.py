"""Causes of an FMEA: faults drawn from its ratings, and how well effects tell them apart."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from math import log
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np

from api.bench.diagnosis_networks import WORST
from api.bench.figures import BenchReport
from kg.diagnosis.exchange import read_text
from kg.diagnosis.inference import Network, Table, Variable, collect, infer, noisy_or, observe
from kg.model import BadInput

_SPLIT = re.compile(r"[,;/\n]+")


def measure_fmea(report: BenchReport, path: Path, *, quick: bool, seeds: Sequence[int]) -> None:
    """Top-1 and log-loss of the true cause, given the effects and the component's part."""
    if path.suffix.lower() != ".csv":
        report.missing(
            f"{path.stem}: log-loss", "nats", "lower", "only a CSV sheet is read here", on=path.name
        )
        return
    network, names, effects = fmea_network(path)
    count = 30 if quick else 100
    losses: dict[str, list[float]] = {}
    firsts: dict[str, list[float]] = {}
    spread = []
    prior = np.array([network.table(n)[1] for n in names])
    links = {n: set(network.children[n]) for n in names}
    for seed in seeds:
        numbers = np.random.default_rng(seed)
        mine = []
        for _ in range(count):
            truth = int(numbers.choice(len(names), p=prior / prior.sum()))
            shown = [
                e
                for e in sorted(links[names[truth]])
                if numbers.random() < _strength(network, e, names[truth])
            ]
            if not shown:
                continue
            seen = collect(network, *(observe(network, e, "present") for e in shown))
            found = infer(network, seen, targets=names)
            if found.refused:
                continue
            reach = np.array([len(links[n] & set(shown)) for n in names], dtype=float)
            scores = {
                "ours": np.array([found.by_variable[n][1] for n in names]),
                "symptom count": reach + 1e-3,
                "popularity": prior,
                "random": numbers.random(len(names)),
                "empty graph": np.ones(len(names)),
            }
            for method, score in scores.items():
                share = max(float(score[truth] / score.sum()), WORST)
                losses.setdefault(method, []).append(-log(share))
                best = np.flatnonzero(score >= score.max() - 1e-12)
                firsts.setdefault(method, []).append(float(truth in best) / best.size)
            mine.append(losses["ours"][-1])
        spread.append(fmean(mine) if mine else 0.0)
    on = f"{path.stem}: {len(names)} causes, {len(effects)} effects; faults drawn from its ratings"
    for name, unit, better, values in (
        ("log-loss of the true cause", "nats", "lower", losses),
        ("precision at 1", "share", "higher", firsts),
    ):
        report.add(
            f"{path.stem}: {name}",
            fmean(values["ours"]),
            unit,
            better,  # type: ignore[arg-type]
            control={m: fmean(v) for m, v in values.items() if m != "ours"},
            on=on,
            seeds=list(seeds),
            spread=pstdev(spread) if values is losses else None,
        )


def fmea_network(path: Path) -> tuple[Network, list[str], list[str]]:
    """Causes of each item of a sheet, with priors from occurrence, and effects as findings."""
    rows = list(csv.DictReader(read_text(path, what="an FMEA sheet").splitlines(keepends=True)))
    if not rows:
        raise BadInput(f"{path.name} has no rows.")
    columns = list(rows[0])
    cause = _column(path, columns, "cause", "原因")
    effect = _column(path, columns, "effect", "影响", "后果")
    mode = _column(path, columns, "mode", "模式")
    occurrence = _column(path, columns, "occurrence", "频度", "发生")
    place = [c for c in columns[: columns.index(mode)] if c]
    ratings: dict[str, float] = {}
    acts: dict[str, dict[str, float]] = {}
    last: dict[str, str] = {}
    for row in rows:
        for column in columns:  # merged cells say their value once
            if not (row.get(column) or "").strip() and column in (*place, mode, effect):
                row[column] = last.get(column, "")
            last[column] = row.get(column) or ""
        where = " / ".join(row[c].strip() for c in place if row[c])
        name = f"{where}: {row[mode].strip()} ← {row[cause].strip()}"
        try:
            rating = float(row[occurrence])
        except ValueError:
            continue
        ratings[name] = max(ratings.get(name, 0.0), rating)
        for part in [row[mode], *_SPLIT.split(row[effect])]:
            if part.strip():
                acts.setdefault(part.strip().casefold(), {})[name] = (
                    0.9 if part == row[mode] else 0.7
                )
    if not ratings:
        raise BadInput(f"{path.name} has no row with an occurrence rating.")
    low, high = min(ratings.values()), max(ratings.values())
    step = 2.0 / (high - low) if high > low else 0.0
    variables = []
    for name, rating in ratings.items():
        p = 10 ** (-4.0 + step * (rating - low))
        variables.append(Variable(name, distribution=Table(np.array([1 - p, p])), role="cause"))
    for name, causes in acts.items():
        variables.append(
            Variable(
                f"effect: {name}",
                parents=tuple(causes),
                distribution=noisy_or(1e-3, list(causes.values())),
                role="finding",
            )
        )
    network = Network(variables, name=path.stem)
    return network, list(ratings), [f"effect: {name}" for name in acts]


def _strength(network: Network, effect: str, cause: str) -> float:
    variable = network[effect]
    given = variable.distribution
    place = variable.parents.index(cause)
    return 0.0 if isinstance(given, Table) else float(given.strengths[place][1, 1])


def _column(path: Path, columns: Sequence[str], *words: str) -> str:
    for column in columns:
        if column and any(word in column.casefold() for word in words):
            return column
    raise BadInput(f"{path.name} has no column for the {words[0]}.")
