"""Why the network scores an end highly: the paths whose edges its score leans on most.

The gradient of the score by the weight of each edge, a layer at a time, says what an edge is worth;
the best paths are those with the largest mean (Zhu et al. 2021 use sums), found by a beam
search over the layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kg.completion.graph import Adjacency, FloatArray, IntArray
from kg.completion.paths.products import expand_ranges


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of a path; a relation from `n_relations` on is walked backwards."""

    start: int
    relation: int
    end: int


@dataclass(frozen=True, slots=True)
class LinkPath:
    """Edges from the query's entity to the end, and what they are worth together."""

    steps: tuple[Step, ...]
    score: float


def best_paths(
    adjacency: Adjacency,
    worth: FloatArray,
    start: int,
    end: int,
    *,
    layers: int,
    number: int = 5,
    beam: int = 60,
) -> list[LinkPath]:
    """The paths of most worth from `start` to `end`; `worth` has one value an edge.

    A path is ranked by the mean worth of its edges, so long ones do not win by length. No node is
    visited twice.
    """
    found: list[LinkPath] = []
    alive: list[tuple[float, int, tuple[tuple[int, int], ...]]] = [(0.0, start, ())]
    for length in range(1, layers + 1):
        edges, owner = _edges_of(adjacency, np.array([node for _, node, _ in alive]))
        if not len(edges):
            break
        values = np.array([value for value, _, _ in alive])[owner] + worth[edges]
        arrives = np.flatnonzero(adjacency.ends[edges] == end)
        goes_on = np.argsort(-values, kind="stable")[: 4 * beam]
        grown: list[tuple[float, int, tuple[tuple[int, int], ...]]] = []
        for place in dict.fromkeys([*arrives.tolist(), *goes_on.tolist()]):
            _, _, walked = alive[owner[place]]
            edge, to = int(edges[place]), int(adjacency.ends[edges[place]])
            if to == start or any(to == before for _, before in walked):
                continue
            steps = (*walked, (edge, to))
            value = float(values[place])
            if to == end:
                found.append(LinkPath(_tell(adjacency, start, steps), value / length))
            elif len(grown) < beam:
                grown.append((value, to, steps))
        alive = grown
        if not alive:
            break
    found.sort(key=lambda path: (-path.score, len(path.steps)))
    return found[:number]


def edges_of_paths(adjacency: Adjacency, paths: list[LinkPath]) -> IntArray:
    """Numbers of the edges of all paths, each in both directions; sorted."""
    half, n = adjacency.n_relations, adjacency.n_entities
    group = adjacency.edge_group
    start_relation = adjacency.group_node[group] * 2 * half + adjacency.group_relation[group]
    keys = start_relation * n + adjacency.ends  # ascending
    wanted: set[int] = set()
    for path in paths:
        for step in path.steps:
            wanted.add((step.start * 2 * half + step.relation) * n + step.end)
            inverse = (step.relation + half) % (2 * half)
            wanted.add((step.end * 2 * half + inverse) * n + step.start)
    found: IntArray = np.searchsorted(keys, np.array(sorted(wanted), dtype=np.int64))
    return found


def _tell(adjacency: Adjacency, start: int, steps: tuple[tuple[int, int], ...]) -> tuple[Step, ...]:
    told: list[Step] = []
    for edge, to in steps:
        group = int(np.searchsorted(adjacency.group_edges, edge, side="right")) - 1
        told.append(Step(start, int(adjacency.group_relation[group]), to))
        start = to
    return tuple(told)


def _edges_of(adjacency: Adjacency, nodes: IntArray) -> tuple[IntArray, IntArray]:
    groups, owner = expand_ranges(adjacency.node_groups, nodes)
    edges, group = expand_ranges(adjacency.group_edges, groups)
    return edges, owner[group]
