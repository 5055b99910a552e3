"""Tables on a PDF page: those with lines by their cells, those without by their gutters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from extraction.documents.blocks import Cell
from extraction.documents.lines import shape_of
from extraction.documents.readers.pdf_lines import Line, Segment, lines_of, segments_text
from extraction.documents.readers.pdf_page import Edge, Word

_SNAP = 3.0  # points within which lines count as one
_FEWEST_LINES = 3  # of a table without lines
_GUTTER = 0.7  # of the text's height
_SAME_EXTENT = 4.0
_MOST_EDGES = 6_000
_NEVER = 1_000_000  # columns that no line has
Box = tuple[float, float, float, float]  # x0, top, x1, bottom


@dataclass(slots=True)
class FoundTable:
    """A table as it stands on one page. `columns` are the left sides of its columns."""

    box: Box
    grid: list[list[Cell]]
    columns: list[float]
    is_ruled: bool
    tops: list[float] = field(default_factory=list)  # of its rows


def find_ruled(words: Sequence[Word], edges: Sequence[Edge]) -> tuple[list[FoundTable], list[Word]]:
    """Tables with lines, from top to bottom, and the words that are in none."""
    if not 4 <= len(edges) <= _MOST_EDGES:
        return [], list(words)
    from pdfplumber.table import (
        cells_to_tables,
        edges_to_intersections,
        intersections_to_cells,
        merge_edges,
    )

    merged = merge_edges(
        [_as_dict(edge) for edge in [*edges, *_closing(edges)]], _SNAP, _SNAP, _SNAP, _SNAP
    )
    cells = intersections_to_cells(edges_to_intersections(merged, _SNAP, _SNAP))
    found: list[FoundTable] = []
    left = list(words)
    groups = cells_to_tables(cells)
    boxes = [
        (min(c[0] for c in g), min(c[1] for c in g), max(c[2] for c in g), max(c[3] for c in g))
        for g in groups
    ]
    for group, box in sorted(zip(groups, boxes, strict=True), key=lambda pair: pair[1][1]):
        if len(group) < 2:
            continue
        inside = [word for word in left if _is_in(word, box)]
        table = _grid_of(group, box, inside)
        if table is None:
            continue
        taken = set(map(id, inside))
        left = [word for word in left if id(word) not in taken]
        found.append(table)
    return found, left


def _closing(edges: Sequence[Edge]) -> list[Edge]:
    """Sides for tables whose horizontal lines run out beyond the last vertical one."""
    horizontal = [e for e in edges if e.is_horizontal]
    vertical = [e for e in edges if not e.is_horizontal]
    if not vertical or len(horizontal) < 3:
        return []
    added: list[Edge] = []
    groups: dict[tuple[int, int], list[Edge]] = {}
    for edge in horizontal:
        key = (round(edge.x0 / _SAME_EXTENT), round(edge.x1 / _SAME_EXTENT))
        groups.setdefault(key, []).append(edge)
    for group in groups.values():
        top, bottom = min(e.top for e in group), max(e.top for e in group)
        x0, x1 = min(e.x0 for e in group), max(e.x1 for e in group)
        crossing = [
            v
            for v in vertical
            if x0 - _SNAP <= v.x0 <= x1 + _SNAP
            and v.top < bottom + _SNAP
            and v.bottom > top - _SNAP
        ]
        if len(group) < 3 or not crossing:
            continue
        # The side is as long as the lines beside it, which the outermost rules may not reach.
        top = min(top, *(v.top for v in crossing))
        bottom = max(bottom, *(v.bottom for v in crossing))
        added += [
            Edge(side, top, side, bottom)
            for side in (x0, x1)
            if all(abs(v.x0 - side) > 2 * _SNAP for v in crossing)
        ]
    return added


def _as_dict(edge: Edge) -> dict[str, object]:
    x0, top, x1, bottom = edge
    return {
        "x0": x0, "x1": x1, "top": top, "bottom": bottom,
        "width": x1 - x0, "height": bottom - top,
        "orientation": "h" if edge.is_horizontal else "v", "object_type": "line",
    }  # fmt: skip


def _is_in(word: Word, box: Box) -> bool:
    x, y = (word.x0 + word.x1) / 2, (word.top + word.bottom) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _grid_of(group: Sequence[Box], box: Box, words: Sequence[Word]) -> FoundTable | None:
    lefts, tops = _steps(c[0] for c in group), _steps(c[1] for c in group)
    if len(group) > 20_000 or len(words) < 1:
        return None
    by_cell: dict[int, list[Word]] = {}
    for word in words:
        for index, place in enumerate(group):
            if _is_in(word, place):
                by_cell.setdefault(index, []).append(word)
                break
    if len(by_cell) < 2 or (len(lefts) == 1 and len(tops) < 3):
        return None
    grid: list[list[Cell | None]] = [[None] * len(lefts) for _ in tops]
    for index, (x0, top, x1, bottom) in enumerate(group):
        row, column = _step(tops, top), _step(lefts, x0)
        rows = sum(1 for t in tops[row:] if t < bottom - _SNAP)
        columns = sum(1 for c in lefts[column:] if c < x1 - _SNAP)
        cell = Cell(
            cell_paragraphs(by_cell.get(index, []), x1), row, column, max(1, rows), max(1, columns)
        )
        for r in range(row, row + cell.rows):
            for c in range(column, column + cell.columns):
                grid[r][c] = cell
    filled = [
        [cell if cell is not None else Cell((), r, c) for c, cell in enumerate(line)]
        for r, line in enumerate(grid)
    ]
    return FoundTable(box, filled, lefts, is_ruled=True, tops=tops)


def _steps(values: object) -> list[float]:
    found: list[float] = []
    for value in sorted(values):  # type: ignore[call-overload]
        if not found or value - found[-1] > _SNAP:
            found.append(value)
    return found


def _step(steps: Sequence[float], value: float) -> int:
    return min(range(len(steps)), key=lambda i: abs(steps[i] - value))


def cell_paragraphs(words: Sequence[Word], right: float) -> tuple[str, ...]:
    """The paragraphs in a cell that ends at `right`.

    A line that the next line's first word would still have fitted on was ended on purpose.
    """
    lines = lines_of(words)
    paragraphs: list[str] = []
    for index, line in enumerate(lines):
        text = line.text
        if index and not _ends_paragraph(lines[index - 1], line, right):
            paragraphs[-1] += f"\n{text}"
        else:
            paragraphs.append(text)
    return tuple(paragraphs)


def _ends_paragraph(before: Line, line: Line, right: float) -> bool:
    if shape_of(line.text).kind:
        return True
    if before.text.endswith(("-", "‐")) or line.text[:1].islower():
        return False
    first = line.segments[0].words[0]
    # Of a run of Han characters one would have to fit, of a Latin one the whole word.
    need = first.size if first.text[0] >= "\u2e80" else first.x1 - first.x0 + 0.3 * first.size
    if line.top - before.bottom > 0.6 * line.size:
        return True
    return before.x1 + need + 0.8 * line.size < right


def find_unruled(lines: Sequence[Line], edges: Sequence[Edge]) -> list[tuple[int, int, FoundTable]]:
    """Tables without vertical lines: (first line, line after the last, table)."""
    found: list[tuple[int, int, FoundTable]] = []
    at = 0
    while at < len(lines):
        if len(lines[at].segments) < 2:
            at += 1
            continue
        end = _run(lines, at)
        rows = [line for line in lines[at:end] if len(line.segments) >= 2]
        table = _unruled(lines[at:end], edges) if len(rows) >= _FEWEST_LINES else None
        if table is None:
            at += 1
            continue
        found.append((at, end, table))
        at = end
    return found


def _run(lines: Sequence[Line], start: int) -> int:
    """Where the lines that keep the gutters of those from `start` on end."""
    # Words part what is set too close for a gap within the line; either view may keep its gutters.
    views = [_Gutters(lines[start].segments), _Gutters(_words_of(lines[start]))]
    end = start + 1
    while end < len(lines):
        line, before = lines[end], lines[end - 1]
        if line.top - before.bottom > 3.2 * line.size:
            break
        kept = [
            view.take(segments, end - start)
            for view, segments in zip(views, (line.segments, _words_of(line)), strict=True)
        ]
        if not any(kept):
            break
        end += 1
    # Lines with one text at the end belong to what follows, unless they go on with a cell.
    while end > start and len(lines[end - 1].segments) < 2:
        line, before = lines[end - 1], lines[end - 2]
        if line.top - before.bottom < 0.6 * line.size and line.x0 > lines[start].x0 + 2:
            break
        end -= 1
    return end


class _Gutters:
    """The gutters that the lines of a run leave free, while they do."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._taken = list(segments)
        self._columns = len(_columns(self._taken))

    def take(self, segments: Sequence[Segment], count: int) -> bool:
        """Whether a line after `count` others keeps the gutters; once not, never again."""
        grown = _columns([*self._taken, *segments])
        if len(grown) < max(2, self._columns if count >= 3 else self._columns - 1):
            self._columns = _NEVER
            return False
        self._taken += segments
        self._columns = len(grown)
        return True


