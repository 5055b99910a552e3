"""The one vocabulary of Gemba: Turtle files, and the Python that reads them.

`load_schema` gives the terms, `load_gate` the checks on what is being written.
"""

from __future__ import annotations

from ontology.errors import GembaError, OntologyError
from ontology.reader import load_schema
from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema, Words

__all__ = [
    "Attribute",
    "ClassTerm",
    "Concept",
    "GembaError",
    "OntologyError",
    "Relation",
    "Schema",
    "Words",
    "load_schema",
]
