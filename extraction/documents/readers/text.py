"""Plain text into blocks: headings, items, paragraphs, and tables made of tabs or spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extraction.documents.blocks import Block, Reading, Table, Text, grid_of
from extraction.documents.lines import is_shouted, reads_as_heading, shape_of

_LABEL = re.compile(r"^\s*[^\s:：]{1,20}(?:\s[^\s:：]{1,15}){0,3}\s*[:：]")
_UNDERLINE = re.compile(r"^\s*([=\-~*_])\1{2,}\s*$")
_GAP = re.compile(r"\t+| {2,}|(?<=[\u3400-\u9fff])\u3000+")
_WRAPPED = 55  # a line this long may go on in the next; Han characters count twice
_FEWEST_ROWS = 3
_TAB = 4


def read_text(text: str) -> Reading:
    """The blocks of a plain text. Places are line numbers from 1."""
    return Reading(_blocks(text), "text/plain")


def _blocks(text: str) -> Iterator[Block]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").split("\n")
    at = tables = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        table = _table_at(lines, at)
        if table:
            tables += 1
            rows, end = table
            places = [f"line:{number}" for number, _ in rows]
            yield Table(grid_of([cells for _, cells in rows]), f"table:{tables}", places)
            at = end
            continue
        end = _end_of_block(lines, at)
        yield _read(lines, at, end)
        at = end + 1 if end < len(lines) and _UNDERLINE.match(lines[end]) else end


def _end_of_block(lines: Sequence[str], start: int) -> int:
    """The first line after `start` that does not go on with it."""
    end = start + 1
    while end < len(lines):
        line, before = lines[end], lines[end - 1]
        if (
            not line.strip()
            or _UNDERLINE.match(line)
            or shape_of(line).kind
            or _LABEL.match(line)
            or is_shouted(line)
            or is_shouted(lines[start])
            or (
                _width(before) < _WRAPPED
                and not (shape_of(lines[start]).kind and _indent(line) > _indent(lines[start]))
            )
            or (end + 1 < len(lines) and _UNDERLINE.match(lines[end + 1]))
            or _table_at(lines, end)
        ):
            break
        end += 1
    return end


def _read(lines: Sequence[str], start: int, end: int) -> Text:
    text = "\n".join(line.strip() for line in lines[start:end])
    place = f"line:{start + 1}" if end == start + 1 else f"line:{start + 1}-{end}"
    shape = shape_of(text)
    is_single = end == start + 1
    alone = (start == 0 or not lines[start - 1].strip()) and (
        end >= len(lines) or not lines[end].strip()
    )
    if is_single and end < len(lines) and _UNDERLINE.match(lines[end]):
        return Text("heading", text, place, 1 if "=" in lines[end] else 2)
    if shape.kind == "section" and is_single and reads_as_heading(text):
        if shape.depth > 1 or not shape.number.isascii() or is_shouted(text) or alone:
            return Text("heading", text, place, shape.depth, shape.number)
        return Text("item", text[shape.start :], place, 0, shape.number, is_numbered=True)
    if is_single and is_shouted(text) and reads_as_heading(text):
        return Text("heading", text, place, 1)
    level = _indent(lines[start]) // 2
    if shape.kind in ("item", "bullet"):
        return Text(
            "item", text[shape.start :].strip(), place, level, shape.number,
            is_numbered=shape.kind == "item", style=shape.style,
        )  # fmt: skip
    return Text("paragraph", text, place, level)


def _table_at(lines: Sequence[str], start: int) -> tuple[list[tuple[int, list[str]]], int] | None:
    """Rows (line number and cells) from `start` on that stand in columns, and where they end."""
    if not _GAP.search(lines[start].strip()) and "|" not in lines[start]:
        return None
    rows: list[tuple[int, list[str]]] = []
    at = start
    while at < len(lines) and lines[at].strip():
        if re.fullmatch(r"[\s|+:\-=]+", lines[at]):
            at += 1  # a ruler
            continue
        cells = _cells(lines[at])
        if len(cells) < 2 or (rows and len(cells) != len(rows[0][1])):
            break
        rows.append((at + 1, cells))
        at += 1
    if len(rows) < _FEWEST_ROWS or (at < len(lines) and lines[at].strip()):
        return None
    return rows, at


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    if stripped.count("|") >= 2 or (stripped.count("|") == 1 and " | " in stripped):
        return [cell.strip() for cell in stripped.strip("|").split("|")]
    if "\t" in stripped:
        return [cell.strip() for cell in stripped.split("\t")]
    return [cell.strip() for cell in _GAP.split(stripped)]


def _indent(line: str) -> int:
    expanded = line.expandtabs(_TAB)
    return len(expanded) - len(expanded.lstrip(" "))


def _width(line: str) -> int:
    return sum(2 if char >= "\u2e80" else 1 for char in line.strip())
