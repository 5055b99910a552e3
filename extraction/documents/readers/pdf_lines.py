"""Words of a PDF page as lines: same base line, cut into segments where the gap is wide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from extraction.documents.readers.pdf_page import Word

_WIDE = 1.5  # of the text's height: the gap that begins another segment
_LONG_LINE = 26  # letters, Han ones counting twice
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


class Segment:
    """Words that follow each other on one line."""

    __slots__ = ("size", "words", "x0", "x1")

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.x0, self.x1 = words[0].x0, words[-1].x1
        self.size = max(word.size for word in words)

    @property
    def text(self) -> str:
        """Its text, with spaces where there is room for one."""
        parts = [self.words[0].text]
        for before, word in pairwise(self.words):
            gap = word.x0 - before.x1
            between_han = _HAN.match(before.text[-1]) and _HAN.match(word.text[0])
            if (gap > 0.8 * word.size) if between_han else (word.spaced or gap > 0.12 * word.size):
                parts.append(" ")
            parts.append(word.text)
        return "".join(parts)


class Line:
    """Everything on one base line."""

    __slots__ = ("base", "bottom", "segments", "size", "top", "x0", "x1")

    def __init__(self, segments: list[Segment]) -> None:
        words = [word for segment in segments for word in segment.words]
        self.segments = segments
        self.x0, self.x1 = segments[0].x0, segments[-1].x1
        self.top = min(word.top for word in words)
        self.bottom = max(word.bottom for word in words)
        self.base = median(word.base for word in words)
        self.size = max(segment.size for segment in segments)

    @property
    def text(self) -> str:
        """Its text, with a space between segments."""
        return segments_text(self.segments)

    @property
    def is_bold(self) -> bool:
        """Whether nearly all of it is bold."""
        words = [word for segment in self.segments for word in segment.words]
        bold = sum(len(word.text) for word in words if word.bold)
        return bold >= 0.9 * sum(len(word.text) for word in words)

    @property
    def bold_lead(self) -> str:
        """The bold words that it begins with, where other words follow."""
        words = self.segments[0].words
        count = next((i for i, word in enumerate(words) if not word.bold), len(words))
        return Segment(words[:count]).text if 0 < count < len(words) else ""


def _letters(segment: Segment) -> int:
    return sum(2 if _HAN.match(c) else 1 for word in segment.words for c in word.text)


def segments_text(segments: Sequence[Segment]) -> str:
    """The text of segments in order."""
    return " ".join(segment.text for segment in segments)


def lines_of(words: Sequence[Word]) -> list[Line]:
    """The lines of a page or a cell, from top to bottom."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.base, w.x0)):
        for row in rows[-3:]:
            size = min(row[0].size, word.size)
            if abs(row[0].base - word.base) < 0.35 * size or _is_script(row, word):
                row.append(word)
                break
        else:
            rows.append([word])
    lines = []
    for row in rows:
        row.sort(key=lambda w: w.x0)
        segments: list[list[Word]] = [[row[0]]]
        for before, word in pairwise(row):
            if word.x0 - before.x1 > _WIDE * max(word.size, before.size) / 1.15:
                segments.append([word])
            else:
                segments[-1].append(word)
        lines.append(Line([Segment(segment) for segment in segments]))
    return sorted(lines, key=lambda line: line.base)


def _is_script(row: Sequence[Word], word: Word) -> bool:
    """Whether a small word is an index or an exponent in the line."""
    if word.size > 0.8 * row[0].size:
        return False
    return row[0].top - 0.2 * row[0].size < (word.top + word.bottom) / 2 < row[0].bottom and any(
        -1 < word.x0 - other.x1 < 0.5 * row[0].size for other in row
    )


def split_columns(lines: Sequence[Line], width: float) -> list[list[Line]]:
    """The lines of a page in reading order: by columns where its text is set in two.

    A gutter near the middle that hardly any line crosses, with long lines on both sides of it,
    parts the page. Full lines above and below stay where they are.
    """
    if len(lines) < 10:
        return [list(lines)]
    for share in (0.5, 0.48, 0.52, 0.45, 0.55):
        gutter = share * width
        crossing = [line for line in lines if any(s.x0 < gutter < s.x1 for s in line.segments)]
        left = [s for line in lines for s in line.segments if s.x1 <= gutter]
        right = [s for line in lines for s in line.segments if s.x0 >= gutter]
        if len(crossing) > 0.25 * len(lines) or len(left) < 8 or len(right) < 8:
            continue
        if min(median(s.x1 - s.x0 for s in side) for side in (left, right)) < 0.2 * width:
            continue
        if min(median(_letters(s) for s in side) for side in (left, right)) < _LONG_LINE:
            continue  # short texts side by side are a table
        parts: list[list[Line]] = []
        pending: tuple[list[Line], list[Line]] = ([], [])
        crossed = set(map(id, crossing))
        for line in lines:
            if id(line) in crossed:
                parts += [part for part in pending if part]
                pending = ([], [])
                parts.append([line])
                continue
            for side, part in zip(pending, (True, False), strict=True):
                segments = [s for s in line.segments if (s.x1 <= gutter) is part]
                if segments:
                    side.append(Line(segments))
        parts += [part for part in pending if part]
        return parts
    return [list(lines)]
