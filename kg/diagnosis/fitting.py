"""Which of the parts that somebody named for a repair belong to this asset.

General knowledge names parts by kind ("hydraulic pump", "fuel pump"), a plant by stock code. What
the plant says to fit the asset, its class or one of the components in question, or what was used in
its records, comes first; where there is such a part, kinds of parts are only a vaguer word for it.
A part that is said to fit other things only, or a kind of part that is not built in, is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kg.diagnosis.graph import Graph
from kg.diagnosis.scope import Scope
from kg.model.graph import Node
from kg.model.keys import normal_name
from kg.narration import Named, Phrase


class PartFinder:
    """Sorts parts by whether they fit."""

    def __init__(self, graph: Graph, scope: Scope) -> None:
        self._graph = graph
        self._scope = scope
        schema = graph.schema
        self._component_called: dict[str, str] = {}
        for key, concept in schema.concepts.items():
            if graph.is_a(key, "Component"):
                words = concept.words
                alternatives = [a for listed in words.alt.values() for a in listed]
                for word in (*words.label.values(), *alternatives):
                    self._component_called.setdefault(normal_name(word), key)

    def fitting(
        self,
        named: Mapping[str, Named],
        used: Collection[str],
        nodes: Mapping[str, Node],
        places: Collection[str],
    ) -> list[str]:
        """The keys of `named` that fit. `used` were built in before; `places` are components in
        question."""
        schema = self._graph.schema
        near = {*self._scope.own, *places}
        near |= {b for key in near for b in schema.broader_of(key)}
        said: dict[str, set[str]] = {}
        for s in self._graph.expand(named, self._graph.terms.fits):
            said.setdefault(s.subject, set()).add(s.object)
        sure: list[str] = []
        vague: list[str] = []
        for key in named:
            if key in used or not near.isdisjoint(said.get(key, ())):
                sure.append(key)
            elif said.get(key):
                continue  # it fits other things only
            elif key in nodes and "stockQuantity" in nodes[key].props:
                sure.append(key)
            else:
                vague.append(key)
        return sure or self._built_in(named, vague, near)

    def _built_in(
        self, named: Mapping[str, Named], keys: Sequence[str], near: Collection[str]
    ) -> list[str]:
        components = {key: self.component(named[key]) for key in keys}
        inside = [key for key in keys if components[key] in near]
        return inside or [key for key in keys if components[key] is None] or list(keys)

    def component(self, part: Named) -> str | None:
        """The kind of component that a part is called like."""
        return self._component_called.get(normal_name(part.name))

    def label(self, part: Named) -> Named:
        """The part with the words of the component that it is called like, in both languages."""
        key = self.component(part)
        concept = self._graph.schema.concepts.get(key) if key is not None else None
        if concept is None or part.label.en != part.label.zh:
            return part
        words = concept.words
        return Named(
            part.key, part.cls, part.name, Phrase(words.in_language("en"), words.in_language("zh"))
        )
