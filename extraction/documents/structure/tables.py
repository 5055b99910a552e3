"""Tables of manuals: which kind, which columns, and what each row says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from extraction.documents.blocks import Cell, Table
from extraction.documents.lines import join_lines
from extraction.documents.structure.items import Piece, name_of, pieces_of
from extraction.documents.structure.matrices import MARKS, Matrix, find_matrix, is_mark
from extraction.documents.structure.quantities import read_interval
from extraction.documents.structure.roles import BOTH, FAULT_ROLES, header_roles, label_role
from extraction.documents.structure.technical_data import read_value

_HEADER_ROWS = 3  # of the first rows, one may be the header
_SEPARATOR = " | "
_IN_LISTS = frozenset({"part-number", "quantity", "component", "value", "minimum", "maximum"})
# "faults", "matrix", "parts", "plan", "steps", "torques", "data", "records" (labels first), ""
Kind = str


@dataclass(slots=True)
class Row:
    """A row as a passage: its text, and where each cell stands in it.

    `cells` are by column; a cell that covers several rows is in each of them. `group` is the text
    of the last row that spans the table, as part lists and fault tables have them.
    """

    index: int
    text: str
    place: str
    cells: dict[int, Cell] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)
    group: str = ""

    def pieces(self, column: int) -> list[Piece]:
        """What the cell of a column lists, with places in the row's text."""
        cell = self.cells.get(column)
        if cell is None or column not in self.starts:
            return []
        return pieces_of(cell.paragraphs, self.starts[column])

    def whole(self, column: int) -> Piece | None:
        """The cell of a column as one name."""
        cell = self.cells.get(column)
        name = name_of(cell.text) if cell is not None else ""
        if cell is None or not name or column not in self.starts:
            return None
        start = self.starts[column]
        return Piece("", name, start, start + len(cell.text))

    def heading(self, column: int, heading: str) -> Piece | None:
        """The heading of a column where it stands in this row, before a mark."""
        cell = self.cells.get(column)
        if cell is None or column not in self.starts or not is_mark(cell.text):
            return None
        end = self.starts[column] - len(": ")
        return Piece("", name_of(heading), end - len(heading), end)


@dataclass(slots=True)
class TableForm:
    """A table understood: its kind, the role of each column, its rows."""

    kind: Kind
    roles: Mapping[int, str]
    headers: Sequence[str]
    rows: list[Row]
    intervals: Mapping[int, dict[str, float]] = field(default_factory=dict)  # of mark columns
    matrix: Matrix | None = None

    def columns(self, *roles: str) -> list[int]:
        """The columns of any of these roles, in order."""
        return [column for column, role in sorted(self.roles.items()) if role in roles]


def understand(table: Table, *, section: str = "", has_sign: bool = False) -> TableForm:
    """The form of a table. Every row becomes a passage, whatever the table's kind.

    `section` is the role of the section that the table stands in; `has_sign` says that its heading
    names the fault.
    """
    header, roles = _header(table)
    headers = [join_lines(cell.text) for cell in table.grid[header]] if header is not None else []
    intervals = _mark_columns(table, header, headers)
    kind = _kind(roles, intervals)
    if kind in ("faults", "") and (matrix := find_matrix(table)) is not None:
        return _matrix_form(table, matrix)
    if kind == "faults" and not has_sign:
        roles = _with_sign(table, roles, header, intervals)
    if kind in ("", "steps") and "task" in roles.values() and _has_interval_rows(table):
        kind = "plan"
    if not kind and table.width >= 2:
        vertical = _vertical(table)
        if vertical is not None:
            return vertical
        if section == "data" and (found := _data_roles(table)):
            first = table.header_rows
            return TableForm("data", found, headers, _rows(table, first, headers, {}))
    first = 0 if header is None else header + 1
    if table.header_rows and not kind:
        first = max(first, table.header_rows)
    rows = _rows(table, first, headers, roles if kind else {})
    return TableForm(kind, roles, headers, rows, intervals)


