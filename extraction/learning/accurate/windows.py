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
from extraction.text.tokens import is_han, tokenize

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
    """Cuts words into the pieces of an encoder's tokenizer.

    Each word is cut by itself; with `joined`, Han characters that touch are cut together, so that
    the encoder reads the pieces that it was trained on: a piece of several characters belongs to
    all of them. `masks` are words such as `<id>` that stand for something taken out; each gets one
    of the vocabulary's unused pieces where it has such.
    """

    def __init__(
        self, tokenizer: Any, special: Special, masks: Sequence[str] = (), joined: bool = False
    ) -> None:
        self.tokenizer = tokenizer
        self.special = special
        self.masks = tuple(masks)
        self.joined = joined
        self._cache: dict[_Unit, list[tuple[int, ...]]] = {}
        for n, mask in enumerate(masks):
            number = tokenizer.token_to_id(f"[unused{n}]")
            if number is not None:
                for glued in (False, True):
                    self._cache[(mask.lower(),), glued] = [(number,)]
        self._fixed = dict(self._cache)

    def cut(self, texts: Iterable[Words]) -> list[list[tuple[int, ...]]]:
        """The numbers of the pieces that begin in every word of every text.

        A word without any is read by the last piece before it.
        """
        units = [_find_units(text, self.joined) for text in texts]
        unseen = list({unit: None for text in units for unit in text if unit not in self._cache})
        if len(self._cache) > _CACHED:
            self._cache = dict(self._fixed)
            unseen = list(
                {unit: None for text in units for unit in text if unit not in self._cache}
            )
        given = [("" if glued else " ") + "".join(words) for words, glued in unseen]
        for unit, encoding in zip(
            unseen, self.tokenizer.encode_batch(given, add_special_tokens=False), strict=True
        ):
            self._cache[unit] = self._share_out(encoding, *unit)
        cache = self._cache
        return [[word for unit in text for word in cache[unit]] for text in units]

    def _share_out(
        self, encoding: Any, words: tuple[str, ...], glued: bool
    ) -> list[tuple[int, ...]]:
        """The pieces of a unit by the words that they begin in."""
        numbers, begins = self._trim(encoding, glued)
        if len(words) == 1:
            return [tuple(numbers[:_MOST_PIECES]) or (self.special.unknown,)]
        ends = np.cumsum([len(word) for word in words]) + (not glued)
        shared: list[list[int]] = [[] for _ in words]
        for number, word in zip(numbers, np.searchsorted(ends, begins, "right"), strict=True):
            shared[min(int(word), len(words) - 1)].append(number)
        if not shared[0]:
            shared[0].append(self.special.unknown)
        return [tuple(of[:_MOST_PIECES]) for of in shared]

    def _trim(self, encoding: Any, glued: bool) -> tuple[list[int], list[int]]:
        """Numbers of the pieces and where they begin.

        Within a run of characters no piece says that a space came before.
        """
        numbers, begins = list(encoding.ids), [begin for begin, _ in encoding.offsets]
        if numbers and encoding.tokens[0].startswith(_META):
            if encoding.tokens[0] == _META:
                if glued or len(numbers) > 1:
                    del numbers[0], begins[0]
            elif glued:
                bare = self.tokenizer.token_to_id(encoding.tokens[0][1:])
                if bare is not None:
                    numbers[0] = bare
        return numbers, begins


_Unit = tuple[
    tuple[str, ...], bool
]  # words that are cut together; whether they touch a word before


def _find_units(text: Words, joined: bool) -> list[_Unit]:
    """What is cut together, in order."""
    units: list[_Unit] = []
    run: list[str] = []  # of Han characters, not among the units yet
    run_glued = False
    end = -1
    for word, (start, stop) in zip(text.words, text.ranges, strict=True):
        glued, end = start == end, stop
        han = joined and is_han(word)
        if run and not (han and glued):
            units.append((tuple(run), run_glued))
            run = []
        if han:
            if not run:
                run_glued = glued
            run.append(word)
        else:
            units.append(((word.lower() if word[:1] in "<[{" else word,), glued))
    if run:
        units.append((tuple(run), run_glued))
    return units


def find_masks(texts: Iterable[Words]) -> list[str]:
    """The masks among the words, the most frequent first."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in text.words:
            if word[:1] in "<[{" and _MASK.match(word):
                counts[word.lower()] = counts.get(word.lower(), 0) + 1
    return sorted(counts, key=lambda mask: (-counts[mask], mask))[:90]


WITHIN = 4  # a word of its own pieces is 0; the first of a piece 1, the last 2, between them 3


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
    within: Numbers  # for each word, which part of a piece it is: see WITHIN


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
        while end < len(words) and not sizes[end]:
            end += 1  # no piece is cut through
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
            while at < len(sizes) and not sizes[at]:
                at += 1  # no piece is cut through
            return at
        used += sizes[n]
        at += way


def _window(
    text: int, cut: list[tuple[int, ...]], start: int, inner: int, outer: int, special: Special
) -> Window:
    counts: Numbers = np.fromiter(map(len, cut), np.int64, len(cut))
    total = int(counts.sum())
    lead = 0 if special.first is None else 1
    numbers = np.empty(total + lead + (special.last is not None), np.int64)
    numbers[lead : lead + total] = [piece for word in cut for piece in word]
    if special.first is not None:
        numbers[0] = special.first
    if special.last is not None:
        numbers[-1] = special.last
    read = np.maximum(1, counts)  # pieces that a word is read by; one without has the last before
    words = np.repeat(np.arange(len(cut)), read)
    ends = np.repeat(np.cumsum(counts), read)
    back = np.repeat(np.cumsum(read), read) - np.arange(len(words))
    rest = counts == 0
    followed = np.append(rest[1:], False)
    within = np.where(rest, np.where(followed, 3, 2), np.where(followed, 1, 0))
    return Window(
        text,
        start,
        len(cut),
        inner - start,
        outer - start,
        numbers,
        words,
        lead + ends - back,
        within,
    )
