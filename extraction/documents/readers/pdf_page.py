"""One PDF page as pdfium sees it: words with their boxes, and the straight lines drawn on it.

Text comes from pdfium alone: other readers return the code points of CJK radicals for browser-made
files, which no normalisation repairs. Coordinates are points from the top left corner of the page
turned so that its text stands upright. pdfium is not safe for threads, so a lock guards every page.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from threading import RLock
from typing import Any, NamedTuple

PDFIUM = RLock()
_MOST_PATHS = 20_000  # a page with more is a drawing
_MOST_SEGMENTS = 2_000
_SAMPLED = 60  # letters that tell the direction of a page's text
_THIN = 3.0  # points; what is thinner is a line, whatever drew it
_DEEPEST_FORM = 5
_DEEPEST_GAP = 0.28  # of the text's height: a wider gap begins a new word
_BOLD = ("bold", "black", "heavy", "semibold", "demi", "黑体", "simhei", "heiti")


class Word(NamedTuple):
    """A run of text without a gap. `size` is the height of its line in points."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float  # its base line, from the top
    size: float
    bold: bool
    spaced: bool  # white space stands before it on the line


class Edge(NamedTuple):
    """A straight line along an axis."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def is_horizontal(self) -> bool:
        return self.x1 - self.x0 >= self.bottom - self.top


@dataclass(slots=True)
class PageContent:
    """What is on a page. `image_share` is how much of it the largest picture covers, 0 to 1."""

    number: int  # from 1
    width: float
    height: float
    words: list[Word]
    edges: list[Edge]
    image_share: float = 0.0


class _Frame:
    """From the page's own coordinates to those in which most of its text stands upright."""

    def __init__(self, page: Any, rotation: int) -> None:
        self.left, self.low, self.right, self.high = page.get_cropbox() or page.get_mediabox()
        self.rotation = rotation
        width, height = self.right - self.left, self.high - self.low
        self.width, self.height = (height, width) if self.rotation in (90, 270) else (width, height)

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.rotation == 90:
            return y - self.low, x - self.left
        if self.rotation == 180:
            return self.right - x, y - self.low
        if self.rotation == 270:
            return self.high - y, self.right - x
        return x - self.left, self.high - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        a, b = self.point(x0, y0)
        c, d = self.point(x1, y1)
        return min(a, c), min(b, d), max(a, c), max(b, d)


def read_page(document: Any, index: int, *, edges: bool = True) -> PageContent:
    """The content of the page at `index` (from 0). Raises pdfium's error where it is broken."""
    with PDFIUM:
        page = document[index]
        try:
            text = page.get_textpage()
            try:
                frame = _Frame(page, _direction(page, text))
                words = _read_words(text, frame)
            finally:
                text.close()
            drawn, image = _read_objects(page, frame) if edges else ([], 0.0)
        finally:
            page.close()
    return PageContent(index + 1, frame.width, frame.height, words, drawn, image)


