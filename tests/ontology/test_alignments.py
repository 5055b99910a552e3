"""Alignments point only at what exists, and claim no more than they may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from ontology import load_schema
from ontology.namespaces import GEMBA
from ontology.sources import parse, shipped
from tests.shared_data import shared

MATCHES = {
    SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch,
}  # fmt: skip
IOF = "https://spec.industrialontologies.org/ontology/construct/"
PINNED = {
    "iof": ["ontologies/pinned/iof"],
    "iso14224": ["ontologies/iso14224/pidvocab14224.ttl"],
    "sosa": ["ontologies/pinned/sosa/core"],
    "provo": ["ontologies/pinned/w3c-prov-qudt/prov-o.ttl"],
    "epcis": ["traceability/epcis_gs1/EPCIS.ttl", "traceability/epcis_gs1/CBV.ttl"],
    "isa95": ["ontologies/pinned/isa95/DINEN62264.owl"],
    "aas": ["ontologies/pinned/aas/schemas/rdf/rdf-ontology.ttl"],
}
NAMES = sorted(source.module for source in shipped("alignments"))


def alignment(name: str) -> Graph:
    return parse(next(s for s in shipped("alignments") if s.module == name))


def claims(name: str) -> Iterator[tuple[URIRef, URIRef, URIRef]]:
    """What an alignment says about our terms."""
    for subject, predicate, object_ in alignment(name):
        if predicate in MATCHES or predicate == RDFS.subClassOf:
            assert isinstance(subject, URIRef)
            assert isinstance(predicate, URIRef)
            assert isinstance(object_, URIRef)
            yield subject, predicate, object_


def pinned(name: str) -> list[Path]:
    found: list[Path] = []
    for entry in PINNED[name]:
        path = shared(entry)
        found += (
            [path] if path.is_file() else sorted(path.rglob("*.rdf")) + sorted(path.rglob("*.ttl"))
        )
    return found


@pytest.fixture(scope="module")
def iof_maturity() -> dict[str, str]:
    """Maturity of the module that defines each IOF construct; `deprecated` where it is."""
    found: dict[str, str] = {}
    for path in pinned("iof"):
        graph = Graph().parse(path)
        maturity = "".join(
            str(level).rpartition("/")[2]
            for module in graph.subjects(RDF.type, OWL.Ontology)
            for level in graph.objects(
                module, URIRef("https://spec.industrialontologies.org/ontology/annotation/maturity")
            )
        )
        for construct in graph.subjects(RDFS.isDefinedBy):
            found[str(construct)] = maturity
        for construct in graph.subjects(OWL.deprecated):
            found[str(construct)] = "deprecated"
    return found


def test_alignments_cover_the_seven_standards() -> None:
    assert set(NAMES) == set(PINNED)


@pytest.mark.parametrize("name", NAMES)
def test_alignments_relate_our_terms_to_foreign_ones(name: str) -> None:
    schema = load_schema()
    ours = {t.iri for t in schema.classes.values()}
    ours |= {t.iri for t in schema.relations.values()} | {t.iri for t in schema.attributes.values()}
    said = list(claims(name))
    assert len(said) > 5
    for subject, _, object_ in said:
        assert str(subject) in ours
        assert not str(object_).startswith(GEMBA)


@pytest.mark.parametrize("name", NAMES)
def test_alignments_never_claim_equivalence(name: str) -> None:
    graph = alignment(name)
    predicates = set(graph.predicates())
    assert OWL.equivalentClass not in predicates
    assert OWL.equivalentProperty not in predicates
    assert OWL.sameAs not in predicates
    assert predicates <= MATCHES | {RDFS.subClassOf, RDF.type, RDFS.label}


@pytest.mark.parametrize("name", NAMES)
def test_alignments_subclass_only_released_iof_terms(
    name: str, request: pytest.FixtureRequest
) -> None:
    parents = [o for _, p, o in claims(name) if p == RDFS.subClassOf]
    if name != "iof":
        assert not parents
        return
    assert len(parents) > 10
    maturity = request.getfixturevalue("iof_maturity")
    for parent in parents:
        assert str(parent).startswith(IOF)
        assert maturity[str(parent)] == "Released", parent


@pytest.mark.parametrize("name", NAMES)
def test_alignments_name_iris_of_the_pinned_copies(name: str) -> None:
    known: set[str] = set()
    for path in pinned(name):
        graph = Graph().parse(path)
        known |= {str(s) for s in graph.subjects()}
    for _, _, object_ in claims(name):
        assert str(object_) in known, object_


def test_definitions_are_not_those_of_the_standards() -> None:
    """No run of seven words is shared with a definition of ISO 14224, EN 13306 or IOF."""

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z]+", text.lower())
        return {tuple(words[i : i + 7]) for i in range(len(words) - 6)}

    theirs: set[tuple[str, ...]] = set()
    for path in [*pinned("iso14224"), *pinned("iof")]:
        for _, predicate, text in Graph().parse(path):
            if "efinition" in str(predicate):
                theirs |= runs(str(text))
    assert theirs
    schema = load_schema()
    terms = [
        *schema.classes.values(),
        *schema.relations.values(),
        *schema.attributes.values(),
        *schema.concepts.values(),
    ]
    copied = {t.name for t in terms if runs(t.words.definition.get("en", "")) & theirs}
    assert not copied
