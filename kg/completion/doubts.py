"""Wrong links of a plant: stored statements that their surroundings speak against, with reasons.

The model's doubt (statements scored by what has not seen them) leads; a rule that is broken, a weak
source and a single sighting add to it. What a person confirmed is never doubted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kg.completion.doubting import doubt_triples, score_hidden
from kg.completion.embedding import EmbeddingOptions
from kg.completion.graph import LinkGraph
from kg.completion.paths.model import PathNetwork
from kg.completion.plant import PlantGraph
from kg.completion.plausibility import combine
from kg.completion.protocol import Say, say_nothing
from kg.model.graph import NOW, Evidence, Statement, Status
from kg.model.keys import StatementKey
from kg.narration import Cited, Named, Phrase, cite, name_in
from kg.store.protocol import Store

_FOLDS_UP_TO = 20_000  # triples: above, the network's own left-out scores must do
_LOOKED_AT = 4
_AT_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """A statement that is probably wrong. `score` orders; it is no probability."""

    statement: Cited
    score: float
    reasons: tuple[Phrase, ...]
    rather: Named | None  # the end that would fit best


def doubt_statements(
    store: Store,
    plant: PlantGraph,
    network: PathNetwork,
    relations: list[int],
    *,
    limit: int = 20,
    seed: int = 0,
    say: Say = say_nothing,
) -> list[Doubt]:
    """Stored statements of some relations, the most doubtful first."""
    graph = plant.graph
    chosen = np.flatnonzero(np.isin(graph.triples[:, 1], relations))
    if len(chosen) > _AT_MOST:
        chosen = np.sort(np.random.default_rng(seed).permutation(chosen)[:_AT_MOST])
    if not len(chosen):
        return []
    if (
        len(graph.triples) <= _FOLDS_UP_TO
        and graph.n_entities <= EmbeddingOptions().entities_at_most
    ):
        doubt = doubt_triples(graph, seed=seed, network=network, say=say)[chosen]
    else:
        some = LinkGraph(graph.entities, graph.relations, graph.triples[chosen])
        doubt = 1 - combine([score_hidden(network, some, graph)])
    first = chosen[np.argsort(-doubt, kind="stable")[: _LOOKED_AT * limit]]
    keys = [_key(graph, triple) for triple in graph.triples[first].tolist()]
    statements = store.get_statements(keys, NOW)
    evidence = store.evidence_of(keys)
    ranked = sorted(
        (
            (
                float(doubt[np.searchsorted(chosen, at)])
                + _source_doubt(statements[key], evidence.get(key, []))
                + _rule_doubt(plant, graph, int(at)),
                int(at),
                key,
            )
            for at, key in zip(first.tolist(), keys, strict=True)
            if key in statements and statements[key].status is not Status.CONFIRMED
        ),
        key=lambda one: (-one[0], one[1]),
    )[:limit]
    cited = cite(store, plant.schema, [statements[key] for _, _, key in ranked], per_statement=2)
    rather = _better_ends(plant, network, [at for _, at, _ in ranked])
    nodes = store.get_nodes(list(rather.values()))
    return [
        Doubt(
            cited[key],
            round(score, 4),
            _reasons(plant, graph, at, statements[key], evidence.get(key, [])),
            name_in(plant.schema, nodes, rather[at]) if at in rather else None,
        )
        for score, at, key in ranked
    ]


def _key(graph: LinkGraph, triple: list[int]) -> StatementKey:
    subject, relation, obj = triple
    return StatementKey(graph.entities[subject], graph.relations[relation], graph.entities[obj])


def _source_doubt(statement: Statement, evidence: list[Evidence]) -> float:
    """From 0 to 0.3: little confidence, and only one sighting."""
    few = 0.1 if len({one.document for one in evidence}) <= 1 else 0.0
    return 0.2 * (1 - statement.confidence) + few


def _rule_doubt(plant: PlantGraph, graph: LinkGraph, at: int) -> float:
    return 0.3 if _rivals(plant, graph, at) else 0.0


def _rivals(plant: PlantGraph, graph: LinkGraph, at: int) -> int:
    """Other objects of a relation that has at most one."""
    subject, relation, _ = graph.triples[at].tolist()
    if not plant.schema.relations[graph.relations[relation]].is_functional:
        return 0
    return len(graph.adjacency.answers(np.array([[subject, relation]]))[0]) - 1


def _better_ends(plant: PlantGraph, network: PathNetwork, places: list[int]) -> Mapping[int, str]:
    """The end that fits best instead, where one does better than the stored one."""
    found: dict[int, str] = {}
    graph = plant.graph
    for at in places:
        subject, relation, obj = graph.triples[at].tolist()
        query = np.array([[subject, relation]], dtype=np.int64)
        scores = network.score_left_out(graph, query, np.array([obj]))[0].astype(np.float64)
        known = graph.adjacency.answers(query)[0]
        own = scores[obj]
        scores[known] = -np.inf
        scores[~plant.allowed[relation]] = -np.inf
        scores[subject] = -np.inf
        best = int(np.argmax(scores))
        if np.isfinite(scores[best]) and scores[best] > own:
            found[at] = graph.entities[best]
    return found


def _reasons(
    plant: PlantGraph, graph: LinkGraph, at: int, statement: Statement, evidence: list[Evidence]
) -> tuple[Phrase, ...]:
    reasons = [
        Phrase(
            "nothing around the two ends leads from one to the other as it does for others",
            "两端周围的陈述不像同类陈述那样支持它",
        )
    ]
    rivals = _rivals(plant, graph, at)
    if rivals:
        reasons.append(
            Phrase(
                f"the relation has one object at a time, and {rivals} other is stored",
                f"该关系同一时间只有一个对象，而另外存有 {rivals} 个",
            )
        )
    if statement.confidence < 0.7:
        reasons.append(
            Phrase(
                f"its confidence is only {statement.confidence:.2f}",
                f"其置信度仅为 {statement.confidence:.2f}",
            )
        )
    documents = Counter(one.document for one in evidence)
    if len(documents) == 1:
        name = next(iter(documents))
        reasons.append(Phrase(f"only {name} says so", f"仅有 {name} 这样写"))
    return tuple(reasons)