def _words_of(line: Line) -> list[Segment]:
    return [Segment([word]) for segment in line.segments for word in segment.words]


def _columns(segments: Sequence[Segment]) -> list[tuple[float, float]]:
    """The stretches that hold text, with wide enough gutters between them."""
    found: list[tuple[float, float]] = []
    for segment in sorted(segments, key=lambda s: s.x0):
        if found and segment.x0 - found[-1][1] < _GUTTER * segment.size:
            found[-1] = (found[-1][0], max(found[-1][1], segment.x1))
        else:
            found.append((segment.x0, segment.x1))
    return found


def _refined(
    columns: Sequence[tuple[float, float]], lines: Sequence[Line]
) -> list[tuple[float, float]]:
    """The columns, parted where all lines leave a gutter that words of the first one stand beside.

    Narrow gutters are no gaps within a line, but what no line crosses below two headers is one.
    """
    found: list[tuple[float, float]] = []
    for x0, x1 in columns:
        words = [w for line in lines for s in line.segments for w in s.words if x0 <= w.x0 <= x1]
        headed = [w for s in lines[0].segments for w in s.words if x0 <= w.x0 <= x1]
        parts: list[tuple[float, float]] = []
        for part in _columns([Segment([word]) for word in words]):
            if parts and not any(part[0] <= w.x0 <= part[1] for w in headed):
                parts[-1] = (parts[-1][0], part[1])
            else:
                parts.append(part)
        found += parts
    return found


