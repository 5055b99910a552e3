"""The graph as diagnosis reads it: a store seen through a view, with the relations by role."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kg.diagnosis.terms import Names, Terms
from kg.model.graph import Direction, Node, Statement, View
from kg.model.keys import kind_of
from kg.store.protocol import Store
from ontology.schema import Schema

_KEYS_PER_READ = 2000


@dataclass(frozen=True)
class Graph:
    """What every step of a diagnosis needs to read."""

    store: Store
    schema: Schema
    terms: Terms
    view: View

    def expand(
        self,
        keys: Collection[str],
        relations: Names,
        direction: Direction = "out",
        *,
        limit_per_node: int | None = None,
    ) -> list[Statement]:
        """See `Store.expand`; nothing for no keys or no relations, many keys in portions."""
        if not keys or not relations:
            return []
        listed = sorted(keys)
        found: list[Statement] = []
        for first in range(0, len(listed), _KEYS_PER_READ):
            found += self.store.expand(
                listed[first : first + _KEYS_PER_READ],
                relations,
                direction,
                view=self.view,
                limit_per_node=limit_per_node,
            )
        return found

    def closure(
        self,
        keys: Collection[str],
        relations: Names,
        direction: Direction,
        *,
        max_depth: int | None = None,
        max_nodes: int = 2000,
    ) -> dict[str, int]:
        """See `Store.closure`; the keys themselves are at 0."""
        if not keys or not relations:
            return dict.fromkeys(keys, 0)
        steps = [(name, direction) for name in relations]
        return self.store.closure(
            keys, steps, max_depth=max_depth, max_nodes=max_nodes, view=self.view
        )

    def nodes(self, keys: Collection[str]) -> dict[str, Node]:
        """See `Store.get_nodes`."""
        return self.store.get_nodes(keys, self.view) if keys else {}

    def is_a(self, key: str, *classes: str) -> bool:
        """Whether the kind of `key` is of any of `classes`."""
        cls = self.schema.class_of_key(key)
        return any(self.schema.is_a(cls, other) for other in classes)

    def kinds(self, name: str) -> frozenset[str]:
        """The kinds of keys of a class and its descendants."""
        below = self.schema.descendants(name)
        return frozenset(self.schema.classes[c].kind for c in below if c in self.schema.classes)

    def of_kinds(self, keys: Collection[str], kinds: Collection[str]) -> set[str]:
        """Those of `keys` that are of one of `kinds`."""
        return {key for key in keys if kind_of(key) in kinds}
