"""The row below a table that sums it up, which is no record."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS = re.compile(
    r"(?:grand |sub-?|sub |overall )?totals?(?: .{0,20})?|sum(?:me)?|[合总小共]\s*计|总和|汇总",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?[\d.,' %]+(?:\s*[^\W\d_]{1,4})?|[\d:]+")


def is_total(cells: Sequence[str | None]) -> bool:
    """Whether a row says `Total` first and then only numbers, and leaves some cell empty."""
    filled = [cell.strip() for cell in cells if cell]
    if len(filled) < 2 or len(filled) == len(cells):
        return False
    return bool(_WORDS.fullmatch(filled[0].rstrip(":： "))) and all(
        _NUMBER.fullmatch(cell) for cell in filled[1:]
    )
