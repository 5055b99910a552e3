"""A causal graph as experts draw it: what acts on what, which nodes are alarms or commands.

Such a graph has no probabilities. It may hold cycles (control loops); `break_cycles` says which
edges it leaves out to make a network of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kg.diagnosis.inference.network import Network, Table, Variable, noisy_or

Edge = tuple[str, str]

DEFAULT_STRENGTH = 0.8  # of an edge about which nothing is counted
DEFAULT_LEAK = 0.01
DEFAULT_PRIOR = 0.02


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node: `is_alarm`, and `is_command` where the controller sets it rather than measures it."""

    name: str
    is_alarm: bool = False
    is_command: bool = False
    is_number: bool = False
    text: str = ""


@dataclass(frozen=True, eq=False)
class CausalGraph:
    """Nodes by name, and edges from cause to effect with what is said about them."""

    nodes: Mapping[str, GraphNode]
    edges: Mapping[Edge, str] = field(default_factory=dict)

    @cached_property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """The direct causes of every node."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for cause, effect in self.edges:
            found[effect].append(cause)
        return {name: tuple(causes) for name, causes in found.items()}

    def paths_to(self, effect: str) -> dict[str, tuple[str, ...]]:
        """A shortest directed path to `effect` from every node that acts on it, itself left out."""
        found: dict[str, tuple[str, ...]] = {effect: (effect,)}
        waiting = deque([effect])
        while waiting:
            name = waiting.popleft()
            for cause in self.parents[name]:
                if cause not in found:
                    found[cause] = (cause, *found[name])
                    waiting.append(cause)
        del found[effect]
        return found


def break_cycles(
    edges: Iterable[Edge], *, weights: Mapping[Edge, float] | None = None
) -> tuple[list[Edge], list[Edge]]:
    """The edges that are kept and those left out so that no cycle remains.

    Edges are taken in order of weight, the strongest first (equal ones by name), and an edge that
    would close a cycle with those already taken is left out. So every cycle loses its weakest edge,
    edges that lie on no cycle all stay, and the same edges always give the same answer.
    """
    weight = weights or {}
    distinct = sorted(dict.fromkeys(edges), key=lambda e: (-weight.get(e, 1.0), e))
    after: dict[str, set[str]] = {}
    kept: list[Edge] = []
    left_out: list[Edge] = []
    for cause, effect in distinct:
        if cause == effect or _reaches(after, effect, cause):
            left_out.append((cause, effect))
        else:
            after.setdefault(cause, set()).add(effect)
            kept.append((cause, effect))
    return kept, left_out


def _reaches(after: Mapping[str, Collection[str]], start: str, goal: str) -> bool:
    seen = {start}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        for following in after.get(name, ()):
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


def to_network(
    graph: CausalGraph,
    *,
    prior: float = DEFAULT_PRIOR,
    strength: float = DEFAULT_STRENGTH,
    leak: float = DEFAULT_LEAK,
) -> tuple[Network, list[Edge]]:
    """A leaky noisy-OR network of the graph, and the edges left out to break its cycles.

    Every node is normal or abnormal. The numbers are assumptions about a graph that has none.
    """
    kept, left_out = break_cycles(graph.edges)
    parents: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for cause, effect in kept:
        parents[effect].append(cause)
    variables = []
    for name, node in graph.nodes.items():
        causes = tuple(parents[name])
        variables.append(
            Variable(
                name,
                ("normal", "abnormal"),
                causes,
                noisy_or(leak, [strength] * len(causes))
                if causes
                else Table(np.array([1.0 - prior, prior])),
                role="finding" if node.is_alarm else "intermediate" if causes else "cause",
                normal="normal",
                label=node.text,
            )
        )
    return Network(variables, name="causal graph"), left_out
