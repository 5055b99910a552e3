"""What somebody may have meant: for the errors of ids that are not there."""

from __future__ import annotations

from collections.abc import Iterable

_COUNT = 5


def nearest_texts(text: str, candidates: Iterable[str], count: int = _COUNT) -> list[str]:
    """The candidates most like `text`, best first; none where nothing is alike."""
    from rapidfuzz import fuzz, process

    found = process.extract(
        text.casefold(),
        {c: c.casefold() for c in candidates},
        scorer=fuzz.WRatio,
        limit=count,
        score_cutoff=60,
    )
    return [key for _, _, key in found]
