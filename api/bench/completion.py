"""Link completion: missing and wrong links found, beside controls that know less.

Test parts, filtered, both directions, realistic ties. Models choose on the valid part alone; the
test part is only ranked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from api.bench.completion_plant import measure_explanations, measure_plant
from api.bench.completion_scale import measure_scale
from api.bench.figures import BenchReport
from kg.completion import (
    Degree,
    LinkModel,
    OnEmptyGraph,
    Ranking,
    RelationPopularity,
    Split,
    evaluate,
    read_split,
    require_gnn,
    seen_ends,
)
from kg.completion.protocol import say_nothing
from kg.completion.reading import find_part
from kg.model.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from kg.completion.graph import FloatArray, IntArray, LinkGraph
    from kg.completion.paths import PathNetwork

Say = Callable[[str], None]
SEEDS = 3


class Target(NamedTuple):
    """Floor and aim of one figure."""

    floor: float | None = None
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """A folder to learn from, and for an inductive one the folder that is scored."""

    name: str
    train: Path
    inductive: Path | None = None


# What is to be reached on sets that are known; any other is measured without a floor.
MRR = {
    "umls": Target(0.972, 0.985),
    "kinships": Target(0.912, 0.945),
    "WN18RR_v1": Target(0.74, 0.77),
    "fb237_v1": Target(0.48, 0.52),
}
HITS = {"WN18RR_v1": Target(0.82, 0.85), "fb237_v1": Target(0.63, 0.70)}
DOUBTS = {"umls": (Target(0.957, 0.97), Target(0.80, 0.85))}
_DOUBTED_AT_MOST = 20_000
_CPU_SECONDS = 600.0
_MEMBERS = 3  # path networks of one seed, at most
# Of all members, and of one: where entities are new, ComplEx needs none of the time.
_WITH_EMBEDDING, _PATHS_ALONE = (430.0, 210.0), (580.0, 160.0)
_REMEMBERED_BYTES = 300_000_000
_APART = 1_000  # between the seeds of members


def run(
    *,
    quick: bool,
    say: Say,
    data: Path | None = None,
    inductive: Path | None = None,
    seeds: int | None = None,
    first_seed: int = 0,
    scale: bool = False,
    plant: bool = False,
    plant_units: int = 200,
) -> BenchReport:
    """Measure on `data`: a data set, or a folder of data sets (`X` goes with `X_ind`)."""
    number = seeds if seeds is not None else 1 if quick else SEEDS
    numbers = list(range(first_seed, first_seed + number))
    report = BenchReport("completion", quick, numbers)
    folder = data if data is not None else Path("../shared/data/completion")
    try:
        require_gnn()
    except MissingExtra as error:
        report.missing("test MRR", "MRR", "higher", str(error))
        return report
    if scale:
        measure_scale(report, quick=quick, say=say)
        return report
    if plant:
        measure_plant(report, numbers, plant_units, quick, say)
        return report
    sets = find_sets(folder, inductive)
    if not sets:
        report.missing(
            "test MRR",
            "MRR",
            "higher",
            f"{folder} holds no data set (a folder with train.txt, valid.txt and test.txt, or "
            ".tsv or .csv); say one with --data",
        )
    for one in sets[:1] if quick else sets:
        measure_set(report, one, numbers, quick, say)
        if one.inductive is None:
            measure_doubts(report, one, numbers, quick, say)
    if data is None and plant_units and not quick:
        measure_plant(report, numbers, plant_units, quick, say)
    return report


def find_sets(folder: Path, inductive: Path | None) -> list[DataSet]:
    """The data sets in a folder, which may be one itself."""
    if inductive is not None or find_part(folder, "train") is not None:
        return [DataSet(folder.resolve().name, folder, inductive)]
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [path for path in inside if find_part(path, "train") is not None]
    return [
        DataSet(path.name, path, with_ind if with_ind in found else None)
        for path in found
        if not path.name.endswith("_ind")
        for with_ind in [path.with_name(f"{path.name}_ind")]
    ]


class Measured(NamedTuple):
    """What one seed gave."""

    rankings: Mapping[str, Ranking]  # by model
    typed: Ranking
    cpu_seconds: float
    network: PathNetwork  # the first member, which is explained


def measure_set(report: BenchReport, one: DataSet, seeds: list[int], quick: bool, say: Say) -> None:
    """Rank the test part: the network, or where entities are known its blend with ComplEx."""
    split = read_split(one.train)
    target = read_split(one.inductive, relations=split.graph.relations) if one.inductive else split
    if not len(target.test):
        raise BadInput(f"{one.inductive or one.train}: the test part has no triples to measure on.")
    report.notes += [*split.notes, *(target.notes if target is not split else ())]
    controls = {
        model.name: evaluate(model, target.graph, target.test, target.known)
        for model in (
            RelationPopularity(),
            Degree(),
            OnEmptyGraph(RelationPopularity()),
        )
    }
    measured = [_measure_seed(one, split, target, seed, quick, say) for seed in seeds]
    best = measured[0].rankings
    head = list(best)[-1]
    on = (
        f"{len(target.test):,} test triples, filtered, both directions, realistic ties; trained on "
        f"{len(split.graph.triples):,}, {target.graph.n_entities:,} candidates"
        + (", all of them new" if one.inductive else "")
    )
    figures: list[tuple[str, str, Callable[[Ranking], float], Target]] = [
        ("MRR", "MRR", lambda r: r.mrr, MRR.get(one.name, Target())),
        ("Hits@10", "share", lambda r: r.hits(10), HITS.get(one.name, Target())),
        ("Hits@1", "share", lambda r: r.hits(1), Target()),
    ]
    for label, unit, read, goal in figures:
        values = [read(m.rankings[head]) for m in measured]
        report.add(
            f"{one.name}, {label}",
            float(np.mean(values)),
            unit,
            "higher",
            floor=goal.floor,
            aim=goal.aim,
            control={name: round(read(r), 4) for name, r in controls.items()}
            | {
                name: round(float(np.mean([read(m.rankings[name]) for m in measured])), 4)
                for name in best
                if name != head
            },
            on=f"{on}; {head}",
            seeds=seeds,
            spread=_spread(values),
        )
    report.add(
        f"{one.name}, MRR among ends of fitting type",
        float(np.mean([m.typed.mrr for m in measured])),
        "MRR",
        "higher",
        control={"candidates at the median": float(np.median(measured[0].typed.candidates))},
        on="only ends that the relation has been seen with compete",
        seeds=seeds,
        spread=_spread([m.typed.mrr for m in measured]),
    )
    _by_relation(report, one, target, measured, controls, head, seeds)
    spent = [m.cpu_seconds for m in measured]
    report.add(
        f"{one.name}, training",
        float(np.mean(spent)),
        "CPU s",
        "lower",
        floor=_CPU_SECONDS,
        on="all models of one seed",
        seeds=seeds,
        spread=_spread(spent),
    )
    measure_explanations(
        report, one.name, measured[0].network, target.graph, target.test, target.known
    )


class Once:
    """A model that is asked the same batches several times, and answers from memory.

    The path network takes nearly all the time of measuring, and is ranked alone, in the blend and
    among fitting types.
    """

    def __init__(self, model: LinkModel) -> None:
        self.model = model
        self.name = model.name
        self.is_inductive = model.is_inductive
        self._graph: LinkGraph | None = None
        self._told: dict[bytes, FloatArray] = {}

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Train the model, and forget."""
        self._graph = None
        self.model.fit(graph, valid, say)

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        """As the model scores; the same array for the same batch."""
        if graph is not self._graph:
            self._graph, self._told = graph, {}
        key = queries.tobytes()
        found = self._told.get(key)
        if found is None:
            found = self.model.score(graph, queries)
            if sum(one.nbytes for one in self._told.values()) < _REMEMBERED_BYTES:
                self._told[key] = found
        return found


