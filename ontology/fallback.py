"""Shapes that plain Python does not check, enforced by pyshacl on an RDF copy of the batch.

For a node that is open (see `ontology.constraints`) pyshacl sees only what the batch says, so its
results count only where more knowledge could not take them back: `_MONOTONE` components. Others,
SPARQL constraints among them, are enforced on nodes that are new with the batch.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from ontology.batches import NodeClaims, key_of_iri, node_iri, super_relations
from ontology.compiling import Beyond
from ontology.constraints import Severity
from ontology.errors import OntologyError
from ontology.namespaces import GEMBA, SH, XSD, local_name
from ontology.schema import Schema
from ontology.sources import Source, parse
from ontology.values import NUMERIC, Lit, Term, literal
from ontology.violation import Triple

_MONOTONE = frozenset(
    f"{SH}{name}ConstraintComponent"
    for name in (
        *("Class", "Datatype", "NodeKind", "MaxCount", "MinExclusive", "MinInclusive"),
        *("MaxExclusive", "MaxInclusive", "MinLength", "MaxLength", "Pattern", "LanguageIn"),
        *("UniqueLang", "LessThan", "LessThanOrEquals", "Disjoint", "In", "Closed"),
        "QualifiedMaxCount",
    )
)
_TARGETS = frozenset(
    f"{SH}{name}"
    for name in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target")
)
_SEVERITIES: Mapping[str, Severity] = {f"{SH}Warning": "warning", f"{SH}Info": "info"}


class SlowResult(NamedTuple):
    """One result of pyshacl, in our words."""

    focus: str  # node key
    beyond: Beyond
    path: str | None
    value: Term | None
    severity: Severity
    messages: Mapping[str, str]
    component: str


class SlowShapes:
    """The shapes that need pyshacl, ready to run."""

    def __init__(self, beyond: Sequence[Beyond], sources: Sequence[Source], schema: Schema) -> None:
        self._beyond = {shape.node: shape for shape in beyond}
        self._batches = BatchGraphs(schema)
        self._shapes = Graph(bind_namespaces="none")
        self._owner: dict[Node, Beyond] = {}
        everything = Graph(bind_namespaces="none")
        for source in sources:
            for triple in parse(source):
                everything.add(triple)
        for shape in beyond:
            self._take(everything, shape)

    def __bool__(self) -> bool:
        return bool(self._beyond)

    def _take(self, everything: Graph, shape: Beyond) -> None:
        """Copy a shape with all that it refers to; other shapes lose their own targets."""
        waiting: list[Node] = [shape.node]
        while waiting:
            node = waiting.pop()
            if self._owner.get(node) is shape:
                continue
            self._owner.setdefault(node, shape)
            for triple in everything.triples((node, None, None)):
                if str(triple[1]) in _TARGETS and node not in self._beyond:
                    continue
                self._shapes.add(triple)
                if isinstance(triple[2], (BNode, URIRef)) and triple[2] not in self._owner:
                    waiting.append(triple[2])

    def check(
        self,
        nodes: NodeClaims,
        triples: Iterable[Triple],
        classes: Mapping[str, str | None],
        is_open: Callable[[str], bool],
    ) -> Iterator[SlowResult]:
        """What pyshacl finds in a batch. Raises OntologyError where a shape cannot be run."""
        if not self._beyond:
            return
        data = self._batches.graph(nodes, triples, classes)
        for focus, source, path, value, severity, component, texts in run_pyshacl(
            data, self._shapes, [b.where for b in self._beyond.values()]
        ):
            key = self._batches.key(focus)
            beyond = self._owner.get(source)
            if key is None or beyond is None:
                continue
            if component not in _MONOTONE and is_open(key):
                continue
            yield SlowResult(
                key,
                beyond,
                local_name(str(path)) if isinstance(path, URIRef) else None,
                self._batches.term(value),
                severity,
                {**texts, **beyond.messages},
                local_name(component).removesuffix("ConstraintComponent"),
            )


class RawResult(NamedTuple):
    """One result as pyshacl reports it."""

    focus: Node
    source: Node
    path: Node | None
    value: Node | None
    severity: Severity
    component: str
    messages: Mapping[str, str]


def run_pyshacl(data: Graph, shapes: Graph, where: Sequence[str]) -> list[RawResult]:
    """Validate `data` by pyshacl. Raises OntologyError, naming `where`, if the shapes break it."""
    import pyshacl

    log = logging.getLogger("pyshacl-quiet")
    log.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _, report, text = pyshacl.validate(
                data, shacl_graph=shapes, advanced=True, inplace=True, logger=log
            )
        except Exception as error:
            raise OntologyError(
                f"A shape cannot be run (one of {'; '.join(where)}): {error}"
            ) from error
    if not isinstance(report, Graph):
        raise OntologyError(f"A shape cannot be run (one of {'; '.join(where)}): {text}")
    found = []
    for node in report.subjects(RDF.type, URIRef(f"{SH}ValidationResult")):
        focus = report.value(node, URIRef(f"{SH}focusNode"))
        source = report.value(node, URIRef(f"{SH}sourceShape"))
        if focus is None or source is None:
            continue
        severity = str(report.value(node, URIRef(f"{SH}resultSeverity")))
        messages = {
            (m.language or "en").partition("-")[0]: str(m)
            for m in report.objects(node, URIRef(f"{SH}resultMessage"))
            if isinstance(m, Literal)
        }
        found.append(
            RawResult(
                focus,
                source,
                report.value(node, URIRef(f"{SH}resultPath")),
                report.value(node, URIRef(f"{SH}value")),
                _SEVERITIES.get(severity, "violation"),
                str(report.value(node, URIRef(f"{SH}sourceConstraintComponent"))),
                messages,
            )
        )
    return found


class BatchGraphs:
    """Turns batches into RDF: what the terms are called there and back."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._keys = {c.iri: c.key for c in schema.concepts.values()}
        self._predicates = {
            **{r.name: URIRef(r.iri) for r in schema.relations.values()},
            **{a.name: URIRef(a.iri) for a in schema.attributes.values()},
        }
        self._hierarchy = [
            (URIRef(c.iri), RDFS.subClassOf, URIRef(schema.classes[parent].iri))
            for c in schema.classes.values()
            for parent in c.parents
        ]
        self._above = super_relations(schema)

    def iri(self, key: str) -> URIRef:
        """The IRI of a node in the copy: the concept's own, else one made of the key."""
        return URIRef(node_iri(self._schema, key))

    def key(self, node: Node | None) -> str | None:
        """The node key of an IRI; None for others."""
        if not isinstance(node, URIRef):
            return None
        return key_of_iri(self._keys, str(node))

    def term(self, node: Node | None) -> Term | None:
        """A node key or literal."""
        if isinstance(node, Literal):
            return Lit(local_name(str(node.datatype or XSD + "string")), str(node), None)
        return self.key(node)

    def graph(
        self, nodes: NodeClaims, triples: Iterable[Triple], classes: Mapping[str, str | None]
    ) -> Graph:
        """The batch as RDF, with the class hierarchy and what follows for super-relations."""
        graph = Graph(bind_namespaces="none")
        for fact in self._hierarchy:
            graph.add(fact)
        mentioned = dict.fromkeys(nodes)
        for subject, predicate, object_ in triples:
            mentioned[subject] = mentioned[object_] = None
            for name in (predicate, *self._above.get(predicate, ())):
                relation = self._predicates.get(name, URIRef(GEMBA + quote(name, safe="")))
                graph.add((self.iri(subject), relation, self.iri(object_)))
        for key in mentioned:
            term = self._schema.classes.get(classes[key] or "")
            if term is not None:
                graph.add((self.iri(key), RDF.type, URIRef(term.iri)))
        for key, (_, props) in nodes.items():
            for name, value in props.items():
                attribute = self._schema.attributes.get(name)
                if attribute is None:
                    continue
                for item in value if isinstance(value, (list, tuple)) else [value]:
                    lit = literal(item, attribute.datatype)
                    graph.add((self.iri(key), URIRef(attribute.iri), rdf_literal(lit)))
        return graph


def rdf_literal(lit: Lit) -> Literal:
    """The same as rdflib writes it."""
    if lit.datatype == "string":
        return Literal(lit.lexical)
    return Literal(
        lit.lexical, datatype=URIRef(XSD + lit.datatype), normalize=lit.datatype in NUMERIC
    )
