"""Walks over statements, written once on `Store.expand`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Protocol

from kg.model.graph import NOW, Direction, Node, Statement, View


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


def by_direction(steps: Sequence[tuple[str, Direction]]) -> dict[Direction, set[str]]:
    """Relations to follow from subject to object (`out`) and back (`in`)."""
    wanted: dict[Direction, set[str]] = defaultdict(set)
    for predicate, direction in steps:
        for one in ("out", "in") if direction == "both" else (direction,):
            wanted[one].add(predicate)
    return dict(wanted)


def closure(
    store: Expandable,
    seeds: Collection[str],
    steps: Sequence[tuple[str, Direction]],
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
