"""An FMEA as a workbook in the columns of the AIAG-VDA form, which `gemba load` reads again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from kg.diagnosis.fmea import FmeaRow

# The names of the form, with those by which its reader knows the columns.
COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("Equipment class", "asset_class", 20),
    ("Component", "component", 24),
    ("Function", "function", 28),
    ("Failure mode", "mode", 26),
    ("Failure effect", "effect", 28),
    ("Severity (S) of FE", "severity", 8),
    ("Failure cause", "cause", 28),
    ("Current prevention control (PC) of FC", "prevention", 28),
    ("Occurrence (O) of FC", "occurrence", 8),
    ("Current detection control (DC) of FC or FM", "check", 28),
    ("Detection (D) of FC/FM", "detection", 8),
    ("FMEA AP", "priority", 6),
    ("Recommended action", "remedy", 28),
    ("Spare part", "part", 16),
)
_FORMULA = ("=", "+", "-", "@")


def write_fmea(rows: Sequence[FmeaRow], path: Path, *, scale: int) -> None:
    """Write the rows; a text that a spreadsheet would compute is kept as text."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"FMEA 1-{scale}"
    sheet.append([header for header, _, _ in COLUMNS])
    for row in rows:
        sheet.append([getattr(row, name) for _, name, _ in COLUMNS])
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            if isinstance(cell.value, str) and cell.value.startswith(_FORMULA):
                cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for number, (_, _, width) in enumerate(COLUMNS, 1):
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    book.save(path)
