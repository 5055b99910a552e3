"""The Turtle files that make up an ontology: those that ship, and a plant's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from ontology.errors import OntologyError
from ontology.namespaces import SH, local_name

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_LARGEST = 50_000_000  # bytes; a Turtle file beyond this is a mistake, not an ontology


@dataclass(frozen=True, slots=True)
class Source:
    """One Turtle file. `module` is its name without the ending, `path` what people call it."""

    path: str
    module: str
    text: str

    def line_of(self, iri: str) -> int:
        """The line (from 1) on which the term `iri` is described; 1 where that is unclear."""
        name = re.escape(local_name(iri))
        written = rf"(?:[\w.-]*:{name}|<{re.escape(iri)}>)(?![\w-])"
        match = re.search(rf"^{written}", self.text, re.M) or re.search(written, self.text)
        return self.text.count("\n", 0, match.start()) + 1 if match else 1

    def at(self, iri: str) -> str:
        """File and line of a term, for messages."""
        return f"{self.path}, line {self.line_of(iri)}"


def shipped(*folders: str) -> list[Source]:
    """The packaged Turtle of the given folders of `ontology/`, in order of their names."""
    root = files("ontology")
    found: list[Source] = []
    for folder in folders:
        entry = root / folder
        if entry.is_file():
            found.append(_packaged(entry, f"ontology/{folder}"))
        elif entry.is_dir():
            found.extend(_folder(entry, f"ontology/{folder}"))
    return found


def library() -> list[Source]:
    """The packaged concept library, `data/library/*.ttl`; empty where it does not ship."""
    try:
        folder = files("data") / "library"
    except ModuleNotFoundError:
        return []
    return list(_folder(folder, "data/library")) if folder.is_dir() else []


def own(paths: Iterable[Path]) -> list[Source]:
    """A plant's own Turtle: each path is a file, or a folder of `*.ttl`.

    Raises OntologyError for a path that is not there, too large or not UTF-8.
    """
    found: list[Source] = []
    for path in paths:
        if path.is_dir():
            found.extend(_from_disk(file) for file in sorted(path.rglob("*.ttl")))
        elif path.is_file():
            found.append(_from_disk(path))
        else:
            raise OntologyError(
                f"There is no ontology file or folder {path}: correct the path or leave it out."
            )
    return found


def schema_sources(extra: Sequence[Path] = ()) -> list[Source]:
    """All files that define terms: annotations, modules, concepts, library, then `extra`."""
    return [*shipped("annotations.ttl", "modules", "concepts"), *library(), *own(extra)]


def shape_sources(extra: Sequence[Path] = ()) -> list[Source]:
    """All files that may define shapes: those that mention SHACL at all."""
    return [s for s in (*shipped("shapes"), *library(), *own(extra)) if SH in s.text]


def digest_of(sources: Iterable[Source]) -> str:
    """SHA-256 over names and texts, in hexadecimal."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.module.encode())
        digest.update(b"\0")
        digest.update(source.text.encode())
        digest.update(b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=64)
def parse(source: Source) -> Graph:
    """The triples of one file; do not change them. Raises OntologyError with file and line."""
    from rdflib import Graph
    from rdflib.plugins.parsers.notation3 import BadSyntax

    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=source.text, format="turtle")
    except BadSyntax as error:
        reason = str(getattr(error, "_why", "not Turtle")).strip()
        line = int(getattr(error, "lines", 0)) + 1
        raise OntologyError(
            f"{source.path}, line {line} is not valid Turtle: {reason}. "
            "Look for a missing dot, quote or prefix just before."
        ) from None
    except IndexError:
        line = source.text.rstrip().count("\n") + 1
        raise OntologyError(
            f"{source.path}, line {line} is not valid Turtle: the file ends in the middle of a "
            "statement; close it with a dot."
        ) from None
    except Exception as error:  # rdflib lets several kinds escape on hostile input
        raise OntologyError(f"{source.path} is not valid Turtle: {error}") from None
    return graph


@lru_cache(maxsize=64)
def triples_of(source: Source) -> tuple[tuple[Node, Node, Node], ...]:
    """The triples of one file in an order that only their text decides: rdflib keeps none."""
    return tuple(sorted(parse(source), key=_by_text))


def _by_text(triple: tuple[Node, Node, Node]) -> tuple[str, str, str, str]:
    return str(triple[0]), str(triple[1]), str(triple[2]), getattr(triple[2], "language", "") or ""


def prefixes_of(sources: Iterable[Source]) -> Mapping[str, str]:
    """All prefixes that the files declare."""
    found: dict[str, str] = {}
    for source in sources:
        found.update({prefix: str(iri) for prefix, iri in parse(source).namespaces()})
    return found


def _folder(folder: Traversable, shown: str) -> Iterator[Source]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_file() and entry.name.endswith(".ttl"):
            yield _packaged(entry, f"{shown}/{entry.name}")


def _packaged(entry: Traversable, shown: str) -> Source:
    return Source(shown, entry.name.removesuffix(".ttl"), entry.read_text("utf-8"))


def _from_disk(path: Path) -> Source:
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise OntologyError(
                f"{path} has {size:,} bytes; an ontology file may have {_LARGEST:,}. "
                "Load large vocabularies as a table instead."
            )
        return Source(str(path), path.stem, path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise OntologyError(
            f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8."
        ) from None
    except OSError as error:
        raise OntologyError(f"{path} cannot be read: {error.strerror}.") from None


__all__ = [
    "Source",
    "digest_of",
    "library",
    "own",
    "parse",
    "prefixes_of",
    "schema_sources",
    "shape_sources",
    "shipped",
    "triples_of",
]
