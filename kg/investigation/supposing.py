"""A store read as if somebody had accepted some statements: nothing is ever written.

Like questions read the same statements again and again; `remember` reads each of them once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any, cast

from kg.model.derive import overlaps
from kg.model.graph import NOW, Direction, Node, Statement, Status, View
from kg.model.keys import StatementKey
from kg.store import walks
from kg.store.protocol import GroupBy, Store


def suppose(store: Store, statements: Iterable[Statement]) -> Store:
    """`store` as it would answer now if `statements` were confirmed.

    Their ends must be there already. What asks for an earlier instant sees the store as it was.
    """
    return cast(Store, _Supposed(store, statements))


def remember(store: Store) -> Store:
    """`store` as it is now: what was expanded once is not read again, whatever is written."""
    return cast(Store, _Remembered(store))


_TOLD_ONCE = frozenset({"aggregate", "closure", "expand", "find_nodes", "get_nodes", "search_text"})


class _Remembered:
    """Keeps the answers to what a diagnosis asks again and again; all else is the store's own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[tuple[object, ...], Any] = {}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return partial(self._tell, name, method) if name in _TOLD_ONCE else method

    def _tell(self, name: str, method: Callable[..., Any], *args: Any, **named: Any) -> Any:
        asked = (name, _frozen(args), _frozen(named))
        if asked not in self._told:
            self._told[asked] = method(*args, **named)
        return copy(self._told[asked])  # whoever asks may add to a list


def _frozen(value: Any) -> Any:
    """Something hashable, the same for what asks the same."""
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(part)) for key, part in value.items())
    if isinstance(value, Set):
        return frozenset(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_frozen(part) for part in value)
    return value


class _Supposed:
    """Adds the statements to what the store answers; all else is the store's own."""

    def __init__(self, store: Store, statements: Iterable[Statement]) -> None:
        self._store = store
        self._supposed = [replace(one, status=Status.CONFIRMED) for one in statements]
        self._keys = {one.key for one in self._supposed}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def expand(
        self,
        keys: Collection[str],
        predicates: Collection[str] | None = None,
        direction: Direction = "out",
        *,
        view: View = NOW,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        """See `Store.expand`."""
        if view.as_of is not None:
            return self._store.expand(
                keys, predicates, direction, view=view, limit_per_node=limit_per_node
            )
        if direction == "both" and limit_per_node is not None:
            ways: tuple[Direction, ...] = ("out", "in")
            found = {
                one.key: one
                for way in ways
                for one in self.expand(
                    keys, predicates, way, view=view, limit_per_node=limit_per_node
                )
            }
            return sorted(found.values(), key=lambda one: one.key)
        asked = set(keys)
        ours = [
            one
            for one in self._seen(view)
            if (predicates is None or one.predicate in predicates)
            and (
                (direction != "in" and one.subject in asked)
                or (direction != "out" and one.object in asked)
            )
        ]
        theirs = self._store.expand(
            keys, predicates, direction, view=view, limit_per_node=limit_per_node
        )
        if not ours:
            return [one for one in theirs if one.key not in self._keys]
        listed = [*(one for one in theirs if one.key not in self._keys), *ours]
        if limit_per_node is not None:
            listed = _most_confident(listed, direction, limit_per_node)
        return sorted(listed, key=lambda one: one.key)

    def get_statements(
        self, keys: Collection[StatementKey], view: View = NOW
    ) -> dict[StatementKey, Statement]:
        """See `Store.get_statements`."""
        if view.as_of is not None:
            return self._store.get_statements(keys, view)
        found = {
            key: one
            for key, one in self._store.get_statements(keys, view).items()
            if one.key not in self._keys
        }
        asked = set(keys)
        return found | {one.key: one for one in self._seen(view) if one.key in asked}

    def aggregate(
        self,
        predicates: Collection[str],
        group_by: GroupBy,
        *,
        subjects: Collection[str] | None = None,
        objects: Collection[str] | None = None,
        view: View = NOW,
        limit: int | None = None,
    ) -> list[tuple[str, int]]:
        """See `Store.aggregate`."""
        ours = [
            one
            for one in self._supposed
            if one.predicate in predicates
            and (subjects is None or one.subject in subjects)
            and (objects is None or one.object in objects)
        ]
        counted = self._store.aggregate(
            predicates,
            group_by,
            subjects=subjects,
            objects=objects,
            view=view,
            limit=None if ours else limit,
        )
        if not ours or view.as_of is not None:
            return counted
        theirs = self._store.get_statements([one.key for one in ours], view)
        seen = {one.key for one in self._seen(view)}
        counts = dict(counted)
        for one in ours:
            added = (one.key in seen) - (one.key in theirs)
            group = getattr(one, group_by)
            counts[group] = counts.get(group, 0) + added
        ranked = sorted(
            ((group, n) for group, n in counts.items() if n), key=lambda one: (-one[1], one[0])
        )
        return ranked[:limit]

    def closure(
        self,
        seeds: Collection[str],
        steps: Sequence[walks.Step],
        *,
        max_depth: int | None = None,
        max_nodes: int | None = None,
        view: View = NOW,
    ) -> dict[str, int]:
        """See `Store.closure`."""
        walked = {name for name, _ in steps}
        if not any(one.predicate in walked for one in self._supposed):
            return self._store.closure(
                seeds, steps, max_depth=max_depth, max_nodes=max_nodes, view=view
            )
        return walks.closure(
            self, seeds, steps, max_depth=max_depth, max_nodes=max_nodes, view=view
        )

    def get_nodes(self, keys: Collection[str], view: View = NOW) -> dict[str, Node]:
        """See `Store.get_nodes`."""
        return self._store.get_nodes(keys, view)

    def _seen(self, view: View) -> list[Statement]:
        """Those of the statements that a view shows."""
        if Status.CONFIRMED not in view.statuses:
            return []
        return [
            one
            for one in self._supposed
            if one.confidence >= view.min_confidence
            and overlaps(one.valid_from, one.valid_to, view.valid_from, view.valid_to)
        ]


def _most_confident(
    listed: Collection[Statement], direction: Direction, limit: int
) -> list[Statement]:
    by_node: dict[str, list[Statement]] = {}
    for one in listed:
        by_node.setdefault(one.subject if direction == "out" else one.object, []).append(one)
    return [
        one
        for some in by_node.values()
        for one in sorted(some, key=lambda one: (-one.confidence, one.key))[:limit]
    ]
