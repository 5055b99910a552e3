"""What the ontology knows of words, as phrases with a kind and as hints on single words.

The phrases become a part of the trained model, so that it reads the same when the ontology has
changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from extraction.text.tokens import tokenize
from extraction.text.vocabulary import KIND_OF_CLASS
from extraction.text.wordlists import WordLists, load_word_lists
from ontology.schema import Schema

KINDS = ("component", "mode", "symptom", "activity", "cause", "cue", "position", "medium")


class Known(NamedTuple):
    """A phrase in folded words, and the number of its kind."""

    words: tuple[str, ...]
    kind: int


def known_phrases(schema: Schema, lists: WordLists | None = None) -> list[Known]:
    """All phrases of the ontology, its abbreviations and its word lists, each once, in order."""
    lists = lists if lists is not None else load_word_lists()
    shorter: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for written, meant in lists.aliases.items():
        shorter.setdefault(_words(meant), []).append(_words(written))
    found: dict[Known, None] = {}
    for words, kind in _phrases(schema, lists):
        if not words:
            continue
        number = KINDS.index(kind)
        found[Known(words, number)] = None
        if any("-" in word for word in words):
            parts = tuple(part for word in words for part in word.split("-") if part)
            found[Known(parts, number)] = None
        for abbreviated in shorter.get(words, ()):
            found[Known(abbreviated, number)] = None
    return sorted(found)


def _phrases(schema: Schema, lists: WordLists) -> Iterator[tuple[tuple[str, ...], str]]:
    kinds = {name: kind for top, kind in KIND_OF_CLASS.items() for name in schema.descendants(top)}
    for concept in schema.concepts.values():
        kind = kinds.get(concept.cls)
        if kind is None:
            continue
        surfaces = [*concept.words.label.values()]
        for texts in concept.words.alt.values():
            surfaces.extend(texts)
        for surface in surfaces:
            yield _words(surface), kind
    for cue in lists.cues:
        yield _words(cue.words), "cue"
    for phrase in lists.positions:
        yield _words(phrase), "position"
    for phrase in lists.media:
        yield _words(phrase), "medium"


def _words(text: str) -> tuple[str, ...]:
    return tuple(tokenize(text).words)


def word_hints(phrases: Iterable[Known]) -> dict[str, list[str]]:
    """For each word what phrases of which kind it is, ends or stands in."""
    hints: dict[str, set[str]] = {}
    for words, kind in phrases:
        if len(words) == 1:
            hints.setdefault(words[0], set()).add(f"+{kind}")
            continue
        hints.setdefault(words[-1], set()).add(f"+e{kind}")
        for word in words[:-1]:
            hints.setdefault(word, set()).add(f"+i{kind}")
    return {word: sorted(of) for word, of in sorted(hints.items())}
