"""The one vocabulary of Gemba: Turtle files, and the Python that reads them.

`load_schema` gives the terms, `load_gate` the checks on what is being written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ontology.errors import GembaError, OntologyError
from ontology.reader import load_schema
from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema, Words
from ontology.violation import Violation

if TYPE_CHECKING:
    from ontology.gate import Gate

__all__ = [
    "Attribute",
    "ClassTerm",
    "Concept",
    "Gate",
    "GembaError",
    "OntologyError",
    "Relation",
    "Schema",
    "Violation",
    "Words",
    "load_gate",
    "load_schema",
]


def load_gate(extra: Sequence[Path] = (), schema: Schema | None = None) -> Gate:
    """The gate of the shipped ontology and shapes plus the files or folders in `extra`.

    `schema` saves reading the terms where the caller has them. rdflib is imported only now.
    Raises OntologyError, naming file and line.
    """
    from ontology import gate

    return gate.load_gate(extra, schema)


def __getattr__(name: str) -> object:
    if name == "Gate":
        from ontology.gate import Gate

        return Gate
    raise AttributeError(name)
