"""Word documents (DOCX) into blocks, from their XML: headings, lists, tables, text boxes.

Headers and footers repeat on every page and are only counted. Deleted text of tracked changes is
left out, inserted text is read. Word keeps no pages in the file, so places are paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extraction.documents.blocks import Block, Cell, Reading, Table, Text
from extraction.documents.headings import is_title
from kg.model.errors import UnreadableFile

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", _FALLBACK})
_HEADING_NAME = re.compile(r"^(?:heading|标题|überschrift|titre)\s*(\d)", re.IGNORECASE)
_ORDERED = frozenset({"decimal", "decimalZero", "upperLetter", "lowerLetter", "upperRoman",
                      "lowerRoman", "chineseCounting", "chineseCountingThousand",
                      "ideographDigital", "japaneseCounting", "decimalEnclosedCircle",
                      "decimalEnclosedCircleChinese", "chineseLegalSimplified"})  # fmt: skip
_DEEPEST = 12  # nested tables and text boxes
_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read_docx(path: Path, shown: str) -> Reading:
    """The blocks of the document at `path`, which must have been checked (`check_package`)."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml import etree

    try:
        document = docx.Document(str(path))
        body = document.element.body
        styles = _Styles(document)
        properties = document.core_properties
        title = properties.title or ""
        repeated = sum(
            1
            for section in document.sections
            for part in (section.header, section.footer)
            if not part.is_linked_to_previous
            for paragraph in part.paragraphs
            if paragraph.text.strip()
        )
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError, AttributeError) as e:
        raise UnreadableFile(
            f"{shown} is no Word document that can be read ({str(e)[:120].rstrip('.')}); save it"
            " again as DOCX."
        ) from e
    reading = Reading(_Body(styles).blocks(body), _MEDIA, title if is_title(title) else "")
    reading.dropped = repeated
    return reading


class _Styles:
    """What paragraph styles and numberings mean."""

    def __init__(self, document: Any) -> None:
        self.headings: dict[str, int] = {}  # level by style id; 0 is the title
        self.captions: set[str] = set()
        self.lists: dict[str, tuple[str, str]] = {}  # numbering id and level by style id
        self._formats: dict[tuple[str, str], str] = {}
        based_on: dict[str, str] = {}
        names: dict[str, str] = {}
        for style in document.styles.element.iter(f"{_W}style"):
            key = style.get(f"{_W}styleId") or ""
            name = style.find(f"{_W}name")
            names[key] = (name.get(f"{_W}val") or "") if name is not None else ""
            base = style.find(f"{_W}basedOn")
            if base is not None:
                based_on[key] = base.get(f"{_W}val") or ""
            outline = style.find(f"{_W}pPr/{_W}outlineLvl")
            if outline is not None and (outline.get(f"{_W}val") or "").isdecimal():
                level = int(outline.get(f"{_W}val"))
                if level < 9:
                    self.headings[key] = level + 1
            number = style.find(f"{_W}pPr/{_W}numPr")
            if number is not None:
                self.lists[key] = _numbering(number)
        for key, name in names.items():
            match = _HEADING_NAME.match(name)
            if match:
                self.headings[key] = int(match[1])
            elif name.casefold() in ("title", "标题"):
                self.headings[key] = 0
            elif name.casefold() in ("caption", "题注"):
                self.captions.add(key)
            elif name.casefold().startswith(("list number", "列表编号")):
                self.lists.setdefault(key, ("", "0"))
                self._formats[("", "0")] = "decimal"
            elif name.casefold().startswith(("list bullet", "list paragraph", "列表项目符号")) and (
                "bullet" in name.casefold()
            ):
                self.lists.setdefault(key, ("bullet", "0"))
        for key in names:  # a style does what the one below it does
            base_key = based_on.get(key, "")
            for _ in range(10):
                if not base_key:
                    break
                if base_key in self.headings:
                    self.headings.setdefault(key, self.headings[base_key])
                if base_key in self.lists:
                    self.lists.setdefault(key, self.lists[base_key])
                base_key = based_on.get(base_key, "")
        self._read_numbering(document)
        self._names = names

    def _read_numbering(self, document: Any) -> None:
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return
        abstract: dict[str, dict[str, str]] = {}
        for each in root.iter(f"{_W}abstractNum"):
            abstract[each.get(f"{_W}abstractNumId") or ""] = {
                level.get(f"{_W}ilvl") or "0": (
                    fmt.get(f"{_W}val") or ""
                    if (fmt := level.find(f"{_W}numFmt")) is not None
                    else ""
                )
                for level in each.iter(f"{_W}lvl")
            }
        for each in root.iter(f"{_W}num"):
            link = each.find(f"{_W}abstractNumId")
            levels = abstract.get(link.get(f"{_W}val") or "", {}) if link is not None else {}
            for level, fmt in levels.items():
                self._formats[(each.get(f"{_W}numId") or "", level)] = fmt

    def is_ordered(self, numbering: tuple[str, str]) -> bool:
        """Whether a list counts."""
        return self._formats.get(numbering, "") in _ORDERED

    def list_level(self, style: str, numbering: tuple[str, str]) -> int:
        """Depth of an item, from its numbering or from the digit in its style's name."""
        level = int(numbering[1]) if numbering[1].isdecimal() else 0
        digit = re.search(r"(\d)$", self._names.get(style, ""))
        return level or (int(digit[1]) - 1 if digit else 0)


