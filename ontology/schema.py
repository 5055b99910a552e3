"""The ontology as plain Python: what the rest of Gemba reads instead of RDF.

`ontology.reader` builds a `Schema` from the Turtle files. Nothing here knows rdflib, so that
importing a schema costs nothing and its lookups are dictionary accesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

Language = Literal["en", "zh"]
IdentifiedBy = Literal["code", "name"]
Flow = Literal["upstream", "downstream"]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one term: labels, alternative labels and definition by language."""

    label: Mapping[str, str]
    alt: Mapping[str, tuple[str, ...]]
    definition: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """The label in `language`, else in English, else whichever there is."""
        return self.label.get(language) or self.label.get("en") or next(iter(self.label.values()))


@dataclass(frozen=True, slots=True)
class ClassTerm:
    """A class of things. `name` is its local name and its Neo4j label."""

    name: str
    iri: str
    words: Words
    parents: tuple[str, ...]
    ancestors: tuple[str, ...]  # nearest first, without itself
    module: str
    kind: str  # namespace of its nodes' keys, inherited from the class that declares it
    identified_by: IdentifiedBy
    facet: str | None = None  # 5M1E: man, machine, material, method, environment, measurement
    is_event: bool = False  # happens in time: part of a timeline
    is_bulk: bool = False  # many of them, found by code only: kept out of full-text search

    @property
    def depth(self) -> int:
        """Number of ancestors: the larger, the more specific."""
        return len(self.ancestors)


@dataclass(frozen=True, slots=True)
class Relation:
    """An object property. A statement's predicate is the `name` of one."""

    name: str
    iri: str
    words: Words
    domain: tuple[str, ...]  # any of these classes; empty: anything
    range: tuple[str, ...]
    module: str
    parents: tuple[str, ...] = ()
    verb: Mapping[str, str] = field(default_factory=dict)  # "consumed" / "消耗了", for sentences
    inverse_verb: Mapping[str, str] = field(default_factory=dict)
    flow: Flow | None = None  # where the object lies in the flow of material, seen from the subject
    is_causal: bool = False  # the subject brings about (or points to) the object
    is_functional: bool = False  # at most one object at a time
    is_irreflexive: bool = False  # nothing stands in it to itself (owl:IrreflexiveProperty)

    @property
    def type_name(self) -> str:
        """The Neo4j relationship type: `hasComponent` becomes `HAS_COMPONENT`."""
        return "".join("_" + c if c.isupper() else c.upper() for c in self.name).lstrip("_")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A datatype property of nodes. Values are JSON scalars; date-times are ISO 8601 UTC text."""

    name: str
    iri: str
    words: Words
    datatype: str  # string, integer, decimal, boolean, date, dateTime
    domain: tuple[str, ...]
    module: str
    unit: str | None = None
    is_searchable: bool = False


@dataclass(frozen=True, slots=True)
class Concept:
    """A named individual that ships with the ontology, such as the failure mode Leakage."""

    name: str
    iri: str
    cls: str
    key: str  # node key, such as "mode:Leakage"
    words: Words
    codes: tuple[str, ...] = ()  # notations, such as the ISO 14224 code "ELP"
    valid_for: tuple[str, ...] = ()  # keys of asset classes, or names of classes; empty: any
    broader: tuple[str, ...] = ()  # keys of concepts


@dataclass(frozen=True)
class Schema:
    """All terms of one ontology version, indexed by local name; concepts by their node key.

    Local names of concepts are not unique: a symptom, a failure mode and a component may share one.
    """

    classes: Mapping[str, ClassTerm]
    relations: Mapping[str, Relation]
    attributes: Mapping[str, Attribute]
    concepts: Mapping[str, Concept]  # by node key, such as "mode:Leakage"
    version: str
    digest: str  # SHA-256 of the Turtle it was read from

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether class `name` is `ancestor` or one of its descendants. Unknown names are not."""
        term = self.classes.get(name)
        return term is not None and (name == ancestor or ancestor in term.ancestors)

    def descendants(self, name: str) -> frozenset[str]:
        """`name` and all classes below it; just `name` where it is unknown."""
        return self._descendants.get(name, frozenset({name}))

    @cached_property
    def _descendants(self) -> Mapping[str, frozenset[str]]:
        below: dict[str, set[str]] = {name: {name} for name in self.classes}
        for term in self.classes.values():
            for ancestor in term.ancestors:
                below[ancestor].add(term.name)
        return MappingProxyType({name: frozenset(names) for name, names in below.items()})

    def subrelations(self, name: str) -> frozenset[str]:
        """`name` and all relations below it; none where the ontology has no such relation."""
        if name not in self.relations:
            return frozenset()
        found = {name}
        grown = True
        while grown:
            below = {r.name for r in self.relations.values() if found.intersection(r.parents)}
            grown = not below <= found
            found |= below
        return frozenset(found)

    @cached_property
    def class_of_kind(self) -> Mapping[str, str]:
        """The most general class of each kind: what a bare reference such as `asset:P-101` is."""
        base: dict[str, ClassTerm] = {}
        for term in sorted(self.classes.values(), key=lambda t: (t.depth, t.name)):
            base.setdefault(term.kind, term)
        return MappingProxyType({kind: term.name for kind, term in base.items()})

    def failure_modes_for(self, asset_class: str) -> tuple[Concept, ...]:
        """The failure modes that make sense for an asset class, in order of their keys.

        `asset_class` is the key of a concept (`class:Excavator`), its local name, or the key of a
        class that the ontology does not know: then only the modes that are valid for all remain.
        """
        key = asset_class if ":" in asset_class else f"class:{asset_class}"
        fitting = {"Asset", "AssetClass", *self.broader_of(key)}
        return tuple(
            concept
            for concept in self.concepts.values()
            if self.is_a(concept.cls, "FailureMode")
            and (not concept.valid_for or not fitting.isdisjoint(concept.valid_for))
        )

    def broader_of(self, key: str) -> tuple[str, ...]:
        """`key` and the keys of all broader concepts, nearest first."""
        found: dict[str, None] = {key: None}
        level: Sequence[str] = [key]
        while level:
            level = [
                b
                for k in level
                for b in (self.concepts[k].broader if k in self.concepts else ())
                if b not in found
            ]
            found.update(dict.fromkeys(level))
        return tuple(found)

    def class_of_key(self, key: str) -> str:
        """The class that a node key alone implies; `Thing` for an unknown kind."""
        return self.class_of_kind.get(key.partition(":")[0], "Thing")

    @cached_property
    def concept_of_key(self) -> Mapping[str, Concept]:
        """The concepts by their node keys: the same as `concepts`."""
        return self.concepts

    @cached_property
    def relation_of_type(self) -> Mapping[str, str]:
        """Relation name by Neo4j relationship type."""
        return MappingProxyType({r.type_name: r.name for r in self.relations.values()})

    @cached_property
    def searchable(self) -> frozenset[str]:
        """Attributes whose text is found by full-text search."""
        return frozenset(a.name for a in self.attributes.values() if a.is_searchable)
