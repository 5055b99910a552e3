"""From SHACL in Turtle to `Shape`s, and which of them plain Python cannot check.

A shape that uses a component beyond `ontology.constraints` (SPARQL, qualified value shapes, longer
paths …) is kept as RDF in `ShapeSet.beyond` and enforced by pyshacl. A word in the SHACL namespace
that SHACL does not have is a mistake and never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rdflib import BNode, Literal, URIRef
from rdflib.namespace import SH as SHACL
from rdflib.term import Node

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
    Path,
    Pattern,
    Severity,
    Shape,
)
from ontology.description import Description, Descriptions
from ontology.errors import OntologyError
from ontology.namespaces import GEMBA, OWL, RDFS, SH, XSD, local_name
from ontology.schema import Schema
from ontology.sources import Source
from ontology.values import Lit, Term, from_text

_SEVERITIES: Mapping[str, Severity] = {
    f"{SH}Violation": "violation",
    f"{SH}Warning": "warning",
    f"{SH}Info": "info",
}
_NODE_KINDS = {
    "IRI": (True, False),
    "Literal": (False, True),
    "IRIOrLiteral": (True, True),
    "BlankNode": (False, False),
    "BlankNodeOrIRI": (True, False),
    "BlankNodeOrLiteral": (False, True),
}
_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
# Words of SHACL that constrain nothing by themselves.
_SILENT = {
    *_TARGETS,
    "path",
    "property",
    "message",
    "severity",
    "deactivated",
    "name",
    "description",
    "order",
    "group",
    "defaultValue",
    "flags",
    "declare",
}
_LISTS = ("and", "or", "xone")


class _Beyond(Exception):
    """The shape uses something that plain Python does not check."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """A shape for pyshacl: its node in the graph, and its name, place and reason."""

    node: Node
    name: str
    where: str
    uses: str


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """All shapes of an ontology. `beyond` are those that only pyshacl can check."""

    shapes: tuple[Shape, ...] = ()
    beyond: tuple[Beyond, ...] = ()


def read_shapes(sources: Sequence[Source], schema: Schema) -> ShapeSet:
    """The shapes of these files. Raises OntologyError, with file and line, for a wrong one."""
    return _Reader(Descriptions(sources), schema).read()


class _Reader:
    def __init__(self, terms: Descriptions, schema: Schema) -> None:
        self.terms = terms
        self.schema = schema
        self.class_of_iri = {t.iri: t.name for t in schema.classes.values()}
        self.relation_of_iri = {t.iri: t.name for t in schema.relations.values()}
        self.attribute_of_iri = {t.iri: t.name for t in schema.attributes.values()}
        self.key_of_iri = {c.iri: c.key for c in schema.concepts.values()}
        self.done: dict[Node, Shape] = {}
        self.busy: set[Node] = set()
        self.named: list[Description] = []  # the shapes with a name that are being read

    def read(self) -> ShapeSet:
        shapes: list[Shape] = []
        beyond: list[Beyond] = []
        for term in self.terms:
            self._reject_unknown_words(term)
        for term in self.terms:
            if not self._is_target(term) or self._is_off(term):
                continue
            try:
                shapes.append(self._shape(term, self._name(term, "")))
            except _Beyond as reason:
                beyond.append(
                    Beyond(
                        term.node,
                        self._name(term, ""),
                        term.source.at(term.iri),
                        str(reason),
                    )
                )
        return ShapeSet(tuple(shapes), tuple(beyond))

    # -- what is a shape -------------------------------------------------------------------------

    def _reject_unknown_words(self, term: Description) -> None:
        for predicate in term.values:
            if predicate.startswith(SH) and URIRef(predicate) not in SHACL:
                raise self._wrong(term, f"uses sh:{local_name(predicate)}, which SHACL has not")

    def _is_target(self, term: Description) -> bool:
        if any(f"{SH}{t}" in term.values for t in (*_TARGETS, "target")):
            return True
        return self._is_class_and_shape(term)

    def _is_class_and_shape(self, term: Description) -> bool:
        types = set(term.types)
        return bool(types & {f"{SH}NodeShape", f"{SH}PropertyShape"}) and bool(
            types & {f"{RDFS}Class", f"{OWL}Class"}
        )

    def _is_off(self, term: Description) -> bool:
        return term.flag(f"{SH}deactivated")

    def _wrong(self, term: Description, reason: str) -> OntologyError:
        if not isinstance(term.node, URIRef) and self.named:
            owner = self.named[-1]
            return OntologyError(
                f"{owner.source.at(owner.iri)}: a shape in {owner.name} {reason}.", ids=[owner.iri]
            )
        return term.wrong(reason)

    def _name(self, term: Description, within: str) -> str:
        if isinstance(term.node, URIRef):
            return term.name
        if within:
            return within
        targets = [local_name(i) for t in _TARGETS for i in term.iris(f"{SH}{t}")]
        return "-".join(targets) or "shape"

    # -- one shape -------------------------------------------------------------------------------

    def _shape(self, term: Description, name: str) -> Shape:
        if term.node in self.done:
            return self.done[term.node]
        if term.node in self.busy:
            raise self._wrong(term, "refers to itself; SHACL does not say what that means")
        self.busy.add(term.node)
        has_name = isinstance(term.node, URIRef)
        if has_name:
            self.named.append(term)
        try:
            shape = self.done[term.node] = self._read_shape(term, name)
        finally:
            self.busy.discard(term.node)
            if has_name:
                self.named.pop()
        return shape

    def _read_shape(self, term: Description, name: str) -> Shape:
        severity = (term.iris(f"{SH}severity") or (f"{SH}Violation",))[0]
        if severity not in _SEVERITIES:
            raise self._wrong(term, "has a severity other than Violation, Warning and Info")
        targets = self._targets(term)
        shape = Shape(
            name=name,
            iri=term.iri if isinstance(term.node, URIRef) else None,
            path=self._path(term),
            severity=_SEVERITIES[severity],
            messages=dict(term.by_language(f"{SH}message")),
            target_classes=targets["targetClass"],
            target_nodes=targets["targetNode"],
            targets_subjects_of=targets["targetSubjectsOf"],
            targets_objects_of=targets["targetObjectsOf"],
            of_statements=term.flag(f"{GEMBA}ofStatements"),
        )
        for predicate in term.values:
            word = predicate.removeprefix(SH)
            if predicate.startswith(SH) and word not in _SILENT:
                shape.constraints.extend(self._constraints(term, word, shape))
        inner = [self._inner(n, term, name) for n in term.nodes(f"{SH}property")]
        if any(s.path is None and s.name != _OFF for s in inner):
            raise self._wrong(term, "has a property shape without sh:path")
        shape.properties.extend(s for s in inner if s.name != _OFF)
        return shape

    def _inner(self, node: Node, owner: Description, within: str) -> Shape:
        """A shape that another refers to."""
        term = self.terms.at(node)
        if term is None:
            raise self._wrong(owner, f"refers to the shape {local_name(str(node))}, "
                                     "which is not described")  # fmt: skip
        if self._is_off(term):
            return Shape(_OFF, None)
        path = self._path(term)
        return self._shape(term, self._name(term, f"{within}.{path.name}" if path else within))

    def _path(self, term: Description) -> Path | None:
        nodes = term.nodes(f"{SH}path")
        if not nodes:
            return None
        if len(nodes) > 1:
            raise self._wrong(term, "has several paths; write a property shape for each")
        return self._path_of(nodes[0], term)

    def _path_of(self, node: Node, term: Description) -> Path:
        if isinstance(node, BNode):
            path = self.terms.at(node)
            inverse = path.nodes(f"{SH}inversePath") if path else []
            if len(inverse) == 1 and isinstance(inverse[0], URIRef):
                found = self._path_of(inverse[0], term)
                if found.is_relation:
                    return found._replace(inverse=True)
            raise _Beyond("a longer path")
        iri = str(node)
        if iri in self.relation_of_iri:
            return Path(self.relation_of_iri[iri], True)
        if iri in self.attribute_of_iri:
            return Path(self.attribute_of_iri[iri], False)
        raise self._wrong(
            term, f"has the path {iri}, which is no relation or attribute; declare or correct it"
        )

    def _targets(self, term: Description) -> dict[str, frozenset[str]]:
        classes = set(term.iris(f"{SH}targetClass"))
        if self._is_class_and_shape(term):
            classes.add(term.iri)
        for iri in classes:
            if iri not in self.class_of_iri:
                raise self._wrong(term, f"is for the class {iri}, which is unknown; correct it")
        if term.nodes(f"{SH}target"):
            raise _Beyond("sh:target")
        return {
            "targetClass": frozenset[str]().union(
                *(self.schema.descendants(self.class_of_iri[iri]) for iri in classes)
            ),
            "targetNode": frozenset(self._key(i) for i in term.iris(f"{SH}targetNode")),
            **{
                word: frozenset(self._path_of(n, term).name for n in term.nodes(f"{SH}{word}"))
                for word in ("targetSubjectsOf", "targetObjectsOf")
            },
        }

    # -- constraint components -------------------------------------------------------------------

    def _constraints(self, term: Description, word: str, shape: Shape) -> list[Constraint]:
        nodes = term.nodes(f"{SH}{word}")
        if word in _LISTS:
            return [
                Logical(word, self._shapes(self.terms.items(n, term), term, shape.name))
                for n in nodes
            ]
        if word in ("not", "node"):
            return [Logical(word, self._shapes([n], term, shape.name)) for n in nodes]
        if word == "in":
            return [
                In(frozenset(self._term(item, term) for item in self.terms.items(n, term)))
                for n in nodes
            ]
        read = self._simple.get(word)
        if read is None:
            raise _Beyond(f"sh:{word}")
        return [read(self, node, term, word) for node in nodes]

    def _shapes(self, nodes: Sequence[Node], term: Description, within: str) -> list[Shape]:
        return [self._inner(node, term, within) for node in nodes]

    def _count(self, node: Node, term: Description, word: str) -> Constraint:
        if not isinstance(node, Literal) or not isinstance(node.value, int) or node.value < 0:
            raise self._wrong(term, f"needs a whole number for sh:{word}, not {node}")
        if word in ("minLength", "maxLength"):
            return Length(word, node.value)
        return MinCount(node.value) if word == "minCount" else MaxCount(node.value)

    def _class(self, node: Node, term: Description, word: str) -> Constraint:
        name = self.class_of_iri.get(str(node))
        if name is None:
            raise self._wrong(term, f"asks for the class {node}, which is unknown; correct it")
        return ClassIs(name, self.schema.descendants(name))

    def _datatype(self, node: Node, term: Description, word: str) -> Constraint:
        datatype = str(node).removeprefix(XSD)
        if datatype not in ("string", "integer", "decimal", "boolean", "date", "dateTime"):
            raise _Beyond(f"sh:datatype {node}")
        return Datatype(datatype)

    def _node_kind(self, node: Node, term: Description, word: str) -> Constraint:
        kinds = _NODE_KINDS.get(str(node).removeprefix(SH))
        if kinds is None:
            raise self._wrong(term, f"has the node kind {node}, which SHACL has not")
        return NodeKind(*kinds)

    def _pattern(self, node: Node, term: Description, word: str) -> Constraint:
        flags = 0
        for letter in term.text(f"{SH}flags") or "":
            if letter not in _FLAGS:
                raise _Beyond(f"sh:flags {letter}")
            flags |= _FLAGS[letter]
        try:
            return Pattern(re.compile(str(node), flags))
        except re.error as error:
            raise self._wrong(
                term, f"has the pattern {str(node)!r}, which cannot be read: {error}"
            ) from None

    def _has_value(self, node: Node, term: Description, word: str) -> Constraint:
        return HasValue(self._term(node, term))

    def _bound(self, node: Node, term: Description, word: str) -> Constraint:
        value = self._term(node, term)
        if not isinstance(value, Lit) or value.value is None:
            raise self._wrong(term, f"needs a number, date or text for sh:{word}, not {node}")
        return Bound(word, value)

    def _pair(self, node: Node, term: Description, word: str) -> Constraint:
        return Pair(word, self._path_of(node, term))

    _simple: Mapping[str, Callable[[_Reader, Node, Description, str], Constraint]] = {
        **dict.fromkeys(("minCount", "maxCount", "minLength", "maxLength"), _count),
        **dict.fromkeys(("minInclusive", "minExclusive", "maxInclusive", "maxExclusive"), _bound),
        **dict.fromkeys(("lessThan", "lessThanOrEquals", "equals", "disjoint"), _pair),
        "class": _class,
        "datatype": _datatype,
        "nodeKind": _node_kind,
        "pattern": _pattern,
        "hasValue": _has_value,
    }

    def _term(self, node: Node, term: Description) -> Term:
        if isinstance(node, URIRef):
            return self._key(str(node))
        if not isinstance(node, Literal):
            raise _Beyond("a blank node as a value")
        if node.language:
            raise _Beyond("text with a language tag")
        datatype = str(node.datatype).removeprefix(XSD) if node.datatype else "string"
        if datatype not in (
            "string", "integer", "decimal", "double", "float", "boolean", "date", "dateTime",
        ):  # fmt: skip
            raise _Beyond(f"a value of the datatype {datatype}")
        return from_text(str(node), datatype)

    def _key(self, iri: str) -> str:
        """The node key of a concept's IRI; another IRI names no node of ours but itself."""
        return self.key_of_iri.get(iri, iri)


_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_OFF = "\0off"
