"""Scanned pages: words from a picture, by the extra `ocr` (rapidocr, with its models in its wheel).

Imported only when a scanned page is met. The words take the same way as those of any other page,
so columns and tables come out of their places.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from extraction.documents.readers.pdf_page import PDFIUM, PageContent, Word

_DPI = 200
_LEAST_SCORE = 0.5
_PIECE = re.compile(r"\S+")
_HEIGHT = 1.25  # a line's loose box over that of its letters


def has_ocr() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


@lru_cache(maxsize=1)
def _engine() -> Any:
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR()


def read_scan(document: Any, index: int) -> PageContent:
    """The words on the picture of the page at `index` (from 0). About 10 CPU seconds if dense."""
    with PDFIUM:
        page = document[index]
        try:
            width, height = page.get_size()
            scale = _DPI / 72
            while width * height * scale * scale > 40e6:
                scale /= 1.5
            picture = page.render(scale=scale, grayscale=False).to_numpy()
        finally:
            page.close()
    result = _engine()(picture)
    words: list[Word] = []
    if result.boxes is None:
        return PageContent(index + 1, width, height, words, [])
    for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        if score < _LEAST_SCORE or not text.strip():
            continue
        x0, x1 = min(p[0] for p in box) / scale, max(p[0] for p in box) / scale
        top, bottom = min(p[1] for p in box) / scale, max(p[1] for p in box) / scale
        words += _words(text.strip(), float(x0), float(top), float(x1), float(bottom))
    return PageContent(index + 1, width, height, words, [])


def _words(text: str, x0: float, top: float, x1: float, bottom: float) -> list[Word]:
    """A recognised line as words; widths are shared out by letters, Han ones counting twice."""
    weights = [2 if char >= "\u2e80" else 1 for char in text]
    step = (x1 - x0) / max(1, sum(weights))
    size = (bottom - top) / 1.1
    words = []
    for match in _PIECE.finditer(text):
        left = x0 + step * sum(weights[: match.start()])
        right = x0 + step * sum(weights[: match.end()])
        words.append(
            Word(
                match[0],
                left,
                top,
                right,
                bottom,
                bottom - 0.2 * size,
                size,
                False,
                match.start() > 0,
            )
        )
    return words
