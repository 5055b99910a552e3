"""The graph that link models see: integer triples, and edges by their start in both directions.

Every relation r of R also counts backwards, as r + R. "What is missing at the object" and "what is
missing at the subject" are then one question: a *query* (entity, relation in both directions) asks
for the entities at the other end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kg.model.errors import BadInput

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Triple = tuple[str, str, str]  # subject, relation, object
_SOME = 100


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Edges in both directions, sorted by (start, relation), as compressed rows of two levels.

    A *group* is all edges of one start and one relation: they carry the same message.
    """

    n_entities: int
    n_relations: int  # in one direction
    node_groups: IntArray  # shape: (n_entities + 1,), where the groups of a node start
    group_node: IntArray  # shape: (n_groups,)
    group_relation: IntArray  # shape: (n_groups,), in both directions
    group_edges: IntArray  # shape: (n_groups + 1,), where the edges of a group start
    ends: IntArray  # shape: (n_edges,)

    @staticmethod
    def of(triples: IntArray, n_entities: int, n_relations: int) -> Adjacency:
        """The edges of `triples` (shape: (n, 3), without doubles) and their inverses."""
        subjects, relations, objects = triples.T
        starts = np.concatenate([subjects, objects])
        both = np.concatenate([relations, relations + n_relations])
        ends = np.concatenate([objects, subjects])
        order = np.lexsort((ends, both, starts))
        starts, both, ends = starts[order], both[order], ends[order]
        keys = starts * (2 * n_relations) + both
        first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
        group_node = starts[first]
        return Adjacency(
            n_entities=n_entities,
            n_relations=n_relations,
            node_groups=np.searchsorted(group_node, np.arange(n_entities + 1)),
            group_node=group_node,
            group_relation=both[first],
            group_edges=np.append(first, len(keys)),
            ends=ends,
        )

    @cached_property
    def degrees(self) -> IntArray:
        """Edges that start at each node; shape: (n_entities,)."""
        return np.diff(self.group_edges[self.node_groups])

    @cached_property
    def busiest(self) -> IntArray:
        """All nodes, those of most edges first; shape: (n_entities,)."""
        return np.argsort(-self.degrees, kind="stable")

    @cached_property
    def group_sizes(self) -> IntArray:
        """Edges of each group; shape: (n_groups,)."""
        return np.diff(self.group_edges)

    @cached_property
    def edge_group(self) -> IntArray:
        """The group of each edge; shape: (n_edges,)."""
        return np.repeat(np.arange(len(self.group_node)), self.group_sizes)

    @cached_property
    def _group_keys(self) -> IntArray:
        return self.group_node * (2 * self.n_relations) + self.group_relation

    @cached_property
    def kinds(self) -> tuple[IntArray, IntArray]:
        """Nodes that the same relations start at are of one kind.

        A node of each kind, shape: (n_kinds,), and the kind of each node, shape: (n_entities,).
        """
        touched = np.zeros((self.n_entities, 2 * self.n_relations), dtype=bool)
        touched[self.group_node, self.group_relation] = True
        packed = np.ascontiguousarray(np.packbits(touched, axis=1))
        rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, kind = np.unique(rows, return_index=True, return_inverse=True)
        return first, kind.reshape(-1)

    @cached_property
    def by_relation(self) -> tuple[IntArray, IntArray]:
        """Groups in order of their relation, and where each relation's start among them."""
        order = np.argsort(self.group_relation, kind="stable")
        starts = np.searchsorted(self.group_relation[order], np.arange(2 * self.n_relations + 1))
        return order, starts

    @cached_property
    def some_ends(self) -> tuple[IntArray, IntArray]:
        """Up to a hundred nodes at which each relation ends, spread over their numbers.

        Relations in both directions, ascending, and nodes, ascending within each.
        """
        order, starts = self.by_relation
        sizes = np.diff(starts)
        within = np.arange(len(order)) - np.repeat(starts[:-1], sizes)
        some = order[within % np.repeat(-(-sizes // _SOME), sizes) == 0]
        relations = (self.group_relation[some] + self.n_relations) % (2 * self.n_relations)
        nodes = self.group_node[some]
        places = np.lexsort((nodes, relations))
        return relations[places], nodes[places]

    def count_by_relation(self, relations: IntArray) -> FloatArray:
        """Edges that start at each node with each of `relations`; shape: (len, n_entities)."""
        order, starts = self.by_relation
        found = np.zeros((len(relations), self.n_entities), dtype=np.float32)
        for row, relation in enumerate(relations.tolist()):
            groups = order[starts[relation] : starts[relation + 1]]
            found[row, self.group_node[groups]] = self.group_sizes[groups]
        return found

    def answers(self, queries: IntArray) -> list[IntArray]:
        """The known ends of each query (entity, relation in both directions)."""
        keys = self._group_keys
        wanted = queries[:, 0] * (2 * self.n_relations) + queries[:, 1]
        place = np.searchsorted(keys, wanted)
        found: list[IntArray] = []
        for at, key in zip(place.tolist(), wanted.tolist(), strict=True):
            is_there = at < len(keys) and keys[at] == key
            a, b = (self.group_edges[at], self.group_edges[at + 1]) if is_there else (0, 0)
            found.append(self.ends[a:b])
        return found


@dataclass(frozen=True, eq=False)
class LinkGraph:
    """Names and integer triples (subject, relation, object); shape: (n, 3), sorted, no doubles."""

    entities: tuple[str, ...]
    relations: tuple[str, ...]
    triples: IntArray

    @property
    def n_entities(self) -> int:
        return len(self.entities)

    @property
    def n_relations(self) -> int:
        return len(self.relations)

    @cached_property
    def adjacency(self) -> Adjacency:
        return Adjacency.of(self.triples, self.n_entities, self.n_relations)

    @cached_property
    def entity_index(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.entities)}

    @cached_property
    def relation_index(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.relations)}

    def with_triples(self, triples: IntArray) -> LinkGraph:
        """The same names with other triples."""
        return LinkGraph(self.entities, self.relations, unique_triples(triples))

    def numbers_of(self, triples: Iterable[Triple]) -> IntArray:
        """Named triples as integers; shape: (n, 3).

        Raises BadInput for an entity or a relation that the graph does not name.
        """
        rows: list[tuple[int, int, int]] = []
        for subject, relation, obj in triples:
            for name, index, what in (
                (subject, self.entity_index, "entity"),
                (relation, self.relation_index, "relation"),
                (obj, self.entity_index, "entity"),
            ):
                if name not in index:
                    raise BadInput(
                        f"The {what} {name!r} is not in the graph that is to be completed.",
                        ids=[name],
                    )
            rows.append(
                (
                    self.entity_index[subject],
                    self.relation_index[relation],
                    self.entity_index[obj],
                )
            )
        return np.array(rows, dtype=np.int64).reshape(-1, 3)


def unique_triples(triples: IntArray) -> IntArray:
    """Sorted, each once."""
    return np.unique(triples.reshape(-1, 3), axis=0)


def build_graph(
    triples: Sequence[Triple],
    *,
    entities: Iterable[str] = (),
    relations: Sequence[str] | None = None,
) -> LinkGraph:
    """A graph of named triples. `entities` may add some without triples.

    With `relations` (those that a model knows) their order is kept; a triple of another relation
    raises BadInput.
    """
    names = sorted({*entities, *(s for s, _, _ in triples), *(o for _, _, o in triples)})
    used = sorted({relation for _, relation, _ in triples})
    known = tuple(used if relations is None else relations)
    unknown = sorted(set(used) - set(known))
    if unknown:
        raise BadInput(
            f"The model has never seen the relation {unknown[0]!r}: train it on a graph that has "
            "it, or leave its statements out.",
            ids=unknown,
        )
    empty = LinkGraph(tuple(names), known, np.zeros((0, 3), dtype=np.int64))
    return empty.with_triples(empty.numbers_of(triples))


def queries_of(triples: IntArray, n_relations: int) -> tuple[IntArray, IntArray]:
    """Both questions of each triple: queries (entity, relation), shape: (2n, 2), and answers.

    The first half asks for the objects, the second for the subjects.
    """
    subjects, relations, objects = triples.T
    asked = np.concatenate(
        [
            np.stack([subjects, relations], axis=1),
            np.stack([objects, relations + n_relations], axis=1),
        ]
    )
    return asked, np.concatenate([objects, subjects])
