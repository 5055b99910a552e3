"""What a header says as a set of words, so that spelling, order and small words do not matter.

`Date of failure`, `Failure date`, `failure_date` and `FailureDate` have the same words; so have
故障日期 and 故障发生时间.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

from extraction.tables.header_spelling import BRACKETS, CAMEL, without_brackets
from extraction.tables.header_vocabulary import (
    GLUED,
    HAN_WORDS,
    ID,
    MENDABLE,
    NEUTRAL,
    PAIRS,
    SAME,
    WHEN,
)

_RUN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_DAY_WORD = re.compile(r"(?<![a-z])date|日期|Date|DATE")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")

_LONGEST_HAN = max(map(len, HAN_WORDS))

_SLASHED_WORDS = {"p": "part", "s": "serial", "b": "batch", "l": "lot"}
_SLASHED = re.compile(r"\b([psbl])/n\b", re.IGNORECASE)  # P/N, S/N


@lru_cache(maxsize=20_000)
def header_words(header: str) -> frozenset[str]:
    """The words of a header in one form each, without neutral ones and what is in brackets.

    Empty where the header says no more than that something is a number or a date.
    """
    words = frozenset(word for word in _words(without_brackets(header)) if word not in NEUTRAL)
    return words if words - {ID, WHEN} else frozenset()


@lru_cache(maxsize=20_000)
def all_words(header: str) -> frozenset[str]:
    """The words of a header, also where they only say that it is a number or a date."""
    return frozenset(_words(without_brackets(header)))


def names_a_day(header: str) -> bool:
    """Whether a header says that a date stands below it, not merely a time."""
    return bool(_DAY_WORD.search(header))


def holds_literally(header: str, alias: str) -> bool:
    """Whether what an alias says stands in the header as it is, not only in other words."""
    one, other = header.casefold(), alias.casefold()
    if _HAN.search(other):
        return other in one
    return set(_RUN.findall(other)) <= set(_RUN.findall(CAMEL.sub(" ", header).casefold()))


@lru_cache(maxsize=20_000)
def parts_of(header: str) -> tuple[str, ...]:
    """The halves of a header in two languages: what is Han, what is not, what is in brackets."""
    inside = [found[1:-1].strip() for found in BRACKETS.findall(header)]
    bare = BRACKETS.sub(" ", header).strip()
    parts = [bare, *inside] if inside and bare else []
    if _HAN.search(header) and _LATIN.search(header):
        outside = bare or header
        parts += ["".join(_HAN.findall(outside)), _HAN.sub(" ", outside).strip(" /-_|·")]
    if " / " in header:
        parts.append(header.rsplit(" / ", 1)[1])  # of two header rows, the lower one says it
    if re.fullmatch(r"[\w ]+(?:[.:][\w ]+)+", header):
        parts.append(re.split(r"[.:]", header)[-1].strip())  # `workorder.description`
    return tuple(dict.fromkeys(p for p in parts if p and p != header))


def _words(header: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", header).replace("#", " no ")
    folded = _SLASHED.sub(lambda m: f" {_SLASHED_WORDS[m[1].casefold()]} no ", folded)
    words: list[str] = []
    for run in _RUN.findall(CAMEL.sub(" ", folded).casefold()):
        if _HAN.match(run):
            words += _cut_han(run)
            continue
        words += _cut_glued(run)
    formed: list[str] = []
    for word in map(_form, words):
        pair = PAIRS.get((formed[-1], word)) if formed else None
        if pair:
            formed[-1] = pair
        else:
            formed.append(word)
    return iter(formed)


def _form(word: str) -> str:
    same = SAME.get(word)
    if same is not None:
        return same
    for single in (word.removesuffix("s"), word.removesuffix("es")):
        if single in SAME:
            return SAME[single]
    meant = _mend(word) if word not in GLUED and word.isascii() and word.isalpha() else None
    if meant is not None:
        return SAME.get(meant, meant)
    stem = _stem(word)
    return SAME.get(stem, stem)


@lru_cache(maxsize=5_000)
def _mend(word: str) -> str | None:
    """The one known word that `word` is but for a slip of the pen."""
    if len(word) < 5:
        return None
    known = [w for w in MENDABLE if is_slip(word, w, least=5 if len(w) != len(word) else 6)]
    return known[0] if len({SAME.get(w, _stem(w)) for w in known}) == 1 else None


def is_slip(one: str, other: str, *, least: int = 7) -> bool:
    """Whether two spellings of `least` letters or more differ by a slip of the pen.

    Not at their first or last letter, where words differ that mean different things (`reported` and
    `reporter`), nor in a digit, nor in a script of which every letter is a word.
    """
    shorter = min(len(one), len(other))
    most = 2 if shorter >= 13 else 1
    if shorter < least or abs(len(one) - len(other)) > most or one == other:
        return False
    if one[0] != other[0] or one[-1] != other[-1] or not (one.isascii() and other.isascii()):
        return False
    if [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]:
        return False
    return OSA.distance(one, other, score_cutoff=most) <= most


def _stem(word: str) -> str:
    """A word without the ending that makes it several, a deed or something done."""
    for ending, least in (("ation", 5), ("ing", 4), ("ion", 4), ("ed", 4), ("es", 5), ("s", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


def _cut_han(run: str) -> Iterator[str]:
    """Known words, the longest first; what stands between them is one word."""
    start, unknown = 0, ""
    while start < len(run):
        for length in range(min(_LONGEST_HAN, len(run) - start), 0, -1):
            word = run[start : start + length]
            if word in HAN_WORDS:
                break
        else:
            unknown += run[start]
            start += 1
            continue
        if unknown:
            yield unknown
            unknown = ""
        yield word
        start += length
    if unknown:
        yield unknown


def _cut_glued(run: str) -> list[str]:
    """`failuredate` as two words, where both are known."""
    if run in SAME or run in GLUED or len(run) < 8:
        return [run]
    for at in range(3, len(run) - 2):
        first, second = run[:at], run[at:]
        if (first in GLUED or first in SAME) and (second in GLUED or second in SAME):
            return [first, second]
    return [run]