def _matrix_form(table: Table, matrix: Matrix) -> TableForm:
    """A matrix: columns beside its marks keep their roles, such as that of remedies."""
    headers = [join_lines(cell.text) for cell in table.grid[matrix.header]]
    roles = {
        column: role
        for column, role in header_roles(headers).items()
        if role in ("remedy", "check") and column not in matrix.headings
    }
    roles[matrix.label] = matrix.row_role
    roles |= dict.fromkeys(matrix.headings, "mark")
    rows = _rows(table, matrix.header + 1, headers, {})
    return TableForm("matrix", roles, headers, rows, matrix=matrix)


def _header(table: Table) -> tuple[int | None, dict[int, str]]:
    """The row that names the columns, and their roles."""
    best: tuple[int, dict[int, str]] | None = None
    for index in range(min(_HEADER_ROWS, len(table.grid))):
        line = table.grid[index]
        texts = [cell.text if cell.columns < max(2, table.width) else "" for cell in line]
        roles = header_roles(texts)
        if best is None or len(roles) > len(best[1]):
            best = (index, roles)
    if best is not None and (len(best[1]) >= 2 or (best[1] and table.header_rows)):
        return max(best[0], table.header_rows - 1), best[1]
    if (
        best is not None
        and best[1]
        and _mark_columns(table, best[0], [join_lines(cell.text) for cell in table.grid[best[0]]])
    ):
        return best
    return (table.header_rows - 1, {}) if table.header_rows else (None, {})


def _mark_columns(
    table: Table, header: int | None, headers: Sequence[str]
) -> dict[int, dict[str, float]]:
    """Columns headed by an interval whose cells are marks."""
    if header is None:
        return {}
    found = {}
    for column, text in enumerate(headers):
        interval = read_interval(text) if 0 < len(text) <= 24 else {}
        if not interval:
            continue
        cells = [
            line[column].text.strip() for line in table.grid[header + 1 :] if column < len(line)
        ]
        filled = [cell for cell in cells if cell]
        if filled and all(len(cell) <= 2 and set(cell) <= MARKS for cell in filled):
            found[column] = interval
    return found


def _with_sign(
    table: Table, roles: dict[int, str], header: int | None, intervals: Mapping[int, object]
) -> dict[int, str]:
    """The roles, with the one column of words that has none as the sign where none is told."""
    if set(roles.values()) & {"symptom", "mode", "alarm", "meaning"} or header is None:
        return roles
    open_columns = [
        column
        for column in range(table.width)
        if column not in roles
        and column not in intervals
        and any(
            len(line[column].text) > 3 and not line[column].text.strip().isdecimal()
            for line in table.grid[header + 1 :]
            if line[column].columns < table.width
        )
    ]
    return {**roles, open_columns[0]: "symptom"} if len(open_columns) == 1 else roles


def _data_roles(table: Table) -> dict[int, str]:
    """The columns of a table of technical data that names none: names, values, perhaps units."""
    lines = [line for line in table.grid[table.header_rows :] if line[0].paragraphs]
    named = [line[0].text for line in lines if not any(c.isdigit() for c in line[0].text[:1])]
    if len(named) < max(2, 0.8 * len(lines)):
        return {}
    for column in range(1, table.width):
        texts = [line[column].text for line in lines if line[column].paragraphs]
        if sum(bool(read_value(text)) for text in texts) >= max(1, 0.5 * len(lines)):
            found = {0: "parameter", column: "value"}
            for other in range(1, table.width):
                units = [line[other].text for line in lines if line[other].paragraphs]
                is_unit = units and all(len(u) <= 10 and not u[:1].isdigit() for u in units)
                if other != column and is_unit:
                    return found | {other: "unit"}
            return found
    return {}


def _has_interval_rows(table: Table) -> bool:
    """Whether rows that span the table tell intervals (`Weekly`, 每月保养)."""
    return any(
        line and line[0].columns >= table.width > 1 and read_interval(line[0].text)
        for line in table.grid
    )


