"""How written words become known ones: inflected forms and misspellings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHORTEST = 5  # shorter words have too many neighbours to be corrected
_LONG = 8  # from here on two mistakes are forgiven
_VOWELS = "aeiou"


def stems(word: str) -> list[tuple[str, bool]]:
    """Uninflected forms that `word` may come from, likeliest first.

    The second value tells whether the ending is a verb's (-ed, -ing) and not a plural's.
    """
    found: list[tuple[str, bool]] = []
    if word.endswith("'s") and len(word) > 3:
        found.append((word[:-2], False))
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")) and len(word) > 3:
        if word.endswith("ies") and len(word) > 4:
            found.append((word[:-3] + "y", False))
        if word.endswith(("ses", "xes", "zes", "ches", "shes")):
            found.append((word[:-2], False))
        found.append((word[:-1], False))
    for ending in ("ing", "ed"):
        if not word.endswith(ending) or len(word) < len(ending) + 3:
            continue
        root = word[: -len(ending)]
        if len(root) > 2 and root[-1] == root[-2] and root[-1] not in "ls" + _VOWELS:
            found.append((root[:-1], True))  # slipping, jammed
        if ending == "ed" and root.endswith("i"):
            found.append((root[:-1] + "y", True))
        found.append((root, True))
        found.append((root + "e", True))
        if len(root) > 2 and root[-1] == root[-2] and root[-1] in "ls":
            found.append((root[:-1], True))  # levelled
    return found


def inflections(word: str) -> list[str]:
    """Regular inflected forms of a verb or noun, right or nearly so: candidates for typos."""
    if not word.isascii() or not word.isalpha() or len(word) < 4:
        return []
    root = word.removesuffix("e")
    doubled = word + word[-1] if word[-1] not in _VOWELS + "wxy" and word[-2] in _VOWELS else word
    return [
        word + "s",
        (root if word.endswith("e") else word) + "ing",
        (root if word.endswith("e") else word) + "ed",
        *([doubled + "ing", doubled + "ed"] if doubled != word else []),
    ]


class Speller:
    """Finds the known words that a misspelt word may mean.

    They have its first letter and lie within one insertion, deletion, replacement or swap (two for
    words of eight letters and more). Ordinary words are no misspellings.
    """

    def __init__(self, known: Iterable[str], ordinary: Iterable[str]) -> None:
        self._ordinary = frozenset(ordinary)
        self._by_first: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in sorted(set(known)):
            if len(word) >= _SHORTEST and word.isascii() and word.isalpha():
                self._by_first[word[0], len(word)].append(word)

    def correct(self, word: str) -> list[str]:
        """The nearest known words; empty where `word` is too short, ordinary or too far off."""
        if len(word) < _SHORTEST or not word.isascii() or not word.isalpha():
            return []
        if self._is_ordinary(word):
            return []
        reach = 2 if len(word) >= _LONG else 1
        best: list[str] = []
        for length in range(len(word) - reach, len(word) + reach + 1):
            for known in self._by_first.get((word[0], length), ()):
                distance = OSA.distance(word, known, score_cutoff=reach)
                if distance < reach:
                    best, reach = [known], distance
                elif distance == reach:
                    best.append(known)
        return best

    def _is_ordinary(self, word: str) -> bool:
        return word in self._ordinary or any(
            stem in self._ordinary and (not is_verb or word in inflections(stem))
            for stem, is_verb in stems(word)
        )