def _measure_seed(
    one: DataSet, split: Split, target: Split, seed: int, quick: bool, say: Say
) -> Measured:
    from kg.completion.blend import Blend
    from kg.completion.embedding import ComplEx, EmbeddingOptions
    from kg.completion.ensemble import Ensemble
    from kg.completion.paths import PathNetwork, PathOptions

    say(f"{one.name}, seed {seed}: training")
    started = time.process_time()
    allowed, each = _WITH_EMBEDDING if one.inductive is None else _PATHS_ALONE
    members = [
        PathNetwork(
            PathOptions(
                seed=seed + _APART * number,
                epochs=2 if quick else None,
                cpu_seconds=each,
            )
        )
        for number in range(1 if quick else _MEMBERS)
    ]
    network = Once(Ensemble(members, allowed))
    models: list[LinkModel] = [network]
    if one.inductive is None:
        second = ComplEx(EmbeddingOptions(seed=seed))
        blend = Blend(network, second)
        blend.fit(split.graph, split.valid, say)
        models = [second, network, blend]
    else:
        network.fit(split.graph, split.valid, say)
    spent = time.process_time() - started
    rankings = {
        model.name: evaluate(model, target.graph, target.test, target.known) for model in models
    }
    typed = evaluate(
        models[-1], target.graph, target.test, target.known, allowed=seen_ends(target.graph)
    )
    say(f"{one.name}, seed {seed}: MRR {rankings[models[-1].name].mrr:.4f}, {spent:.0f} CPU s")
    return Measured(rankings, typed, spent, members[0])


