"""Known words that an unknown one may be a misspelling or an abbreviation of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

_NEAR, _SHORTENED = 4, 4  # candidates of each sort
_VOWELS = frozenset("aeiou")


class Guess(NamedTuple):
    """A known word, how often it is meant, and how the written word differs from it."""

    word: str
    frequency: int
    edits: int  # insertions, deletions, substitutions and swaps of neighbours
    sort: str  # near, prefix, skeleton (all consonants are there), letters (some letters in order)
    rank: int  # among the guesses of the same sort


class Speller:
    """Looks words up among the meant words by nearness and by abbreviation."""

    def __init__(self, frequencies: dict[str, int]) -> None:
        self.frequencies = frequencies
        self._words = list(frequencies)
        self._by_first: defaultdict[str, list[str]] = defaultdict(list)
        self._endings: Counter[str] = Counter()
        for word in self._words:
            self._by_first[word[0].lower()].append(word)
            self._endings[word[-3:].lower()] += 1

    @classmethod
    def learn(cls, meant: Iterable[str]) -> Speller:
        """From the meant words in running text. Only whole single words of letters are known."""
        counts: dict[str, int] = {}
        for text in meant:
            for word in text.split():
                if word.replace("-", "").isalpha() and len(word) > 1:
                    counts[word] = counts.get(word, 0) + 1
        return cls(counts)

    def ending(self, word: str) -> int:
        """How many known words end as the word does: few where it was cut short."""
        return self._endings[word[-3:].lower()]

    def guess(self, word: str) -> list[Guess]:
        """Known words in the order of their likeliness within each sort."""
        lowered = word.lower().strip("'.,")
        if len(lowered) < 2 or not lowered.replace("/", "").replace("'", "").isalpha():
            return []
        return [*self._near(lowered), *self._shortened(lowered.replace("/", "").replace("'", ""))]

    def _near(self, word: str) -> list[Guess]:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 1 if len(word) < 5 else 2 if len(word) < 9 else 3
        found = process.extract(
            word, self._words, scorer=OSA.distance, score_cutoff=most, limit=_NEAR * 4
        )
        near = [(int(edits), -self.frequencies[w], w) for w, edits, _ in found if w != word]
        return [
            Guess(w, -frequency, edits, "near", rank)
            for rank, (edits, frequency, w) in enumerate(sorted(near)[:_NEAR])
        ]

    def _shortened(self, word: str) -> list[Guess]:
        found = []
        for longer in self._by_first.get(word[0], ()):
            missing = len(longer) - len(word)
            if missing <= 0 or missing > 12 or not _in_order(word, longer.lower()):
                continue
            if longer.lower().startswith(word):
                sort = "prefix"
            elif _skeleton(longer.lower()) == _skeleton(word):
                sort = "skeleton"
            else:
                sort = "letters"
            found.append((sort, -self.frequencies[longer], missing, longer))
        guesses: list[Guess] = []
        for sort in ("prefix", "skeleton", "letters"):
            some = sorted((f, m, w) for s, f, m, w in found if s == sort)[:_SHORTENED]
            guesses += [Guess(w, -f, m, sort, rank) for rank, (f, m, w) in enumerate(some)]
        return guesses


def _in_order(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def _skeleton(word: str) -> str:
    kept = [word[0]]
    kept += [c for c in word[1:] if c not in _VOWELS and c != kept[-1]]
    return "".join(kept)
