"""Walks over statements, written once on `Store.expand`.

A *step* is a relation with the direction in which it is followed: `out` from subject to object,
`in` from object to subject.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from kg.model.graph import NOW, Direction, Node, Statement, View

Step = tuple[str, Direction]


class Expandable(Protocol):
    """The part of a store that walks need."""

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]: ...

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]: ...


@runtime_checkable
class FindsPaths(Protocol):
    """A store with a path query of its own."""

    def shortest_path(
        self,
        source: str,
        target: str,
        steps: Sequence[Step],
        *,
        max_hops: int,
        view: View = NOW,
    ) -> list[Statement] | None: ...


def by_direction(steps: Sequence[Step]) -> dict[Direction, set[str]]:
    """Relations to follow from subject to object (`out`) and back (`in`)."""
    wanted: dict[Direction, set[str]] = defaultdict(set)
    for predicate, direction in steps:
        for one in ("out", "in") if direction == "both" else (direction,):
            wanted[one].add(predicate)
    return dict(wanted)


def closure(
    store: Expandable,
    seeds: Collection[str],
    steps: Sequence[Step],
    *,
    max_depth: int | None = None,
    max_nodes: int | None = None,
    view: View = NOW,
) -> dict[str, int]:
    """Distances of all nodes reachable from `seeds`; see `Store.closure`."""
    wanted = by_direction(steps)
    distance = {node.key: 0 for node in store.get_nodes(seeds, view).values()}
    frontier = set(distance)
    depth = 0
    while frontier and (max_depth is None or depth < max_depth):
        if max_nodes is not None and len(distance) > max_nodes:
            break
        depth += 1
        reached: set[str] = set()
        for direction, predicates in wanted.items():
            for statement in store.expand(frontier, predicates, direction, view=view):
                reached.add(statement.object if direction == "out" else statement.subject)
        frontier = reached - distance.keys()
        distance.update(dict.fromkeys(frontier, depth))
    return distance


def shortest_path(
    store: Expandable,
    source: str,
    target: str,
    predicates: Collection[str],
    direction: Direction = "out",
    *,
    max_hops: int,
    view: View = NOW,
) -> list[Statement] | None:
    """The statements of a shortest path from `source` to `target`, in order.

    Empty where both are the same node; None where there is no path of up to `max_hops`
    statements, or no such node. Of several shortest paths a store always gives the same one.
    """
    steps: list[Step] = [(predicate, direction) for predicate in sorted(predicates)]
    if isinstance(store, FindsPaths):
        return store.shortest_path(source, target, steps, max_hops=max_hops, view=view)
    return search_path(store, source, target, steps, max_hops=max_hops, view=view)


def search_path(
    store: Expandable,
    source: str,
    target: str,
    steps: Sequence[Step],
    *,
    max_hops: int,
    view: View = NOW,
) -> list[Statement] | None:
    """`shortest_path` by searching from both ends, always from the one where less is known."""
    ends = store.get_nodes({source, target}, view)
    if source not in ends or target not in ends:
        return None
    ways = by_direction(steps)
    # The statement by which each node was first reached, from both sides.
    sides: list[dict[str, Statement | None]] = [{ends[source].key: None}, {ends[target].key: None}]
    frontiers = [set(side) for side in sides]
    if frontiers[0] == frontiers[1]:
        return []
    for _ in range(max_hops):
        side = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
        reached: dict[str, Statement | None] = {}
        for way, predicates in ways.items():
            # From the target, what leads out is followed in, and the other way round.
            is_out = (way == "out") != bool(side)
            found = store.expand(frontiers[side], predicates, "out" if is_out else "in", view=view)
            for statement in found:
                there = statement.object if is_out else statement.subject
                if there not in sides[side]:
                    reached.setdefault(there, statement)
        sides[side].update(reached)
        meeting = reached.keys() & sides[1 - side].keys()
        if meeting:
            middle = min(meeting)
            return [*reversed(_back(sides[0], middle)), *_back(sides[1], middle)]
        if not reached:
            return None
        frontiers[side] = set(reached)
    return None


def _back(side: dict[str, Statement | None], node: str) -> list[Statement]:
    """The statements from a node back to where its side began."""
    path = []
    while (statement := side[node]) is not None:
        path.append(statement)
        node = statement.subject if statement.object == node else statement.object
    return path
