"""All there is to know about each term, gathered for people to read: on the page and by `show`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ontology.compiling import ShapeSet
from ontology.constraints import (
    Bound,
    ClassIs,
    Constraint,
    Datatype,
    HasValue,
    In,
    Length,
    Logical,
    MaxCount,
    MinCount,
    NodeKind,
    Pair,
    Pattern,
    Shape,
)
from ontology.namespaces import RDFS, SKOS, local_name
from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema
from ontology.sources import Source, shipped, triples_of
from ontology.values import Lit, Term


@dataclass(frozen=True, slots=True)
class Likeness:
    """One line of an alignment."""

    standard: str  # iof, sosa, …
    relation: str  # closeMatch, subClassOf, …
    iri: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One shape as people read it."""

    name: str
    about: tuple[str, ...]  # classes, or relations and attributes, that it applies to
    path: str | None
    asks: tuple[str, ...]  # SHACL in short: `minCount 1`
    severity: str
    messages: dict[str, str] = field(default_factory=dict)
    is_slow: bool = False


class Reference:
    """A schema with its shapes and alignments, indexed by term."""

    def __init__(
        self, schema: Schema, shapes: ShapeSet, alignments: Sequence[Source] | None = None
    ) -> None:
        self.schema = schema
        self.shapes = shapes
        self._alignments = shipped("alignments") if alignments is None else alignments

    # -- classes ---------------------------------------------------------------------------------

    @cached_property
    def roots(self) -> list[ClassTerm]:
        """Classes without parents, by module and name."""
        return [c for c in self._ordered(self.schema.classes.values()) if not c.parents]

    def children(self, name: str) -> list[ClassTerm]:
        """Classes directly below."""
        return [c for c in self._ordered(self.schema.classes.values()) if name in c.parents]

    def said_of(self, name: str) -> list[Relation]:
        """Relations of which a thing of the class may be the subject."""
        return [r for r in self.schema.relations.values() if self._takes(r.domain, name)]

    def said_to(self, name: str) -> list[Relation]:
        """Relations of which a thing of the class may be the object."""
        return [r for r in self.schema.relations.values() if self._takes(r.range, name)]

    def attributes_of(self, name: str) -> list[Attribute]:
        """Attributes that belong to the class; those of every class are left out."""
        return [
            a for a in self.schema.attributes.values() if a.domain and self._takes(a.domain, name)
        ]

    def _takes(self, allowed: Sequence[str], name: str) -> bool:
        return not allowed or any(self.schema.is_a(name, other) for other in allowed)

    def _ordered(self, classes: Iterable[ClassTerm]) -> list[ClassTerm]:
        return sorted(classes, key=lambda c: (self.modules.index(c.module), c.name))

    @cached_property
    def modules(self) -> list[str]:
        """Modules in the order of the way of the data, then a plant's own."""
        usual = ["asset", "failure", "maintenance", "production", "quality", "document"]
        found = {
            t.module
            for terms in (self.schema.classes, self.schema.relations, self.schema.attributes)
            for t in terms.values()
        }
        return [m for m in usual if m in found] + sorted(found - set(usual))

    # -- concepts --------------------------------------------------------------------------------

    @cached_property
    def concepts_by_class(self) -> dict[str, list[Concept]]:
        """Concepts by the class they are of, in order of their labels."""
        found: dict[str, list[Concept]] = {}
        for concept in self.schema.concepts.values():
            found.setdefault(concept.cls, []).append(concept)
        for concepts in found.values():
            concepts.sort(key=lambda c: c.words.in_language("en").casefold())
        return dict(sorted(found.items()))

    def top_concepts(self, cls: str) -> list[Concept]:
        """Those with nothing broader."""
        return [c for c in self.concepts_by_class.get(cls, ()) if not c.broader]

    @cached_property
    def _narrower(self) -> dict[str, list[Concept]]:
        found: dict[str, list[Concept]] = {}
        for concepts in self.concepts_by_class.values():
            for concept in concepts:
                for key in concept.broader:
                    found.setdefault(key, []).append(concept)
        return found

    def narrower(self, key: str) -> list[Concept]:
        """Concepts directly below."""
        return self._narrower.get(key, [])

    # -- shapes and alignments -------------------------------------------------------------------

    @cached_property
    def rules(self) -> list[Rule]:
        """All shapes, one rule for each thing that is asked."""
        found = [rule for shape in self.shapes.shapes for rule in _rules(shape, self.schema)]
        found += [
            Rule(beyond.name, (), None, (beyond.uses,), "violation", {}, is_slow=True)
            for beyond in self.shapes.beyond
        ]
        return found

    def rules_about(self, name: str) -> list[Rule]:
        """Rules that mention a class, relation or attribute."""
        cls = name in self.schema.classes
        return [
            rule
            for rule in self.rules
            if rule.path == name
            or name in rule.about
            or (cls and any(self.schema.is_a(name, other) for other in rule.about))
        ]

    @cached_property
    def _likenesses(self) -> dict[str, list[Likeness]]:
        found: dict[str, list[Likeness]] = {}
        for source in self._alignments:
            for subject, predicate, object_ in triples_of(source):
                word = str(predicate)
                if word.startswith(SKOS) or word == f"{RDFS}subClassOf":
                    likeness = Likeness(source.module, local_name(word), str(object_))
                    found.setdefault(str(subject), []).append(likeness)
        return found

    def likenesses(self, iri: str) -> list[Likeness]:
        """What a term corresponds to in the standards."""
        return self._likenesses.get(iri, [])


