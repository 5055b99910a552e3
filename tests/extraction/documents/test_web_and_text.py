"""HTML, Markdown, plain text and mail."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from extraction.documents import Block, Text, open_document
from extraction.documents.readers.html import read_html
from extraction.documents.readers.markdown import read_markdown
from extraction.documents.readers.text import read_text
from tests.extraction.documents.conftest import rows_of, tables_in

Blocks = Callable[[Path], list[Block]]


def _texts(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(b.kind, b.text) for b in blocks if isinstance(b, Text)]


def test_html_reads_what_is_shown_and_nothing_else() -> None:
    markup = """<html><head><title>T &amp; U</title><style>p{}</style></head><body>
      <script>steal()</script><nav>menu</nav><p style="display: none">hidden</p>
      <h2>泵 <em>故障</em></h2><p><b>Cause:</b> worn<br>seal</p>
      <ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul><p hidden>h</p>
      <img src=x onerror=alert(1)>tail</body></html>"""
    reading = read_html(markup, "x")
    assert reading.title == "T & U"
    assert _texts(list(reading.blocks)) == [
        ("heading", "泵 故障"),
        ("paragraph", "Cause: worn\nseal"),
        ("item", "one"),
        ("item", "inner"),
        ("item", "two"),
        ("paragraph", "tail"),
    ]


def test_html_spans_and_paragraphs_in_cells() -> None:
    markup = """<table><tr><th>S</th><th>C</th></tr>
      <tr><td rowspan="2">leaks</td><td><ol><li>a</li><li>b</li></ol></td></tr>
      <tr><td>c<br>d</td></tr><tr><td colspan="2">all</td></tr></table>"""
    (table,) = tables_in(list(read_html(markup, "x").blocks))
    assert rows_of(table) == [
        ["S", "C"],
        ["leaks", "1. a\n2. b"],
        ["leaks", "c\nd"],
        ["all", "all"],
    ]
    assert table.header_rows == 1


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><td rowspan=99999999 colspan=99999999>x</td></tr></table>",
        "<div>" * 5000 + "deep",
        "<table>" * 300 + "<tr><td>x",
        "<p>" + "&#0;\x00<![CDATA[<<<" * 50,
        "<!DOCTYPE html [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><p>&b;</p>",
        "<li value=x>y</li></ol></table>",
    ],
)
def test_html_hostile_input_ends_quickly(markup: str) -> None:
    blocks = list(read_html(markup, "x").blocks)
    assert sum(len(str(block)) for block in blocks) < 2_000_000


def test_markdown_keeps_line_numbers_and_levels() -> None:
    text = "# A\n\npara\n\n- x\n    - y\n\n3. one\n4. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<b>no</b>\n"  # noqa: E501
    blocks = list(read_markdown(text, "x").blocks)
    texts = [b for b in blocks if isinstance(b, Text)]
    assert [(t.kind, t.text, t.place, t.level) for t in texts] == [
        ("heading", "A", "line:1", 1),
        ("paragraph", "para", "line:3", 0),
        ("item", "x", "line:5", 0),
        ("item", "y", "line:6", 1),
        ("item", "one", "line:8", 0),
        ("item", "two", "line:9", 0),
        ("paragraph", "<b>no</b>", "line:15", 0),
    ]
    assert [t.number for t in texts[4:6]] == ["3", "4"]
    assert [rows_of(t) for t in tables_in(blocks)] == [[["a", "b"], ["1", "2"]]]


def test_text_headings_items_wrapped_lines_and_tables() -> None:
    text = (
        "OPERATING MANUAL\n\n1.2 Starting the pump\n\n"
        "Before the first start the pump must be filled with the liquid that it is to move,\n"
        "and vented.\n\n"
        "1. Open the valve.\n2. Start the motor and wait until the pressure on the discharge\n"
        "   side has risen.\n\n"
        "Part no.    Name          Qty\n--------    ----          ---\n"
        "A-1         Seal ring     2\nA-2         Shaft         1\n"
    )
    blocks = list(read_text(text).blocks)
    assert _texts(blocks) == [
        ("heading", "OPERATING MANUAL"),
        ("heading", "1.2 Starting the pump"),
        (
            "paragraph",
            "Before the first start the pump must be filled with the liquid that it is to move,\n"
            "and vented.",
        ),
        ("item", "Open the valve."),
        (
            "item",
            "Start the motor and wait until the pressure on the discharge\nside has risen.",
        ),
    ]
    (table,) = tables_in(blocks)
    assert rows_of(table) == [
        ["Part no.", "Name", "Qty"],
        ["A-1", "Seal ring", "2"],
        ["A-2", "Shaft", "1"],
    ]


def test_text_in_chinese_encodings_reads_the_same(tmp_path: Path, blocks_of: Blocks) -> None:
    text = "一、故障排除\n\n故障现象：水泵不出水\n原因：吸入管漏气\n处理方法：检查并拧紧接头\n"
    read = []
    for encoding in ("utf-8", "gb18030", "utf-16", "big5hkscs"):
        path = tmp_path / f"{encoding}.txt"
        path.write_bytes(text.encode(encoding, "replace"))
        read.append(_texts(blocks_of(path)))
    assert read[0] == read[1] == read[2]
    assert read[0][1] == ("paragraph", "故障现象：水泵不出水")


def test_text_bytes_of_no_encoding_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(
        "第一行文字内容\n第二行的内容".encode("gb18030")
        + b"\xff\xff\n"
        + "更多的文字".encode("gb18030")
    )
    reading = open_document(path, shown="a.txt")
    (finding,) = reading.findings
    assert finding.code == "bad-encoding"
    assert finding.place == "line:2"
    assert "a.txt, line 2" in finding.message


def test_mail_subject_and_plain_body_are_read(tmp_path: Path, blocks_of: Blocks) -> None:
    mail = EmailMessage()
    mail["Subject"] = "P-101 泄漏"
    mail["From"] = "a@plant.example"
    mail.set_content("The seal of P-101 leaks.\n\nWe replaced it.\n")
    mail.add_alternative("<p>The <b>HTML</b> side</p>", subtype="html")
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="m.pdf")
    path = tmp_path / "a.eml"
    path.write_bytes(bytes(mail))
    assert _texts(blocks_of(path)) == [
        ("heading", "P-101 泄漏"),
        ("paragraph", "The seal of P-101 leaks."),
        ("paragraph", "We replaced it."),
    ]
