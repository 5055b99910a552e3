"""CSV and its relatives: any delimiter, quoted line ends, and the damage that real exports have.

A quotation mark that is never closed would swallow the rows below it. Where a row has taken in
further lines and does not fit the header, only its first line is refused and the others are read
again as rows of their own.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile

from extraction.files.limits import DEFAULT_LIMITS, Limits
from extraction.files.scanning import Scan
from extraction.tables.sources.grouped_headers import (
    HeaderScore,
    join_header_rows,
    read_header,
)
from extraction.tables.sources.protocol import Problem, RawRow, unique_headers
from kg.model.errors import UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
_new = tuple.__new__  # a named tuple without the call of its own constructor
_LOOK_AHEAD = 40  # rows in which the header is looked for
_FIELD_LIMIT = DEFAULT_LIMITS.line_characters

csv.field_size_limit(max(csv.field_size_limit(), _FIELD_LIMIT))


class _Lines:
    """The lines of a file as the csv reader wants them, with a memory of the current record."""

    def __init__(self, file: io.TextIOBase, longest: int, name: str) -> None:
        self._file = file
        self._longest = longest
        self._name = name
        self._pushed: deque[str] = deque()
        self.record: list[str] = []  # lines of the record that is being read
        self.number = 0
        self.ended = False  # the record wanted one more line than there is: a quote is open

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._pushed:
            line = self._pushed.popleft()
        else:
            line = self._file.readline(self._longest)
            if not line:
                self.ended = True
                raise StopIteration
            if len(line) >= self._longest and line[-1] not in "\r\n":
                raise UnreadableFile(
                    f"{self._name}, line {self.number + 1}: a line is longer than"
                    f" {self._longest:,} characters; this is no table."
                )
        self.number += 1
        self.record.append(line)
        return line

    def push_back(self, lines: Sequence[str]) -> None:
        self.ended = False
        self._pushed.extendleft(reversed(lines))
        self.number -= len(lines)


class DelimitedTable:
    """A table in delimited text."""

    name = ""
    knows_merges = False
    place_prefix = "row:"

    def __init__(
        self,
        scan: Scan,
        *,
        delimiter: str | None = None,
        header_row: int | None = None,
        header_rows: int = 1,
        ragged: str = "reject",
        score: HeaderScore | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """`score` says how much a row of cells looks like the wanted header (0: not at all).

        Raises UnreadableFile where there is no header row.
        """
        self._scan = scan
        self._limits = limits
        self._ragged = ragged
        self._header_rows = header_rows
        self.delimiter, self._header_number = self._find_header(delimiter, header_row, score)
        last = self._header_number + header_rows
        top = [
            (number, cells)
            for number, cells, _ in takewhile(lambda record: record[0] <= last, self._records())
            if self._header_number - 1 <= number
        ]
        joined = join_header_rows(
            [cells for number, cells in top if self._header_number <= number < last]
        )
        if header_row is None and header_rows == 1 and score is not None:
            two_rows = read_header(top, self._header_number, score)
            if two_rows is not None:
                self._header_number, joined = two_rows
        self.headers, problems = unique_headers(joined)
        self.findings: list[Problem] = problems
        if len(self.headers) > limits.columns:
            raise UnreadableFile(
                f"{scan.path} has {len(self.headers):,} columns, more than the {limits.columns:,}"
                " that are allowed."
            )
        self.rows_total: int | None = max(0, scan.lines - self._header_number - header_rows + 1)

    def rows(self) -> Iterator[RawRow]:
        """The rows below the header. A row that does not fit it comes with its problem."""
        width = len(self.headers)
        longest = self._limits.cell_characters
        first = self._header_number + self._header_rows
        records = self._records(width, first)
        for number, cells, problem in records:
            if number < first:
                continue
            if problem is not None:
                yield RawRow(number, cells, problem)
                continue
            count = len(cells)
            if count != width:
                if count > width and not any(cells[width:]):
                    del cells[width:]
                elif count == 0 or not any(cells):
                    continue
                elif self._ragged == "pad" and count < width:
                    cells.extend([""] * (width - count))
                else:
                    yield RawRow(number, cells, _ragged(count, width))
                    continue
            size = max(map(len, cells))
            if size > longest:
                too_long = Problem(
                    "cell-too-long",
                    f"A cell has {size:,} characters, more than the {longest:,} that are allowed;"
                    " shorten it, or raise the limit.",
                )
                yield RawRow(number, [cell[:1000] for cell in cells], too_long)
            else:
                yield _new(RawRow, (number, cells, None))

    def _records(
        self, width: int = 0, first: int = 1
    ) -> Iterator[tuple[int, list[str], Problem | None]]:
        """All records from the top with their number; blank ones are counted, not given.

        With `width`, records from `first` on that do not fit are read again where that helps.
        """
        with self._open() as file:
            lines = _Lines(file, self._limits.line_characters, str(self._scan.path))
            _skip_separator_line(lines)
            reader = csv.reader(lines, delimiter=self.delimiter)
            taken = lines.record
            number = 0
            while True:
                taken.clear()
                number += 1
                cells: list[str] | None
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    cells = None
                if cells is None or lines.ended or (len(taken) > 1 and self._is_torn(taken)):
                    yield number, *self._repair(taken, None, width, lines)
                elif len(cells) == width or not width or number < first:
                    if cells:
                        yield number, cells, None
                elif cells:
                    yield number, *self._repair(taken, cells, width, lines)

    def _is_torn(self, taken: list[str]) -> bool:
        """Whether a record over several lines has text after a closing quotation mark: then the
        mark was meant to open a cell of another row."""
        try:
            for _ in csv.reader(taken, delimiter=self.delimiter, strict=True):
                pass
        except csv.Error:
            return True
        return False

    def _repair(
        self, taken: list[str], cells: list[str] | None, width: int, lines: _Lines
    ) -> tuple[list[str], Problem | None]:
        """Read a record again that does not fit: with escaped quotes, or its first line alone."""
        if any('\\"' in line for line in taken):
            escaped = csv.reader(
                iter(taken), delimiter=self.delimiter, escapechar="\\", doublequote=False
            )
            first = next(escaped, [])
            if len(first) == width:
                rest = taken[escaped.line_num :]
                if rest:
                    lines.push_back(rest)
                return first, None
        if len(taken) > 1 or cells is None:
            lines.push_back(taken[1:])
            literal = next(
                csv.reader([taken[0]], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), []
            )
            return literal, Problem(
                "unclosed-quote",
                "A quotation mark is opened and not closed in this row; double it if it belongs to"
                ' the text (5"" hose), or close it.',
            )
        return cells, None

    def _open(self) -> io.TextIOWrapper:
        return open(
            self._scan.path,
            encoding=self._scan.encoding.name,
            errors="surrogateescape",
            newline="",
        )

    def _find_header(
        self, delimiter: str | None, header_row: int | None, score: HeaderScore | None
    ) -> tuple[str, int]:
        best: tuple[float, int, str, int] | None = None
        declared = self._declared_delimiter()
        for rank, mark in enumerate(
            [delimiter or declared] if delimiter or declared else DELIMITERS
        ):
            assert mark is not None
            self.delimiter = mark
            records = [(n, cells) for n, cells, _ in islice(self._records(), _LOOK_AHEAD)]
            if header_row is not None:
                records = [(n, cells) for n, cells in records if n >= header_row]
                row, fit = (records[0][0], 1.0) if records else (header_row, 0.0)
            else:
                row, fit = choose_header([c for _, c in records], [n for n, _ in records], score)
            width = next((len(cells) for n, cells in records if n == row), 0)
            widths = [len(cells) for _, cells in records]
            even = sum(w == width for w in widths) / len(widths) if widths else 0.0
            merit = fit * 1000 + (even * min(width, 200) if width > 1 else 0.1 * even)
            if best is None or merit > best[0]:
                best = (merit, -rank, mark, row)
        assert best is not None
        if best[3] < 1:
            raise UnreadableFile(
                f"{self._scan.path} has no header row; put the names of the columns in the first"
                " row."
            )
        return best[2], best[3]

    def _declared_delimiter(self) -> str | None:
        """Excel's own way of saying it: a first line such as `sep=;`."""
        with self._open() as file:
            return _separator_of(file.readline(100))


