"""What every link model does, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kg.completion.graph import FloatArray, IntArray, LinkGraph

Say = Callable[[str], None]


def say_nothing(_: str) -> None:
    """For those who do not want to hear of progress."""


class LinkModel(Protocol):
    """Scores every entity as the missing end of a query; higher is likelier.

    Contract (`tests/contracts/link_model_contract.py`): scores are finite, do not depend on which
    queries are asked together, and are the same again for the same seed.
    """

    name: str
    is_inductive: bool  # scores entities that it was not trained on

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Learn from `graph`; choose on `valid` (shape: (n, 3), may be empty).

        Raises BadInput where there is nothing to learn from.
        """
        ...

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        """Scores of all entities of `graph`; shape: (n_queries, n_entities).

        `queries` (shape: (n, 2)) are entities and relations, from `graph.n_relations` on backwards.
        `graph` is the one that was trained on, or for an inductive model any of the same relations.
        Raises BadInput for a graph whose relations or entities the model was not trained on.
        """
        ...
