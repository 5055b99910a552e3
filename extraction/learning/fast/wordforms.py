"""What can be said of a word by its letters alone: features as strings, near and far."""

from __future__ import annotations

import re
from functools import lru_cache

_SHAPE = re.compile(r"[^\W\d_]+|\d+")
_ENDINGS = re.compile(r"(?:'s|ies|ing|es|ed|s|y)$")
PAD = "\0"  # the word before the first and behind the last


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word less the commonest English endings; it only has to be the same for kin."""
    if len(word) > 3 and word.isascii() and word.isalpha():
        shorter = _ENDINGS.sub("", word)
        if len(shorter) > 2:
            return shorter[:-1] if len(shorter) > 3 and shorter[-1] == shorter[-2] else shorter
    return word


def shape(word: str) -> str:
    """Letters as `a`, digits as `9`, runs as one, marks as they are."""
    return _SHAPE.sub(lambda run: "9" if run.group()[0].isdigit() else "a", word)[:12]


def near_features(word: str) -> list[str]:
    """Features of the word that is labelled."""
    if len(word) == 1 or word == PAD:
        return [f"w={word}", f"k={_kind(word)}"]
    features = [f"w={word}", f"m={stem(word)}", f"s={shape(word)}", f"n={min(len(word), 10)}"]
    for size in (1, 2, 3, 4, 5):
        if len(word) > size:
            features.append(f"^{word[:size]}")
            features.append(f"{word[-size:]}$")
    framed = f"^{word}$"
    for size in (3, 4):
        features.extend({f"c={framed[at : at + size]}" for at in range(len(framed) - size + 1)})
    return sorted(set(features))


def beside_features(word: str) -> list[str]:
    """Features of a word right beside."""
    if len(word) == 1 or word == PAD:
        return [f"w={word}", f"k={_kind(word)}"]
    return [f"w={word}", f"m={stem(word)}", f"s={shape(word)}", f"^{word[:3]}", f"{word[-3:]}$"]


def far_features(word: str) -> list[str]:
    """Features of a word further off."""
    return [f"w={word}"] if len(word) == 1 else [f"m={stem(word)}"]


def _kind(word: str) -> str:
    if word == PAD:
        return "pad"
    if word.isdigit():
        return "digit"
    if word.isalpha():
        return "ascii" if word.isascii() else "letter"
    return "mark"
