"""Walks over statements, written once on `Store.expand`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
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


def shortest_path(
    store: Expandable,
    source: str,
    target: str,
    predicates: Collection[str] | None,
    direction: Direction = "out",
    *,
    max_hops: int = 4,
    view: View = NOW,
) -> list[Statement] | None:
    """The statements of a shortest path from `source` to `target`, in its order.

    Grows from both ends, always the smaller frontier, so that hubs are met late. Among equally
    short paths the most confident statement is taken at each meeting. An empty list where the two
    are one node; None where there is no path of at most `max_hops` statements.
    """
    ends = {node.key for node in store.get_nodes([source, target], view).values()}
    if source == target and ends:
        return []
    if len(ends) < 2:
        return None
    back: Direction = {"out": "in", "in": "out", "both": "both"}[direction]  # type: ignore[assignment]
    steps: tuple[dict[str, Statement | None], ...] = ({source: None}, {target: None})
    frontiers: list[set[str]] = [{source}, {target}]
    for _ in range(max_hops):
        side = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
        reached: dict[str, Statement] = {}
        for statement in store.expand(
            frontiers[side], predicates, (direction, back)[side], view=view
        ):
            for near, far in (
                (statement.subject, statement.object),
                (statement.object, statement.subject),
            ):
                if near not in frontiers[side] or far in steps[side]:
                    continue
                held = reached.get(far)
                if held is None or statement.confidence > held.confidence:
                    reached[far] = statement
        steps[side].update(reached)
        met = sorted(reached.keys() & steps[1 - side].keys())
        if met:
            return _unroll(met[0], steps[0])[::-1] + _unroll(met[0], steps[1])
        frontiers[side] = set(reached)
        if not reached:
            return None
    return None


def _unroll(end: str, steps: Mapping[str, Statement | None]) -> list[Statement]:
    """The statements from `end` back to where the walk began."""
    path: list[Statement] = []
    while (statement := steps[end]) is not None:
        path.append(statement)
        end = statement.subject if statement.object == end else statement.object
    return path
