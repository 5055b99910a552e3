"""Two models as one: their log probabilities, mixed relation by relation as held-out links tell.

The share of the second model is one number for all, and a departure from it for each relation and
direction. Both are fitted to the likelihood of held-out links; a normal prior keeps a relation
with few of them near the common share (Gelman and Hill 2007, on partial pooling).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.optimize

from kg.completion.graph import FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.protocol import LinkModel, Say, say_nothing
from kg.model.errors import BadInput

Floats = npt.NDArray[np.float64]
_SPREAD = 0.5  # of the departures, in log odds of the share
_CELLS_AT_MOST = 6_000_000  # of held-out queries by entities
_WALKED_AT_MOST = 30_000_000  # of held-out triples by edges
_AT_ONCE = 64
_WITHOUT_LINKS = 1 / 3


class Blend:
    """The first model leads; `shares` of each score are the second's where it can score at all."""

    def __init__(self, first: LinkModel, second: LinkModel) -> None:
        self.first = first
        self.second = second
        self.shares: Floats = np.zeros(0)  # shape: (2 * n_relations,); empty: the first alone
        self.name = f"{first.name} and {second.name}"
        self.is_inductive = first.is_inductive

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Train both and fit the shares; without `valid` links each is a third."""
        self.first.fit(graph, valid, say)
        try:
            self.second.fit(graph, valid, say)
        except BadInput as error:
            say(str(error))
            self.shares = np.zeros(0)
            return
        self.choose_shares(graph, valid, say)

    def choose_shares(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Fit the shares to the likelihood of `valid` links."""
        n_directions = 2 * graph.n_relations
        if not len(valid):
            self.shares = np.full(n_directions, _WITHOUT_LINKS)
            return
        at_most = min(
            _CELLS_AT_MOST // (2 * graph.n_entities),
            _WALKED_AT_MOST // (2 * len(graph.triples)),
        )
        some = valid[np.random.default_rng(0).permutation(len(valid))[: max(50, at_most)]]
        queries, answers = queries_of(some, graph.n_relations)
        both = [
            log_softmax(
                np.concatenate(
                    [
                        model.score(graph, queries[start : start + _AT_ONCE])
                        for start in range(0, len(queries), _AT_ONCE)
                    ]
                )
            )
            for model in (self.first, self.second)
        ]
        known = graph.with_triples(np.concatenate([graph.triples, valid]))
        competes = np.ones(both[0].shape, dtype=bool)
        for row, ends in enumerate(known.adjacency.answers(queries)):
            competes[row, ends] = False
        competes[np.arange(len(answers)), answers] = True
        self.shares = fit_shares(both[0], both[1], queries[:, 1], answers, competes, n_directions)
        say(
            f"share of {self.second.name}: {np.median(self.shares):.2f}, by relation "
            f"{self.shares.min():.2f} to {self.shares.max():.2f}"
        )

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        first = self.first.score(graph, queries)
        if not len(self.shares):
            return first
        try:
            second = self.second.score(graph, queries)
        except BadInput:  # other entities than it knows by heart
            return first
        share = self.shares[queries[:, 1]].astype(np.float32)[:, None]
        mixed: FloatArray = (1 - share) * log_softmax(first) + share * log_softmax(second)
        return mixed


def fit_shares(
    first: FloatArray,
    second: FloatArray,
    relations: IntArray,
    answers: IntArray,
    competes: npt.NDArray[np.bool_],
    n_directions: int,
) -> Floats:
    """The second model's share for each relation in both directions; shape: (n_directions,).

    `first` and `second` are log probabilities (shape: (n_queries, n_entities)); `competes` (same
    shape) says which entities a query's answer is compared with, itself included.
    """
    rows = np.arange(len(answers))
    barred = np.where(competes, np.float32(0), np.float32(-np.inf))
    gap = second - first

    def loss(parameters: Floats) -> tuple[float, Floats]:
        common, sharpness, departures = parameters[0], parameters[1], parameters[2:]
        share = 1 / (1 + np.exp(-(common + departures[relations])))
        scale = np.exp(sharpness)
        mixed = (first + share[:, None].astype(np.float32) * gap).astype(np.float32)
        told = log_softmax(scale * mixed + barred)
        chance = np.exp(told)
        by_scale = scale * ((chance * mixed).sum(axis=1) - mixed[rows, answers])
        by_share = scale * ((chance * gap).sum(axis=1) - gap[rows, answers])
        by_odds = by_share * share * (1 - share)
        gradient = np.concatenate(
            [
                [by_odds.sum(), by_scale.sum()],
                np.bincount(relations, weights=by_odds, minlength=n_directions)
                + departures / _SPREAD**2,
            ]
        )
        prior = float((departures**2).sum()) / (2 * _SPREAD**2)
        return prior - float(told[rows, answers].sum(dtype=np.float64)), gradient

    start = np.zeros(2 + n_directions)
    start[0] = np.log(_WITHOUT_LINKS / (1 - _WITHOUT_LINKS))
    bounds = [(-6, 6), (-3, 3), *[(-4.0, 4.0)] * n_directions]
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    shares: Floats = 1 / (1 + np.exp(-(found.x[0] + found.x[2:])))
    return shares


def log_softmax(scores: FloatArray) -> FloatArray:
    """Log probabilities of each row; shape: (n_queries, n_entities)."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    found: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return found
