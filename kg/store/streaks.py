"""What is left of streaks of versions where some of a document's versions are forgotten.

Every store keeps a claim as streaks: unbroken runs of versions of a document that made it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class History:
    """A document's versions by number: those that stay, and which of them are complete."""

    staying: list[int]
    complete: frozenset[int]

    def clip(self, first: int, last: int) -> tuple[int, int] | None:
        """The part of a streak that stays, if any."""
        low = bisect_left(self.staying, first)
        high = bisect_right(self.staying, last) - 1
        return (self.staying[low], self.staying[high]) if low <= high else None

    def follows(self, last: int, first: int) -> bool:
        """Whether no version lies between the end of one streak and the start of another."""
        return bisect_left(self.staying, first) == bisect_right(self.staying, last)

    def until(self, last: int) -> int | None:
        """The complete version that ended a streak, if any did."""
        after = bisect_right(self.staying, last)
        if after == len(self.staying) or self.staying[after] not in self.complete:
            return None
        return self.staying[after]
