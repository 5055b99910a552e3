"""Words that were written as one: `CHECK/REP`, `NF4651-Fire`, `pos4`, `ALLBUCKET`.

A word is cut into pieces that are known or that have a shape with a known meaning, each is read by
itself, and the readings are joined by spaces. The cheapest ways of cutting are found by dynamic
programming over the cuts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from extraction.learning.normaliser.memory import Memory
from extraction.learning.normaliser.shapes import Shapes, sort_of
from extraction.learning.normaliser.spelling import Speller

_LONGEST = 40
_WAYS = 2
_UNKNOWN = 5.0  # costs, in nats
_INSIDE = 4.0
_PIECE = 0.5


class Parted(NamedTuple):
    """A reading of a word in pieces."""

    meant: str
    cost: float
    pieces: int
    inside: int  # cuts between two letters of the same case


class Parter:
    """Cuts words by what memory, shapes and vocabulary know of their pieces."""

    def __init__(self, memory: Memory, shapes: Shapes, speller: Speller) -> None:
        self._memory = memory
        self._shapes = shapes
        self._speller = speller

    def part(self, word: str) -> list[Parted]:
        """The cheapest readings in two or more pieces."""
        if not 2 <= len(word) <= _LONGEST:
            return []
        best: list[list[Parted]] = [[] for _ in range(len(word) + 1)]
        best[0] = [Parted("", 0.0, 0, 0)]
        for end in range(1, len(word) + 1):
            ways: dict[str, Parted] = {}
            for start in range(end):
                if not best[start] or (start == 0 and end == len(word)):
                    continue
                inside = end < len(word) and _is_inside(word, end)
                read = self._read(word[start:end], whole=not (inside or _is_inside(word, start)))
                if read is None:
                    continue
                for way in best[start]:
                    longer = Parted(
                        _join(way.meant, read[0]),
                        way.cost + read[1] + _PIECE + (_INSIDE if inside else 0.0),
                        way.pieces + 1,
                        way.inside + inside,
                    )
                    known = ways.get(longer.meant)
                    if known is None or longer.cost < known.cost:
                        ways[longer.meant] = longer
            best[end] = sorted(ways.values(), key=lambda w: (w.cost, w.meant))[:_WAYS]
        return best[len(word)]

    def _read(self, piece: str, whole: bool) -> tuple[str, float] | None:
        """The reading of a piece and its cost; None where it is none. `whole`: cut at marks."""
        if not whole and len(piece) < 3:
            return None
        seen = self._memory.alone.get(piece) or self._memory.caseless.get(piece.lower())
        if seen:
            total = sum(seen.values())
            meant, count = max(seen.items(), key=lambda item: (item[1], item[0]))
            if whole or total > 2:
                return meant, -math.log(count / (total + 1))
        lowered = piece.lower()
        if lowered in self._speller.frequencies:
            return lowered, 0.5
        if not whole:
            return None
        if any(sort_of(c) == "9" for c in piece):
            masks = self._shapes.read(piece)
            if masks:
                meant, (fine, coarse) = max(masks.items(), key=lambda m: (max(m[1]), m[0]))
                return meant, -math.log(max(fine, coarse, 0.01))
            return None
        if all(not c.isalnum() for c in piece):
            return (piece, 1.0) if len(piece) == 1 else None
        return lowered, _UNKNOWN


def _is_inside(word: str, at: int) -> bool:
    """Whether a cut there parts two characters of one sort."""
    if at in {0, len(word)}:
        return False
    left, right = sort_of(word[at - 1]), sort_of(word[at])
    # "Bchord": a capital belongs to the small letters after it, unless it is cut on purpose.
    return left == right or (left == "A" and right == "a")


def _join(left: str, right: str) -> str:
    if not left or not right:
        return left or right
    wide = sort_of(left[-1]) == "字" and sort_of(right[0]) == "字"
    return left + right if wide else f"{left} {right}"
