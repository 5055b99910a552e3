"""Several trainings of one kind of model as one model: what they agree on is less by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np

from kg.completion.blend import log_softmax
from kg.completion.graph import FloatArray, IntArray, LinkGraph
from kg.completion.protocol import LinkModel, Say, say_nothing

M = TypeVar("M", bound=LinkModel)


class Ensemble(Generic[M]):
    """The mean of its members' log probabilities; members differ in their seeds alone."""

    def __init__(self, members: Sequence[M]) -> None:
        if not members:
            raise ValueError("an ensemble needs a member")
        self.members = tuple(members)
        self.name = members[0].name
        self.is_inductive = all(member.is_inductive for member in members)

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Train one member after the other."""
        for number, member in enumerate(self.members, start=1):
            say(f"{self.name}, member {number} of {len(self.members)}")
            member.fit(graph, valid, say)

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        told = [log_softmax(member.score(graph, queries)) for member in self.members]
        found: FloatArray = np.mean(told, axis=0)
        return found
