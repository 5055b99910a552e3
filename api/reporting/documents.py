"""The 8D report as DOCX or PDF, by the ending of the file's name."""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

from kg.investigation.eight_d import EightD
from kg.model.errors import BadInput
from kg.narration import Phrase

_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—]+")
_LATIN_FONT, _HAN_FONT = "Helvetica", "STSong-Light"


def write_report(report: EightD, path: Path, language: str) -> None:
    """Write the report. Raises BadInput for another ending, or a folder that is not there."""
    ending = path.suffix.casefold()
    if ending not in (".docx", ".pdf"):
        raise BadInput(f"{path} is no name for a report; let it end in .docx or .pdf.")
    if not path.parent.is_dir():
        raise BadInput(f"{path} cannot be written: there is no folder {path.parent}.")
    partial = path.with_name(f".{path.name}.part")
    try:
        if ending == ".docx":
            _write_docx(report, partial, language)
        else:
            _write_pdf(report, partial, language)
        partial.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def _told(phrase: Phrase, language: str) -> str:
    return phrase.zh if language == "zh" else phrase.en


def _source_word(language: str) -> str:
    return "来源：" if language == "zh" else "Source: "


def _write_docx(report: EightD, path: Path, language: str) -> None:
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    document = Document()
    for name in ("Normal", "Heading 1", "Title"):
        style = document.styles[name]
        style.font.name = "Calibri"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "SimSun")
    document.add_heading(_told(report.title, language), level=0)
    for part in report.disciplines:
        document.add_heading(f"{part.id} {_told(part.title, language)}", level=1)
        for entry in part.entries:
            run = document.add_paragraph().add_run(_told(entry.text, language))
            if entry.is_open:
                run.italic = True
                run.font.color.rgb = RGBColor(0xC4, 0x32, 0x1C)
            if entry.sources:
                small = document.add_paragraph().add_run(
                    _source_word(language) + "; ".join(entry.sources)
                )
                small.font.size = Pt(8)
                small.font.color.rgb = RGBColor(0x61, 0x6E, 0x7C)
    document.core_properties.title = _told(report.title, language)
    document.core_properties.author = "Gemba"
    document.save(str(path))


def _write_pdf(report: EightD, path: Path, language: str) -> None:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    # An Asian font that every reader of PDF brings or finds: nothing has to be shipped.
    pdfmetrics.registerFont(UnicodeCIDFont(_HAN_FONT))
    wrap = "CJK" if language == "zh" else None
    body = ParagraphStyle("body", fontName=_LATIN_FONT, fontSize=10, leading=14, spaceAfter=4,
                          wordWrap=wrap)  # fmt: skip
    opened = ParagraphStyle("open", parent=body, textColor=HexColor("#c4321c"))
    source = ParagraphStyle("source", parent=body, fontSize=7.5, leading=10, spaceAfter=6,
                            textColor=HexColor("#616e7c"))  # fmt: skip
    heading = ParagraphStyle("heading", parent=body, fontSize=13, leading=18, spaceBefore=10,
                             textColor=HexColor("#1f2933"))  # fmt: skip
    title = ParagraphStyle("title", parent=body, fontSize=18, leading=24, spaceAfter=10)
    flow = [Paragraph(_marked(_told(report.title, language)), title)]
    for part in report.disciplines:
        flow.append(Paragraph(_marked(f"{part.id} {_told(part.title, language)}"), heading))
        for entry in part.entries:
            text = _marked(_told(entry.text, language))
            flow.append(Paragraph(text, opened if entry.is_open else body))
            if entry.sources:
                told = _source_word(language) + "; ".join(entry.sources)
                flow.append(Paragraph(_marked(told), source))
    SimpleDocTemplate(
        str(path), pagesize=A4, title=_told(report.title, language), author="Gemba",
        leftMargin=56, rightMargin=56, topMargin=56, bottomMargin=56,
    ).build(flow)  # fmt: skip


def _marked(text: str) -> str:
    """Text for a paragraph: Chinese in its font, signs that the Latin font lacks replaced."""
    for sign, plain in (("≥", ">="), ("≤", "<="), ("−", "-"), ("→", "->"), ("∞", "inf.")):
        text = text.replace(sign, plain)
    found = _HAN.sub(lambda m: f"\x00{m[0]}\x01", text)
    found = escape(found)
    return found.replace("\x00", f'<font name="{_HAN_FONT}">').replace("\x01", "</font>")
