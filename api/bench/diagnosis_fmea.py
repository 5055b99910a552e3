"""Causes of an FMEA: faults drawn from its ratings, and how well effects tell them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from pathlib import Path
from statistics import fmean, pstdev

import numpy as np

from api.bench.diagnosis_networks import WORST
from api.bench.figures import BenchReport
from extraction.tables import open_table, recognise_parts
from kg.diagnosis.inference import Network, Table, Variable, collect, infer, noisy_or, observe
from kg.model import BadInput, Claim
from kg.model.keys import kind_of
from ontology import load_schema

_MAPPING = "fmea"  # the shipped mapping that `gemba load` reads an FMEA with
_SCALE = 10.0  # of ratings without one
_OF_MODE, _OF_EFFECT = 0.9, 0.7  # how surely a cause shows as its mode, and as the effects


def measure_fmea(report: BenchReport, path: Path, *, quick: bool, seeds: Sequence[int]) -> None:
    """Top-1 and log-loss of the true cause, given the effects and the component's part."""
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
    """Causes of each item of an FMEA, with priors from occurrence, and effects as findings.

    Reads what `gemba load` reads as an FMEA. Raises BadInput for any other file.
    """
    ratings: dict[str, float] = {}
    acts: dict[str, dict[str, float]] = {}
    for row in _rows(path):
        caused = [c for c in row if c.predicate == "causes"]
        shown: dict[str, list[str]] = {}
        for c in caused:
            if kind_of(c.subject) == "mode":
                shown.setdefault(c.subject, []).append(c.object)
        items = sorted({c.subject for c in row if c.predicate == "exhibits"})
        place = " / ".join(map(_text, (k for k in items if kind_of(k) == "component")))
        behind: dict[str, dict[str, float]] = {}  # mode -> causes of the row, with their rating
        for c in caused:
            props = c.props or {}
            rating, scale = props.get("occurrence"), props.get("ratingScale")
            if kind_of(c.subject) == "cause" and isinstance(rating, int | float):
                share = rating / (scale if isinstance(scale, int | float) and scale else _SCALE)
                behind.setdefault(c.object, {})[c.subject] = share
        for mode, causes in behind.items():
            # A row rates what stands in its cell as a whole, and nothing tells its parts apart.
            name = f"{place}: {_text(mode)} ← {', '.join(map(_text, causes))}"
            ratings[name] = max(ratings.get(name, 0.0), *causes.values())
            for effect in shown.get(mode, ()):
                acts.setdefault(_text(effect), {}).setdefault(name, _OF_EFFECT)
            acts.setdefault(_text(mode), {})[name] = _OF_MODE
    if not ratings:
        raise BadInput(
            f"{path.name} has no row with a failure cause and an occurrence rating; fill in that"
            " column."
        )
    low, high = min(ratings.values()), max(ratings.values())
    step = 2.0 / (high - low) if high > low else 0.0
    variables = []
    for name, rating in ratings.items():
        p = 10 ** (-4.0 + step * (rating - low))
        variables.append(Variable(name, distribution=Table(np.array([1 - p, p])), role="cause"))
    for name, reached in acts.items():
        variables.append(
            Variable(
                f"effect: {name}",
                parents=tuple(reached),
                distribution=noisy_or(1e-3, list(reached.values())),
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


def _rows(path: Path) -> Iterator[list[Claim]]:
    """What each row of a file's FMEA sheets says. Raises BadInput where it has none."""
    parts = recognise_parts(path)
    sheets = [p for p in parts if p.mapping is not None and p.mapping.name == _MAPPING]
    if not sheets:
        looks = next((f" (it looks like: {p.mapping.title})" for p in parts if p.mapping), "")
        raise BadInput(
            f"{path.name} is no FMEA{looks}: a sheet needs columns for the failure mode and its"
            " cause; name another file."
        )
    schema = load_schema()
    for part in sheets:
        assert part.mapping is not None
        for chunk in open_table(path, part.mapping, schema, sheet=part.sheet).chunks():
            rows: dict[int, list[Claim]] = {}
            for claim in chunk.batch.claims:
                rows.setdefault(claim.passage, []).append(claim)
            yield from rows.values()


def _text(key: str) -> str:
    """What stands behind the kind in a key."""
    return key.partition(":")[2]
