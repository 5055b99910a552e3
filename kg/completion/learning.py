"""Learning a plant's graph: a path network, and per relation how far to trust it.

A tenth of what may be suggested is hidden. The network learns from the rest; its best candidates
for a sample of *all* fitting subjects, hidden ends or not, then show how often a score is right. A
probability therefore means: if a tenth of the relation were missing, this share of such candidates
would be among it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kg.completion.calibration import Calibration, Floats, calibrate, threshold_for
from kg.completion.controls import relation_popularity
from kg.completion.evaluation import Ranking, rank_queries
from kg.completion.graph import BoolArray, FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.paths.model import PathNetwork, PathOptions
from kg.completion.plant import PlantGraph
from kg.completion.protocol import Say, say_nothing
from kg.completion.splits import hide_share
from kg.model.errors import BadInput
from kg.model.keys import StatementKey
from ontology.schema import Schema

HIDDEN_SHARE = 0.1
CANDIDATES = 10  # of each subject
_SUBJECTS = 150  # of each relation, to calibrate on
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class RelationReport:
    """How well the links of one relation were found that had been hidden."""

    relation: str
    hidden: int
    mrr: float
    control_mrr: float  # by relation popularity
    calibration_error: float | None
    threshold: float | None  # from which on suggestions reach the precision; None: never


@dataclass(frozen=True, slots=True)
class Learned:
    """A network with what its scores mean."""

    network: PathNetwork
    calibrations: Mapping[int, Calibration]  # by relation
    reports: tuple[RelationReport, ...]
    precision: float
    decided: Mapping[StatementKey, bool] = field(default_factory=dict)


def learn_plant(
    plant: PlantGraph,
    relations: list[int],
    *,
    precision: float = 0.8,
    seed: int = 0,
    epochs: int | None = None,
    decided: Mapping[StatementKey, bool] | None = None,
    checkpoint: Path | None = None,
    say: Say = say_nothing,
) -> Learned:
    """Train, calibrate and set each relation's threshold to the asked precision.

    `decided` are earlier suggestions and whether people accepted them: they count as examples.
    Raises BadInput where no relation has enough statements.
    """
    if not relations:
        raise BadInput(
            "No relation has enough statements to learn what is missing; load more documents, or "
            "name a relation."
        )
    graph = plant.graph
    rng = np.random.default_rng(seed)
    among = np.flatnonzero(np.isin(graph.triples[:, 1], relations))
    rest, hidden = hide_share(graph, HIDDEN_SHARE, rng, among=among)
    rng.shuffle(hidden)
    network = PathNetwork(
        PathOptions(
            seed=seed,
            epochs=epochs,
            checkpoint=checkpoint,
            terms=terms_of(plant.schema),
        )
    )
    network.fit(rest, hidden[: len(hidden) // 3], say)
    say("calibrating on what was hidden")
    scores: dict[int, Floats] = {}
    labels: dict[int, BoolArray] = {}
    for relation in relations:
        subjects = rng.permutation(plant.usual_subjects(relation))[:_SUBJECTS]
        found = best_candidates(plant, network, rest, relation, subjects.tolist())
        truth = {(s, o) for s, r, o in graph.triples.tolist() if r == relation}
        scores[relation] = np.array([score for _, _, score in found], dtype=np.float64)
        labels[relation] = np.array([(s, o) in truth for s, o, _ in found], dtype=bool)
    _add_decided(plant, network, decided or {}, scores, labels)
    shared = _try_calibrating(
        np.concatenate([*scores.values()]), np.concatenate([*labels.values()])
    )
    calibrations: dict[int, Calibration] = {}
    reports: list[RelationReport] = []
    ranking = _rank_hidden(plant, network, rest, hidden)
    popular = _rank_by_popularity(plant, rest, hidden)
    for relation in relations:
        name = graph.relations[relation]
        fitted = _try_calibrating(scores[relation], labels[relation])
        own = fitted or shared
        cut = None
        if own is not None:
            calibrations[relation] = own
            # On what the other folds told: a fit judges its own examples too kindly.
            told = np.array(fitted.held_out) if fitted else own.probability(scores[relation])
            cut = threshold_for(told, labels[relation], precision)
        reports.append(
            RelationReport(
                name,
                int((hidden[:, 1] == relation).sum()),
                ranking.get(name, float("nan")),
                popular.get(name, float("nan")),
                None if own is None else own.error,
                cut,
            )
        )
    return Learned(network, calibrations, tuple(reports), precision, decided or {})


def terms_of(schema: Schema) -> str:
    """What a network's relations mean, for a checkpoint or a kept model."""
    return f"ontology version {schema.version}"


