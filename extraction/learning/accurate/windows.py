"""Texts as an encoder takes them: words, their pieces, and windows of long texts.

A span is from a first to a last word. A text that is too long for the encoder is cut into
stretches at the ends of sentences; each is read with a margin of context on either side, and a
span belongs to the stretch that its first word lies in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.learning.accurate.encoders import Special
from extraction.learning.examples import Example
from extraction.text.tokens import tokenize

_META = "\u2581"
_MASK = re.compile(r"[<\[{][A-Za-z][\w/ -]*[>\]}]$")  # `<id>`: a word that was taken out
_ENDS = {
    "。": 3,
    "！": 3,
    "？": 3,
    "\n": 3,
    "；": 2,
    ";": 2,
    "!": 3,
    "?": 3,
    ".": 3,
    "，": 1,
    ",": 1,
}
_MOST_PIECES = 12  # of one word
_CACHED = 200_000  # words

Numbers = NDArray[np.int64]


class Words(NamedTuple):
    """The words of a text with their half-open character ranges."""

    words: list[str]
    ranges: list[tuple[int, int]]


def words_of(example: Example) -> Words:
    """The tokens that a text came in, else those of our own tokenizer."""
    if example.tokens is not None:
        return Words([example.text[s:e] for s, e in example.tokens], list(example.tokens))
    ranges = tokenize(example.text).spans
    return Words([example.text[start:end] for start, end in ranges], ranges)


class Pieces:
    """Cuts words into the pieces of an encoder's tokenizer, each word by itself.

    `masks` are words such as `<id>` that stand for something taken out; each gets one of the
    vocabulary's unused pieces where it has such.
    """

    def __init__(self, tokenizer: Any, special: Special, masks: Sequence[str] = ()) -> None:
        self.tokenizer = tokenizer
        self.special = special
        self.masks = tuple(masks)
        self._cache: dict[tuple[str, bool], tuple[int, ...]] = {}
        for n, mask in enumerate(masks):
            number = tokenizer.token_to_id(f"[unused{n}]")
            if number is not None:
                self._cache[mask.lower(), False] = self._cache[mask.lower(), True] = (number,)
        self._fixed = dict(self._cache)

    def cut(self, texts: Iterable[Words]) -> list[list[tuple[int, ...]]]:
        """The numbers of the pieces of every word of every text; no word is without."""
        keys = [_keys(text) for text in texts]
        unseen = list({key: None for text in keys for key in text if key not in self._cache})
        if len(self._cache) > _CACHED:
            self._cache = dict(self._fixed)
            unseen = list({key: None for text in keys for key in text if key not in self._cache})
        given = [word if glued else " " + word for word, glued in unseen]
        for key, encoding in zip(
            unseen, self.tokenizer.encode_batch(given, add_special_tokens=False), strict=True
        ):
            self._cache[key] = self._trim(encoding, key[1])
        cache = self._cache
        return [[cache[key] for key in text] for text in keys]

    def _trim(self, encoding: Any, glued: bool) -> tuple[int, ...]:
        """Within a run of characters no piece says that a space came before."""
        numbers = list(encoding.ids)
        if numbers and encoding.tokens[0].startswith(_META):
            if encoding.tokens[0] == _META:
                if glued or len(numbers) > 1:
                    del numbers[0]
            elif glued:
                bare = self.tokenizer.token_to_id(encoding.tokens[0][1:])
                if bare is not None:
                    numbers[0] = bare
        return tuple(numbers[:_MOST_PIECES]) or (self.special.unknown,)


def _keys(text: Words) -> list[tuple[str, bool]]:
    end = -1
    keys = []
    for word, (start, stop) in zip(text.words, text.ranges, strict=True):
        lower = word.lower() if word[:1] in "<[{" else word
        keys.append((lower, start == end))
        end = stop
    return keys


def find_masks(texts: Iterable[Words]) -> list[str]:
    """The masks among the words, the most frequent first."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in text.words:
            if word[:1] in "<[{" and _MASK.match(word):
                counts[word.lower()] = counts.get(word.lower(), 0) + 1
    return sorted(counts, key=lambda mask: (-counts[mask], mask))[:90]


class Window(NamedTuple):
    """A stretch of a text with its margins, ready for the encoder.

    Words are numbered from the window's first. The stretch itself is from word `inner` to before
    `outer`; spans that begin there are this window's.
    """

    text: int  # which of the texts
    offset: int  # of its first word in the text
    length: int  # words
    inner: int
    outer: int
    pieces: Numbers  # numbers of the pieces, those around the text included
    words: Numbers  # for each piece of a word, the word; as many as `places`
    places: Numbers  # for each piece of a word, its place in `pieces`


def make_windows(texts: Sequence[Words], pieces: Pieces, limit: int, margin: int) -> list[Window]:
    """The windows of the texts, in their order; a text without words has none."""
    windows = []
    for n, (text, cut) in enumerate(zip(texts, pieces.cut(texts), strict=True)):
        sizes = [len(word) for word in cut]
        for start, inner, outer, end in _stretches(text.words, sizes, limit, margin):
            windows.append(_window(n, cut[start:end], start, inner, outer, pieces.special))
    return windows


def _stretches(
    words: list[str], sizes: list[int], limit: int, margin: int
) -> list[tuple[int, int, int, int]]:
    """Start with margin, start, end, end with margin of each stretch, in words."""
    if sum(sizes) <= limit:
        return [(0, 0, len(words), len(words))] if words else []
    stretches = []
    room = limit - 2 * margin
    start = 0
    while start < len(words):
        end, used = start, 0
        while end < len(words) and used + sizes[end] <= room:
            used += sizes[end]
            end += 1
        end = max(end, start + 1)
        if end < len(words):
            end = _cut_at_end(words, start, end)
        before = _step(sizes, start, margin, -1)
        after = _step(sizes, end, margin, 1)
        stretches.append((before, start, end, after))
        start = end
    return stretches


def _cut_at_end(words: list[str], start: int, end: int) -> int:
    """After the strongest mark in the latter half, the last of its strength."""
    best, at = 0, end
    for n in range(end - 1, start + (end - start) // 2, -1):
        strength = _ENDS.get(words[n], 0)
        if strength > best:
            best, at = strength, n + 1
    return at


def _step(sizes: list[int], at: int, margin: int, way: int) -> int:
    used = 0
    while True:
        n = at if way > 0 else at - 1
        if not 0 <= n < len(sizes) or used + sizes[n] > margin:
            return at
        used += sizes[n]
        at += way


def _window(
    text: int, cut: list[tuple[int, ...]], start: int, inner: int, outer: int, special: Special
) -> Window:
    counts = np.fromiter(map(len, cut), np.int64, len(cut))
    total = int(counts.sum())
    lead = 0 if special.first is None else 1
    numbers = np.empty(total + lead + (special.last is not None), np.int64)
    numbers[lead : lead + total] = [piece for word in cut for piece in word]
    if special.first is not None:
        numbers[0] = special.first
    if special.last is not None:
        numbers[-1] = special.last
    words = np.repeat(np.arange(len(cut)), counts)
    places = np.arange(lead, lead + total)
    return Window(text, start, len(cut), inner - start, outer - start, numbers, words, places)
