"""Several trainings of one kind of model as one model: what they agree on is less by chance."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np

from kg.completion.blend import log_softmax
from kg.completion.graph import FloatArray, IntArray, LinkGraph
from kg.completion.protocol import LinkModel, Say, say_nothing

M = TypeVar("M", bound=LinkModel)


class Ensemble(Generic[M]):
    """The mean of its members' log probabilities; members differ in their seeds alone.

    A member is trained if, by the mean of those before it, it ends within `cpu_seconds`; the first
    one always is.
    """

    def __init__(self, members: Sequence[M], cpu_seconds: float = math.inf) -> None:
        if not members:
            raise ValueError("an ensemble needs a member")
        self.members = tuple(members)
        self.trained: tuple[M, ...] = self.members
        self.cpu_seconds = cpu_seconds
        self.name = members[0].name
        self.is_inductive = all(member.is_inductive for member in members)

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Train one member after the other."""
        started = time.process_time()
        trained: list[M] = []
        for number, member in enumerate(self.members):
            spent = time.process_time() - started
            if number and spent * (number + 1) / number > self.cpu_seconds:
                break
            say(f"{self.name}, member {number + 1}")
            member.fit(graph, valid, say)
            trained.append(member)
        self.trained = tuple(trained)

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        told = [log_softmax(member.score(graph, queries)) for member in self.trained]
        found: FloatArray = np.mean(told, axis=0)
        return found
