"""Search: from what a person typed to nodes, with the reason why each was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

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
from kg.search.lexicon import Lexicon, Mention, lexicon_of
from kg.search.linked import events_about
from kg.search.scoring import Reason, Scored, Scorer, Wanted, cut
from kg.store.protocol import Store
from ontology.schema import Schema

EXACT_CODE, RESPELT_CODE, CODE_PREFIX, CODE_IN_TEXT = 2.0, 1.6, 1.1, 1.3
_POOL = 200  # nodes asked of the store per query, to be ranked here
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

    lexicon = lexicon_of(schema)
    answers = _by_words(store, schema, lexicon, asked, wanted, view=view, typos=False)
    covered = max((scored.coverage for _, scored, _ in answers), default=0.0)
    if covered < 0.999 and not any(f.score >= RESPELT_CODE for f in pool.values()):
        answers += _by_words(store, schema, lexicon, asked, wanted, view=view, typos=True)
    for node, scored, in_graph in answers:
        _offer(
            pool,
            Found(
                node.key, node.cls, node.name, name_node(schema, node),
                round(scored.score, 6), round(scored.coverage, 6), scored.reasons, in_graph,
            ),
        )  # fmt: skip
    ranked = sorted(pool.values(), key=lambda f: (-f.score, not f.in_graph, f.key))
    if ranked:
        # Where something holds all the words, what holds a third of them is noise.
        enough = 0.5 * max(f.coverage for f in ranked[:limit])
        ranked = [f for f in ranked if f.coverage >= enough]
    return ranked[:limit]


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
    looks_coded = any(c.isdigit() for c in whole) and " " not in whole
    if looks_coded and len(whole) >= 2 and len(exact) < limit:
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


def _by_words(
    store: Store,
    schema: Schema,
    lexicon: Lexicon,
    text: str,
    wanted: _Filter,
    *,
    view: View,
    typos: bool,
) -> list[tuple[Node, Scored, bool]]:
    mentions = lexicon.mentions(text, typos=typos)
    units = cut(text, mentions)
    scorer = Scorer(schema, text, units)
    nodes: dict[str, Node] = {}
    tokens = _tokens(units)
    if tokens:
        hits = store.search_text(
            tokens[:_MAX_TOKENS], classes=wanted.classes, fuzzy=typos, limit=_POOL
        )
        nodes.update((hit.node.key, hit.node) for hit in hits)
    # Concepts and their node keys are known without asking the index.
    concept_keys = _concept_keys(schema, mentions)
    nodes.update(store.get_nodes(concept_keys - nodes.keys(), view))
    if view != NOW:
        nodes = store.get_nodes(nodes.keys(), view)
    linked = events_about(
        store, schema, units, nodes, takes_class=wanted.takes_class, view=view, limit=_POOL
    )
    nodes.update((event.node.key, event.node) for event in linked)
    reasons = {event.node.key: event.reasons for event in linked}
    answers: list[tuple[Node, Scored, bool]] = []
    for node in nodes.values():
        if wanted.takes(node):
            scored = scorer.score(node, reasons.get(node.key, ()))
            if scored.score > 0:
                answers.append((node, scored, True))
    for key in sorted(concept_keys - nodes.keys()):
        concept = schema.concept_of_key[key]
        node = Node(key, concept.cls, concept.words.in_language("en"))
        if wanted.takes(node):
            scored = scorer.score(node)
            answers.append((node, scored._replace(score=scored.score * 0.8), False))
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
        for term in unit.mention.terms if unit.mention else ():
            for phrase in term.phrases:
                tokens.update(dict.fromkeys(_inflected(query_tokens(phrase))))
    return list(tokens)


def _inflected(stems: Iterable[str]) -> Iterable[str]:
    """A stem as it may stand in the index: the index holds words as they were written."""
    for word in stems:
        yield word
        if not has_han(word) and word.isalpha() and len(word) > 2:
            yield from (word + ending for ending in ("e", "s", "es", "ing", "ed", word[-1] + "ing"))
