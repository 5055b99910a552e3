"""Texts as the units that are labelled one by one: words, marks and Han characters.

Tokens that an example brings are taken as they are. Otherwise a text is cut by the product's
tokenizer; a chunk between spaces that training knew as one token (`<id>`) stays one. Where labels
end inside of words throughout, every character is a unit (see `Splitter.learn`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from extraction.learning.examples import Example
from extraction.text.tokens import fold, tokenize

LONGEST_WORD = 60  # characters of a word that are looked at
_ENDS = frozenset("。！？；;!?\n")
_PAUSES = frozenset("，、,:：.")


class Units(NamedTuple):
    """Folded words with their half-open character ranges in the raw text, in order."""

    words: list[str]
    ranges: list[tuple[int, int]]


class Splitter:
    """Cuts texts into units as it was learnt from labelled texts."""

    def __init__(self, whole: Iterable[str] = (), characters: bool = False) -> None:
        self.whole = frozenset(whole)
        self.characters = characters

    @classmethod
    def learn(cls, examples: Sequence[Example]) -> tuple[Splitter, int]:
        """The splitter that fits labelled texts, and how many spans end inside of its units."""
        whole = set()
        for example in examples:
            for start, end in example.tokens or ():
                word = example.text[start:end]
                if not word.isalnum() and len(tokenize(word).words) > 1:
                    whole.add(word)
        splitter = cls(whole)
        spans = sum(len(example.spans) for example in examples)
        astray = sum(splitter._count_astray(example) for example in examples)
        if spans and astray > _TOLERATED * spans:
            return cls(characters=True), 0
        return splitter, astray

    def _count_astray(self, example: Example) -> int:
        if example.tokens is not None and not self.characters:
            ranges: Sequence[tuple[int, int]] = example.tokens
        else:
            ranges = self.split(example.text).ranges
        starts, ends = {r[0] for r in ranges}, {r[1] for r in ranges}
        return sum(s.start not in starts or s.end not in ends for s in example.spans)

    def units(self, example: Example) -> Units:
        """The units of a text."""
        if example.tokens is None or self.characters:
            return self.split(example.text)
        words = [fold(example.text[start:end]).text[:LONGEST_WORD] for start, end in example.tokens]
        return Units(words, list(example.tokens))

    def units_with_spans(self, example: Example) -> Units:
        """The units of a labelled text, cut further where a span ends inside of one."""
        units = self.units(example)
        cuts = {at for span in example.spans for at in span[:2]}
        cuts -= {at for both in units.ranges for at in both}
        if not cuts:
            return units
        words: list[str] = []
        ranges: list[tuple[int, int]] = []
        for word, (start, end) in zip(*units, strict=True):
            inner = sorted(at for at in cuts if start < at < end)
            if not inner:
                words.append(word)
                ranges.append((start, end))
                continue
            for a, b in zip([start, *inner], [*inner, end], strict=True):
                if example.text[a:b].strip():
                    words.append(fold(example.text[a:b]).text)
                    ranges.append((a, b))
        return Units(words, ranges)

    def split(self, text: str) -> Units:
        """The units of a text that came without tokens."""
        if self.characters:
            at = [n for n, character in enumerate(text) if not character.isspace()]
            return Units([fold(text[n]).text for n in at], [(n, n + 1) for n in at])
        words, ranges = tokenize(text)
        if self.whole and any(chunk in self.whole for chunk in text.split()):
            words, ranges = self._join(text, words, ranges)
        return Units([word[:LONGEST_WORD] for word in words], ranges)

    def _join(
        self, text: str, words: list[str], ranges: list[tuple[int, int]]
    ) -> tuple[list[str], list[tuple[int, int]]]:
        chunks = []
        at = 0
        for chunk in text.split():
            at = text.index(chunk, at)
            if chunk in self.whole:
                chunks.append((at, at + len(chunk)))
            at += len(chunk)
        inside = [r for r in zip(words, ranges, strict=True) if not _within(r[1], chunks)]
        joined = [(fold(text[a:b]).text, (a, b)) for a, b in chunks]
        both = sorted(inside + joined, key=lambda unit: unit[1])
        return [word for word, _ in both], [r for _, r in both]

    def to_json(self) -> dict[str, Any]:
        return {"whole": sorted(self.whole), "characters": self.characters}


_TOLERATED = 0.02  # share of spans that may end inside of a word before characters are the units


def _within(place: tuple[int, int], chunks: list[tuple[int, int]]) -> bool:
    return any(start <= place[0] and place[1] <= end for start, end in chunks)


def cut(words: Sequence[str], limit: int = 80) -> list[tuple[int, int]]:
    """Half-open ranges of at most `limit` units, cut behind ends of sentences where there are."""
    pieces = []
    start = 0
    while len(words) - start > limit:
        window = range(start + limit - 1, start, -1)
        at = next((n for n in window if words[n] in _ENDS), None)
        if at is None:
            at = next((n for n in window if words[n] in _PAUSES), start + limit - 1)
        pieces.append((start, at + 1))
        start = at + 1
    if start < len(words):
        pieces.append((start, len(words)))
    return pieces
