"""Finding a term by what people call it, in either language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz import fuzz, process

from ontology.schema import Attribute, ClassTerm, Concept, Relation, Schema

Term = ClassTerm | Relation | Attribute | Concept
_SPACE = re.compile(r"\s+")
_BY_NAME, _BY_LABEL, _BY_OTHER = range(3)


class Match(NamedTuple):
    """A term that goes by a word, and how well: 0 its name or key, 1 a label, 2 another word."""

    rank: int
    term: Term


def all_terms(schema: Schema) -> Iterator[Term]:
    """Classes, relations, attributes and concepts."""
    yield from schema.classes.values()
    yield from schema.relations.values()
    yield from schema.attributes.values()
    yield from schema.concepts.values()


def find_terms(schema: Schema, text: str) -> list[Match]:
    """All terms that are called exactly `text`, best first; case and spacing do not matter."""
    wanted = _normal(text)
    found = []
    for term in all_terms(schema):
        ranks = [rank for rank, word in _words(term) if _normal(word) == wanted]
        if ranks:
            found.append(Match(min(ranks), term))
    return sorted(found, key=lambda m: m.rank)


def nearest_words(schema: Schema, text: str, limit: int = 5) -> list[str]:
    """Words of the ontology that are written much like `text`, best first."""
    words = {word: _normal(word) for term in all_terms(schema) for _, word in _words(term)}
    hits = process.extract(
        _normal(text), words, scorer=fuzz.ratio, limit=limit * 4, score_cutoff=55
    )
    seen: dict[str, str] = {}  # one word for each way of writing it
    for normal, _, word in hits:
        seen.setdefault(normal, word)
    return list(seen.values())[:limit]


def _words(term: Term) -> Iterator[tuple[int, str]]:
    yield _BY_NAME, term.name
    if isinstance(term, Concept):
        yield _BY_NAME, term.key
        for code in term.codes:
            yield _BY_OTHER, code
    for label in term.words.label.values():
        yield _BY_LABEL, label
    for words in term.words.alt.values():
        for word in words:
            yield _BY_OTHER, word


def _normal(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
