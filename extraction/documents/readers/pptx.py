"""Slides (PPTX) into blocks: titles, text in reading order, tables, notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from extraction.documents.blocks import Block, Cell, Reading, Table, Text
from extraction.documents.headings import is_title
from kg.model.errors import UnreadableFile

_MEDIA = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_PRESENTATION_FURNITURE = frozenset({13, 15, 16})  # slide number, footer, date
_DEEPEST = 8


def read_pptx(path: Path, shown: str) -> Reading:
    """The blocks of the slides at `path`, which must have been checked (`check_package`)."""
    import pptx
    from lxml import etree
    from pptx.exc import PackageNotFoundError

    try:
        deck = pptx.Presentation(str(path))
        count = len(deck.slides)
    except (PackageNotFoundError, KeyError, ValueError, etree.XMLSyntaxError, AttributeError) as e:
        raise UnreadableFile(
            f"{shown} holds no slides that can be read ({str(e)[:120].rstrip('.')}); save it again"
            " as PPTX."
        ) from e
    title = deck.core_properties.title or ""
    reading = Reading(iter(()), _MEDIA, title if is_title(title) else "", count)
    reading.blocks = _slides(deck, reading)
    return reading


def _slides(deck: Any, reading: Reading) -> Iterator[Block]:
    for number, slide in enumerate(deck.slides, start=1):
        place = f"slide:{number}"
        title = slide.shapes.title
        if title is not None and title.has_text_frame and title.text_frame.text.strip():
            level = 1 if number == 1 else 2
            text = title.text_frame.text.replace("\v", "\n").strip()
            yield Text("heading", text, place, level)
        tables = 0
        title_id = title.shape_id if title is not None else None
        for shape in sorted(_shapes(slide.shapes, 0), key=_position):
            if shape.shape_id == title_id and shape.has_text_frame:
                continue
            if getattr(shape, "is_placeholder", False) and (
                int(shape.placeholder_format.type or 0) in _PRESENTATION_FURNITURE
            ):
                reading.dropped += 1
                continue
            if getattr(shape, "has_table", False) and shape.has_table:
                tables += 1
                yield _table(shape.table, f"{place}/table:{tables}")
            elif shape.has_text_frame:
                yield from _paragraphs(shape.text_frame, place)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            text = slide.notes_slide.notes_text_frame.text.strip()
            if text:
                yield Text("note", text.replace("\v", "\n"), f"{place}/notes")
        reading.pages_read = number


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _position(shape: Any) -> tuple[int, int]:
    """From top to bottom, then from left to right; tops within a third of an inch are level."""
    return (int(shape.top or 0) // 300_000, int(shape.left or 0))


def _paragraphs(frame: Any, place: str) -> Iterator[Text]:
    paragraphs = [p for p in frame.paragraphs if p.text.strip()]
    for paragraph in paragraphs:
        text = paragraph.text.replace("\v", "\n").strip()
        numbered = paragraph._p.find(".//{*}pPr/{*}buAutoNum") is not None
        if len(paragraphs) > 1 or paragraph.level or numbered:
            yield Text("item", text, place, int(paragraph.level or 0), is_numbered=numbered)
        else:
            yield Text("paragraph", text, place)


def _table(table: Any, place: str) -> Table:
    rows = len(table.rows)
    width = len(table.columns)
    grid: list[list[Cell]] = [[Cell((), r, c) for c in range(width)] for r in range(rows)]
    for r in range(rows):
        for c in range(width):
            source = table.cell(r, c)
            if source.is_spanned:
                continue
            texts = tuple(
                line.strip()
                for p in source.text_frame.paragraphs
                for line in p.text.replace("\v", "\n").split("\n")
                if line.strip()
            )
            down = min(source.span_height, rows - r) if source.is_merge_origin else 1
            across = min(source.span_width, width - c) if source.is_merge_origin else 1
            cell = Cell(texts, r, c, down, across)
            for i in range(r, r + down):
                for j in range(c, c + across):
                    grid[i][j] = cell
    return Table(grid, place, header_rows=1 if table.first_row and rows > 1 else 0)