class _Body:
    """Walks a body. Counts paragraphs and tables for the places, and numbered items."""

    def __init__(self, styles: _Styles) -> None:
        self._styles = styles
        self._paragraphs = 0
        self._tables = 0
        self._counters: dict[tuple[str, int], int] = {}

    def blocks(self, body: Any, depth: int = 0) -> Iterator[Block]:
        if depth > _DEEPEST:
            return
        for child in body:
            if child.tag == f"{_W}p":
                yield from self._paragraph(child, depth)
            elif child.tag == f"{_W}tbl":
                yield from self._table(child, depth)
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
                yield from self.blocks(child, depth + 1)

    def _paragraph(self, element: Any, depth: int) -> Iterator[Block]:
        self._paragraphs += 1
        place = f"paragraph:{self._paragraphs}"
        text = _text_of(element).strip()
        if text:
            yield self._read(element, text, place)
        for box in element.iter(f"{_W}txbxContent"):
            if not any(a.tag == _FALLBACK for a in box.iterancestors()) and not any(
                a.tag == f"{_W}txbxContent" for a in box.iterancestors()
            ):
                yield from self.blocks(box, depth + 1)

    def _read(self, element: Any, text: str, place: str) -> Text:
        styles = self._styles
        properties = element.find(f"{_W}pPr")
        style = ""
        numbering: tuple[str, str] | None = None
        level: int | None = None
        if properties is not None:
            found = properties.find(f"{_W}pStyle")
            style = (found.get(f"{_W}val") or "") if found is not None else ""
            number = properties.find(f"{_W}numPr")
            if number is not None:
                numbering = _numbering(number)
            outline = properties.find(f"{_W}outlineLvl")
            if outline is not None and (outline.get(f"{_W}val") or "").isdecimal():
                level = int(outline.get(f"{_W}val")) + 1
        if style in styles.headings:
            return Text("heading", text, place, max(1, styles.headings[style]))
        if level is not None and level < 10:
            return Text("heading", text, place, level)
        if style in styles.captions:
            return Text("caption", text, place)
        numbering = numbering or styles.lists.get(style)
        if numbering is not None and numbering[0] != "0":
            depth = styles.list_level(style, numbering)
            ordered = styles.is_ordered(numbering)
            return Text(
                "item", text, place, depth, self._count(numbering[0], depth) if ordered else "",
                is_numbered=ordered,
            )  # fmt: skip
        if _is_bold(element) and len(text) < 60:
            return Text("paragraph", text, place, lead=text)
        return Text("paragraph", text, place, lead=_bold_lead(element))

    def _count(self, list_id: str, depth: int) -> str:
        """The number of the next item; deeper lists begin anew below it."""
        for key in [k for k in self._counters if k[0] == list_id and k[1] > depth]:
            del self._counters[key]
        self._counters[(list_id, depth)] = self._counters.get((list_id, depth), 0) + 1
        return str(self._counters[(list_id, depth)])

    def _table(self, element: Any, depth: int) -> Iterator[Block]:
        self._tables += 1
        place = f"table:{self._tables}"
        grid: list[list[Cell]] = []
        open_cells: dict[int, Cell] = {}  # by column: cells that go on in the rows below
        headers = 0
        for index, row in enumerate(r for r in _below(element, "tr")):
            line: list[Cell] = []
            if row.find(f"{_W}trPr/{_W}tblHeader") is not None and headers == index:
                headers = index + 1
            before = row.find(f"{_W}trPr/{_W}gridBefore")
            if before is not None and (before.get(f"{_W}val") or "").isdecimal():
                line += [Cell((), index, c) for c in range(min(63, int(before.get(f"{_W}val"))))]
            for cell in _below(row, "tc"):
                span = cell.find(f"{_W}tcPr/{_W}gridSpan")
                across = 1
                if span is not None and (span.get(f"{_W}val") or "").isdecimal():
                    across = max(1, min(200, int(span.get(f"{_W}val"))))
                merge = cell.find(f"{_W}tcPr/{_W}vMerge")
                goes_on = merge is not None and merge.get(f"{_W}val") in (None, "continue")
                column = len(line)
                held = open_cells.get(column)
                if goes_on and held is not None:
                    grown = Cell(
                        held.paragraphs, held.row, held.column, index - held.row + 1, held.columns
                    )
                    for r in range(held.row, index):
                        for c in range(held.column, held.column + held.columns):
                            if c < len(grid[r]):
                                grid[r][c] = grown
                    open_cells[column] = grown
                    line += [grown] * across
                    continue
                fresh = Cell(tuple(self._cell_texts(cell, depth)), index, column, 1, across)
                if merge is not None:
                    open_cells[column] = fresh
                else:
                    open_cells.pop(column, None)
                line += [fresh] * across
            grid.append(line)
        width = max((len(line) for line in grid), default=0)
        for index, line in enumerate(grid):
            line += [Cell((), index, column) for column in range(len(line), width)]
        if width == 1 and len(grid) == 1:
            # A frame around text, as notes and warnings have it.
            for text in grid[0][0].paragraphs:
                yield Text("paragraph", text, place)
            return
        if width:
            yield Table(grid, place, header_rows=headers)

    def _cell_texts(self, cell: Any, depth: int) -> Iterator[str]:
        """The paragraphs of a cell; a table inside gives its rows."""
        for child in cell:
            if child.tag == f"{_W}p":
                text = _text_of(child).strip()
                if text:
                    numbering = child.find(f"{_W}pPr/{_W}numPr")
                    if numbering is not None and self._styles.is_ordered(_numbering(numbering)):
                        key = f"{id(cell)}"
                        text = f"{self._count(key, 0)}. {text}"
                    yield from (part.strip() for part in text.split("\n") if part.strip())
            elif child.tag == f"{_W}tbl" and depth < _DEEPEST:
                for row in _below(child, "tr"):
                    cells = (
                        " ".join(self._cell_texts(inner, depth + 1)) for inner in _below(row, "tc")
                    )
                    line = " | ".join(text for text in cells if text)
                    if line:
                        yield line
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent"):
                yield from self._cell_texts(child, depth + 1)


