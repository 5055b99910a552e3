"""Files that cannot be read, or not whole: one clear sentence that names the file and the place."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pypdfium2
import pytest

from extraction.documents import Text, open_document
from extraction.files import Limits
from kg.model import UnreadableFile
from tests.extraction.documents.pdf_writer import Page, write_pdf


def _docx(folder: Path) -> Path:
    document = docx.Document()
    document.add_paragraph("Text")
    path = folder / "a.docx"
    document.save(str(path))
    return path


def _with_part(source: Path, name: str, data: bytes) -> Path:
    """The same package with one part replaced."""
    target = source.with_name("b" + source.suffix)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return target


_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">&b;'
    b"</w:document>"
)


def _refusal(path: Path, shown: str = "", **options: object) -> str:
    with pytest.raises(UnreadableFile) as caught:
        list(open_document(path, shown=shown or path.name, **options).blocks)  # type: ignore[arg-type]
    sentence = str(caught.value)
    assert sentence.startswith(shown or path.name)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_bad_pdf_damaged(tmp_path: Path) -> None:
    page = Page()
    page.text(60, 60, "text")
    path = write_pdf(tmp_path / "a.pdf", [page])
    path.write_bytes(path.read_bytes()[:200])
    assert "damaged PDF" in _refusal(path)
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    assert "damaged PDF" in _refusal(path)
    path.write_text("this was renamed", encoding="utf-8")
    assert "no PDF" in _refusal(path)


def test_bad_pdf_with_a_password(tmp_path: Path) -> None:
    assert "password" in _refusal(_encrypted(tmp_path / "a.pdf"))


def _encrypted(path: Path) -> Path:
    """A PDF that says it is encrypted with a key that nobody has."""
    page = Page()
    page.text(60, 60, "secret")
    write_pdf(path, [page])
    data = path.read_bytes()
    # An encryption dictionary whose user and owner entries fit no password.
    secret = (
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"11" * 32 + b"> /U <" + b"22" * 32 + b"> >>"
    )
    data = data.replace(b"/Root 1 0 R", b"/Root 1 0 R /ID [<00> <00>] /Encrypt " + secret)
    path.write_bytes(data)
    return path


def test_bad_page_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    pages = []
    for number in range(3):
        page = Page()
        page.text(60, 300, f"This is the text of page number {number} here.")
        pages.append(page)
    path = write_pdf(tmp_path / "a.pdf", pages)
    data = path.read_bytes()
    # The second page's entry in the list of pages leads nowhere.
    kids = data.index(b"/Kids [") + 7
    listed = data[kids : data.index(b"]", kids)]
    second = listed.split(b" 0 R ")[1]
    path.write_bytes(
        data.replace(b"%s 0 obj\n<< /Type /Page " % second, b"%s 0 obj\n<< /Type /Nope " % second)
    )
    reading = open_document(path, shown="a.pdf")
    texts = [b.text for b in reading.blocks if isinstance(b, Text)]
    assert texts[0].startswith("This is the text of page number 0")
    assert texts[-1].startswith("This is the text of page number 2")


def test_bad_office_files(tmp_path: Path) -> None:
    path = _docx(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in _refusal(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000))
    assert "password" in _refusal(path)
    old = tmp_path / "a.doc"
    old.write_bytes(path.read_bytes())
    assert "save it as DOCX" in _refusal(old)
    empty = tmp_path / "empty.docx"
    empty.write_bytes(b"")
    with pytest.raises(UnreadableFile, match="is empty"):
        open_document(empty)


def test_bad_office_file_with_entities(tmp_path: Path) -> None:
    path = _with_part(_docx(tmp_path), "word/document.xml", _BOMB)
    assert "declares XML entities" in _refusal(path)


def test_bad_office_file_that_unpacks_without_end(tmp_path: Path) -> None:
    path = _with_part(_docx(tmp_path), "word/media/a.xml", b"<a>" + b" " * 40_000_000 + b"</a>")
    assert "unpack to far more" in _refusal(path)


def test_bad_office_file_that_climbs_out(tmp_path: Path) -> None:
    path = _with_part(_docx(tmp_path), "../../evil.xml", b"<a/>")
    assert "climbs out" in _refusal(path)
    assert not (tmp_path.parent / "evil.xml").exists()


def test_bad_office_file_nested_too_deep(tmp_path: Path) -> None:
    head = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    deep = b"<w:sdt>" * 20_000 + b"</w:sdt>" * 20_000
    path = _with_part(_docx(tmp_path), "word/document.xml", head + deep + b"</w:body></w:document>")
    with pytest.raises(UnreadableFile) as caught:
        list(open_document(path, shown="b.docx").blocks)
    assert str(caught.value).startswith("b.docx")


@pytest.mark.parametrize("name", ["a.rtf", "a.dwg", "a.msg", "a.odt"])
def test_bad_kinds_are_told_what_to_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"{\\rtf1 text}" if name.endswith("rtf") else b"\x00\x01\x02" * 500)
    assert "as " in _refusal(path)


def test_bad_size_is_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<p>" + "x" * 5_000, encoding="utf-8")
    assert "larger" in _refusal(path, limits=Limits(document_bytes=1_000))


def test_bad_mail_without_a_head(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_text("just text\n", encoding="utf-8")
    assert "no e-mail" in _refusal(path)


def test_bad_drawing_with_very_many_lines_is_no_table(tmp_path: Path) -> None:
    page = Page()
    page.text(60, 60, "A drawing follows this sentence of text.")
    for n in range(3_000):
        page.line(60 + n % 400, 100 + n % 600, 60 + n % 400, 104 + n % 600)
        page.line(60 + n % 380, 100 + n % 599, 64 + n % 380, 100 + n % 599)
    path = write_pdf(tmp_path / "a.pdf", [page])
    blocks = list(open_document(path).blocks)
    assert [b.text for b in blocks if isinstance(b, Text)] == [
        "A drawing follows this sentence of text."
    ]


def test_bad_pictures_in_a_scan_do_not_end_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(document: object, index: int) -> None:
        raise RuntimeError("no such model")

    monkeypatch.setattr("extraction.documents.readers.pdf.has_ocr", lambda: True)
    monkeypatch.setattr("extraction.documents.readers.pdf.read_scan", fail)
    scan, text = Page(), Page()
    scan.picture(10, 10, bytes(100))
    text.text(60, 100, "A page of text follows the scan.")
    reading = open_document(write_pdf(tmp_path / "a.pdf", [scan, text]), shown="a.pdf")
    assert [b.text for b in reading.blocks if isinstance(b, Text)] == [
        "A page of text follows the scan."
    ]
    (finding,) = reading.findings
    assert "a.pdf, page 1" in finding.message


def test_pdf_writer_makes_files_that_others_read(tmp_path: Path) -> None:
    page = Page()
    page.text(60, 60, "(a) 泵")
    data = write_pdf(tmp_path / "a.pdf", [page], title="标题").read_bytes()
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    assert document.get_metadata_dict()["Title"] == "标题"
    assert document[0].get_textpage().get_text_range() == "(a) 泵"
