"""Taking a cell with several items apart, keeping where each stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from extraction.tables.names import read_names
from extraction.tables.sources.protocol import ListCell

Span = tuple[str, int, int]  # item, start and end within the cell
Splitter = Callable[[str], list[Span]]

_NAMED = {
    # A comma inside brackets or between digits belongs to the item.
    "commas": r",(?!\d)(?![^(]*\))|，(?![^（]*）)|、",
    "semicolons": r"[;；]",
    "lines": r"[\r\n]+",
    "sentences": r"(?<=[^\W\d]{2})[.!?](?=\s|$)|[。！？]|[;；\r\n]",
    "numbers": r"(?:^|(?<=[\s;；.。,，]))[(（]?\d{1,2}[.)、）](?!\d)\s*|[①-⑳]\s*",
    "slashes": r"\s+/\s+|／",
    "bars": r"\s*\|\s*",
    "bullets": r"(?:^|(?<=[\r\n]))\s*[-•·*]\s+",
}
_JOINING = re.compile(r"^(?:and|or|und|oder)\s+|^[和或及]\s*", re.IGNORECASE)
_EDGE = ",;，；、。"
_LOOSE = ("lines", "numbers", "bullets", "sentences", "slashes")  # often several in a row
_WEAK = ("commas", "sentences")  # marks that also stand inside one item


class Items:
    """The value of a column with several items: parallel lists of values and their spans."""

    __slots__ = ("spans", "values")

    def __init__(self, values: list[Any], spans: list[tuple[int, int]]) -> None:
        self.values = values
        self.spans = spans


def make_splitter(separators: Sequence[str]) -> Splitter:
    """A splitter at any of `separators`: names such as `commas`, or marks taken literally."""
    strong = _compile([s for s in separators if s not in _WEAK])
    weak = _compile([s for s in separators if s in _WEAK])
    # `5;;7` has three items, one of them empty, so that it stays in step with another list.
    keep_gaps = not any(s in _LOOSE for s in separators)

    def split(cell: str) -> list[Span]:
        if isinstance(cell, ListCell):
            return _locate(cell, cell.items)
        items = _cut(cell, (0, len(cell)), strong, keep_gaps=keep_gaps)
        if weak is None:
            return items
        parts: list[Span] = []
        for item in items:
            text, *place = item
            # In `漏油，油位低 Oil loss, low level` the marks belong to two names of one thing.
            parts += (
                [item]
                if read_names(text).others
                else _cut(cell, (place[0], place[1]), weak, keep_gaps=keep_gaps)
            )
        return parts

    return split


def _compile(separators: Sequence[str]) -> re.Pattern[str] | None:
    parts = [_NAMED.get(s, re.escape(s)) for s in separators]
    return re.compile("|".join(parts)) if parts else None


def _cut(
    cell: str, place: tuple[int, int], pattern: re.Pattern[str] | None, *, keep_gaps: bool
) -> list[Span]:
    items: list[Span] = []
    start, last = place
    if pattern is not None:
        for match in pattern.finditer(cell, start, last):
            _add(items, cell, start, match.start(), keep_gap=keep_gaps and bool(items))
            start = match.end()
    _add(items, cell, start, last)
    while items and not items[-1][0]:
        items.pop()
    return items


def _add(items: list[Span], cell: str, start: int, end: int, *, keep_gap: bool = False) -> None:
    while start < end and (cell[start] in _EDGE or cell[start].isspace()):
        start += 1
    joining = _JOINING.match(cell[start:end])
    if joining:
        start += joining.end()
    while end > start and (cell[end - 1] in _EDGE or cell[end - 1].isspace()):
        end -= 1
    if end - 1 > start and cell[end - 1] == "." and cell[end - 2] not in ".0123456789":
        end -= 1
    if end > start or keep_gap:
        items.append((cell[start:end], start, end))


def _locate(cell: str, items: Iterable[str]) -> list[Span]:
    spans: list[Span] = []
    start = 0
    for item in items:
        start = cell.find(item, start)
        spans.append((item, start, start + len(item)))
        start += len(item)
    return spans
