"""The IRIs that Gemba's Turtle is written in, as plain text."""

from __future__ import annotations

GEMBA = "https://w3id.org/gemba/ontology#"
ONTOLOGY = "https://w3id.org/gemba/ontology"
CONCEPTS = "https://w3id.org/gemba/concept/"  # plus the kind and `#`: concept/mode#Leakage

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"


def local_name(iri: str) -> str:
    """What stands after the last `#` or `/` of an IRI."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


def namespace_of(iri: str) -> str:
    """An IRI without its local name."""
    return iri.rstrip("/#").removesuffix(local_name(iri))
