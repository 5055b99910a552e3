"""Wrong links: how much each stored triple is to be doubted, by models that have not seen it."""

from __future__ import annotations

import numpy as np

from kg.completion.embedding import ComplEx, EmbeddingOptions
from kg.completion.graph import LinkGraph, queries_of
from kg.completion.paths.choosing import choose_shape
from kg.completion.paths.model import PathNetwork, PathOptions
from kg.completion.plausibility import (
    Plausibility,
    combine,
    end_probabilities,
    score_left_out,
)
from kg.completion.protocol import Say, say_nothing

_FOLDS = 5
_AT_ONCE = 16


def doubt_triples(
    graph: LinkGraph,
    *,
    seed: int = 0,
    quick: bool = False,
    network: PathNetwork | None = None,
    say: Say = say_nothing,
) -> Plausibility:
    """Doubt of each triple of the graph, from 0 (none) to 1; shape: (n_triples,).

    ComplEx of the other folds; in sparse graphs, where it knows too little of each entity, also the
    path network with the triple's edge hidden (`network`, or one that is trained here). With
    `quick` ComplEx alone.
    """
    options = EmbeddingOptions(weights=(0.02,), epochs=18, seed=seed, members=3)
    parts: list[Plausibility] = []
    if graph.n_entities <= options.entities_at_most:
        parts.append(
            score_left_out(graph, lambda: ComplEx(options), folds=_FOLDS, seed=seed, say=say)
        )
    is_dense = choose_shape(graph, graph.triples[:0]).form == "dense"
    if not parts or not (quick or is_dense):
        if network is None:
            network = PathNetwork(PathOptions(seed=seed, epochs=3, cpu_seconds=240))
            network.fit(graph, graph.triples[:0], say)
        parts.append(score_hidden(network, graph))
    return 1 - combine(parts)


def score_hidden(
    network: PathNetwork, asked: LinkGraph, graph: LinkGraph | None = None
) -> Plausibility:
    """Log probability of each triple of `asked` with its own edge hidden; shape: (n_triples,).

    `graph` is the whole one, where `asked` are only some of its triples.
    """
    graph = graph or asked
    queries, ends = queries_of(asked.triples, asked.n_relations)
    found = np.concatenate(
        [
            end_probabilities(
                network.score_left_out(graph, queries[some], ends[some]),
                queries[some],
                ends[some],
                graph,
            )
            for start in range(0, len(queries), _AT_ONCE)
            for some in [slice(start, start + _AT_ONCE)]
        ]
        or [np.zeros(0)]
    )
    n = len(asked.triples)
    both: Plausibility = (found[:n] + found[n:]) / 2
    return both
