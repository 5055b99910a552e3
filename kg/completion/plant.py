"""The plant's graph as link models see it, read from any store; and what the ontology allows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kg.completion.graph import BoolArray, LinkGraph, Triple, build_graph
from kg.model.errors import BadInput
from kg.model.graph import NOW, Statement, View
from kg.store.protocol import Store
from ontology.schema import Schema

_AT_ONCE = 500
# Relations of knowledge: what people know and forget to write. The rest are records of what was
# done, where a missing row is for the system that keeps them to add.
_MODULES = frozenset({"asset", "failure"})
_FEW = 12


@dataclass(frozen=True, eq=False)
class PlantGraph:
    """Integer triples with the classes of their ends."""

    graph: LinkGraph
    classes: tuple[str, ...]  # by entity
    schema: Schema

    @cached_property
    def allowed(self) -> BoolArray:
        """Which entities each relation may end at, both directions.

        Shape: (2 * n_relations, n_entities).
        """
        relations = [self.schema.relations[name] for name in self.graph.relations]
        names = sorted(set(self.classes))
        number = {name: at for at, name in enumerate(names)}
        of_entity = np.array([number[cls] for cls in self.classes], dtype=np.int64)
        by_class = np.array(
            [
                [not wanted or any(self.schema.is_a(n, w) for w in wanted) for n in names]
                for wanted in [
                    *(relation.range for relation in relations),
                    *(relation.domain for relation in relations),
                ]
            ],
            dtype=bool,
        ).reshape(2 * len(relations), len(names))
        found: BoolArray = by_class[:, of_entity]
        return found

    def askable(self, wanted: Collection[str] = ()) -> list[int]:
        """Relations that may be suggested: those asked for, else those of knowledge.

        With enough examples to learn from. Raises BadInput for one that has too few.
        """
        counts = np.bincount(self.graph.triples[:, 1], minlength=self.graph.n_relations)
        if wanted:
            for name in wanted:
                at = self.graph.relation_index.get(name)
                if at is None or counts[at] < _FEW:
                    raise BadInput(
                        f"{name} has {0 if at is None else counts[at]} statements in this graph; "
                        f"at least {_FEW} are needed to learn from.",
                        ids=[name],
                    )
            return sorted(self.graph.relation_index[name] for name in wanted)
        return [
            at
            for at, name in enumerate(self.graph.relations)
            if counts[at] >= _FEW
            and self.schema.relations[name].module in _MODULES
            and name != "broader"
        ]

    def usual_subjects(self, relation: int) -> list[int]:
        """Entities of the classes that the relation already starts at."""
        rows = self.graph.triples[self.graph.triples[:, 1] == relation]
        seen = {self.classes[subject] for subject in np.unique(rows[:, 0]).tolist()}
        return [
            at
            for at, cls in enumerate(self.classes)
            if cls in seen and self.allowed[self.graph.n_relations + relation, at]
        ]


def read_plant(
    store: Store, view: View = NOW, *, relations: Sequence[str] | None = None
) -> PlantGraph:
    """All statements of a view. Raises BadInput where there are none.

    With `relations` (those that a kept model knows) only theirs, in that order.
    """
    triples: list[Triple] = [
        (statement.subject, statement.predicate, statement.object)
        for statement in read_statements(store, view, relations)
    ]
    if not triples:
        raise BadInput(
            "The graph has no accepted statements yet; load documents before asking what is "
            "missing."
        )
    graph = build_graph(triples, relations=relations)
    classes: list[str] = []
    for start in range(0, graph.n_entities, _AT_ONCE):
        keys = graph.entities[start : start + _AT_ONCE]
        nodes = store.get_nodes(keys, view)
        classes += [
            nodes[key].cls if key in nodes else store.schema.class_of_key(key) for key in keys
        ]
    return PlantGraph(graph, tuple(classes), store.schema)


def read_statements(
    store: Store, view: View = NOW, predicates: Collection[str] | None = None
) -> Iterator[Statement]:
    """Every statement of a view, relation by relation."""
    for name in sorted(predicates if predicates is not None else store.schema.relations):
        subjects = [key for key, _ in store.aggregate([name], "subject", view=view)]
        for start in range(0, len(subjects), _AT_ONCE):
            yield from store.expand(subjects[start : start + _AT_ONCE], [name], view=view)