def _by_relation(
    report: BenchReport,
    one: DataSet,
    target: Split,
    measured: list[Measured],
    controls: Mapping[str, Ranking],
    head: str,
    seeds: list[int],
) -> None:
    """One note: the relations with most test triples, against their popularity."""
    ours = [m.rankings[head].by_relation(target.graph) for m in measured]
    popular = controls["relation popularity"].by_relation(target.graph)
    most = sorted(popular, key=lambda name: (-len(popular[name].ranks), name))[:12]
    told = ", ".join(
        f"{name} {np.mean([m[name].mrr for m in ours]):.3f} "
        f"({popular[name].mrr:.3f}; {len(popular[name].ranks) // 2})"
        for name in most
    )
    report.notes.append(
        f"{one.name}, MRR by relation (relation popularity; test triples), mean over "
        f"{len(seeds)} seeds: {told}."
    )


def measure_doubts(
    report: BenchReport, one: DataSet, seeds: list[int], quick: bool, say: Say
) -> None:
    """Find wrong triples that were mixed in: a tenth as many as right ones."""
    from kg.completion.doubting import doubt_triples
    from kg.completion.plausibility import add_noise

    split = read_split(one.train)
    names = f"{one.name}, wrong links, AUC", f"{one.name}, wrong links, precision at K"
    goals = DOUBTS.get(one.name, (Target(), Target()))
    everything = split.known
    if len(everything.triples) > _DOUBTED_AT_MOST or len(everything.triples) < 50:
        for name, goal in zip(names, goals, strict=True):
            report.missing(name, "", "higher", "the set is too large or small", **goal._asdict())
        return
    found: dict[str, list[float]] = {"auc": [], "at_k": [], "rare": []}
    started = time.process_time()
    for seed in seeds:
        say(f"{one.name}, wrong links, seed {seed}")
        noisy, wrong = add_noise(everything, 0.1, np.random.default_rng(seed))
        score = doubt_triples(noisy, seed=seed, quick=quick, say=say)
        found["auc"].append(area_under_curve(score, wrong))
        found["at_k"].append(float(wrong[np.argsort(-score)[: int(wrong.sum())]].mean()))
        found["rare"].append(area_under_curve(_rarity(noisy), wrong))
    on = f"{len(everything.triples):,} triples and a tenth as many wrong ones; K of these"
    control = {"random order": 0.5, "rarity of the ends": round(float(np.mean(found["rare"])), 4)}
    spent = (time.process_time() - started) / len(seeds)
    report.notes.append(f"{one.name}, wrong links: {spent:.0f} CPU s a seed.")
    for name, key, goal, beside in zip(
        names, ("auc", "at_k"), goals, (control, {"random order": 1 / 11}), strict=True
    ):
        report.add(
            name,
            float(np.mean(found[key])),
            "AUC" if key == "auc" else "share",
            "higher",
            floor=goal.floor,
            aim=goal.aim,
            control=beside,
            on=on,
            seeds=seeds,
            spread=_spread(found[key]),
        )


def _rarity(graph: Any) -> np.ndarray[Any, Any]:
    from kg.completion.controls import relation_popularity

    counts = relation_popularity(graph)
    subjects, relations, objects = graph.triples.T
    ends = counts[relations, objects] + counts[relations + graph.n_relations, subjects]
    rarity: np.ndarray[Any, Any] = -ends.astype(np.float64)
    return rarity


def area_under_curve(scores: np.ndarray[Any, Any], is_wrong: np.ndarray[Any, Any]) -> float:
    """The share of (wrong, right) pairs in which the wrong one scores higher."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    n = int(is_wrong.sum())
    return float((ranks[is_wrong].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))


def _spread(values: list[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None
