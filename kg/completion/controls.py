"""What any link model has to beat: popularity, degree, and knowing nothing."""

from __future__ import annotations

import numpy as np

from kg.completion.graph import FloatArray, IntArray, LinkGraph
from kg.completion.protocol import Say, say_nothing


def relation_popularity(graph: LinkGraph) -> IntArray:
    """How often each relation, in either direction, ends at each entity.

    Shape: (2 * n_relations, n_entities).
    """
    counts = np.zeros((2 * graph.n_relations, graph.n_entities), dtype=np.int64)
    subjects, relations, objects = graph.triples.T
    np.add.at(counts, (relations, objects), 1)
    np.add.at(counts, (relations + graph.n_relations, subjects), 1)
    return counts


class RelationPopularity:
    """An entity's score is how often the relation ends at it."""

    name = "relation popularity"
    is_inductive = True

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Nothing to learn."""

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        scores: FloatArray = relation_popularity(graph)[queries[:, 1]].astype(np.float32)
        return scores


class Degree:
    """An entity's score is the number of its triples."""

    name = "degree"
    is_inductive = True

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Nothing to learn."""

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        degrees = graph.adjacency.degrees.astype(np.float32)
        return np.repeat(degrees[None], len(queries), axis=0)


class OnEmptyGraph:
    """Another model that is shown the names but no triple: what it knows without evidence."""

    is_inductive = True

    def __init__(self, model: RelationPopularity | Degree) -> None:
        self.model = model
        self.name = f"{model.name} on an empty graph"

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Nothing to learn."""

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        return self.model.score(graph.with_triples(graph.triples[:0]), queries)
