"""pyshacl as the oracle of the gate: the same batch as RDF, the same rules as SHACL.

Nothing here uses the gate's own code: batches are turned into RDF anew, and the rules that the
gate draws from the terms are written out as shapes.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import pyshacl
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Node

from ontology.schema import Schema
from ontology.sources import Source

Nodes = Mapping[str, tuple[str, Mapping[str, Any]]]
Triple = tuple[str, str, str]
DERIVED = "urn:derived:"


class Finding(NamedTuple):
    """What both sides can be compared by. `code` as the gate counts, without `shape:`."""

    focus: str
    path: str | None
    severity: str
    code: str


def iri_of(schema: Schema, key: str) -> URIRef:
    concept = schema.concepts.get(key)
    return URIRef(concept.iri if concept else "urn:gemba:" + quote(key, safe=":/@!$&'()*+,;=-._~"))


def as_literal(value: Any, datatype: str) -> Literal:
    if isinstance(value, bool):
        return Literal(value)
    if isinstance(value, int):
        return Literal(Decimal(value)) if datatype == "decimal" else Literal(value)
    if isinstance(value, float):
        return Literal(Decimal(repr(value)))
    if datatype in ("date", "dateTime"):
        return Literal(value, datatype=XSD[datatype], normalize=False)
    return Literal(value)


def as_rdf(
    schema: Schema, nodes: Nodes, triples: Sequence[Triple], classes: Mapping[str, str | None]
) -> Graph:
    graph = Graph()
    for cls in schema.classes.values():
        for parent in cls.parents:
            graph.add((URIRef(cls.iri), RDFS.subClassOf, URIRef(schema.classes[parent].iri)))
    for key in {*nodes, *(k for s, _, o in triples for k in (s, o))}:
        cls_name = classes.get(key)
        if cls_name in schema.classes:
            cls_iri = URIRef(schema.classes[cls_name].iri)
            graph.add((iri_of(schema, key), RDF.type, cls_iri))
    for subject, predicate, object_ in triples:
        lineage = {predicate}
        while True:
            more = {p for name in lineage for p in schema.relations[name].parents} - lineage
            if not more:
                break
            lineage |= more
        for name in lineage:
            relation = URIRef(schema.relations[name].iri)
            graph.add((iri_of(schema, subject), relation, iri_of(schema, object_)))
    for key, (_, props) in nodes.items():
        for name, value in props.items():
            attribute = schema.attributes[name]
            for item in value if isinstance(value, list) else [value]:
                literal = as_literal(item, attribute.datatype)
                graph.add((iri_of(schema, key), URIRef(attribute.iri), literal))
    return graph


def derived_shapes(schema: Schema) -> Graph:
    """What the terms say, as SHACL."""
    graph = Graph()

    def shape(name: str, target: Node, iri: str, severity: Node = SH.Violation) -> URIRef:
        node = URIRef(DERIVED + name)
        graph.add((node, RDF.type, SH.NodeShape))
        graph.add((node, target, URIRef(iri)))
        graph.add((node, SH.severity, severity))
        return node

    def prop(name: str, owner: URIRef, iri: str) -> URIRef:
        node = URIRef(DERIVED + name)
        graph.add((owner, SH.property, node))
        graph.add((node, SH.path, URIRef(iri)))
        return node

    def any_of(node: Node, names: Iterable[str]) -> None:
        options: list[Node] = []
        for name in names:
            option = BNode()
            graph.add((option, SH["class"], URIRef(schema.classes[name].iri)))
            options.append(option)
        head = BNode()
        Collection(graph, head, options)
        graph.add((node, SH["or"], head))

    for relation in schema.relations.values():
        if relation.domain:
            any_of(
                shape(f"subject:{relation.name}", SH.targetSubjectsOf, relation.iri),
                relation.domain,
            )
        if relation.range:
            owner = shape(f"objects:{relation.name}", SH.targetSubjectsOf, relation.iri)
            any_of(prop(f"object:{relation.name}", owner, relation.iri), relation.range)
    for attribute in schema.attributes.values():
        owner = shape(f"values:{attribute.name}", SH.targetSubjectsOf, attribute.iri)
        node = prop(f"datatype:{attribute.name}", owner, attribute.iri)
        graph.add((node, SH.datatype, XSD[attribute.datatype]))
        if attribute.datatype == "dateTime":
            graph.add((node, SH.pattern, Literal(r"(Z|[+-]\d\d:\d\d)$")))
        if attribute.datatype == "date":
            graph.add((node, SH.pattern, Literal(r"^\d{4}-\d\d-\d\d$")))
        if attribute.domain:
            any_of(
                shape(f"owner:{attribute.name}", SH.targetSubjectsOf, attribute.iri, SH.Warning),
                attribute.domain,
            )
    return graph


def shape_graph(sources: Iterable[Source]) -> Graph:
    graph = Graph()
    for source in sources:
        graph.parse(data=source.text, format="turtle")
    return graph


class Raw(NamedTuple):
    """One result of pyshacl."""

    focus: str
    path: str | None
    severity: str
    source: Node
    component: str


def run(schema: Schema, data: Graph, shapes: Graph) -> list[Raw]:
    keys = {c.iri: c.key for c in schema.concepts.values()}
    log = logging.getLogger("oracle")
    log.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, report, text = pyshacl.validate(data, shacl_graph=shapes, advanced=True, logger=log)
    assert isinstance(report, Graph), text
    found = []
    for node in report.objects(None, SH.result):  # not the details of nested shapes
        focus = str(report.value(node, SH.focusNode))
        path = report.value(node, SH.resultPath)
        if isinstance(path, BNode):
            path = report.value(path, SH.inversePath)
        severity = str(report.value(node, SH.resultSeverity)).rpartition("#")[2].lower()
        source = report.value(node, SH.sourceShape)
        assert source is not None
        component = str(report.value(node, SH.sourceConstraintComponent)).rpartition("#")[2]
        found.append(
            Raw(
                keys.get(focus) or unquote(focus.removeprefix("urn:gemba:")),
                str(path).rpartition("#")[2] if path is not None else None,
                severity,
                source,
                component.removesuffix("ConstraintComponent"),
            )
        )
    return found
