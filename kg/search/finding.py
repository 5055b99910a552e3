"""Search: from what a person typed to nodes, with the reason why each was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kg.model.graph import NOW, Node, View
from kg.model.keys import identity_of, normal_code
from kg.model.text import has_han, query_tokens
from kg.narration import Named, name_node
from kg.search.codes import (
    code_kinds,
    code_of,
    code_words,
    find_code,
    find_code_prefix,
    find_respelt,
    without_separators,
)
from kg.search.lexicon import Mention, lexicon_of
from kg.search.linked import events_about
from kg.search.scoring import Reason, Scored, Scorer, Wanted, cut
from kg.store.protocol import Store
from ontology.schema import Schema

EXACT_CODE, RESPELT_CODE, CODE_PREFIX, CODE_IN_TEXT = 2.0, 1.6, 1.1, 1.3
_POOL = 100  # nodes asked of the store per query, to be ranked here
_LINKED = 60  # events found by what they are linked to
_MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Found:
    """One answer to a search."""

    key: str
    cls: str
    name: str
    named: Named
    score: float  # comparable within one answer; an exact code scores 2
    coverage: float  # share of the query that was found in it
    reasons: tuple[Reason, ...]
    in_graph: bool = True  # False: a concept of the ontology that nothing in the graph mentions


def search(
    store: Store,
    text: str,
    *,
    classes: Collection[str] | None = None,
    language: str | None = None,
    limit: int = 20,
    view: View = NOW,
) -> list[Found]:
    """Nodes that answer `text`, best first: codes, then names, aliases and words.

    Words of one language find things named in the other through the ontology's labels, and work
    orders that observed what the words mean. Words that nothing holds are tried as typos.
    `classes` (with their descendants) restricts the answers; `language` leaves out records that
    say they are written in another one.
    """
    asked = text.strip()
    if not asked or limit <= 0:
        return []
    schema = store.schema
    pool: dict[str, Found] = {}
    wanted = _Filter(schema, classes, language)

    for found in _by_code(store, schema, asked, classes=classes, limit=limit, view=view):
        if wanted.takes(found[0]):
            _offer(pool, _coded(schema, *found))

    words = _Words(store, asked, wanted, view)
    answers = words.answer()
    missed = words.missed(answers)
    if missed and not any(f.score >= RESPELT_CODE for f in pool.values()):
        answers += words.answer_typos(missed)
    answers.sort(key=lambda a: (-a.scored.score, not a.in_graph, a.node.key))
    for node, scored, in_graph in answers[: 2 * limit]:
        _offer(
            pool,
            Found(
                node.key, node.cls, node.name, name_node(schema, node),
                round(scored.score, 6), round(scored.coverage, 6), scored.reasons, in_graph,
            ),
        )  # fmt: skip
    ranked = sorted(pool.values(), key=lambda f: (-f.score, not f.in_graph, f.key))[:limit]
    # Where something holds all the words, what holds a third of them is noise.
    enough = 0.5 * max((f.coverage for f in ranked), default=0.0)
    return [f for f in ranked if f.coverage >= enough]


class _Filter:
    def __init__(
        self, schema: Schema, classes: Collection[str] | None, language: str | None
    ) -> None:
        self._schema = schema
        self.classes = None if classes is None else list(classes)
        self._language = language

    def takes(self, node: Node) -> bool:
        if self.classes is not None and not any(
            self._schema.is_a(node.cls, c) for c in self.classes
        ):
            return False
        written = node.props.get("language")
        return self._language is None or written is None or written == self._language

    def takes_class(self, cls: str) -> bool:
        return self.classes is None or any(self._schema.is_a(cls, c) for c in self.classes)


def _offer(pool: dict[str, Found], found: Found) -> None:
    known = pool.get(found.key)
    if known is None or found.score > known.score:
        pool[found.key] = found


def _by_code(
    store: Store,
    schema: Schema,
    text: str,
    *,
    classes: Collection[str] | None,
    limit: int,
    view: View,
) -> Iterable[tuple[Node, float, str]]:
    """Nodes with their score and the words by which a code found them."""
    kinds = code_kinds(schema, classes)
    if ":" in text:
        yield from ((n, EXACT_CODE, text) for n in store.get_nodes([text], view).values())
    whole, *inner = code_words(text)
    exact = find_code(store, schema, whole, kinds, view)
    yield from ((n, EXACT_CODE, whole) for n in exact)
    respelt = find_respelt(store, schema, whole, kinds, view)
    yield from ((n, RESPELT_CODE, whole) for n in respelt)
    # A beginning of a code: it has a digit or a mark, or is written in capitals only.
    looks_coded = " " not in whole and (not whole.isalpha() or whole.isupper()) and whole.isascii()
    if looks_coded and len(whole) >= 2 and not exact:
        for node in find_code_prefix(store, schema, whole, kinds, limit=limit, view=view):
            share = len(normal_code(whole)) / max(1, len(identity_of(node.key)))
            yield node, CODE_PREFIX + 0.4 * share, whole
    for word in inner[:8]:
        for node in find_code(store, schema, word, kinds, view) or find_respelt(
            store, schema, word, kinds, view
        ):
            yield node, CODE_IN_TEXT, word


def _coded(schema: Schema, node: Node, score: float, word: str) -> Found:
    code = code_of(schema, node) or node.key
    same = normal_code(word) in (code, normal_code(node.key))
    bare = without_separators(word) == without_separators(code)
    manner = Reason(word, "code", "exact" if same else "form" if bare else "prefix", code)
    return Found(node.key, node.cls, node.name, name_node(schema, node), score, 1.0, (manner,))


class _Answer(NamedTuple):
    node: Node
    scored: Scored
    in_graph: bool


class _Words:
    """Finds nodes by the words of a query."""

    def __init__(self, store: Store, text: str, wanted: _Filter, view: View) -> None:
        self._store = store
        self._schema = store.schema
        self._text = text
        self._filter = wanted
        self._view = view
        self._lexicon = lexicon_of(store.schema)
        self._units: list[Wanted] = []
        self._held: tuple[list[str], dict[str, Node]] = ([], {})  # the tokens last read, and nodes

    def answer(self) -> list[_Answer]:
        """Answers by the words as they were written, and by what they mean."""
        mentions = self._lexicon.mentions(self._text)
        self._units = cut(self._text, mentions)
        nodes = self._read_words(self._units)
        # What was read holds the only word as it is written.
        several = len(self._units) > 1
        return self._answers(self._units, mentions, nodes, typos=several)

    def missed(self, answers: Iterable[_Answer]) -> list[Wanted]:
        """Units of the query that nothing holds as they are written."""
        held = {
            reason.matched
            for answer in answers
            for reason in answer.scored.reasons
            if reason.manner not in ("typo", "prefix")
        }
        return [unit for unit in self._units if unit.text not in held]

    def answer_typos(self, missed: Sequence[Wanted]) -> list[_Answer]:
        """Answers where the units that were missed are taken for misspelt."""
        mentions = self._lexicon.mentions(self._text, typos=True)
        units = cut(self._text, mentions)
        nodes = self._read_words(units)
        misspelt = [token for unit in missed for token in query_tokens(unit.text)]
        nodes.update(self._read(misspelt, fuzzy=True))
        return self._answers(units, mentions, nodes, typos=True)

    def _read_words(self, units: Sequence[Wanted]) -> dict[str, Node]:
        tokens = _tokens(units)
        if tokens != self._held[0]:
            self._held = (tokens, self._read(tokens, fuzzy=False))
        return dict(self._held[1])

    def _read(self, tokens: Sequence[str], *, fuzzy: bool) -> dict[str, Node]:
        if not tokens:
            return {}
        hits = self._store.search_text(
            tokens[:_MAX_TOKENS], classes=self._filter.classes, fuzzy=fuzzy, limit=_POOL
        )
        return {hit.node.key: hit.node for hit in hits}

    def _answers(
        self,
        units: Sequence[Wanted],
        mentions: Sequence[Mention],
        nodes: dict[str, Node],
        *,
        typos: bool,
    ) -> list[_Answer]:
        scorer = Scorer(self._schema, self._text, units, typos=typos)
        # Concepts and their node keys are known without asking the index.
        concept_keys = _concept_keys(self._schema, mentions)
        nodes.update(self._store.get_nodes(concept_keys - nodes.keys(), self._view))
        if self._view != NOW:
            nodes = self._store.get_nodes(nodes.keys(), self._view)
        linked = events_about(
            self._store, self._schema, units, nodes,
            takes_class=self._filter.takes_class, view=self._view, limit=_LINKED,
        )  # fmt: skip
        nodes.update((event.node.key, event.node) for event in linked)
        reasons = {event.node.key: event.reasons for event in linked}
        answers: list[_Answer] = []
        for node in nodes.values():
            if self._filter.takes(node):
                scored = scorer.score(node, reasons.get(node.key, ()))
                if scored.score > 0:
                    answers.append(_Answer(node, scored, True))
        for key in sorted(concept_keys - nodes.keys()):
            concept = self._schema.concept_of_key[key]
            node = Node(key, concept.cls, concept.words.in_language("en"))
            if self._filter.takes(node):
                scored = scorer.score(node)
                answers.append(_Answer(node, scored._replace(score=scored.score * 0.8), False))
        return answers


def _concept_keys(schema: Schema, mentions: Sequence[Mention]) -> set[str]:
    keys = {t.key for m in mentions for t in m.terms if t.key is not None}
    return keys | {c.key for c in schema.concepts.values() if not keys.isdisjoint(c.broader)}


def _tokens(units: Sequence[Wanted]) -> list[str]:
    """What to ask the text index for: the words of the query, and of their translations."""
    tokens: dict[str, None] = {}
    for unit in units:
        tokens.update(dict.fromkeys(query_tokens(unit.text)))
    for unit in units:
        for phrase in unit.phrases:
            tokens.update(dict.fromkeys(_inflected(query_tokens(phrase))))
    return list(tokens)


def _inflected(stems: Iterable[str]) -> Iterable[str]:
    """A stem as it may stand in the index: the index holds words as they were written."""
    for word in stems:
        yield word
        if not has_han(word) and word.isalpha() and len(word) > 2:
            yield from (word + ending for ending in ("e", "s", "es", "ing", "ed", word[-1] + "ing"))
