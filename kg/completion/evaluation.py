"""Ranks of true ends among all candidates, in a way that cannot flatter.

Filtered: other true ends of the query are no competitors. Realistic: among equal scores a true end
ranks in the middle (the mean of the best and the worst place; Berrendorf et al. 2020,
arXiv:2002.06914), so a model that says the same of everybody gains nothing. Both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kg.completion.graph import BoolArray, FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.protocol import LinkModel

_AT_ONCE = 64
_CELLS_AT_ONCE = 2_000_000  # of queries by entities


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """One rank per query; the first half asks for objects, the second for subjects."""

    queries: IntArray  # shape: (2n, 2)
    answers: IntArray  # shape: (2n,)
    ranks: npt.NDArray[np.float64]  # shape: (2n,), from 1, halves for ties
    candidates: IntArray  # shape: (2n,), how many it was ranked among, itself included

    @property
    def mrr(self) -> float:
        """Mean reciprocal rank."""
        return float(np.mean(1 / self.ranks)) if len(self.ranks) else float("nan")

    def hits(self, at: int) -> float:
        """Share of the ranks up to `at`."""
        return float(np.mean(self.ranks <= at)) if len(self.ranks) else float("nan")

    def part(self, chosen: BoolArray) -> Ranking:
        """Only some of the queries."""
        return Ranking(
            self.queries[chosen], self.answers[chosen], self.ranks[chosen], self.candidates[chosen]
        )

    def by_relation(self, graph: LinkGraph) -> dict[str, Ranking]:
        """Per relation, both directions together."""
        relations = self.queries[:, 1] % graph.n_relations
        return {graph.relations[r]: self.part(relations == r) for r in np.unique(relations)}

    def to_dict(self) -> dict[str, float]:
        """The usual figures."""
        return {"mrr": self.mrr} | {f"hits_{at}": self.hits(at) for at in (1, 3, 10)}


def evaluate(
    model: LinkModel,
    graph: LinkGraph,
    test: IntArray,
    known: LinkGraph,
    *,
    allowed: BoolArray | None = None,
) -> Ranking:
    """Rank both ends of each test triple; `known` holds everything true (test included).

    With `allowed` (shape: (2 * n_relations, n_entities)) only those entities compete as ends of a
    relation, besides the true one.
    """
    queries, answers = queries_of(test, graph.n_relations)
    return rank_queries(
        lambda some: model.score(graph, some), queries, answers, known, allowed=allowed
    )


def rank_queries(
    score: Callable[[IntArray], FloatArray],
    queries: IntArray,
    answers: IntArray,
    known: LinkGraph,
    *,
    allowed: BoolArray | None = None,
) -> Ranking:
    """Ranks by any scoring of queries; see `evaluate`."""
    ranks = np.zeros(len(queries), dtype=np.float64)
    among = np.zeros(len(queries), dtype=np.int64)
    at_once = max(1, min(_AT_ONCE, _CELLS_AT_ONCE // known.n_entities))
    for start in range(0, len(queries), at_once):
        some = queries[start : start + at_once]
        scores = score(some)
        for row, true_ends in enumerate(known.adjacency.answers(some)):
            at = start + row
            competes = (
                np.ones(scores.shape[1], dtype=bool)
                if allowed is None
                else allowed[some[row, 1]].copy()
            )
            competes[true_ends] = False
            own = scores[row, answers[at]]
            others = scores[row, competes]
            better, equal = int((others > own).sum()), int((others == own).sum())
            ranks[at] = 1 + better + equal / 2
            among[at] = len(others) + 1
    return Ranking(queries, answers, ranks, among)


def seen_ends(graph: LinkGraph) -> BoolArray:
    """Which entities each relation, in either direction, has been seen to end at.

    Shape: (2 * n_relations, n_entities). Stands in for types where a graph has none.
    """
    seen = np.zeros((2 * graph.n_relations, graph.n_entities), dtype=bool)
    subjects, relations, objects = graph.triples.T
    seen[relations, objects] = True
    seen[relations + graph.n_relations, subjects] = True
    return seen


def mean_and_spread(values: Mapping[int, float]) -> tuple[float, float | None]:
    """Mean over seeds, and the standard deviation where there are two or more."""
    numbers = np.array(list(values.values()), dtype=np.float64)
    spread = float(numbers.std(ddof=1)) if len(numbers) > 1 else None
    return float(numbers.mean()), spread
