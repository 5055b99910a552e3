"""HTML into blocks. Nothing is run, fetched or followed; what is not shown is not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from extraction.documents.blocks import Block, Cell, Reading, Table, Text
from kg.model.errors import UnreadableFile

_SKIPPED = frozenset(
    {"script", "style", "template", "noscript", "nav", "svg", "math", "head", "iframe", "object"}
    | {"embed", "canvas", "audio", "video", "form", "button", "select", "textarea", "input", "map"}
)
_BREAKING = frozenset(
    {"p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote", "pre"}
    | {"dl", "dt", "dd", "ul", "ol", "li", "table", "figure", "figcaption", "hr", "address"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "details", "summary", "body", "html", "center"}
    | {"tr", "td", "th"}
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MOST_SPANNED = 1_000
_DEEPEST = 200
_MOST_CELLS = 2_000_000


def read_html(
    markup: str, shown: str, *, place: str = "", media_type: str = "text/html"
) -> Reading:
    """The blocks of an HTML text. `place` goes before the places (`body/`)."""
    from lxml import etree, html

    # An encoding that the text declares is that of the bytes, which are decoded already.
    markup = re.sub(r"^\s*<\?xml[^>]*\?>", "", markup.replace("\0", ""))
    parser = html.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding="utf-8"
    )
    try:
        root = html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile(
            f"{shown} is no HTML that can be read ({str(error).rstrip('.')}); save the page again."
        ) from error
    title = root.findtext(".//title") or ""
    walk = _Walk(place)
    return Reading(walk.blocks(root), media_type, _SPACE.sub(" ", title).strip())


class _Walk:
    """Walks one tree. Inline text gathers until something begins that stands by itself."""

    def __init__(self, place: str) -> None:
        self._prefix = place
        self._text: list[str] = []
        self._lead = ""
        self._line = 0
        self._tables = 0

    def blocks(self, root: Any) -> Iterator[Block]:
        yield from self._inside(root, "paragraph", 0, "", 0)
        yield from self._flush("paragraph", 0, "", numbered=False)

    def _inside(
        self, element: Any, kind: str, level: int, number: str, depth: int, numbered: bool = False
    ) -> Iterator[Block]:
        self._add(element.text, element)
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and not _is_hidden(child):
                tag = child.tag
                if depth > _DEEPEST:
                    self._add(_plain(child), child)
                elif tag in _BREAKING:
                    yield from self._flush(kind, level, number, numbered=numbered)
                    yield from self._block(child, tag, kind, level, number, depth, numbered)
                elif tag == "br":
                    self._text.append("\n")
                else:
                    if tag in ("b", "strong") and not "".join(self._text).strip():
                        self._lead = _SPACE.sub(" ", _plain(child)).strip()
                    yield from self._inside(child, kind, level, number, depth + 1, numbered)
            self._add(child.tail, element)

    def _block(
        self, child: Any, tag: str, kind: str, level: int, number: str, depth: int, numbered: bool
    ) -> Iterator[Block]:
        if tag == "table":
            yield from self._table(child)
        elif tag in ("ul", "ol"):
            yield from self._list(child, level + 1 if kind == "item" else 0, depth)
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            yield from self._whole(child, "heading", int(tag[1]), depth)
        elif tag in ("dt", "summary"):
            yield from self._whole(child, "heading", 6, depth)
        elif tag == "figcaption":
            yield from self._whole(child, "caption", 0, depth)
        else:
            yield from self._inside(child, kind, level, number, depth + 1, numbered)
            yield from self._flush(kind, level, number, numbered=numbered)

    def _whole(self, element: Any, kind: str, level: int, depth: int) -> Iterator[Block]:
        yield from self._inside(element, kind, level, "", depth + 1)
        yield from self._flush(kind, level, "", numbered=False)

    def _list(self, element: Any, level: int, depth: int) -> Iterator[Block]:
        count = _whole_number(element.get("start"), 1) if element.tag == "ol" else 0
        for child in element:
            if child.tag in ("ul", "ol"):
                yield from self._list(child, level + 1, depth + 1)
            elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
                number = str(count) if element.tag == "ol" else ""
                numbered = element.tag == "ol"
                yield from self._inside(child, "item", level, number, depth + 1, numbered)
                yield from self._flush("item", level, number, numbered=numbered)
                count += 1

    def _table(self, element: Any) -> Iterator[Block]:
        self._tables += 1
        place = f"{self._prefix}table:{self._tables}"
        caption = element.find("caption")
        rows = [row for row in element.iter("tr") if _table_of(row) is element]
        inner = [t for t in element.iter("table") if t is not element]
        if inner and len(rows) <= 1:
            # A table that only lays out the page: read what is in it.
            for row in rows:
                for cell in row:
                    yield from self._inside(cell, "paragraph", 0, "", 1)
                    yield from self._flush("paragraph", 0, "", numbered=False)
            return
        grid: list[list[Cell | None]] = []
        headers = 0
        cells = 0
        for index, row in enumerate(rows):
            while len(grid) <= index:
                grid.append([])
            column = 0
            elements = [c for c in row if c.tag in ("td", "th")]
            if elements and all(c.tag == "th" for c in elements) and headers == index:
                headers = index + 1
            for each in elements:
                while column < len(grid[index]) and grid[index][column] is not None:
                    column += 1
                down = min(_whole_number(each.get("rowspan"), 1), _MOST_SPANNED, len(rows) - index)
                across = min(_whole_number(each.get("colspan"), 1), _MOST_SPANNED)
                cells += down * across
                if cells > _MOST_CELLS:
                    break
                cell = Cell(_cell_paragraphs(each), index, column, max(1, down), max(1, across))
                for r in range(index, index + max(1, down)):
                    while len(grid) <= r:
                        grid.append([])
                    line = grid[r]
                    line.extend([None] * (column + cell.columns - len(line)))
                    line[column : column + cell.columns] = [cell] * cell.columns
                column += cell.columns
        width = max((len(line) for line in grid), default=0)
        if not width:
            return
        filled = [
            [
                cell if cell is not None else Cell((), r, c)
                for c, cell in enumerate([*line, *[None] * (width - len(line))])
            ]
            for r, line in enumerate(grid)
        ]
        yield Table(
            filled,
            place,
            header_rows=headers,
            caption=_SPACE.sub(" ", _plain(caption)).strip() if caption is not None else "",
        )

    def _add(self, text: str | None, element: Any) -> None:
        if text:
            if not self._line and text.strip():
                self._line = _line_of(element)
            self._text.append(_SPACE.sub(" ", text))

    def _flush(self, kind: Any, level: int, number: str, *, numbered: bool) -> Iterator[Block]:
        text = re.sub(r" *\n *", "\n", "".join(self._text)).strip(" \n")
        text = re.sub(r"  +", " ", text)
        lead, line = self._lead, self._line
        self._text, self._lead, self._line = [], "", 0
        if text:
            if not text.startswith(lead):
                lead = ""
            place = f"{self._prefix}line:{line or 1}"
            yield Text(kind, text, place, level, number, lead, numbered)


def _table_of(row: Any) -> Any:
    return next((a for a in row.iterancestors("table")), None)


def _cell_paragraphs(cell: Any) -> tuple[str, ...]:
    parts: list[str] = []
    numbers: list[int] = []

    def add(element: Any, depth: int) -> None:
        parts.append(_SPACE.sub(" ", element.text or ""))
        for child in element:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and not _is_hidden(child):
                breaks = child.tag in _BREAKING or child.tag == "br"
                if breaks:
                    parts.append("\n")
                if child.tag == "li" and element.tag == "ol":
                    numbers.append(1)
                    parts.append(f"{element.index(child) + 1}. ")
                if depth < _DEEPEST:
                    add(child, depth + 1)
                if breaks:
                    parts.append("\n")
            parts.append(_SPACE.sub(" ", child.tail or ""))

    add(cell, 0)
    lines = (re.sub(r"  +", " ", line).strip() for line in "".join(parts).split("\n"))
    return tuple(line for line in lines if line)


def _plain(element: Any) -> str:
    return "".join(element.itertext()) if element is not None else ""


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _line_of(element: Any) -> int:
    own = element.get("data-line")
    if own is not None and own.isdecimal():
        return int(own)
    for ancestor in element.iterancestors():
        own = ancestor.get("data-line")
        if own is not None and own.isdecimal():
            return int(own)
    return int(element.sourceline or 1)


def _whole_number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 7 else default
