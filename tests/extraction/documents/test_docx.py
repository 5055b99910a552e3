"""Word documents: headings, lists, merged and nested tables, text boxes, headers, changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml

from extraction.documents import Block, Table, Text
from extraction.documents.opening import open_document
from tests.extraction.documents.conftest import rows_of, tables_in

Blocks = Callable[[Path], list[Block]]
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_docx_headings_lists_and_places(tmp_path: Path, blocks_of: Blocks) -> None:
    document = docx.Document()
    document.add_heading("维护手册", 0)
    document.add_heading("Repair", 2)
    document.add_paragraph("Remove the cover.", style="List Number")
    document.add_paragraph("Clean it.", style="List Number")
    document.add_paragraph("Dust", style="List Bullet")
    document.add_paragraph("below dust", style="List Bullet 2")
    document.save(str(tmp_path / "a.docx"))
    texts = [b for b in blocks_of(tmp_path / "a.docx") if isinstance(b, Text)]
    assert [(t.kind, t.level, t.text) for t in texts] == [
        ("heading", 1, "维护手册"),
        ("heading", 2, "Repair"),
        ("item", 0, "Remove the cover."),
        ("item", 0, "Clean it."),
        ("item", 0, "Dust"),
        ("item", 1, "below dust"),
    ]
    assert [t.number for t in texts[2:5]] == ["1", "2", ""]
    assert [t.place for t in texts[:2]] == ["paragraph:1", "paragraph:2"]


def test_docx_merged_cells_cover_their_rows_and_columns(tmp_path: Path, blocks_of: Blocks) -> None:
    document = docx.Document()
    table = document.add_table(rows=4, cols=3)
    for r in range(4):
        for c in range(3):
            table.cell(r, c).text = f"{r}{c}"
    table.cell(1, 0).merge(table.cell(3, 0)).text = "down"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "across"
    document.save(str(tmp_path / "a.docx"))
    (found,) = tables_in(blocks_of(tmp_path / "a.docx"))
    assert rows_of(found) == [
        ["00", "across", "across"],
        ["down", "11", "12"],
        ["down", "21", "22"],
        ["down", "31", "32"],
    ]
    assert (found.grid[3][0].row, found.grid[3][0].rows) == (1, 3)
    assert found.grid[0][2].columns == 2


def test_docx_table_in_a_cell_is_read_with_the_cell(tmp_path: Path, blocks_of: Blocks) -> None:
    document = docx.Document()
    outer = document.add_table(rows=1, cols=2)
    outer.cell(0, 0).text = "outside"
    inner = outer.cell(0, 1).add_table(rows=2, cols=2)
    for r, c, text in ((0, 0, "a"), (0, 1, "b"), (1, 0, "c"), (1, 1, "d")):
        inner.cell(r, c).text = text
    document.save(str(tmp_path / "a.docx"))
    (found,) = tables_in(blocks_of(tmp_path / "a.docx"))
    assert rows_of(found) == [["outside", "a | b\nc | d"]]


def test_docx_text_box_is_read_once_and_headers_are_counted(
    tmp_path: Path, blocks_of: Blocks
) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("before")
    box = (
        f"<w:r {_W} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' "
        "xmlns:v='urn:schemas-microsoft-com:vml'><mc:AlternateContent><mc:Choice Requires='wps'>"
        "<w:drawing><w:txbxContent><w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent>"
        "</w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r>"
        "<w:t>in the box</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    paragraph._p.append(parse_xml(box))
    document.sections[0].header.paragraphs[0].text = "Confidential"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    document.save(str(tmp_path / "a.docx"))
    reading = open_document(tmp_path / "a.docx")
    assert [b.text for b in reading.blocks if isinstance(b, Text)] == ["before", "in the box"]
    assert reading.dropped == 2


def test_docx_deleted_text_is_left_out_and_inserted_text_read(
    tmp_path: Path, blocks_of: Blocks
) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Tighten to ")
    paragraph._p.append(parse_xml(f"<w:del {_W}><w:r><w:delText>20</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {_W}><w:r><w:t>25</w:t></w:r></w:ins>"))
    paragraph.add_run(" Nm")
    document.save(str(tmp_path / "a.docx"))
    (text,) = blocks_of(tmp_path / "a.docx")
    assert isinstance(text, Text)
    assert text.text == "Tighten to 25 Nm"


def test_docx_frame_around_text_is_text(tmp_path: Path, blocks_of: Blocks) -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "警告！高温表面。"
    document.save(str(tmp_path / "a.docx"))
    (block,) = blocks_of(tmp_path / "a.docx")
    assert not isinstance(block, Table)
    assert block.text == "警告！高温表面。"


@pytest.mark.parametrize("level", [1, 2, 3])
def test_docx_outline_level_makes_a_heading(tmp_path: Path, blocks_of: Blocks, level: int) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Own style")
    properties = paragraph._p.get_or_add_pPr()
    properties.append(parse_xml(f"<w:outlineLvl {_W} w:val='{level - 1}'/>"))
    document.save(str(tmp_path / "a.docx"))
    (block,) = blocks_of(tmp_path / "a.docx")
    assert isinstance(block, Text)
    assert (block.kind, block.level) == ("heading", level)
