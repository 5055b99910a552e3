"""A page of SVG: lines, boxes and text that always fit it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from kg.model.errors import BadInput

_FONTS = "'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
INK, GREY, BLUE, RED, GREEN = "#1f2933", "#9aa5b1", "#2166ac", "#c4321c", "#3a7d44"


def width_of(text: str, size: float) -> float:
    """About how wide a text is: a Chinese character is as wide as it is high."""
    return sum(size if unicodedata.east_asian_width(c) in "WF" else size * 0.56 for c in text)


def fitted(text: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """The text in at most so many lines; the last one is cut."""
    found: list[str] = []
    current = ""
    for part in _parts(text):
        if current and width_of(current + part, size) > width:
            found.append(current.strip())
            current = part
        else:
            current += part
    found.append(current.strip())
    if len(found) > lines:
        found = [*found[: lines - 1], fitted("".join(found[lines - 1 :]), size, width)]
    return [fitted(line, size, width) for line in found]


def _parts(text: str) -> list[str]:
    """Words with the space behind them; Chinese characters each alone."""
    parts: list[str] = []
    for c in text:
        wide = unicodedata.east_asian_width(c) in "WF"
        if parts and not wide and not parts[-1].endswith(" ") and ord(parts[-1][-1]) < 0x2E80:
            parts[-1] += c
        else:
            parts.append(c)
    return parts


class Canvas:
    """Collects shapes; `to_text` gives the SVG."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height = width, height
        self._title = title
        self._shapes: list[str] = []

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = INK, *,
        width: float = 1.0, dash: str = "",
    ) -> None:  # fmt: skip
        """A straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._shapes.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
            f' stroke-width="{width}"{dashed}/>'
        )

    def path(self, points: Sequence[tuple[float, float]], colour: str, *, dash: str = "") -> None:
        """A line through points."""
        if points:
            dashed = f' stroke-dasharray="{dash}"' if dash else ""
            told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            self._shapes.append(
                f'<polyline points="{told}" fill="none" stroke="{colour}"{dashed}/>'
            )

    def ribbon(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float
    ) -> None:
        """A band that bends from left to right."""
        middle = (x1 + x2) / 2
        self._shapes.append(
            f'<path d="M {x1:.1f} {y1:.1f} C {middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f}'
            f' {x2:.1f} {y2:.1f}" fill="none" stroke="{colour}" stroke-opacity="0.45"'
            f' stroke-width="{width:.1f}"/>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, hint: str = ""
    ) -> None:
        """A filled rectangle; `hint` shows under the pointer."""
        told = f"<title>{escape(hint)}</title>" if hint else ""
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
            f' fill="{fill}" rx="2">{told}</rect>'
        )

    def dot(self, x: float, y: float, fill: str, radius: float = 3.0, hint: str = "") -> None:
        """A filled circle."""
        told = f"<title>{escape(hint)}</title>" if hint else ""
        self._shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}">{told}</circle>'
        )

    def text(
        self, x: float, y: float, text: str, size: float = 12.0, *, anchor: str = "start",
        colour: str = INK, bold: bool = False,
    ) -> None:  # fmt: skip
        """A line of text; `anchor` is start, middle or end."""
        weight = ' font-weight="600"' if bold else ""
        self._shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
            f' fill="{colour}"{weight}>{escape(text)}</text>'
        )

    def to_text(self) -> str:
        """The SVG, with a title for screen readers."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f}'
                f' {self.height:.0f}" width="{self.width:.0f}" height="{self.height:.0f}"'
                f' role="img" font-family="{_FONTS}">',
                f"<title>{escape(self._title)}</title>",
                '<rect width="100%" height="100%" fill="white"/>',
                *self._shapes,
                "</svg>\n",
            ]
        )


def save_drawing(path: Path, svg: str) -> None:
    """Write a drawing as SVG, or as a page around it where the name ends in html.

    Raises BadInput for other endings or a folder that is not there.
    """
    ending = path.suffix.casefold()
    if ending not in (".svg", ".html", ".htm"):
        raise BadInput(f"{path} is no name for a drawing; let it end in .svg or .html.")
    page = svg
    if ending != ".svg":
        page = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{svg}</body></html>'
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from None
