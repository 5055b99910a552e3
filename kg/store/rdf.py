"""The graph as RDF, with the evidence of every statement in PROV-O: Turtle or JSON-LD.

Things, classes, relations and attributes have the IRIs of the ontology. A believed statement is a
triple; that and how it is known stands beside it by reification, which every tool reads:

    <urn:gemba:asset:P-1> :exhibits <concept/mode#Leakage> .
    <urn:gemba:statement:…> a rdf:Statement ;
        rdf:subject … ; rdf:predicate … ; rdf:object … ;
        say:status "confirmed" ; say:confidence 0.93 ; say:validFrom "…"^^xsd:dateTime ;
        prov:wasDerivedFrom <urn:gemba:evidence:…> .
    <urn:gemba:evidence:…> a :Evidence , prov:Entity ;
        :quotes <urn:gemba:passage:…> ; prov:value "leaks badly" ; say:place "row:17" ;
        prov:hadPrimarySource <urn:gemba:document:…> ; prov:wasGeneratedBy <urn:gemba:run:…> .

Written page by page, so that memory does not grow with the graph.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Literal, NamedTuple
from urllib.parse import quote

from kg.model.claims import Value
from kg.model.errors import UnreadableFile
from kg.model.graph import BELIEVED, NOW, Evidence, Node, Statement, View
from kg.model.instants import Instant, to_text
from kg.model.keys import identity_of, kind_of
from kg.store.protocol import Store, Version
from kg.store.rdf_syntax import Iri, JsonLdWriter, Literal_, TurtleWriter
from ontology.namespaces import GEMBA, RDF, RDFS, SKOS, XSD
from ontology.schema import Schema