def _below(element: Any, name: str) -> Iterator[Any]:
    """Children of that name, content controls around them looked through."""
    for child in element:
        if child.tag == _W + name:
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _below(child, name)


def _numbering(element: Any) -> tuple[str, str]:
    number, level = element.find(f"{_W}numId"), element.find(f"{_W}ilvl")
    return (
        (number.get(f"{_W}val") or "") if number is not None else "",
        (level.get(f"{_W}val") or "0") if level is not None else "0",
    )


def _text_of(element: Any) -> str:
    """The text of a paragraph as it is shown, text boxes in it left out."""
    parts: list[str] = []
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        tag = child.tag
        if tag == f"{_W}t":
            parts.append(child.text or "")
        elif tag == f"{_W}tab":
            parts.append("\t")
        elif tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
        elif tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif tag not in _SKIPPED and tag != f"{_W}txbxContent" and len(stack) < 100:
            stack.append(iter(child))
    return "".join(parts)


def _runs(element: Any) -> Iterator[tuple[str, bool]]:
    for run in element.iter(f"{_W}r"):
        bold = run.find(f"{_W}rPr/{_W}b")
        is_bold = bold is not None and bold.get(f"{_W}val") not in ("0", "false")
        text = "".join(t.text or "" for t in run.findall(f"{_W}t"))
        if text:
            yield text, is_bold


def _is_bold(element: Any) -> bool:
    runs = [(text, bold) for text, bold in _runs(element) if text.strip()]
    return bool(runs) and all(bold for _, bold in runs)


def _bold_lead(element: Any) -> str:
    lead = ""
    for text, bold in _runs(element):
        if not bold:
            return lead.strip()
        lead += text
    return ""
