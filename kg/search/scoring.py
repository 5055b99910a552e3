"""How well a node answers a query: computed here, so that every store ranks alike.

A query is cut into wanted units: terms of the ontology that it mentions, and the words left over.
Each unit is looked for in the node's fields (code, name, aliases, text); the score is the share of
the wanted weight that was found, discounted by field and by how exact the match is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA

from kg.model.graph import Node
from kg.model.keys import normal_name
from kg.model.text import has_han, index_tokens, query_tokens
from kg.search.codes import code_of
from kg.search.lexicon import Mention, canonical, is_stop_word, stem, without_stop_words
from ontology.schema import Schema

Field = Literal["code", "name", "alias", "text", "link"]
Manner = Literal["exact", "form", "prefix", "typo", "translation", "concept"]

FIELD_WEIGHT: dict[Field, float] = {
    "code": 1.0, "name": 0.9, "alias": 0.85, "text": 0.6, "link": 0.58,
}  # fmt: skip
MANNER_WEIGHT: dict[Manner, float] = {
    "exact": 1.0, "form": 0.95, "translation": 0.9, "concept": 1.0, "prefix": 0.7, "typo": 0.6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node was found: which words of the query, in which field, and how exactly."""

    matched: str  # the words of the query
    field: Field
    manner: Manner
    found: str  # what stands in the node


class Wanted(NamedTuple):
    """One unit of a query. The other forms of its text are kept, as they are compared often."""

    text: str
    weight: float
    mention: Mention | None
    line: str  # canonical
    name: str  # normal
    stems: frozenset[str]
    phrases: tuple[str, ...]  # all words of the terms mentioned, canonical
    pattern: re.Pattern[str] | None  # any of these
    keys: frozenset[str]  # of the concepts mentioned


def _wanted(text: str, weight: float, mention: Mention | None = None) -> Wanted:
    terms = mention.terms if mention is not None else ()
    phrases = tuple(dict.fromkeys(phrase for term in terms for phrase in term.phrases))
    return Wanted(
        text,
        weight,
        mention,
        canonical(text),
        normal_name(text),
        frozenset(stem(token) for token in index_tokens(text)),
        phrases,
        re.compile("|".join(map(re.escape, phrases))) if phrases else None,
        frozenset(term.key for term in terms if term.key is not None),
    )


class Scored(NamedTuple):
    """The share of a query that a node holds, 0 to 1, with the reasons."""

    score: float
    coverage: float
    reasons: tuple[Reason, ...]


def cut(text: str, mentions: Sequence[Mention]) -> list[Wanted]:
    """The units of a query: its mentions, then the words between them."""
    units: list[Wanted] = []
    rest: list[str] = []
    at = 0
    for mention in mentions:
        rest.append(text[at : mention.start])
        at = mention.end
        size = len(mention.text) / 2 if has_han(mention.text) else len(mention.text.split())
        units.append(_wanted(mention.text, max(1.0, size), mention))
    rest.append(text[at:])
    for piece in rest:
        for token in query_tokens(without_stop_words(piece)):
            if is_stop_word(token):
                continue
            weight = 1.5 if any(c.isdigit() for c in token) else 1.0
            units.append(_wanted(token, weight))
    if not units:  # nothing but small words: then they are what is wanted
        units = [_wanted(token, 1.0) for token in query_tokens(text)]
    return units


class _Text(NamedTuple):
    """A text in the forms in which it is compared."""

    line: str  # canonical
    name: str  # normal
    tokens: frozenset[str]
    stems: frozenset[str]


class _FieldText(NamedTuple):
    field: Field
    text: str
    forms: _Text


@lru_cache(maxsize=100_000)
def _forms(text: str) -> _Text:
    tokens = frozenset(index_tokens(text))
    return _Text(canonical(text), normal_name(text), tokens, frozenset(stem(t) for t in tokens))


