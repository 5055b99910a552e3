"""The shape of a written word, and the words that a shape stands for whatever its letters are.

`PH639` and `AN426` are both `AA999`; where the pairs show that words of this shape are meant as
`<id>`, an unknown word of the shape is read so, too. Nothing is known of masks beforehand: any
meant word that many different written words of one shape share counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

_LONGEST = 6  # characters of one sort that a fine shape tells apart
_KEPT = 4  # meant words per shape


@lru_cache(maxsize=200_000)
def shape_of(word: str, coarse: bool = False) -> str:
    """`A` capital, `a` small letter, `9` digit, `字` other letter, else the character itself.

    Runs are cut at six characters; a coarse shape has no case and one character per run.
    """
    parts: list[str] = []
    run = 0
    for character in word:
        sort = sort_of(character)
        if coarse and sort == "a":
            sort = "A"
        run = run + 1 if parts and parts[-1] == sort else 1
        if run <= (1 if coarse else _LONGEST):
            parts.append(sort)
    return "".join(parts)


def sort_of(character: str) -> str:
    """The sort of a character, as shapes write it."""
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a" if character.islower() else "字"
    return character


class Shapes:
    """For each shape how many different written words of it are meant as what.

    Small differences of letters are no evidence of a mask, so a word that is only its own lower
    case counts in the totals alone.
    """

    def __init__(self, counts: dict[str, dict[str, int]], totals: dict[str, int]) -> None:
        self.counts = counts
        self.totals = totals

    @classmethod
    def learn(cls, pairs: Iterable[tuple[str, str]]) -> Shapes:
        """From pairs of a written word and what it mostly means, each written word once."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        totals: Counter[str] = Counter()
        for written, meant in pairs:
            for shape in _shapes(written):
                totals[shape] += 1
                if meant.lower() != written.lower():
                    counts[shape][meant] += 1
        kept = {
            shape: {meant: n for meant, n in some.most_common(_KEPT) if n > 1}
            for shape, some in counts.items()
        }
        return cls({shape: some for shape, some in kept.items() if some}, dict(totals))

    def read(self, word: str) -> dict[str, tuple[float, float]]:
        """What words of this shape are meant as: shares of the fine and of the coarse shape."""
        fine, coarse = _shapes(word)
        found: dict[str, tuple[float, float]] = {}
        for meant in (*self.counts.get(fine, ()), *self.counts.get(coarse, ())):
            found[meant] = (self._share(fine, meant), self._share(coarse, meant))
        return found

    def _share(self, shape: str, meant: str) -> float:
        # One more of the shape that meant something else: a single sighting proves little.
        return self.counts.get(shape, {}).get(meant, 0) / (self.totals.get(shape, 0) + 1)


def _shapes(word: str) -> tuple[str, str]:
    return shape_of(word), "~" + shape_of(word, True)
