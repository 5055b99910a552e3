"""How plausible stored triples are to models that have not seen them.

A model that was trained on a triple believes it, right or wrong. So each is scored by one that
was trained without it: the triples are dealt into folds, and each fold is scored by a model of the
others; a path network hides the triple's own edge instead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from kg.completion.graph import FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.protocol import LinkModel, Say, say_nothing

Plausibility = npt.NDArray[np.float64]  # shape: (n_triples,), log probabilities
_AT_ONCE = 64


def score_left_out(
    graph: LinkGraph,
    make: Callable[[], LinkModel],
    *,
    folds: int = 5,
    seed: int = 0,
    say: Say = say_nothing,
) -> Plausibility:
    """Log probability of each triple of the graph, by a model of the other folds."""
    number = len(graph.triples)
    folds = max(2, min(folds, number))
    fold_of = np.random.default_rng(seed).permutation(number) % folds
    found = np.zeros(number)
    for fold in range(folds):
        held = graph.triples[fold_of == fold]
        rest = graph.with_triples(graph.triples[fold_of != fold])
        model = make()
        model.fit(rest, held[:0])
        found[fold_of == fold] = score_triples(model.score, rest, held, graph)
        say(f"fold {fold + 1} of {folds} scored")
    return found


def score_triples(
    score: Callable[[LinkGraph, IntArray], FloatArray],
    graph: LinkGraph,
    triples: IntArray,
    known: LinkGraph,
) -> Plausibility:
    """Mean over both directions of the log probability of the end that the triple says.

    Among that end and all entities that are no known end of the query: how many other ends a
    query has must not count against any of them. Shape: (n,).
    """
    queries, answers = queries_of(triples, graph.n_relations)
    found = np.zeros(len(queries))
    for start in range(0, len(queries), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        found[some] = end_probabilities(
            score(graph, queries[some]), queries[some], answers[some], known
        )
    n = len(triples)
    return (found[:n] + found[n:]) / 2


def end_probabilities(
    scores: FloatArray, queries: IntArray, answers: IntArray, known: LinkGraph
) -> Plausibility:
    """Log probability of one end of each query among the entities not known to be one."""
    others = scores.astype(np.float64)
    own = others[np.arange(len(answers)), answers].copy()
    for row, ends in enumerate(known.adjacency.answers(queries)):
        others[row, ends] = -np.inf
    others[np.arange(len(answers)), answers] = own
    top = others.max(axis=1)
    found: Plausibility = own - top - np.log(np.exp(others - top[:, None]).sum(axis=1))
    return found


def combine(parts: list[Plausibility]) -> Plausibility:
    """Several models' plausibility as one: the mean of their ranks, from 0 (worst) to 1."""
    if not parts:
        raise ValueError("nothing to combine")
    ranks = [np.argsort(np.argsort(part)) / max(1, len(part) - 1) for part in parts]
    mean: Plausibility = np.mean(ranks, axis=0)
    return mean


def add_noise(
    graph: LinkGraph, share: float, rng: np.random.Generator
) -> tuple[LinkGraph, npt.NDArray[np.bool_]]:
    """The graph with wrong triples mixed in (one end replaced at random), and which are wrong.

    `share` is the number of wrong triples by that of right ones.
    """
    truth = {tuple(triple) for triple in graph.triples.tolist()}
    wanted = round(share * len(graph.triples))
    wrong: set[tuple[int, ...]] = set()
    for _ in range(50 * wanted):
        if len(wrong) == wanted:
            break
        triple = graph.triples[rng.integers(len(graph.triples))].tolist()
        triple[0 if rng.random() < 0.5 else 2] = int(rng.integers(graph.n_entities))
        if tuple(triple) not in truth and triple[0] != triple[2]:
            wrong.add(tuple(triple))
    if not wrong:
        return graph, np.zeros(len(graph.triples), dtype=bool)
    noisy = graph.with_triples(np.concatenate([graph.triples, np.array(sorted(wrong))]))
    return noisy, np.array([tuple(triple) in wrong for triple in noisy.triples.tolist()])
