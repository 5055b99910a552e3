"""Latin words without their inflection, for comparing words and never for showing them."""

from __future__ import annotations

from functools import lru_cache

_VOWELS = frozenset("aeiou")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A Latin word without its inflection: `leaks`, `leaking` and `leaked` all give `leak`.

    Words with digits are codes and stay. Both sides of a comparison are stemmed, so that an odd
    stem does no harm as long as it is the same one.
    """
    if len(word) <= 3 or not word.isalpha() or not word.isascii():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("ing") and len(word) > 5:
        word = word[:-3]
    elif word.endswith("ed") and len(word) > 4:
        word = word[:-2]
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in _VOWELS:
        word = word[:-1]
    return word