def _unruled(lines: Sequence[Line], edges: Sequence[Edge]) -> FoundTable | None:
    columns = _refined(_columns([s for line in lines for s in line.segments]), lines)
    if len(columns) < 2:
        return None
    starts = [c[0] for c in columns]
    rows: list[list[Line]] = []
    breaks = _row_breaks(lines, edges)
    for index, line in enumerate(lines):
        if index == 0 or breaks[index]:
            rows.append([line])
        else:
            rows[-1].append(line)
    if len(rows) < 2:
        return None
    grid: list[list[Cell]] = []
    for r, row in enumerate(rows):
        cells = []
        for c, start in enumerate(starts):
            after = starts[c + 1] if c + 1 < len(starts) else float("inf")
            words = [
                word for line in row for s in line.segments for word in s.words
                if start - 1 <= word.x0 < after - 1
            ]  # fmt: skip
            cells.append(Cell(cell_paragraphs(words, columns[c][1]), r, c))
        grid.append(cells)
    box = (
        min(line.x0 for line in lines), lines[0].top,
        max(line.x1 for line in lines), lines[-1].bottom,
    )  # fmt: skip
    return FoundTable(box, grid, starts, is_ruled=False, tops=[row[0].top for row in rows])


def _row_breaks(lines: Sequence[Line], edges: Sequence[Edge]) -> list[bool]:
    """Whether a new row begins with each line: by rules between them, else by their distance."""
    x0, x1 = min(line.x0 for line in lines), max(line.x1 for line in lines)
    rules = [
        e.top for e in edges
        if e.is_horizontal and e.x1 - e.x0 > 0.6 * (x1 - x0)
        and lines[0].base < e.top < lines[-1].base
    ]  # fmt: skip
    steps = [b.base - a.base for a, b in pairwise(lines)]
    if len(rules) >= 2:
        return [True] + [any(a.base < rule < b.base for rule in rules) for a, b in pairwise(lines)]
    least, most = min(steps, default=0.0), max(steps, default=0.0)
    if most > 1.25 * least and any(len(line.segments) < len(lines[0].segments) for line in lines):
        limit = (least + median([s for s in steps if s > 1.15 * least] or [most])) / 2
        return [True] + [step > limit for step in steps]
    full = max(len(line.segments) for line in lines)
    return [True] + [
        len(b.segments) > 1 or full < 2 or b.segments[0].x0 <= lines[0].x0 + 2
        or not _goes_on(segments_text(a.segments), b.text)
        for a, b in pairwise(lines)
    ]  # fmt: skip


def _goes_on(before: str, text: str) -> bool:
    """Whether a line reads as the rest of the one before."""
    return text[:1].islower() or before.endswith((",", "，", "、", "-", "/"))
