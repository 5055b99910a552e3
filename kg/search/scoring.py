"""How well a node answers a query: computed here, so that every store ranks alike.

A query is cut into wanted units: terms of the ontology that it mentions, and the words left over.
Each unit is looked for in the node's fields (code, name, aliases, text); the score is the share of
the wanted weight that was found, discounted by field and by how exact the match is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA

from kg.model.graph import Node
from kg.model.keys import normal_name
from kg.model.stems import stem
from kg.model.text import has_han, index_tokens, query_tokens
from kg.search.codes import code_of
from kg.search.lexicon import Mention, canonical, is_stop_word, without_stop_words
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


class _FieldText(NamedTuple):
    """A text of a node. Its other forms are worked out where they are asked for: most are not."""

    field: Field
    text: str

    @property
    def line(self) -> str:
        return canonical(self.text)

    @property
    def name(self) -> str:
        return _normal(self.text)

    @property
    def tokens(self) -> frozenset[str]:
        return _tokens(self.text)

    @property
    def stems(self) -> frozenset[str]:
        return _stems(self.text)


class _Searched:
    """All texts of a node, and what they hold together: most nodes hold few of the words. Each
    form is worked out where it is asked for."""

    def __init__(self, fields: tuple[_FieldText, ...]) -> None:
        self.fields = fields

    @cached_property
    def line(self) -> str:
        """Canonical, the texts set apart."""
        return "\n".join(canonical(field.text) for field in self.fields)

    @cached_property
    def tokens(self) -> frozenset[str]:
        return frozenset(index_tokens("\n".join(field.text for field in self.fields)))

    @cached_property
    def words(self) -> str:
        """All tokens, each behind a space."""
        return "".join(f" {token}" for token in self.tokens)

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(map(stem, self.tokens))


@lru_cache(maxsize=100_000)
def _normal(text: str) -> str:
    return normal_name(text)


@lru_cache(maxsize=100_000)
def _tokens(text: str) -> frozenset[str]:
    return frozenset(index_tokens(text))


@lru_cache(maxsize=100_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, _tokens(text)))


@lru_cache(maxsize=20_000)
def _searched(
    code: str | None, name: str, aliases: tuple[str, ...], said: tuple[str, ...]
) -> _Searched:
    texts: dict[str, Field] = {}
    if code is not None:
        texts[code] = "code"
    texts.setdefault(name, "name")
    for alias in aliases:
        texts.setdefault(alias, "alias")
    for text in said:
        texts.setdefault(text, "text")
    return _Searched(tuple(_FieldText(field, text) for text, field in texts.items() if text))


class Scorer:
    """Scores nodes against one query."""

    def __init__(
        self, schema: Schema, text: str, units: Sequence[Wanted], *, typos: bool = True
    ) -> None:
        """Without `typos`, words of a node that are merely spelt alike do not count."""
        self._schema = schema
        self._units = units
        self._typos = typos
        self._whole = normal_name(text)
        self._total = sum(u.weight for u in units) or 1.0
        self._stems = frozenset(s for u in units for s in u.stems)

    def score(self, node: Node, linked: Sequence[tuple[int, Reason]] = ()) -> Scored:
        """How well `node` answers; `linked` are units that its neighbours answer."""
        searched = self._searched(node)
        fields = searched.fields
        by_link = dict(linked)
        gained = found = 0.0
        reasons: list[Reason] = []
        for index, unit in enumerate(self._units):
            best = _best(unit, searched, typos=self._typos)
            reason = by_link.get(index)
            if reason is not None and (best is None or best[0] < FIELD_WEIGHT["link"]):
                best = (FIELD_WEIGHT["link"] * MANNER_WEIGHT[reason.manner], reason)
            if best is not None:
                gained += unit.weight * best[0]
                found += unit.weight
                reasons.append(best[1])
        if not reasons:
            return Scored(0.0, 0.0, ())
        coverage = found / self._total if len(reasons) < len(self._units) else 1.0
        # What holds all of the words a little goes before what holds some of them well.
        score = gained / self._total * sqrt(coverage)
        score *= self._density(node, searched) * self._prior(node)
        exact = next(
            (
                f
                for f in (fields if coverage == 1.0 else ())
                if f.field in ("name", "alias") and f.name == self._whole
            ),
            None,
        )
        if exact is not None:
            score = 1.0 * FIELD_WEIGHT[exact.field] + 0.2
        return Scored(score, coverage, tuple(reasons))

    def _searched(self, node: Node) -> _Searched:
        aliases = node.aliases
        concept = self._schema.concept_of_key.get(node.key)
        if concept is not None:
            listed = (concept.words.label.values(), *concept.words.alt.values())
            aliases += tuple(word for words in listed for word in words)
        said: list[str] = []
        if node.props:
            for attribute in sorted(self._schema.searchable & node.props.keys()):
                value = node.props[attribute]
                said.extend(
                    text
                    for text in (value if isinstance(value, list) else [value])
                    if isinstance(text, str)
                )
        return _searched(code_of(self._schema, node), node.name, aliases, tuple(said))

    def _density(self, node: Node, searched: _Searched) -> float:
        """Between .8 and 1: the more of a name the query covers, the better.

        Events are found by what they say and are linked to, not by a name.
        """
        term = self._schema.classes.get(node.cls)
        if term is not None and term.is_event:
            return 1.0
        if self._stems.isdisjoint(searched.stems):
            return 0.8
        best = max(
            (
                len(f.stems & self._stems) / len(f.stems)
                for f in searched.fields
                if f.field != "text" and any(s in f.line for s in self._stems) and f.stems
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


def _best(unit: Wanted, node: _Searched, *, typos: bool) -> tuple[float, Reason] | None:
    if not _may_hold(unit, node, typos=typos):
        return None
    best: tuple[float, Reason] | None = None
    for field in node.fields:
        manner = _manner(unit, field, typos=typos)
        if manner is None:
            continue
        value = FIELD_WEIGHT[field.field] * MANNER_WEIGHT[manner]
        if best is None or value > best[0]:
            best = (value, Reason(unit.text, field.field, manner, field.text))
    return best


def _may_hold(unit: Wanted, node: _Searched, *, typos: bool) -> bool:
    """Whether any field holds the unit: asked of all of them at once, before each is."""
    if unit.mention is not None:
        return bool(unit.line.strip() and unit.line in node.line) or (
            unit.pattern is not None and unit.pattern.search(node.line) is not None
        )
    token = unit.text
    if token in node.tokens or stem(token) in node.stems:
        return True
    if has_han(token) or len(token) < 2:
        return False
    return f" {token}" in node.words or (typos and any(_is_typo(token, t) for t in node.tokens))


def _manner(unit: Wanted, field: _FieldText, *, typos: bool) -> Manner | None:
    if unit.mention is not None:
        return _mention_manner(unit, field)
    token = unit.text
    if token in field.tokens:
        return "exact"
    if stem(token) in field.stems:
        return "form"
    if len(token) < 2 or has_han(token):
        return None
    if any(t.startswith(token) for t in field.tokens):
        return "prefix"
    if typos and any(_is_typo(token, other) for other in field.tokens):
        return "typo"
    return None


def _mention_manner(unit: Wanted, field: _FieldText) -> Manner | None:
    line = field.line
    if unit.line.strip() and unit.line in line:
        return "exact" if unit.name in field.name else "form"
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
