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
    shape: str
    path: str | None
    value: Term | None
    severity: Severity
    messages: Mapping[str, str]


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

    def probe(self) -> None:
        """Run every shape once on things made up for it, so that a broken one is found now.

        Raises OntologyError, naming file and line.
        """
        for shape in self._beyond.values():
            data = Graph(bind_namespaces="none")
            thing = URIRef("urn:gemba:probe")
            for target in self._shapes.objects(shape.node, URIRef(f"{SH}targetClass")):
                data.add((thing, RDF.type, target))
            for word in ("targetSubjectsOf", "targetObjectsOf"):
                for target in self._shapes.objects(shape.node, URIRef(SH + word)):
                    data.add((thing, target, thing))
            try:
                run_pyshacl(data, self._shapes)
            except Exception as error:
                raise OntologyError(f"{shape.where}: {shape.name} cannot be run: {error}") from None

    def check(
        self,
        nodes: NodeClaims,
        triples: Iterable[Triple],
        classes: Mapping[str, str | None],
        is_open: Callable[[str], bool],
    ) -> Iterator[SlowResult]:
        """What pyshacl finds in a batch."""
        if not self._beyond:
            return
        data = self._batches.graph(nodes, triples, classes)
        try:
            results = run_pyshacl(data, self._shapes)
        except Exception:
            # Some value breaks pyshacl itself (it cannot compare text with numbers, say): find
            # out whose, and go on with the others.
            results = []
            for key in classes:
                try:
                    results += run_pyshacl(data, self._shapes, self._batches.iri(key))
                except Exception as error:
                    yield self._unchecked(key, error)
        for raw in results:
            of = self._batches.key(raw.focus)
            beyond = self._owner.get(raw.source)
            if of is None or beyond is None:
                continue
            if raw.component not in _MONOTONE and is_open(of):
                continue
            yield SlowResult(
                of,
                beyond.name,
                raw.path,
                self._batches.term(raw.value),
                raw.severity,
                self._messages(raw, beyond),
            )

    def _messages(self, raw: RawResult, beyond: Beyond) -> Mapping[str, str]:
        for node in (raw.constraint, raw.source):  # a SPARQL constraint has messages of its own
            own = _by_language(self._shapes.objects(node, URIRef(f"{SH}message"))) if node else {}
            if own:
                return own
        return {
            "en": f'{{this}} breaks the rule "{beyond.name}": {raw.messages.get("en", "")}',
            "zh": f"{{this}} 不符合规则“{beyond.name}”。",
        }

    def _unchecked(self, key: str, error: Exception) -> SlowResult:
        names = ", ".join(shape.name for shape in self._beyond.values())
        messages = {
            "en": f"{{this}} has values that cannot be checked against {names}: {error}",
            "zh": f"{{this}} 的取值无法按规则 {names} 检查。",
        }
        return SlowResult(key, "unchecked", None, None, "violation", messages)


class RawResult(NamedTuple):
    """One result as pyshacl reports it."""

    focus: Node
    source: Node
    path: str | None
    value: Node | None
    severity: Severity
    component: str
    constraint: Node | None
    messages: Mapping[str, str]


def run_pyshacl(data: Graph, shapes: Graph, focus: URIRef | None = None) -> list[RawResult]:
    """Validate `data`, or one node of it. Raises whatever pyshacl raises."""
    import pyshacl

    log = logging.getLogger("pyshacl-quiet")
    log.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, report, text = pyshacl.validate(
            data,
            shacl_graph=shapes,
            advanced=True,
            inplace=True,
            focus_nodes=None if focus is None else [focus],
            logger=log,
        )
    if not isinstance(report, Graph):
        raise ValueError(text)
    found = []
    for node in report.objects(None, URIRef(f"{SH}result")):  # not the details of nested shapes
        source = report.value(node, URIRef(f"{SH}sourceShape"))
        of = report.value(node, URIRef(f"{SH}focusNode"))
        if source is None or of is None:
            continue
        severity = str(report.value(node, URIRef(f"{SH}resultSeverity")))
        path = report.value(node, URIRef(f"{SH}resultPath"))
        if isinstance(path, BNode):
            path = report.value(path, URIRef(f"{SH}inversePath"))
        found.append(
            RawResult(
                of,
                source,
                local_name(str(path)) if isinstance(path, URIRef) else None,
                report.value(node, URIRef(f"{SH}value")),
                _SEVERITIES.get(severity, "violation"),
                str(report.value(node, URIRef(f"{SH}sourceConstraintComponent"))),
                report.value(node, URIRef(f"{SH}sourceConstraint")),
                _by_language(report.objects(node, URIRef(f"{SH}resultMessage"))),
            )
        )
    return found


def _by_language(nodes: Iterable[Node]) -> Mapping[str, str]:
    return {
        (node.language or "en").partition("-")[0]: str(node)
        for node in nodes
        if isinstance(node, Literal)
    }


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
