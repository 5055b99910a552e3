"""Slides and workbooks: titles, tables with merged cells, notes, islands of cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
from pptx import Presentation
from pptx.util import Inches

from extraction.documents import Block, Text
from tests.extraction.documents.conftest import rows_of, tables_in

Blocks = Callable[[Path], list[Block]]


def test_pptx_title_items_table_and_notes_with_their_slide(
    tmp_path: Path, blocks_of: Blocks
) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "空压机培训"
    frame = slide.placeholders[1].text_frame
    frame.text = "First"
    below = frame.add_paragraph()
    below.text, below.level = "Second", 1
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Faults"
    table = second.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(8), Inches(2)).table
    for r, c, text in ((0, 0, "Fault"), (0, 1, "Cause"), (1, 1, "a"), (2, 1, "b")):
        table.cell(r, c).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 0).text = "stops"
    second.notes_slide.notes_text_frame.text = "Say more."
    deck.save(str(tmp_path / "a.pptx"))
    blocks = blocks_of(tmp_path / "a.pptx")
    texts = [(b.kind, b.text, b.place) for b in blocks if isinstance(b, Text)]
    assert texts == [
        ("heading", "空压机培训", "slide:1"),
        ("item", "First", "slide:1"),
        ("item", "Second", "slide:1"),
        ("heading", "Faults", "slide:2"),
        ("note", "Say more.", "slide:2/notes"),
    ]
    (found,) = tables_in(blocks)
    assert rows_of(found) == [["Fault", "Cause"], ["stops", "a"], ["stops", "b"]]
    assert found.place == "slide:2/table:1"


def test_workbook_islands_titles_and_merged_cells(tmp_path: Path, blocks_of: Blocks) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "点检表"
    sheet["B2"] = "空压机点检表"
    for row, cells in enumerate([["部位", "内容"], ["油位", "检查"], ["", "补充"]], start=4):
        for column, text in enumerate(cells, start=2):
            sheet.cell(row, column, text)
    sheet.merge_cells("B5:B6")
    sheet["B10"], sheet["C10"] = "a", 380.0
    sheet["B11"], sheet["C11"] = "b", 2.5
    hidden = book.create_sheet("hidden")
    hidden["A1"] = "secret"
    hidden.sheet_state = "hidden"
    book.save(str(tmp_path / "a.xlsx"))
    blocks = blocks_of(tmp_path / "a.xlsx")
    texts = [(b.kind, b.text, b.place) for b in blocks if isinstance(b, Text)]
    assert texts == [
        ("heading", "点检表", "sheet:点检表"),
        ("paragraph", "空压机点检表", "sheet:点检表/cell:B2"),
    ]
    first, second = tables_in(blocks)
    assert [row[1:] for row in rows_of(first)] == [
        ["部位", "内容"],
        ["油位", "检查"],
        ["油位", "补充"],
    ]
    assert first.place_of(1) == "sheet:点检表/row:5"
    assert first.grid[1][1].place == "sheet:点检表/cell:B5"
    assert [row[1:] for row in rows_of(second)] == [["a", "380"], ["b", "2.5"]]
