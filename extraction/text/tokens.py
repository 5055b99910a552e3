"""One tokenizer for both languages, with offsets into the raw text.

A token is a run of letters and digits with inner `- / . # _ '` (`6205-2RS`, `l/h`, `won't`), one
Han character, one mark, or a line break. Words are folded (compatibility forms, lower case) on a
copy; offsets always point into the text as it was given, because evidence quotes that.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:[-/.#_'][^\W_{HAN}]+)*|\n|[^\s\w]|_")
_IS_HAN = re.compile(rf"[{HAN}]")
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "\\": "/"}
)


class Tokens(NamedTuple):
    """Folded words with their half-open character ranges in the raw text."""

    words: list[str]
    spans: list[tuple[int, int]]


class Folded(NamedTuple):
    """Text as it is compared, and the raw range that each of its characters came from.

    `starts` and `ends` are None where both texts run in step, which is nearly always.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None


def tokenize(text: str) -> Tokens:
    """The tokens of `text`, in order. White space separates; a line break is a token."""
    folded = fold(text)
    raw = folded.text
    spans = [match.span() for match in _TOKEN.finditer(raw)]
    words = [raw[start:end] for start, end in spans]
    if folded.starts is not None and folded.ends is not None:
        spans = [(folded.starts[start], folded.ends[end - 1]) for start, end in spans]
    return Tokens(words, spans)


def fold(text: str) -> Folded:
    """`text` in NFKC, lower case, with plain quotes, hyphens and slashes."""
    if text.isascii():
        return Folded(text.lower().replace("`", "'").replace("\\", "/"))
    plain = text.translate(_PLAIN)
    if unicodedata.is_normalized("NFKC", plain):
        folded = plain.casefold()
        if len(folded) == len(text):
            return Folded(folded)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(plain):
        end = at + 1
        while end < len(plain) and unicodedata.combining(plain[end]):
            end += 1  # a letter and its accents fold together
        piece = unicodedata.normalize("NFKC", plain[at:end]).casefold()
        pieces.append(piece)
        starts.extend([at] * len(piece))
        ends.extend([end] * len(piece))
        at = end
    return Folded("".join(pieces), starts, ends)


def is_han(word: str) -> bool:
    """Whether a token is a Han character."""
    return _IS_HAN.match(word) is not None
