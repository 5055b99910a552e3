"""What became of every sentence that was read: nothing vanishes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from kg.model.claims import Claim, Sentences

_END = re.compile(r"[。；！？\n]+|[.;!?]+(?=\s)")


class SentenceCounter:
    """Counts sentences by the best that was made of them.

    `accepted`: at least one accepted statement; `queued`: only statements for review; `rejected`:
    nothing in it was understood.
    """

    def __init__(self) -> None:
        self._accepted = self._queued = self._rejected = 0

    def add(self, text: str, offset: int, claims: Iterable[Claim]) -> None:
        """Count the sentences of `text`, which stands at `offset`, by the claims made in it."""
        ends = [match.end() for match in _END.finditer(text)]
        if ends:
            self._add_several(text, offset, claims, ends)
            return
        if text and not text.isspace():
            self.add_sentence(claims)

    def add_sentence(self, claims: Iterable[Claim]) -> None:
        """Count one sentence by the claims made in it."""
        has_any = False
        for claim in claims:
            has_any = True
            if claim.status == "accepted":
                self._accepted += 1
                return
        if has_any:
            self._queued += 1
        else:
            self._rejected += 1

    def _add_several(
        self, text: str, offset: int, claims: Iterable[Claim], ends: list[int]
    ) -> None:
        best: dict[int, bool] = {}
        for claim in claims:
            place = bisect_right(ends, claim.start - offset)
            best[place] = best.get(place, False) or claim.status == "accepted"
        begin = 0
        for place, end in enumerate([*ends, len(text)]):
            if place in best:
                self._accepted += best[place]
                self._queued += not best[place]
            elif any(c.isalnum() for c in text[begin:end]):
                self._rejected += 1
            begin = end

    def take(self) -> Sentences:
        """What was counted since the last call."""
        counted = Sentences(self._accepted, self._queued, self._rejected)
        self._accepted = self._queued = self._rejected = 0
        return counted