def _rules(shape: Shape, schema: Schema) -> Iterator[Rule]:
    about = (
        *_most_general(shape.target_classes, schema),
        *sorted(shape.targets_subjects_of),
        *sorted(shape.targets_objects_of),
        *sorted(shape.target_nodes),
    )
    for part in (shape, *shape.properties):
        if part.constraints:
            yield Rule(
                part.name,
                about,
                part.path.name if part.path else None,
                tuple(in_short(c) for c in part.constraints),
                part.severity,
                dict(part.messages),
            )


def _most_general(names: frozenset[str], schema: Schema) -> list[str]:
    return sorted(n for n in names if not names.intersection(schema.classes[n].ancestors))


def in_short(constraint: Constraint) -> str:
    """A constraint as a maintainer would write it: `minCount 1`, `pattern ^[A-Z]{3}$`."""
    word = constraint.component
    if isinstance(constraint, MinCount | MaxCount):
        return f"{word} {constraint.count}"
    if isinstance(constraint, Length):
        return f"{word} {constraint.bound}"
    if isinstance(constraint, Bound):
        return f"{word} {constraint.bound.lexical}"
    if isinstance(constraint, Pair):
        return f"{word} {constraint.other.name}"
    if isinstance(constraint, Pattern):
        return f"{word} {constraint.regex.pattern}"
    if isinstance(constraint, ClassIs):
        return f"{word} {constraint.name}"
    if isinstance(constraint, Datatype):
        return f"{word} {constraint.datatype}"
    if isinstance(constraint, HasValue):
        return f"{word} {_value(constraint.value)}"
    if isinstance(constraint, In):
        return f"{word} ({' '.join(sorted(map(_value, constraint.allowed)))})"
    if isinstance(constraint, Logical):
        inner = "; ".join(_inside(shape) for shape in constraint.shapes)
        return f"{word} ({inner})"
    if isinstance(constraint, NodeKind):
        return f"{word} {'node' if constraint.allows_nodes else 'literal'}"
    return word


def _inside(shape: Shape) -> str:
    path = f"{'inverse ' if shape.path.inverse else ''}{shape.path.name} " if shape.path else ""
    parts = [in_short(c) for c in shape.constraints] + [_inside(s) for s in shape.properties]
    return path + ", ".join(parts)


def _value(term: Term) -> str:
    return term.lexical if isinstance(term, Lit) else term
