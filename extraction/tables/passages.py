"""Rows as passages: readable text with the place of every cell in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_SEPARATOR = " | "


class RowText:
    """Writes rows of one table as `header: cell | header: cell`, leaving empty cells out."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._prefixes = [f"{header}: " for header in headers]
        self._first = [(len(prefix), prefix) for prefix in self._prefixes]
        self._width = len(headers)

    def write(self, cells: Sequence[str]) -> tuple[str, list[int], list[int]]:
        """The text of a row, and where each cell starts and ends in it (-1: not in it)."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for cell, (length, prefix) in zip(cells, self._first, strict=True):
            if not cell:
                starts.append(-1)
                ends.append(-1)
                continue
            if parts:
                parts.append(_SEPARATOR)
                at += 3
            parts.append(prefix)
            parts.append(cell)
            at += length
            starts.append(at)
            at += len(cell)
            ends.append(at)
        return "".join(parts), starts, ends


def digest_of(text: str) -> int:
    """The 64 bits that `kg.model.passage_key` is made of. Raises UnicodeEncodeError where the
    text holds bytes that could not be decoded."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def parse_row_text(text: str, headers: Sequence[str]) -> dict[str, str]:
    """The cells in what `RowText.write` wrote, for the headers that are in it."""
    marks: list[tuple[int, int, str]] = []
    for header in headers:
        prefix = f"{header}: "
        if text.startswith(prefix):
            marks.append((0, len(prefix), header))
            continue
        at = text.find(_SEPARATOR + prefix)
        if at >= 0:
            marks.append((at, at + len(_SEPARATOR) + len(prefix), header))
    marks.sort()
    bounds = [*(mark[0] for mark in marks[1:]), len(text)]
    return {header: text[start:end] for (_, start, header), end in zip(marks, bounds, strict=True)}