def best_candidates(
    plant: PlantGraph,
    network: PathNetwork,
    seen: LinkGraph,
    relation: int,
    subjects: list[int],
    *,
    refused: Collection[tuple[int, int, int]] = (),
    number: int = CANDIDATES,
) -> list[tuple[int, int, float]]:
    """(subject, object, log odds) of the likeliest ends that `seen` does not have.

    Only ends that the ontology allows; never the subject itself.
    """
    found: list[tuple[int, int, float]] = []
    barred: dict[int, list[int]] = {}
    for subject, other, end in refused:
        if other == relation:
            barred.setdefault(subject, []).append(end)
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        queries = np.array([[subject, relation] for subject in some], dtype=np.int64)
        scores = network.score(seen, queries).astype(np.float64)
        odds = log_odds(scores, seen, queries)
        for row, (subject, known) in enumerate(
            zip(some, seen.adjacency.answers(queries), strict=True)
        ):
            fits = plant.allowed[relation].copy()
            fits[known] = False
            fits[subject] = False
            fits[barred.get(subject, [])] = False
            ends = np.flatnonzero(fits)
            best = ends[np.argsort(-odds[row, ends], kind="stable")[:number]]
            found += [(subject, int(end), float(odds[row, end])) for end in best]
    return found


def log_odds(scores: Floats | FloatArray, seen: LinkGraph, queries: IntArray) -> Floats:
    """Log odds of each entity against all that are not known ends of the query."""
    against = scores.astype(np.float64)
    for row, known in enumerate(seen.adjacency.answers(queries)):
        against[row, known] = -np.inf
    top = against.max(axis=1, keepdims=True)
    total = np.exp(against - top).sum(axis=1, keepdims=True)
    log_share = np.minimum(scores - top - np.log(total), -1e-9)
    odds: Floats = log_share - np.log(-np.expm1(log_share))
    return odds


def _add_decided(
    plant: PlantGraph,
    network: PathNetwork,
    decided: Mapping[StatementKey, bool],
    scores: dict[int, Floats],
    labels: dict[int, BoolArray],
) -> None:
    graph = plant.graph
    for key, is_right in decided.items():
        relation = graph.relation_index.get(key.predicate)
        subject, end = graph.entity_index.get(key.subject), graph.entity_index.get(key.object)
        if relation not in scores or subject is None or end is None or relation is None:
            continue
        query = np.array([[subject, relation]], dtype=np.int64)
        own = network.score_left_out(graph, query, np.array([end]))
        odds = log_odds(own, graph, query)[0, end]
        scores[relation] = np.append(scores[relation], odds)
        labels[relation] = np.append(labels[relation], is_right)


def _try_calibrating(scores: Floats, labels: BoolArray) -> Calibration | None:
    try:
        return calibrate(scores, labels)
    except BadInput:
        return None


def _rank_hidden(
    plant: PlantGraph, network: PathNetwork, rest: LinkGraph, hidden: IntArray
) -> dict[str, float]:
    some = hidden[len(hidden) // 3 :][:300]
    queries, answers = queries_of(some, rest.n_relations)
    ranking = rank_queries(
        lambda asked: network.score(rest, asked),
        queries,
        answers,
        plant.graph,
        allowed=plant.allowed,
    )
    return _mrr_by_relation(ranking, rest)


def _rank_by_popularity(plant: PlantGraph, rest: LinkGraph, hidden: IntArray) -> dict[str, float]:
    some = hidden[len(hidden) // 3 :][:300]
    queries, answers = queries_of(some, rest.n_relations)
    counts = relation_popularity(rest).astype(np.float32)
    ranking = rank_queries(
        lambda asked: counts[asked[:, 1]], queries, answers, plant.graph, allowed=plant.allowed
    )
    return _mrr_by_relation(ranking, rest)


def _mrr_by_relation(ranking: Ranking, graph: LinkGraph) -> dict[str, float]:
    return {name: part.mrr for name, part in ranking.by_relation(graph).items()}
