"""PDF: text, headings, columns, tables with and without lines, across pages, scans."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from extraction.documents import Block, Text, open_document
from extraction.documents.readers import ocr
from tests.extraction.documents.browser import print_pdf
from tests.extraction.documents.conftest import rows_of, tables_in
from tests.extraction.documents.pdf_writer import Page, write_pdf

Blocks = Callable[[Path], list[Block]]
_GEAR = """<html><body style="font-family: sans-serif"><h1>齿轮减速机说明书</h1>
<p>齿轮磨损会引起异响，用力方向与车轮一致。</p>
<table border="1" style="border-collapse: collapse">
<tr><th>故障现象</th><th>原因</th><th>处理</th></tr>
<tr><td>齿轮异响</td><td>齿面磨损</td><td>更换齿轮</td></tr></table></body></html>"""


def _grid(
    page: Page, top: float, columns: list[float], rows: list[list[str]], *, height: float = 20
) -> None:
    """A ruled table; a text of None leaves the line above its cell out (merged with above)."""
    bottom = top + height * len(rows)
    for x in columns:
        page.line(x, top, x, bottom)
    for r in range(len(rows) + 1):
        page.line(columns[0], top + r * height, columns[-1], top + r * height)
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            page.text(columns[c] + 4, top + r * height + 14, text)


def test_pdf_headings_paragraphs_and_items(tmp_path: Path, blocks_of: Blocks) -> None:
    page = Page()
    page.text(60, 120, "离心泵 Pump manual", size=20, bold=True)
    page.text(60, 170, "3 Maintenance", size=14, bold=True)
    page.text(60, 200, "The pump must be inspected before every start so that no damage can arise")
    page.text(60, 213, "from lack of liquid. Wear gloves.")
    page.text(60, 240, "1. Close the valve.")
    page.text(60, 254, "2. 打开排气阀。")
    page.text(60, 290, "A new paragraph.")
    write_pdf(tmp_path / "a.pdf", [page])
    texts = [b for b in blocks_of(tmp_path / "a.pdf") if isinstance(b, Text)]
    assert [(t.kind, t.text) for t in texts] == [
        ("heading", "离心泵 Pump manual"),
        ("heading", "3 Maintenance"),
        (
            "paragraph",
            "The pump must be inspected before every start so that no damage can arise\n"
            "from lack of liquid. Wear gloves.",
        ),
        ("item", "Close the valve."),
        ("item", "打开排气阀。"),
        ("paragraph", "A new paragraph."),
    ]
    assert texts[0].level < texts[1].level
    assert texts[3].place == "page:1/line:5"


def test_pdf_ruled_table_with_merged_cell(tmp_path: Path, blocks_of: Blocks) -> None:
    page = Page()
    page.text(60, 80, "Before the table there is a sentence of text.")
    columns, top = [60.0, 200.0, 340.0, 520.0], 100.0
    for y in (top, top + 20, top + 60):
        page.line(60, y, 520, y)
    page.line(200, top + 40, 520, top + 40)
    for x in columns:
        page.line(x, top, x, top + 60)
    for x, text in zip(columns, ["现象", "原因", "处理"], strict=False):
        page.text(x + 4, top + 14, text)
    page.text(64, top + 34, "漏油")
    for r, (cause, remedy) in enumerate([("密封损坏", "更换密封"), ("接头松动", "拧紧接头")]):
        page.text(204, top + 34 + 20 * r, cause)
        page.text(344, top + 34 + 20 * r, remedy)
    page.text(60, 200, "After the table there is more.")
    write_pdf(tmp_path / "a.pdf", [page])
    blocks = blocks_of(tmp_path / "a.pdf")
    assert [type(b).__name__ for b in blocks] == ["Text", "Table", "Text"]
    (table,) = tables_in(blocks)
    assert rows_of(table) == [
        ["现象", "原因", "处理"],
        ["漏油", "密封损坏", "更换密封"],
        ["漏油", "接头松动", "拧紧接头"],
    ]
    assert table.grid[1][0].rows == 2
    assert table.place_of(2) == "page:1/table:1/row:3"


def test_pdf_table_over_three_pages_is_one(tmp_path: Path, blocks_of: Blocks) -> None:
    pages = []
    columns = [60.0, 220.0, 520.0]
    for number in range(3):
        page = Page()
        page.text(60, 40, "Pump manual", size=8)
        page.text(500, 820, f"Page {number + 1} of 3", size=8)
        rows = [["Fault", "Cause"]] + [
            [f"fault {number}.{n}", f"cause {number}.{n}"] for n in range(4)
        ]
        _grid(page, 720 if number == 0 else 80, columns, rows[: 3 if number == 0 else 5])
        pages.append(page)
    write_pdf(tmp_path / "a.pdf", pages)
    reading = open_document(tmp_path / "a.pdf")
    blocks = list(reading.blocks)
    (table,) = tables_in(blocks)
    assert len(blocks) == 1
    assert [row[0] for row in rows_of(table)] == [
        "Fault", "fault 0.0", "fault 0.1", *[f"fault {p}.{n}" for p in (1, 2) for n in range(4)]
    ]  # fmt: skip
    assert table.place_of(3) == "page:2/table:1/row:2"
    assert reading.dropped == 6


def test_pdf_two_different_tables_on_two_pages_stay_two(tmp_path: Path, blocks_of: Blocks) -> None:
    first, second = Page(), Page()
    _grid(first, 700, [60, 220, 520], [["Fault", "Cause"], ["leaks", "seal"]])
    _grid(second, 80, [60, 220, 520], [["Part no.", "Description"], ["A-1", "Seal"]])
    write_pdf(tmp_path / "a.pdf", [first, second])
    assert [rows_of(t)[0] for t in tables_in(blocks_of(tmp_path / "a.pdf"))] == [
        ["Fault", "Cause"],
        ["Part no.", "Description"],
    ]


def test_pdf_table_without_lines(tmp_path: Path, blocks_of: Blocks) -> None:
    page = Page()
    page.text(
        60, 80, "This sentence runs over the whole width of the page and belongs to no table."
    )
    rows = [
        ("故障", "原因", "对策"),
        ("泵不吸液", "吸入管漏气", "拧紧接头"),
        ("噪声大", "发生汽蚀", "降低安装高度"),
    ]
    for r, row in enumerate(rows):
        for x, text in zip((60, 200, 360), row, strict=True):
            page.text(x, 120 + 20 * r, text)
    page.text(60, 220, "Another sentence that runs over the whole width of the page ends it here.")
    write_pdf(tmp_path / "a.pdf", [page])
    blocks = blocks_of(tmp_path / "a.pdf")
    (table,) = tables_in(blocks)
    assert rows_of(table) == [list(row) for row in rows]
    assert len(blocks) == 3


def test_pdf_two_columns_of_text_are_read_one_after_the_other(
    tmp_path: Path, blocks_of: Blocks
) -> None:
    page = Page()
    for n in range(14):
        page.text(50, 100 + 14 * n, f"Left {n:02d} says that the pump must stand", size=9)
        page.text(320, 100 + 14 * n, f"Right {n:02d} says that the motor turns", size=9)
    write_pdf(tmp_path / "a.pdf", [page])
    blocks = blocks_of(tmp_path / "a.pdf")
    assert not list(tables_in(blocks))
    whole = "\n".join(b.text for b in blocks if isinstance(b, Text))
    assert whole.index("Left 13") < whole.index("Right 00")


def test_pdf_lines_that_repeat_are_dropped_and_counted(tmp_path: Path) -> None:
    pages = []
    for number in range(5):
        page = Page()
        page.text(60, 40, "KX 22 操作手册  V1.2", size=8)
        page.text(60, 300, f"Body text number {number} with words of its own: {'abcde'[number]}.")
        page.text(290, 810, f"- {number + 1} -", size=8)
        pages.append(page)
    write_pdf(tmp_path / "a.pdf", pages)
    reading = open_document(tmp_path / "a.pdf")
    texts = [b.text for b in reading.blocks if isinstance(b, Text)]
    assert len(texts) == 5
    assert all(text.startswith("Body text") for text in texts)
    assert reading.dropped == 10


def test_pdf_made_by_a_browser_has_characters_not_radicals(
    tmp_path: Path, blocks_of: Blocks
) -> None:
    blocks = blocks_of(print_pdf(_GEAR, tmp_path / "gear.pdf"))
    text = "".join(b.text for b in blocks if isinstance(b, Text))
    assert "齿轮磨损会引起异响，用力方向与车轮一致。" in text
    assert not any("\u2e80" <= char <= "\u2fdf" for char in text)
    (table,) = tables_in(blocks)
    assert rows_of(table) == [["故障现象", "原因", "处理"], ["齿轮异响", "齿面磨损", "更换齿轮"]]


def _scan(tmp_path: Path) -> Path:
    """A page that is a picture of a page."""
    page = Page()
    page.text(60, 100, "Pump does not start", size=16)
    page.text(60, 160, "齿轮磨损 6205-2RS", size=16)
    for r, row in enumerate([("Fault", "Cause"), ("Noise", "Bearing worn"), ("Leak", "Seal worn")]):
        for x, text in zip((60, 320), row, strict=True):
            page.text(x, 240 + 40 * r, text, size=14)
    write_pdf(tmp_path / "source.pdf", [page])
    document = pypdfium2.PdfDocument(str(tmp_path / "source.pdf"))
    picture = document[0].render(scale=2, grayscale=True).to_numpy()
    height, width = picture.shape[:2]
    scan, text = Page(), Page()
    scan.picture(width, height, picture.tobytes())
    text.text(60, 100, "A page of text follows the scan.")
    return write_pdf(tmp_path / "scan.pdf", [scan, text])


def test_pdf_scan_without_the_extra_is_named_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extraction.documents.readers.pdf.has_ocr", lambda: False)
    reading = open_document(_scan(tmp_path), shown="scan.pdf")
    texts = [b.text for b in reading.blocks if isinstance(b, Text)]
    assert texts == ["A page of text follows the scan."]
    (finding,) = reading.findings
    assert finding.place == "page:1"
    assert "scan.pdf, page 1" in finding.message
    assert "gembagraph[ocr]" in finding.message


@pytest.mark.slow
@pytest.mark.skipif(not ocr.has_ocr(), reason="the extra `ocr` is not installed")
def test_pdf_scan_is_recognised_with_its_rows(tmp_path: Path, blocks_of: Blocks) -> None:
    blocks = blocks_of(_scan(tmp_path))
    text = "\n".join(b.text for b in blocks if isinstance(b, Text))
    assert "Pump does not start" in text
    assert "6205-2RS" in text
    assert "齿轮磨损" in text
    (table,) = tables_in(blocks)
    assert rows_of(table)[1] == ["Noise", "Bearing worn"]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_pdf_pages_with_text_on_its_side_read_the_same(
    tmp_path: Path, blocks_of: Blocks, turns: int
) -> None:
    page = Page()
    page.text(100, 100, "First line of it.")
    page.text(100, 130, "Second line of it.")
    source = write_pdf(tmp_path / "a.pdf", [page])
    cos, sin = [(1, 0), (0, 1), (-1, 0), (0, -1)][turns]
    document = pypdfium2.PdfDocument(str(source))
    first = document[0]
    for item in first.get_objects():
        item.transform(pypdfium2.PdfMatrix(cos, sin, -sin, cos, 300 - 300 * cos, 300))
    first.gen_content()
    document.save(str(tmp_path / "b.pdf"))
    texts = [b.text for b in blocks_of(tmp_path / "b.pdf") if isinstance(b, Text)]
    assert texts == ["First line of it.", "Second line of it."]
