"""Writing RDF resource by resource: Turtle or JSON-LD, whatever their number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import IO, NamedTuple, Protocol

import orjson

_LOCAL = re.compile(r"[A-Za-z][\w-]*", re.ASCII)
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_NOT_IN_STRING = re.compile(r'[\x00-\x1f"\\\x7f]')
_REMEMBERED = 20_000  # IRIs as they are written
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Iri(str):
    """An absolute IRI."""

    __slots__ = ()


class Text(NamedTuple):
    """A literal: its lexical form, and the IRI of its datatype or its language, if any."""

    value: str
    datatype: str | None = None
    language: str | None = None


Term = Iri | Text
Pairs = Sequence[tuple[str, Term]]  # IRI of the property, value


class ResourceWriter(Protocol):
    """Writes what is said of one resource after the other."""

    triples: int

    def add(self, subject: Iri, pairs: Pairs) -> None:
        """What is said of a resource; it may be added several times."""
        ...

    def close(self) -> None:
        """End the file; it is left open."""
        ...


class TurtleWriter:
    """Turtle. `prefixes` are namespaces by prefix."""

    def __init__(self, file: IO[str], prefixes: Mapping[str, str]) -> None:
        self._file = file
        self._prefixes = prefixes
        self._iri = lru_cache(_REMEMBERED)(self._write_iri)
        self.triples = 0
        for prefix, namespace in prefixes.items():
            file.write(f"@prefix {prefix}: <{namespace}> .\n")

    def add(self, subject: Iri, pairs: Pairs) -> None:
        """What is said of a resource."""
        if pairs:
            said = " ;\n    ".join(
                f"{self._verb(name)} {self._term(value)}" for name, value in pairs
            )
            self._file.write(f"\n{self._iri(subject)} {said} .\n")
            self.triples += len(pairs)

    def close(self) -> None:
        """Nothing more is needed."""

    def _verb(self, iri: str) -> str:
        return "a" if iri.endswith("22-rdf-syntax-ns#type") else self._iri(iri)

    def _write_iri(self, iri: str) -> str:
        for prefix, namespace in self._prefixes.items():
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                return f"{prefix}:{iri[len(namespace) :]}"
        return "<" + _NOT_IN_IRI.sub(lambda m: f"%{ord(m.group()):02X}", iri) + ">"

    def _term(self, term: Term) -> str:
        if isinstance(term, Iri):
            return self._iri(term)
        text = '"' + _NOT_IN_STRING.sub(_escape, term.value) + '"'
        if term.language:
            return f"{text}@{term.language}"
        return f"{text}^^{self._iri(term.datatype)}" if term.datatype else text


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _SHORT.get(character) or f"\\u{ord(character):04X}"


class JsonLdWriter:
    """JSON-LD 1.1: one object with a context and a graph, an array with a line per resource."""

    def __init__(self, file: IO[str], prefixes: Mapping[str, str]) -> None:
        self._file = file
        self._prefixes = prefixes
        self._separator = "\n"
        self._compact = lru_cache(_REMEMBERED)(self._write_compact)
        self.triples = 0
        file.write('{"@context": ' + orjson.dumps(dict(prefixes)).decode() + ',\n"@graph": [')

    def add(self, subject: Iri, pairs: Pairs) -> None:
        """What is said of a resource."""
        if not pairs:
            return
        said: dict[str, list[object]] = {}
        for name, value in pairs:
            if name.endswith("22-rdf-syntax-ns#type"):
                said.setdefault("@type", []).append(self._compact(str(value)))
            else:
                said.setdefault(self._compact(name), []).append(self._value(value))
        line = orjson.dumps({"@id": subject, **said}).decode()
        self._file.write(self._separator + line)
        self._separator = ",\n"
        self.triples += len(pairs)

    def close(self) -> None:
        """Close the array and the object."""
        self._file.write("\n]}\n")

    def _write_compact(self, iri: str) -> str:
        for prefix, namespace in self._prefixes.items():
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                return f"{prefix}:{iri[len(namespace) :]}"
        return str(iri)

    def _value(self, term: Term) -> object:
        if isinstance(term, Iri):
            return {"@id": term}
        if term.language:
            return {"@value": term.value, "@language": term.language}
        if term.datatype:
            return {"@value": term.value, "@type": self._compact(term.datatype)}
        return {"@value": term.value}
