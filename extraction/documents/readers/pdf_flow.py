"""Lines of a page into paragraphs, items and headings; what repeats on every page is dropped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from extraction.documents.blocks import Text
from extraction.documents.lines import is_shouted, reads_as_heading, shape_of
from extraction.documents.readers.pdf_lines import Line

_MARGIN = 0.13  # of the page's height: where running headers and footers stand
_DIGITS = re.compile(r"\d+|[ivxlc]{1,6}\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"\s*(?:[-–—|]?\s*(?:page|seite|p\.)?\s*\d{1,4}\s*(?:(?:/|of|von)\s*\d{1,4})?\s*[-–—|]?"
    r"|第\s*\d{1,4}\s*页.*|\d{1,2}-\d{1,3})\s*",
    re.IGNORECASE,
)
_LARGER = 1.12  # than the body's text: a heading's
_CAPTION = re.compile(
    r"^\s*(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|图|表)\s*[\d一二三四五六七八九十]+"
    r"(?:[.\-–]\d+)*\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\s*[^\s:：]{1,16}(?:\s[^\s:：]{1,14}){0,2}\s*[:：]")
_ENDS = re.compile(r"[.。!！?？:：;；]\s*$")


class Styles(NamedTuple):
    """The size of the body's text, and those of headings, largest first."""

    body: float
    headings: tuple[float, ...]

    def level(self, size: float) -> int:
        """The level of a heading of that size."""
        return 1 + sum(1 for other in self.headings if other > size * 1.04)


def styles_of(pages: Sequence[Sequence[Line]]) -> Styles:
    """The sizes that a document uses, told from some of its pages."""
    weights: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            weights[_rounded(line.size)] += len(line.text)
    if not weights:
        return Styles(12.0, ())
    body = max(weights, key=lambda size: (weights[size], -size))
    larger = Counter(
        _rounded(line.size)
        for lines in pages
        for line in lines
        if line.size > body * _LARGER and reads_as_heading(line.text)
    )
    merged: list[float] = []
    for size in sorted(larger, reverse=True):
        if not merged or size < merged[-1] * 0.96:
            merged.append(size)
    return Styles(body, tuple(merged))


def running(
    page: Sequence[Line], height: float, others: Sequence[Sequence[Line]], body: float
) -> set[int]:
    """Indices of the lines of `page` that are running headers or footers.

    `others` are the pages around it, `body` is the size of the document's text: what is larger is
    the heading of a chapter that begins on top of its page. A line in the margins is one where a
    line that differs in digits only stands at the same height on other pages, or where it is a
    page number.
    """
    found: set[int] = set()
    for index, line in enumerate(page):
        in_margin = line.bottom < _MARGIN * height or line.top > (1 - _MARGIN) * height
        if not in_margin or line.size > body * _LARGER:
            continue
        text = line.text
        if _PAGE_NUMBER.fullmatch(text) and index in (0, 1, len(page) - 1, len(page) - 2):
            found.add(index)
            continue
        mask = _DIGITS.sub("#", text)
        seen = sum(
            any(
                abs(o.base - line.base) < 4 and _DIGITS.sub("#", o.text) == mask
                for o in other
                if o.bottom < _MARGIN * height or o.top > (1 - _MARGIN) * height
            )
            for other in others
        )
        if seen >= min(2, max(1, len(others))):
            found.add(index)
    return found


def texts_of(lines: Sequence[Line], styles: Styles, places: Sequence[str]) -> list[Text]:
    """The blocks that `lines` of one column make. `places` has one for each line."""
    blocks: list[Text] = []
    start = 0
    left = min((line.x0 for line in lines), default=0.0)
    right = max((line.x1 for line in lines), default=0.0)
    leading = median([b.base - a.base for a, b in pairwise(lines)] or [0.0])
    for end in range(1, len(lines) + 1):
        if end < len(lines) and not _begins(lines[start], lines[end - 1], lines[end], styles,
                                            left, right, leading):  # fmt: skip
            continue
        blocks.append(_block(lines[start:end], styles, left, places[start]))
        start = end
    return blocks


def _begins(
    first: Line, before: Line, line: Line, styles: Styles, left: float, right: float, leading: float
) -> bool:
    """Whether `line` begins a new block, `first` and `before` being of the open one."""
    step = line.base - before.base
    if abs(line.size - before.size) > 0.1 * before.size and len(line.text) > 2:
        return True
    if step > 1.45 * max(line.size, min(leading, 1.6 * line.size)) or step < 0:
        return True
    shape = shape_of(line.text)
    if shape.kind in ("item", "bullet") or (shape.kind == "section" and shape.depth > 0):
        return True
    if line.is_bold != before.is_bold and (line.is_bold or _is_heading(first, before, styles)):
        return True
    if _LABEL.match(line.text) and (_LABEL.match(first.text) or line.bold_lead):
        return True
    word = line.segments[0].words[0]
    need = word.size if word.text[0] >= "\u2e80" else word.x1 - word.x0
    ended_early = before.x1 + need + line.size < right
    if ended_early and (_ENDS.search(before.text) or line.x0 < first.x0 - line.size):
        return True
    if (
        ended_early
        and before is first
        and reads_as_heading(before.text)
        and before.x1 < 0.7 * right
    ):
        return True
    # The first line of a paragraph is set in where that is the custom.
    return (
        line.x0 > before.x0 + 1.2 * line.size
        and before.x0 < left + line.size
        and (not shape_of(first.text).kind)
    )


def _is_heading(first: Line, last: Line, styles: Styles) -> bool:
    return first.size > styles.body * _LARGER or first.is_bold or last.is_bold


def _block(lines: Sequence[Line], styles: Styles, left: float, place: str) -> Text:
    text = "\n".join(line.text for line in lines)
    first = lines[0]
    shape = shape_of(text)
    bold = all(line.is_bold for line in lines)
    larger = first.size > styles.body * _LARGER
    if _CAPTION.match(text) and len(text) < 160 and not larger:
        return Text("caption", text, place)
    if len(lines) <= 3 and reads_as_heading(text.replace("\n", " ")):
        if shape.kind == "section" and (larger or bold or shape.depth > 1 or is_shouted(text)):
            by_size = styles.level(first.size) if larger else 1 + len(styles.headings) * bold
            return Text("heading", text, place, max(shape.depth, by_size), shape.number)
        if larger or (bold and shape.kind not in ("item", "bullet") and len(lines) <= 2):
            level = styles.level(first.size) if larger else len(styles.headings) + 1
            return Text("heading", text, place, min(level, 6), shape.number)
        if is_shouted(text) and len(lines) == 1 and not shape.kind and " " in text:
            return Text("heading", text, place, len(styles.headings) + 1)
        if shape.kind == "section" and _is_han_chapter(shape.number):
            return Text("heading", text, place, shape.depth, shape.number)
    if shape.kind in ("item", "bullet") or (shape.kind == "section" and shape.number.isdecimal()):
        level = max(0, round((first.x0 - left) / (1.5 * styles.body)))
        return Text(
            "item", text[shape.start :], place, level, shape.number,
            is_numbered=shape.kind != "bullet", style=shape.style,
        )  # fmt: skip
    return Text("paragraph", text, place, lead=first.bold_lead)


def _is_han_chapter(number: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in number)


def _rounded(size: float) -> float:
    return round(size * 2) / 2
