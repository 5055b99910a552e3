"""Reading as a whole: passages that keep their identity, going on after an interruption, memory."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from extraction.documents import read_document, reading
from extraction.documents.language import language_of
from extraction.documents.lines import join_lines, shape_of
from extraction.documents.sentences import sentences_of
from extraction.text.protocol import TextClaims, TextContext
from kg.model import Chunk, Claim
from ontology.schema import Schema
from tests.extraction.documents.pdf_writer import Page, write_pdf


def _manual(path: Path, pages: int) -> Path:
    """A manual with a chapter of text and a fault table on every page, some passages repeating."""
    made = []
    for number in range(pages):
        page = Page()
        page.text(60, 40, "KX 22 screw compressor", size=8)
        page.text(60, 100, f"{number + 1} Chapter {number + 1}", size=16, bold=True)
        page.text(60, 140, "Read this chapter before you begin.")
        page.text(60, 170, f"Sentence {number} says that the oil level {number} is to be kept.")
        for r, row in enumerate(
            [("Fault", "Cause", "Remedy"), (f"fault {number}", f"cause {number}", "Renew the part")]
        ):
            top = 220 + 20 * r
            for x, text in zip((60, 200, 360), row, strict=True):
                page.text(x + 4, top + 14, text)
        for y in (220, 240, 260):
            page.line(60, y, 520, y)
        for x in (60, 200, 360, 520):
            page.line(x, 220, x, 260)
        page.text(60, 300, "The text goes on below the table.")
        page.text(290, 820, str(number + 1), size=8)
        made.append(page)
    return write_pdf(path, made)


def _said(chunks: Iterator[Chunk]) -> set[tuple[object, ...]]:
    """Passages with their places, and claims by the passage that they stand in."""
    said: set[tuple[object, ...]] = set()
    for chunk in chunks:
        said |= {tuple(passage) for passage in chunk.batch.passages}
        for claim in chunk.batch.claims:
            key = chunk.batch.passages[claim.passage].key
            said.add((key, *claim[:3], claim.start, claim.end, claim.confidence))
    return said


def test_passages_keep_their_keys_when_text_is_put_in_before(
    tmp_path: Path, plain_schema: Schema
) -> None:
    path = tmp_path / "a.md"
    text = (
        "# Pump\n\nSame words.\n\n| Fault | Cause |\n|---|---|\n| hums | loose |\n\nSame words.\n"
    )
    path.write_text(text, encoding="utf-8")
    (before,) = read_document(path, plain_schema).chunks()
    path.write_text(text.replace("Same", "New paragraph.\n\nSame", 1), encoding="utf-8")
    (after,) = read_document(path, plain_schema).chunks()
    old = {p.key for p in before.batch.passages}
    new = {p.key for p in after.batch.passages}
    assert len(old) == len(before.batch.passages)  # equal texts are two passages
    assert old < new
    assert len(new - old) == 1
    claim = next(c for c in after.batch.claims if c.predicate == "indicates")
    assert after.batch.passages[claim.passage].key in old


@pytest.mark.parametrize("kind", ["pdf", "md"])
def test_reading_goes_on_from_any_checkpoint(
    tmp_path: Path, plain_schema: Schema, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 9)
    if kind == "pdf":
        path = _manual(tmp_path / "a.pdf", 12)
    else:
        path = tmp_path / "a.md"
        chapters = (
            f"## Chapter {n}\n\nRead this first.\n\n1. Open valve {n}.\n2. Close valve {n}.\n\n"
            f"| Fault | Cause |\n|---|---|\n| fault {n} | cause {n} |\n\n"
            for n in range(12)
        )
        path.write_text("# Screw compressor\n\n" + "".join(chapters), encoding="utf-8")
    source = read_document(path, plain_schema, key="a")
    chunks = list(source.chunks())
    whole = _said(iter(chunks))
    assert len(chunks) > 3
    for stop, chunk in enumerate(chunks[:-1], start=1):
        assert chunk.checkpoint is not None
        rest = _said(source.chunks(chunk.checkpoint))
        assert _said(iter(chunks[:stop])) | rest == whole
        assert len(rest) < len(whole)


def test_reading_counts_pages_and_what_was_dropped(tmp_path: Path, plain_schema: Schema) -> None:
    source = read_document(_manual(tmp_path / "a.pdf", 7), plain_schema)
    chunks = list(source.chunks())
    assert source.rows_total == 7
    assert sum(chunk.rows for chunk in chunks) == 7
    (finding,) = (f for chunk in chunks for f in chunk.findings)
    assert finding.code == "running-text"
    assert finding.message.startswith("14 running")
    texts = [p.text for chunk in chunks for p in chunk.batch.passages]
    assert not any("KX 22" in text for text in texts)


def test_reading_long_manuals_takes_bounded_memory(
    tmp_path: Path, plain_schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 20)
    peaks = []
    for pages in (8, 40):
        source = read_document(_manual(tmp_path / f"{pages}.pdf", pages), plain_schema)
        for _ in source.chunks():
            pass  # what is loaded once
        tracemalloc.start()
        for _ in source.chunks():
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 500_000


class _Echo:
    """An extractor that claims the whole of every text, and remembers how it was asked."""

    name = "echo@1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str | None]] = []

    def extract(self, text: str, passage: int, offset: int, context: TextContext) -> TextClaims:
        self.asked.append((text, context.role, context.asset))
        end = offset + len(text)
        return TextClaims(
            [], [Claim("a:1", "says", "b:2", passage, extractor=self.name, start=offset, end=end)]
        )


def test_text_is_handed_over_in_sentences_with_its_place_and_role(
    tmp_path: Path, plain_schema: Schema
) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "# Belt conveyor BC\n\nThe belt runs. It must not\nslip!\n\n"
        "原因：托辊卡死。轴承缺油。\n\n| Fault | Cause | Part no. |\n|---|---|---|\n"
        "| Noise | Bearing dry | A-1 |\n",
        encoding="utf-8",
    )
    echo = _Echo()
    (chunk,) = read_document(path, plain_schema, extractors=[echo]).chunks()
    assert echo.asked == [
        ("The belt runs.", "", "class:BeltConveyor"),
        ("It must not slip!", "", "class:BeltConveyor"),
        ("原因：托辊卡死。", "cause", "class:BeltConveyor"),
        ("轴承缺油。", "cause", "class:BeltConveyor"),
        ("Noise", "symptom", "class:BeltConveyor"),
        ("Bearing dry", "cause", "class:BeltConveyor"),
    ]
    claims = [c for c in chunk.batch.claims if c.extractor == "echo@1"]
    quoted = [chunk.batch.passages[c.passage].text[c.start : c.end] for c in claims]
    assert [q.replace("\n", " ") for q in quoted] == [asked[0] for asked in echo.asked]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("齿轮磨损 6205-2RS", "zh"),
        ("Check the pump", "en"),
        ("Die Pumpe ist nicht dicht und wird ersetzt", "de"),
        ("ポンプを停止してください", "ja"),
        ("6205-2RS", None),
        ("更换 O-ring 和 mechanical seal", "zh"),
        ("Replace the 密封 of the pump before the start", "en"),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_language_of_short_texts_is_that_of_the_document() -> None:
    assert language_of("Tag no. 5", "en") == "en"
    assert language_of("Ventil", "de") == "de"


@pytest.mark.parametrize(
    ("text", "kind", "number", "rest"),
    [
        ("1. Remove the cover", "item", "1", "Remove the cover"),
        ("5.1 Belt slips", "section", "5.1", "Belt slips"),
        ("2.5 bar pressure", "", "", "2.5 bar pressure"),
        ("2.5 MPa", "", "", "2.5 MPa"),
        ("第七章 常见故障", "section", "第七章", "常见故障"),
        ("一、概述", "section", "一", "概述"),
        ("（2）检查", "item", "2", "检查"),
        ("⑫ 检查", "item", "12", "检查"),
        ("- point", "bullet", "", "point"),
        ("步骤3：拧紧", "item", "3", "拧紧"),
        ("Step 2: Turn", "item", "2", "Turn"),
        ("10 mm bolt", "", "", "10 mm bolt"),
        ("A long text - with a dash", "", "", "A long text - with a dash"),
    ],
)
def test_shapes_of_lines(text: str, kind: str, number: str, rest: str) -> None:
    shape = shape_of(text)
    assert (shape.kind, shape.number, text[shape.start :]) == (kind, number, rest)


def test_lines_are_joined_as_each_script_does() -> None:
    assert join_lines("液压\n泵 损坏") == "液压泵 损坏"
    assert join_lines("hydraulic\npump") == "hydraulic pump"
    assert join_lines("lubri-\ncation") == "lubrication"
    assert join_lines("no. 40-\n118-07") == "no. 40-118-07"


def test_sentences_of_both_languages() -> None:
    text = "Set 2.5 bar. See Fig. 3 there. 检查油位。更换！Done? No. 4 is next"
    assert [text[a:b] for a, b in sentences_of(text)] == [
        "Set 2.5 bar.", "See Fig. 3 there.", "检查油位。", "更换！", "Done?", "No. 4 is next"
    ]  # fmt: skip


def test_every_sentence_is_accounted_for(tmp_path: Path, plain_schema: Schema) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "# X\n\nNothing is known here. Nor here.\n\n| Fault | Cause |\n|---|---|\n| hums | loose |\n\n"  # noqa: E501
        "| 现象 | 原因 | 处理 |\n|---|---|---|\n| 振 | ①甲乙；②丙丁 | 拧紧；校正 |\n",
        encoding="utf-8",
    )
    (chunk,) = read_document(path, plain_schema).chunks()
    assert chunk.sentences == (5, 2, 2)  # the remedies wait for review, the text says nothing


def test_readers_are_imported_only_for_the_files_that_need_them(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# X\n\ntext\n", encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from extraction.documents import open_document;"
        f"list(open_document(Path({str(path)!r})).blocks);"
        "print([m for m in ('pypdfium2', 'pdfplumber', 'docx', 'pptx', 'rapidocr', 'onnxruntime',"
        " 'python_calamine', 'torch', 'spacy', 'sklearn') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