def _direction(page: Any, text: Any) -> int:
    """By how many degrees the page must be turned for its text to stand upright."""
    import pypdfium2.raw as pdfium

    count = pdfium.FPDFText_CountChars(text.raw)
    turns: Counter[int] = Counter()
    for index in range(0, count, max(1, count // _SAMPLED)):
        if not pdfium.FPDFText_IsGenerated(text.raw, index):
            angle = math.degrees(pdfium.FPDFText_GetCharAngle(text.raw, index))
            turns[round(-angle / 90) % 4 * 90] += 1
    return turns.most_common(1)[0][0] if turns else int(page.get_rotation()) % 360


def _read_words(page: Any, frame: _Frame) -> list[Word]:
    import pypdfium2.raw as pdfium

    raw = page.raw
    count = pdfium.FPDFText_CountChars(raw)
    x, y = ctypes.c_double(), ctypes.c_double()
    box = pdfium.FS_RECTF()
    get_code, get_box = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    get_origin = pdfium.FPDFText_GetCharOrigin
    upright, left, high = frame.rotation == 0, frame.left, frame.high
    fonts: dict[int, bool] = {}  # whether a font is bold, by its handle
    words: list[Word] = []
    letters: list[str] = []
    first = last = (0.0, 0.0, 0.0, 0.0)
    base = size = 0.0
    bold = spaced = pending = False

    def close() -> None:
        if letters:
            text = "".join(letters)
            words.append(
                Word(
                    text,
                    first[0],
                    min(first[1], last[1]),
                    last[2],
                    max(first[3], last[3]),
                    base,
                    size,
                    bold,
                    spaced,
                )
            )
            letters.clear()

    for index in range(count):
        code = get_code(raw, index)
        if code in (0, 0xFFFE, 0xFFFF) or 0xDC00 <= code <= 0xDFFF:
            continue
        if 0xD800 <= code <= 0xDBFF:
            low = get_code(raw, index + 1) if index + 1 < count else 0
            if not 0xDC00 <= low <= 0xDFFF:
                continue
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        if code == 2:
            code = 0x2D  # pdfium's mark for a hyphen at the end of a line
        if code in (9, 10, 13, 32, 0xA0, 0x3000) or code < 32:
            close()
            pending = True
            continue
        if not get_box(raw, index, box) or not get_origin(raw, index, x, y):
            continue
        if upright:
            here = (box.left - left, high - box.top, box.right - left, high - box.bottom)
            line = high - y.value
        else:
            here = frame.box(box.left, box.bottom, box.right, box.top)
            line = frame.point(x.value, y.value)[1]
        height = here[3] - here[1]
        if letters and not (
            abs(line - base) < 0.3 * size
            and -0.5 * size < here[0] - last[2] < _DEEPEST_GAP * size
            and abs(height - size) < 0.4 * size
        ):
            close()
        if not letters:
            first, base, size, spaced = here, line, max(height, 1.0), pending
            bold = _is_bold(pdfium, raw, index, fonts)
        pending = False
        letters.append(chr(code))
        last = here
    close()
    return words


def _is_bold(pdfium: Any, page: Any, index: int, fonts: dict[int, bool]) -> bool:
    """Whether the letter's font is bold; each font of a page is asked once."""
    item = pdfium.FPDFText_GetTextObject(page, index)
    font = pdfium.FPDFTextObj_GetFont(item) if item else None
    handle = ctypes.cast(font, ctypes.c_void_p).value or 0 if font else 0
    known = fonts.get(handle)
    if known is None:
        known = fonts[handle] = _font_is_bold(pdfium, page, index)
    return known


def _font_is_bold(pdfium: Any, page: Any, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(page, index) >= 600:
        return True
    flags = ctypes.c_int()
    length = pdfium.FPDFText_GetFontInfo(page, index, None, 0, flags)
    if not 0 < length < 200:
        return False
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFText_GetFontInfo(page, index, buffer, length, flags)
    name = buffer.value.decode("utf-8", "replace").casefold()
    return any(word in name for word in _BOLD)


_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
            e * g + f * i + k, e * h + f * j + m)  # fmt: skip


def _apply(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _read_objects(page: Any, frame: _Frame) -> tuple[list[Edge], float]:
    """Lines, and the share of the largest picture."""
    import pypdfium2.raw as pdfium

    edges: list[Edge] = []
    image = 0.0
    area = max(1.0, frame.width * frame.height)
    paths = 0
    bounds = [ctypes.c_float() for _ in range(4)]
    for item, outer in _objects(pdfium, page.raw, None, _IDENTITY, 0):
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind not in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE):
            continue
        if not pdfium.FPDFPageObj_GetBounds(item, *bounds):
            continue
        low_left = _apply(outer, bounds[0].value, bounds[1].value)
        high_right = _apply(outer, bounds[2].value, bounds[3].value)
        box = frame.box(*low_left, *high_right)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            image = max(image, (box[2] - box[0]) * (box[3] - box[1]) / area)
            continue
        paths += 1
        if paths > _MOST_PATHS:
            return [], image
        edges += _edges_of(pdfium, item, outer, box, frame)
    return edges, min(1.0, image)


def _objects(
    pdfium: Any, page: Any, form: Any, outer: _Matrix, depth: int
) -> Iterator[tuple[Any, _Matrix]]:
    count = (
        pdfium.FPDFPage_CountObjects(page)
        if form is None
        else pdfium.FPDFFormObj_CountObjects(form)
    )
    for index in range(min(count, 10 * _MOST_PATHS)):
        item = (
            pdfium.FPDFPage_GetObject(page, index)
            if form is None
            else pdfium.FPDFFormObj_GetObject(form, index)
        )
        if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
            if depth < _DEEPEST_FORM:
                yield from _objects(
                    pdfium, page, item, _times(_matrix(pdfium, item), outer), depth + 1
                )
        else:
            yield item, outer


def _matrix(pdfium: Any, item: Any) -> _Matrix:
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, found):
        return _IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _edges_of(
    pdfium: Any, item: Any, outer: _Matrix, box: tuple[float, float, float, float], frame: _Frame
) -> Iterator[Edge]:
    x0, top, x1, bottom = box
    if x1 - x0 < _THIN or bottom - top < _THIN:
        if x1 - x0 > _THIN or bottom - top > _THIN:
            yield _straight(x0, top, x1, bottom)
        return
    count = pdfium.FPDFPath_CountSegments(item)
    if not 2 <= count <= _MOST_SEGMENTS:
        return
    matrix = _times(_matrix(pdfium, item), outer)
    px, py = ctypes.c_float(), ctypes.c_float()
    start = before = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if not pdfium.FPDFPathSegment_GetPoint(segment, px, py):
            return
        here = frame.point(*_apply(matrix, px.value, py.value))
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = here
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield from _along_axis(before, here)
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from _along_axis(here, start)
        before = here


def _along_axis(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Edge]:
    width, height = abs(a[0] - b[0]), abs(a[1] - b[1])
    if (width < 1.0 or height < 1.0) and width + height > _THIN:
        yield _straight(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))


def _straight(x0: float, top: float, x1: float, bottom: float) -> Edge:
    """The middle line of a thin box."""
    if x1 - x0 >= bottom - top:
        middle = (top + bottom) / 2
        return Edge(x0, middle, x1, middle)
    middle = (x0 + x1) / 2
    return Edge(middle, top, middle, bottom)
