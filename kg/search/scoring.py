"""How well a node answers a query: computed here, so that every store ranks alike.

A query is cut into wanted units: terms of the ontology that it mentions, and the words left over.
Each unit is looked for in the node's fields (code, name, aliases, text); the score is the share of
the wanted weight that was found, discounted by field and by how exact the match is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    "code": 1.0, "name": 0.9, "alias": 0.85, "text": 0.6, "link": 0.55,
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
    """One unit of a query."""

    text: str
    weight: float
    mention: Mention | None


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
        units.append(Wanted(mention.text, max(1.0, size), mention))
    rest.append(text[at:])
    for piece in rest:
        for token in query_tokens(without_stop_words(piece)):
            if is_stop_word(token):
                continue
            weight = 1.5 if any(c.isdigit() for c in token) else 1.0
            units.append(Wanted(token, weight, None))
    if not units:  # nothing but small words: then they are what is wanted
        units = [Wanted(token, 1.0, None) for token in query_tokens(text)]
    return units


class _FieldText(NamedTuple):
    field: Field
    text: str
    line: str  # canonical
    tokens: frozenset[str]
    stems: frozenset[str]


class Scorer:
    """Scores nodes against one query."""

    def __init__(self, schema: Schema, text: str, units: Sequence[Wanted]) -> None:
        self._schema = schema
        self._units = units
        self._whole = normal_name(text)
        self._total = sum(u.weight for u in units) or 1.0

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
        score = gained / self._total * self._density(fields) * self._prior(node)
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
        return Scored(score, found / self._total, tuple(reasons))

    def _fields(self, node: Node) -> list[_FieldText]:
        texts: list[tuple[Field, str]] = []
        code = code_of(self._schema, node)
        if code is not None:
            texts.append(("code", code))
        if node.name and node.name != code:
            texts.append(("name", node.name))
        texts.extend(("alias", alias) for alias in node.aliases)
        concept = self._schema.concept_of_key.get(node.key)
        if concept is not None:
            texts.extend(("alias", label) for label in concept.words.label.values())
            texts.extend(("alias", w) for listed in concept.words.alt.values() for w in listed)
        for attribute in sorted(self._schema.searchable & node.props.keys()):
            value = node.props[attribute]
            listed = value if isinstance(value, list) else [value]
            texts.extend(("text", v) for v in listed if isinstance(v, str))
        return [
            _FieldText(field, text, canonical(text), tokens, frozenset(stem(t) for t in tokens))
            for field, text in texts
            for tokens in [frozenset(index_tokens(text))]
        ]

    def _density(self, fields: Sequence[_FieldText]) -> float:
        """Between .8 and 1: the more of a name the query covers, the better."""
        best = 0.0
        for field in fields:
            if field.field == "text" or not field.tokens:
                continue
            hits = sum(
                1 for token in field.tokens
                if any(_token_match(u.text, token) or token in u.text for u in self._units)
            )  # fmt: skip
            best = max(best, hits / len(field.tokens))
        return 0.8 + 0.2 * min(1.0, best)

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
    token = unit.text
    if token in field.tokens:
        return "exact"
    if stem(token) in field.stems:
        return "form"
    if len(token) >= 2 and not has_han(token) and any(t.startswith(token) for t in field.tokens):
        return "prefix"
    if any(_is_typo(token, other) for other in field.tokens):
        return "typo"
    return None


def _mention_manner(unit: Wanted, field: _FieldText) -> Manner | None:
    own = canonical(unit.text)
    if own.strip() and own in field.line:
        literal = normal_name(unit.text) in normal_name(field.text)
        return "exact" if literal else "form"
    mention = unit.mention
    if mention is None:
        return None
    for term in mention.terms:
        if any(phrase in field.line for phrase in term.phrases):
            return "typo" if mention.is_typo else "translation"
    return None


def _token_match(wanted: str, token: str) -> bool:
    return wanted == token or stem(wanted) == stem(token)


def _is_typo(wanted: str, token: str) -> bool:
    """One edit apart, two from eight characters; short and Han tokens must be exact."""
    if len(wanted) < 4 or has_han(wanted) or has_han(token):
        return False
    allowed = 2 if len(wanted) >= 8 else 1
    if abs(len(wanted) - len(token)) > allowed:
        return False
    return OSA.distance(wanted, token, score_cutoff=allowed) <= allowed