def _kind(roles: Mapping[int, str], intervals: Mapping[int, dict[str, float]]) -> Kind:
    held = set(roles.values())
    if "torque" in held and len(held) >= 2:
        return "torques"
    if intervals and held & {"task", "component", "check", "name"}:
        return "plan"
    if "interval" in held and held & {"task", "component", "check", "name", "remedy"}:
        return "plan"
    if _are_steps(held):
        return "steps"
    if held & {"cause", "meaning", "remedy", BOTH} and len(held & FAULT_ROLES) >= 2:
        return "faults"
    if "part-number" in held and held & {"name", "quantity", "component"}:
        return "parts"
    if "name" in held and "quantity" in held and "position" in held:
        return "parts"
    if held & {"value", "minimum", "maximum"} and held & {"parameter", "name", "component"}:
        return "data"
    return ""


def _are_steps(held: set[str]) -> bool:
    """Whether columns tell what to do, one step a row."""
    if not held & {"task", "remedy", "name"} or held & (FAULT_ROLES - {"check", "remedy"}):
        return False
    return "step" in held or ({"position", "task"} <= held and not held & _IN_LISTS)


def _rows(table: Table, first: int, headers: Sequence[str], roles: Mapping[int, str]) -> list[Row]:
    rows: list[Row] = []
    carried: dict[int, Cell] = {}
    group = ""
    before: list[str] = []
    for index in range(first, len(table.grid)):
        line = table.grid[index]
        distinct = {id(cell): cell for cell in line if cell.paragraphs}
        if not distinct:
            continue
        only = next(iter(distinct.values()))
        if len(distinct) == 1 and table.width > 1 and only.columns >= table.width:
            group = join_lines(only.text)
            carried = {}
            rows.append(Row(index, only.text, table.place_of(index), group=group))
            continue
        texts = [cell.text for cell in line]
        if headers and [join_lines(t) for t in texts] == list(headers):
            continue  # the header again
        cells = dict(enumerate(line))
        if roles:
            _carry(cells, carried, roles, group)
        row = _row(index, cells, headers, table, group)
        if row.text and texts != before:
            rows.append(row)
        before = texts
    return rows


def _carry(
    cells: dict[int, Cell], carried: dict[int, Cell], roles: Mapping[int, str], group: str
) -> None:
    """Fill empty cells of a fault's sign, and of its cause, from the row above."""
    signs = [c for c, role in roles.items() if role in ("symptom", "mode", "alarm", "meaning")]
    causes = [c for c, role in roles.items() if role == "cause"]
    others = [c for c, role in roles.items() if role in ("check", "remedy")]
    filled_signs = [c for c in signs if cells[c].paragraphs]
    if signs and not filled_signs and any(cells[c].paragraphs for c in (*causes, *others)):
        for column in signs:
            if column in carried:
                cells[column] = carried[column]
        for column in causes:
            if not cells[column].paragraphs and column in carried:
                cells[column] = carried[column]
    elif filled_signs and not (len(signs) > 1 and len(filled_signs) < len(signs)):
        for column in causes:
            carried.pop(column, None)
    for column in (*signs, *causes):
        if cells[column].paragraphs:
            carried[column] = cells[column]


def _row(
    index: int, cells: dict[int, Cell], headers: Sequence[str], table: Table, group: str
) -> Row:
    parts: list[str] = []
    starts: dict[int, int] = {}
    at = 0
    written: set[int] = set()
    for column, cell in sorted(cells.items()):
        if not cell.paragraphs or id(cell) in written:
            continue
        written.add(id(cell))
        header = headers[column] if column < len(headers) else ""
        prefix = (_SEPARATOR if parts else "") + (f"{header}: " if header else "")
        starts[column] = at + len(prefix)
        parts.append(prefix + cell.text)
        at += len(prefix) + len(cell.text)
    return Row(index, "".join(parts), table.place_of(index), cells, starts, group)


def _vertical(table: Table) -> TableForm | None:
    """A table whose first column names what the others hold, one record a column."""
    labels = [label_role(join_lines(line[0].text)) for line in table.grid]
    if len({label for label in labels if label in FAULT_ROLES}) < 2:
        return None
    if sum(1 for label in labels if label) < 0.5 * len(labels):
        return None
    rows = []
    for index, line in enumerate(table.grid):
        cells = dict(enumerate(line))
        rows.append(_row(index, cells, [], table, labels[index]))
    return TableForm("records", {0: "label"}, [], rows)
