"""PDF into blocks, page by page: memory stays bounded however many pages there are.

Pages are looked at in a sliding window, because what runs along the top and bottom of the pages is
known by repeating. A table that ends a page waits for one that goes on at the top of the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from extraction.documents.blocks import Block, Cell, Reading, Table, Text
from extraction.documents.headings import is_title
from extraction.documents.readers.ocr import has_ocr, read_scan
from extraction.documents.readers.pdf_flow import Styles, running, styles_of, texts_of
from extraction.documents.readers.pdf_lines import Line, lines_of, split_columns
from extraction.documents.readers.pdf_page import PDFIUM, PageContent, read_page
from extraction.documents.readers.pdf_tables import FoundTable, find_ruled, find_unruled
from extraction.files import Limits
from kg.model.claims import Finding
from kg.model.errors import UnreadableFile

MEDIA = "application/pdf"
_MOST_PAGES = 20_000
_SAMPLE = 12  # pages from which sizes are told
_AROUND = 2  # pages before and after that running headers are compared with
_SCAN_LETTERS = 12  # a page with fewer letters and a large picture is a scan
_SCAN_SHARE = 0.4
_MOST_ROWS = 2_000  # of a table before it is cut in parts


@dataclass(slots=True)
class _Page:
    """A page taken apart: its tables, and the lines outside them."""

    number: int
    height: float
    width: float
    lines: list[Line]
    tables: list[FoundTable]
    content: PageContent | None


def read_pdf(path: Path, shown: str, limits: Limits, start: int = 0) -> Reading:
    """The blocks of the PDF at `path` from the page at `start` (from 0) on.

    Raises UnreadableFile: damaged, protected with a password, no pages, too many.
    """
    import pypdfium2

    try:
        with PDFIUM:
            document = pypdfium2.PdfDocument(str(path))
            count = len(document)
            title = document.get_metadata_dict().get("Title", "").strip("\0 ")
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise UnreadableFile(
                f"{shown} is protected with a password; save it without one."
            ) from error
        raise UnreadableFile(f"{shown} is a damaged PDF; export it again.") from error
    if not 0 < count <= _MOST_PAGES:
        raise UnreadableFile(
            f"{shown} has {count:,} pages, and we read from 1 to {_MOST_PAGES:,}; split it."
        )
    if not is_title(title):
        title = _largest_text(document)
    reading = Reading(iter(()), MEDIA, title, count)
    reading.blocks = _Reader(document, shown, reading, count).blocks(start)
    return reading


def _largest_text(document: Any) -> str:
    """The title on the first page: its largest text."""
    import pypdfium2

    try:
        lines = lines_of(read_page(document, 0, edges=False).words)
    except (pypdfium2.PdfiumError, ValueError):
        return ""
    largest = max((line.size for line in lines), default=0.0)
    texts = [line.text for line in lines if line.size > 0.95 * largest]
    return " ".join(texts) if len(texts) <= 3 and len(" ".join(texts)) <= 160 else ""


class _Reader:
    """Reads one document in order."""

    def __init__(self, document: Any, shown: str, reading: Reading, count: int) -> None:
        self._document = document
        self._shown = shown
        self._reading = reading
        self._count = count
        self._styles: Styles = Styles(12.0, ())
        self._sampled: dict[int, PageContent] = {}  # of short documents, so as to read them once

    def blocks(self, start: int) -> Iterator[Block]:
        try:
            self._styles = self._sample()
            yield from _stitched(self._pages(start))
        finally:
            with PDFIUM:
                self._document.close()

    def _sample(self) -> Styles:
        step = max(1, self._count // _SAMPLE)
        pages = []
        for index in range(0, self._count, step):
            content = self._content(index, edges=self._count <= _SAMPLE)
            if content is not None:
                if self._count <= _SAMPLE:
                    self._sampled[index] = content
                pages.append(lines_of(content.words))
        return styles_of(pages)

    def _content(self, index: int, *, edges: bool = True) -> PageContent | None:
        import pypdfium2

        try:
            return read_page(self._document, index, edges=edges)
        except (pypdfium2.PdfiumError, ValueError):
            return None

    def _pages(self, start: int) -> Iterator[tuple[int, list[Block]]]:
        """The blocks of each page; running lines are told by the pages around it."""
        window: dict[int, _Page] = {}
        for index in range(start, self._count):
            for near in range(max(0, index - _AROUND), min(self._count, index + _AROUND + 1)):
                if near not in window:
                    window[near] = self._take_apart(near, note=near >= start)
            window.pop(index - _AROUND - 1, None)
            others = [window[n].lines for n in sorted(window) if n != index]
            yield index, self._read(window[index], others)
            self._reading.pages_read = index + 1

    def _take_apart(self, index: int, *, note: bool) -> _Page:
        content = self._sampled.pop(index, None) or self._content(index)
        number = index + 1
        if content is None:
            if note:
                self._note("damaged-page", number, "is damaged and was left out")
            return _Page(number, 842, 595, [], [], None)
        letters = sum(len(word.text) for word in content.words)
        if letters < _SCAN_LETTERS and content.image_share > _SCAN_SHARE:
            scanned = self._recognise(index, note=note)
            if scanned is not None:
                content = scanned
        tables, words = find_ruled(content.words, content.edges)
        return _Page(number, content.height, content.width, lines_of(words), tables, content)

    def _recognise(self, index: int, *, note: bool) -> PageContent | None:
        if not has_ocr():
            if note:
                self._note(
                    "scanned-page", index + 1,
                    "is a picture without text and was left out; install the extra `ocr`"
                    " (pip install \"gembagraph[ocr]\") and load the file again",
                )  # fmt: skip
            return None
        try:
            return read_scan(self._document, index)
        except Exception as error:  # the engine raises what it likes; one page must not end a load
            if note:
                self._note("unreadable-scan", index + 1, f"is a scan that OCR failed on ({error})")
            return None

    def _note(self, code: str, number: int, what: str) -> None:
        sentence = f"{self._shown}, page {number}, {what}."
        self._reading.findings.append(Finding(code, f"page:{number}", sentence))

    def _read(self, page: _Page, others: Sequence[Sequence[Line]]) -> list[Block]:
        dropped = running(page.lines, page.height, others, self._styles.body)
        self._reading.dropped += len(dropped)
        lines = [line for index, line in enumerate(page.lines) if index not in dropped]
        places = {id(line): f"page:{page.number}/line:{n}" for n, line in enumerate(page.lines, 1)}
        placed: list[tuple[float, Block]] = []
        tables = 0
        for column in split_columns(lines, page.width):
            spans: list[tuple[float, Block]] = []
            edges = page.content.edges if page.content is not None else []
            rest = 0
            for first, end, table in [
                *find_unruled(column, edges),
                (len(column), len(column), None),
            ]:
                plain = column[rest:first]
                for part in _parts(plain, page.tables):
                    texts = texts_of(
                        part, self._styles,
                        [places.get(id(line), f"page:{page.number}") for line in part],
                    )  # fmt: skip
                    spans += [(part[0].top + 0.001 * n, text) for n, text in enumerate(texts)]
                if table is not None:
                    tables += 1
                    spans.append((table.box[1], _table(table, page.number, 100 + tables)))
                rest = end
            placed += spans if placed == [] else [(float("inf"), b) for _, b in spans]
        for number, table in enumerate(page.tables, start=1):
            placed.append((table.box[1], _table(table, page.number, number)))
        if all(top != float("inf") for top, _ in placed):
            placed.sort(key=lambda item: item[0])
        blocks = [block for _, block in placed]
        return _renumbered(blocks, page.number)


def _parts(lines: Sequence[Line], tables: Sequence[FoundTable]) -> Iterator[list[Line]]:
    """Lines between the tables, each stretch by itself."""
    part: list[Line] = []
    for line in lines:
        if part and any(part[-1].base <= (t.box[1] + t.box[3]) / 2 <= line.base for t in tables):
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _table(table: FoundTable, page: int, number: int) -> Table:
    place = f"page:{page}/table:{number}"
    return Table(
        table.grid, place, [f"{place}/row:{r + 1}" for r in range(len(table.grid))],
        caption="|".join(f"{x:.0f}" for x in table.columns),  # until it is stitched
    )  # fmt: skip


def _renumbered(blocks: list[Block], page: int) -> list[Block]:
    """Tables numbered from the top of the page."""
    number = 0
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Table):
            number += 1
            place = f"page:{page}/table:{number}"
            rows = [f"{place}/row:{r + 1}" for r in range(len(block.grid))]
            block = replace(block, place=place, row_places=rows)
        found.append(block)
    return found


_CONTINUED = (
    "continued",
    "cont.",
    "cont'd",
    "续表",
    "续上表",
    "（续）",
    "(续)",
    "接上页",
    "接上表",
)


def _stitched(pages: Iterator[tuple[int, list[Block]]]) -> Iterator[Block]:
    """Blocks in order, tables joined with what goes on with them at the top of the next page.

    The last block of a page says where a reading can go on, unless something is open there.
    """
    waiting: Table | None = None
    for index, blocks in pages:
        if waiting is not None:
            at = 1 if _is_continuation_note(blocks) else 0
            first = blocks[at] if len(blocks) > at else None
            if isinstance(first, Table):
                joined = _joined(waiting, first)
                if joined is not None:
                    blocks = [joined, *blocks[at + 1 :]]
                    waiting = None
            if waiting is not None:
                yield replace(waiting, caption="", at=_at(index))
                waiting = None
        last = len(blocks) - 1
        for number, block in enumerate(blocks):
            if isinstance(block, Table):
                if len(block.grid) > _MOST_ROWS:
                    head, block = _cut(block)
                    yield head
                if number == last:
                    waiting = block
                    continue
                block = replace(block, caption="")
            yield replace(block, at=_at(index + 1)) if number == last else block
    if waiting is not None:
        yield replace(waiting, caption="")


def _at(index: int) -> str:
    return f"page:{index + 1}"


def _is_continuation_note(blocks: Sequence[Block]) -> bool:
    if not blocks or not isinstance(blocks[0], Text) or len(blocks[0].text) > 60:
        return False
    text = blocks[0].text.casefold()
    return any(word in text for word in _CONTINUED)


def _joined(table: Table, more: Table) -> Table | None:
    """The table with the rows of `more`; None where that is another table."""
    if table.width != more.width:
        return None
    here = [float(x) for x in table.caption.split("|")]
    there = [float(x) for x in more.caption.split("|")]
    header = [cell.text for cell in table.grid[0]]
    again = [cell.text for cell in more.grid[0]] == header
    if not again and any(abs(a - b) > 12 for a, b in zip(here, there, strict=True)):
        return None
    if not again and _looks_like_header(more) and _looks_like_header(table):
        return None
    offset = len(table.grid)
    rows = list(more.grid[1:] if again else more.grid)
    places = list(more.row_places[1:] if again else more.row_places)
    shift = offset - (1 if again else 0)
    moved: dict[int, Cell] = {}
    grid = [list(line) for line in table.grid]
    for row in rows:
        line = []
        for cell in row:
            if id(cell) not in moved:
                moved[id(cell)] = replace(cell, row=max(offset, cell.row + shift))
            line.append(moved[id(cell)])
        grid.append(line)
    _mend(grid, offset)
    return replace(
        table, grid=grid, row_places=[*table.row_places, *places],
        header_rows=1 if again else table.header_rows,
    )  # fmt: skip


def _looks_like_header(table: Table) -> bool:
    from extraction.documents.structure.roles import header_roles

    return len(header_roles([cell.text for cell in table.grid[0]])) >= 2


def _mend(grid: list[list[Cell]], at: int) -> None:
    """Join a row that the page break cut: what follows begins in the middle of a sentence."""
    if at >= len(grid):
        return
    filled = [(c, cell) for c, cell in enumerate(grid[at]) if cell.paragraphs and cell.row == at]
    if (
        not filled
        or len(filled) == len(grid[at])
        or not all(
            cell.paragraphs[0][:1].islower() and grid[at - 1][c].paragraphs for c, cell in filled
        )
    ):
        return
    for column, cell in filled:
        before = grid[at - 1][column]
        texts = (*before.paragraphs[:-1], f"{before.paragraphs[-1]}\n{cell.paragraphs[0]}",
                 *cell.paragraphs[1:])  # fmt: skip
        whole = replace(before, paragraphs=texts)
        for r in range(before.row, at):
            for c in range(len(grid[r])):
                if grid[r][c] is before:
                    grid[r][c] = whole
        grid[at][column] = Cell((), at, column)


def _cut(table: Table) -> tuple[Table, Table]:
    """A long table's first rows, and the rest under the same header."""
    head = replace(table, grid=list(table.grid[:_MOST_ROWS]), caption="")
    rest = [table.grid[0], *table.grid[_MOST_ROWS:]]
    shift = _MOST_ROWS - 1
    moved = [
        [replace(cell, row=max(0 if r == 0 else 1, cell.row - (shift if r else 0))) for cell in row]
        for r, row in enumerate(rest)
    ]
    places = [table.place_of(0), *table.row_places[_MOST_ROWS:]]
    return head, replace(table, grid=moved, row_places=places, is_continued=True)
