"""Two models as one: their standardised scores, mixed as does best on held-out links."""

from __future__ import annotations

import numpy as np

from kg.completion.evaluation import rank_queries
from kg.completion.graph import FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.protocol import LinkModel, Say, say_nothing
from kg.model.errors import BadInput

SHARES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
_MEASURED_AT_MOST = 1_500


class Blend:
    """The first model leads; `share` of each score is the second's where it can score at all."""

    def __init__(self, first: LinkModel, second: LinkModel) -> None:
        self.first = first
        self.second = second
        self.share = 0.0
        self.name = f"{first.name} and {second.name}"
        self.is_inductive = first.is_inductive

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Train both and choose the share; without `valid` links a third."""
        self.first.fit(graph, valid, say)
        try:
            self.second.fit(graph, valid, say)
        except BadInput as error:
            say(str(error))
            self.share = 0.0
            return
        self.choose_share(graph, valid, say)

    def choose_share(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Choose the share by the mean reciprocal rank on `valid` links."""
        if not len(valid):
            self.share = 1 / 3
            return
        rng = np.random.default_rng(0)
        some = valid[rng.permutation(len(valid))[:_MEASURED_AT_MOST]]
        queries, answers = queries_of(some, graph.n_relations)
        both = [log_softmax(model.score(graph, queries)) for model in (self.first, self.second)]
        known = graph.with_triples(np.concatenate([graph.triples, valid]))
        places = {tuple(query): row for row, query in enumerate(queries.tolist())}

        def measure(share: float) -> float:
            mixed = (1 - share) * both[0] + share * both[1]
            return rank_queries(
                lambda asked: mixed[[places[tuple(query)] for query in asked.tolist()]],
                queries,
                answers,
                known,
            ).mrr

        self.share = max(SHARES, key=measure)
        say(f"share of {self.second.name}: {self.share:.2f}")

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        first = self.first.score(graph, queries)
        if self.share == 0:
            return first
        try:
            second = self.second.score(graph, queries)
        except BadInput:  # other entities than it knows by heart
            return first
        mixed: FloatArray = (1 - self.share) * log_softmax(first) + self.share * log_softmax(second)
        return mixed


def log_softmax(scores: FloatArray) -> FloatArray:
    """Log probabilities of each row; shape: (n_queries, n_entities)."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    found: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found
