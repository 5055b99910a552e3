"""Link completion on the sample plant: planted missing links, their probabilities, their paths."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from api.bench.figures import BenchReport
from kg.completion import LinkGraph, queries_of, rank_queries

if TYPE_CHECKING:
    from kg.completion.graph import FloatArray, IntArray
    from kg.completion.learning import Learned
    from kg.completion.paths import PathNetwork
    from kg.completion.plant import PlantGraph

Say = Callable[[str], None]


def measure_plant(report: BenchReport, seeds: list[int], units: int, quick: bool, say: Say) -> None:
    """Hide a tenth of what is known, and look for it; the ontology's types hold for all."""
    from kg.completion.learning import learn_plant

    say("making and loading a sample plant")
    plant = read_sample(units)
    asked = plant.askable()
    on = (
        f"sample plant of {units} pumps: {len(plant.graph.triples):,} statements; a tenth of "
        f"{len(asked)} relations hidden, only ends of allowed classes compete"
    )
    learned: list[Learned] = []
    spent: list[float] = []
    for seed in seeds:
        say(f"sample plant, seed {seed}")
        started = time.process_time()
        learned.append(learn_plant(plant, asked, seed=seed, epochs=2 if quick else None, say=say))
        spent.append(time.process_time() - started)
    control: dict[str, float] = {}
    ratios: list[float] = []
    for at, first in enumerate(learned[0].reports):
        values = [one.reports[at] for one in learned]
        ours = float(np.nanmean([v.mrr for v in values]))
        theirs = float(np.nanmean([v.control_mrr for v in values]))
        if np.isnan(ours) or np.isnan(theirs):
            continue
        ratios.append(ours / theirs)
        control[first.relation] = round(ours, 3)
        control[f"{first.relation} by popularity"] = round(theirs, 3)
    if ratios:
        report.add(
            "sample plant, MRR of hidden links by that of relation popularity",
            float(np.median(ratios)),
            "times",
            "higher",
            aim=3,
            control=control,
            on=f"{on}; median of relations",
            seeds=seeds,
        )
    errors = [
        c.error for one in learned for c in {id(c): c for c in one.calibrations.values()}.values()
    ]
    report.add(
        "sample plant, calibration error",
        float(np.mean(errors)) if errors else None,
        "probability",
        "lower",
        floor=0.03,
        on=f"{on}; best ten candidates of sampled subjects, cross-validated, mean of relations",
        seeds=seeds,
        reason=None if errors else "too few candidates of one kind",
    )
    report.add(
        "sample plant, learning",
        float(np.mean(spent)),
        "CPU s",
        "lower",
        floor=600,
        on=on,
        seeds=seeds,
    )


def read_sample(units: int) -> PlantGraph:
    """The graph of a fresh sample plant, loaded as a user would load it."""
    from api.audit import Actor
    from api.intake import LoadOptions, gather, load_sources
    from api.sample.plant import FILES, write_plant
    from api.settings import Settings
    from api.wiring import open_plant
    from kg.completion.plant import read_plant

    with tempfile.TemporaryDirectory(prefix="gemba-bench-") as folder:
        write_plant(units, 5, Path(folder) / "plant")
        settings = Settings.from_environment().replaced(store=str(Path(folder) / "plant.db"))
        with open_plant(settings) as plant:
            sources = gather([Path(folder) / "plant" / FILES], Path(folder))
            load_sources(plant, Actor("bench", "cli"), sources, LoadOptions())
            return read_plant(plant.store)


def measure_explanations(
    report: BenchReport,
    name: str,
    network: PathNetwork,
    graph: LinkGraph,
    test: IntArray,
    known: LinkGraph,
) -> None:
    """What is left of the MRR where only the statements of the five best paths carry messages."""
    some = test[np.random.default_rng(0).permutation(len(test))[:40]]
    queries, answers = queries_of(some, graph.n_relations)
    started = time.process_time()
    paths = [
        network.explain(graph, query, int(end)) for query, end in zip(queries, answers, strict=True)
    ]
    took = (time.process_time() - started) / max(1, len(paths))
    whole = rank_queries(lambda asked: network.score(graph, asked), queries, answers, known).mrr
    kept: list[float] = []
    without: list[float] = []
    for query, end, chosen in zip(queries, answers, paths, strict=True):
        for into, shown in ((kept, chosen), (without, [])):
            scores: FloatArray = network.score_over(graph, query[None], shown)
            ranking = rank_queries(
                lambda _, scores=scores: scores,  # type: ignore[misc]
                query[None],
                np.array([end]),
                known,
            )
            into.append(ranking.mrr)
    report.add(
        f"{name}, MRR that the five best paths keep",
        float(np.mean(kept)) / whole,
        "share",
        "higher",
        floor=0.95,
        control={"no paths": round(float(np.mean(without)) / whole, 4)},
        on=f"path network alone, {len(queries)} test queries; MRR {whole:.3f} with all edges",
    )
    report.add(
        f"{name}, explaining",
        took,
        "CPU s a link",
        "lower",
        floor=0.1,
        on="five best paths",
    )