class Scorer:
    """Scores nodes against one query."""

    def __init__(self, schema: Schema, text: str, units: Sequence[Wanted]) -> None:
        self._schema = schema
        self._units = units
        self._whole = normal_name(text)
        self._total = sum(u.weight for u in units) or 1.0
        self._stems = frozenset(s for u in units for s in u.stems)

    def score(self, node: Node, linked: Sequence[tuple[int, Reason]] = ()) -> Scored:
        """How well `node` answers; `linked` are units that its neighbours answer."""
        fields = self._fields(node)
        by_link = dict(linked)
        gained = found = 0.0
        reasons: list[Reason] = []
        for index, unit in enumerate(self._units):
            best = _best(unit, fields)
            reason = by_link.get(index)
            if reason is not None and (best is None or best[0] < FIELD_WEIGHT["link"]):
                best = (FIELD_WEIGHT["link"] * MANNER_WEIGHT[reason.manner], reason)
            if best is not None:
                gained += unit.weight * best[0]
                found += unit.weight
                reasons.append(best[1])
        if not reasons:
            return Scored(0.0, 0.0, ())
        coverage = found / self._total
        # What holds all of the words a little goes before what holds some of them well.
        score = gained / self._total * sqrt(coverage)
        score *= self._density(node, fields) * self._prior(node)
        exact = next(
            (
                f
                for f in fields
                if f.field in ("name", "alias") and normal_name(f.text) == self._whole
            ),
            None,
        )
        if exact is not None:
            score = 1.0 * FIELD_WEIGHT[exact.field] + 0.2
        return Scored(score, coverage, tuple(reasons))

    def _fields(self, node: Node) -> list[_FieldText]:
        texts: dict[str, Field] = {}
        code = code_of(self._schema, node)
        if code is not None:
            texts[code] = "code"
        texts.setdefault(node.name, "name")
        for alias in node.aliases:
            texts.setdefault(alias, "alias")
        concept = self._schema.concept_of_key.get(node.key)
        if concept is not None:
            for listed in (concept.words.label.values(), *concept.words.alt.values()):
                for word in listed:
                    texts.setdefault(word, "alias")
        for attribute in sorted(self._schema.searchable & node.props.keys()):
            value = node.props[attribute]
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    texts.setdefault(text, "text")
        return [_FieldText(field, text, _forms(text)) for text, field in texts.items() if text]

    def _density(self, node: Node, fields: Sequence[_FieldText]) -> float:
        """Between .8 and 1: the more of a name the query covers, the better.

        Events are found by what they say and are linked to, not by a name.
        """
        term = self._schema.classes.get(node.cls)
        if term is not None and term.is_event:
            return 1.0
        best = max(
            (
                len(f.forms.stems & self._stems) / len(f.forms.stems)
                for f in fields
                if f.field != "text" and f.forms.stems
            ),
            default=0.0,
        )
        return 0.8 + 0.2 * best

    def _prior(self, node: Node) -> float:
        term = self._schema.classes.get(node.cls)
        if term is None:
            return 0.9
        if term.is_bulk:
            return 0.8
        return 0.9 if term.is_event else 1.0


def _best(unit: Wanted, fields: Sequence[_FieldText]) -> tuple[float, Reason] | None:
    best: tuple[float, Reason] | None = None
    for field in fields:
        manner = _manner(unit, field)
        if manner is None:
            continue
        value = FIELD_WEIGHT[field.field] * MANNER_WEIGHT[manner]
        if best is None or value > best[0]:
            best = (value, Reason(unit.text, field.field, manner, field.text))
    return best


def _manner(unit: Wanted, field: _FieldText) -> Manner | None:
    if unit.mention is not None:
        return _mention_manner(unit, field)
    token, forms = unit.text, field.forms
    if token in forms.tokens:
        return "exact"
    if stem(token) in forms.stems:
        return "form"
    if len(token) >= 2 and not has_han(token) and any(t.startswith(token) for t in forms.tokens):
        return "prefix"
    if any(_is_typo(token, other) for other in forms.tokens):
        return "typo"
    return None


def _mention_manner(unit: Wanted, field: _FieldText) -> Manner | None:
    line = field.forms.line
    if unit.line.strip() and unit.line in line:
        return "exact" if unit.name in field.forms.name else "form"
    if unit.pattern is not None and unit.pattern.search(line):
        return "typo" if unit.mention is not None and unit.mention.is_typo else "translation"
    return None


def _is_typo(wanted: str, token: str) -> bool:
    """One edit apart, two from eight characters; short and Han tokens must be exact."""
    if len(wanted) < 4 or has_han(wanted) or has_han(token):
        return False
    allowed = 2 if len(wanted) >= 8 else 1
    if abs(len(wanted) - len(token)) > allowed:
        return False
    return OSA.distance(wanted, token, score_cutoff=allowed) <= allowed