def _separator_of(line: str) -> str | None:
    line = line.strip("\ufeff\r\n")
    return line[4] if len(line) == 5 and line.lower().startswith("sep=") else None


def _skip_separator_line(lines: _Lines) -> None:
    first = next(lines, None)
    if first is not None and _separator_of(first) is None:
        lines.push_back([first])


def _ragged(count: int, width: int) -> Problem:
    if count < width:
        reason = (
            f"The row has {count} cells where the header has {width}; it may be cut off. Complete"
            " it, or write ragged: pad in the mapping if missing cells at the end mean empty."
        )
    else:
        reason = (
            f"The row has {count} cells where the header has {width}; put quotation marks around"
            " the cell that holds the delimiter."
        )
    return Problem("ragged-row", reason)


def choose_header(
    rows: Sequence[Sequence[str]], numbers: Sequence[int], score: HeaderScore | None
) -> tuple[int, float]:
    """The number of the row that is the header, and how sure that is. (0, 0) for no rows.

    The row that `score` likes best; without one, the first that is as wide as the table, all
    text and without doubles. Titles and remarks above the header are narrow.
    """
    if not rows:
        return 0, 0.0
    if score is not None:
        scored = [(score(row), -i) for i, row in enumerate(rows)]
        best, index = max(scored)
        if best > 0:
            return numbers[-index], best
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    widest = sorted(filled)[len(filled) // 2] if len(filled) > 2 else max(filled)
    for index, row in enumerate(rows):
        cells = [cell.strip() for cell in row if cell.strip()]
        if (
            len(cells) >= max(1, 0.75 * widest)
            and len(set(cells)) == len(cells)
            and not any(cell.replace(".", "").replace(",", "").isdigit() for cell in cells)
        ):
            return numbers[index], 0.0
    return numbers[0], 0.0
