"""Which reader a file needs, told by what it is and by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from extraction.documents.blocks import Reading
from extraction.documents.packages import check_package
from extraction.files import DEFAULT_LIMITS, Limits, scan_file
from extraction.files.scanning import Scan
from kg.model.claims import Finding
from kg.model.errors import UnreadableFile

# Files that are read as documents. `.txt`, `.xlsx` and `.ods` may also be tables of records.
DOCUMENTS = frozenset(
    {".pdf", ".docx", ".docm", ".pptx", ".pptm", ".html", ".htm", ".xhtml", ".md", ".markdown"}
    | {".txt", ".text", ".log", ".eml", ".xlsx", ".xlsm", ".ods"}
)
_SAVE_AS = {
    ".doc": "an old Word document; save it as DOCX",
    ".ppt": "an old PowerPoint file; save it as PPTX",
    ".xls": "an old workbook; save it as XLSX",
    ".msg": "an Outlook message; save it as EML",
    ".rtf": "rich text; save it as DOCX",
    ".odt": "an OpenDocument text; save it as DOCX",
    ".odp": "an OpenDocument presentation; save it as PPTX",
    ".wps": "a WPS document; save it as DOCX",
    ".epub": "an e-book; save it as PDF or HTML",
    ".dwg": "a drawing; export it as PDF",
}
_MARKDOWN = (".md", ".markdown")
_HTML = (".html", ".htm", ".xhtml")


def is_document(name: str) -> bool:
    """Whether a file of that name is read as a document, or could be after being saved anew."""
    suffix = PurePosixPath(name).suffix.casefold()
    return suffix in DOCUMENTS or suffix in _SAVE_AS


def open_document(
    path: Path,
    *,
    shown: str = "",
    name: str = "",
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    start: str = "",
    scan: Scan | None = None,
) -> Reading:
    """Open the document at `path`. `name` tells its kind where the path does not.

    `start` is where to go on, as a block's `at` said it. Raises UnreadableFile, naming `shown`.
    """
    shown = shown or str(path)
    suffix = PurePosixPath(name or path.name).suffix.casefold()
    scan = scan or scan_file(path, encoding=encoding, limits=limits)
    if scan.kind == "pdf":
        from extraction.documents.readers.pdf import read_pdf

        page = int(start.partition(":")[2]) - 1 if start.startswith("page:") else 0
        return read_pdf(path, shown, limits, page)
    if scan.kind == "zip":
        return _open_package(path, shown, limits)
    if scan.kind == "ole":
        what = _SAVE_AS.get(
            suffix,
            "protected with a password or in an old format; save it without one, in the present"
            " format",
        )
        raise UnreadableFile(f"{shown} is {what}.")
    if scan.kind != "text" or suffix in _SAVE_AS:
        what = _SAVE_AS.get(suffix, "in no format that we read; save it as PDF, DOCX or text")
        raise UnreadableFile(f"{shown} is {what}.")
    if suffix == ".pdf":
        raise UnreadableFile(f"{shown} is no PDF, or a damaged one; export it again.")
    if suffix == ".eml":
        from extraction.documents.readers.mail import read_mail

        return read_mail(path, shown, limits)
    return _open_text(path, shown, suffix, scan, limits)


def _open_package(path: Path, shown: str, limits: Limits) -> Reading:
    kind = check_package(path, shown, limits)
    readers: dict[str, Callable[[], Reading]] = {}
    if kind == "docx":
        from extraction.documents.readers.docx import read_docx

        readers[kind] = lambda: read_docx(path, shown)
    elif kind == "pptx":
        from extraction.documents.readers.pptx import read_pptx

        readers[kind] = lambda: read_pptx(path, shown)
    elif kind in ("xlsx", "odf"):
        from extraction.documents.readers.workbook import read_workbook

        readers[kind] = lambda: read_workbook(path, shown, limits)
    if kind not in readers:
        raise UnreadableFile(f"{shown} is in no format that we read; save it as PDF or DOCX.")
    return readers[kind]()


def _open_text(path: Path, shown: str, suffix: str, scan: Scan, limits: Limits) -> Reading:
    if scan.size > limits.document_bytes:
        raise UnreadableFile(
            f"{shown} is larger than the {limits.document_bytes:,} bytes that a document may have;"
            " split it."
        )
    data = path.read_bytes()
    text = data.decode(scan.encoding.name, "replace")
    if suffix in _HTML or (suffix not in _MARKDOWN and _is_html(text)):
        from extraction.documents.readers.html import read_html

        reading = read_html(text, shown)
    elif suffix in _MARKDOWN:
        from extraction.documents.readers.markdown import read_markdown

        reading = read_markdown(text, shown)
    else:
        from extraction.documents.readers.text import read_text

        reading = read_text(text)
    bad = text.count("\ufffd")
    if bad:
        where = text[: text.index("\ufffd")].count("\n") + 1
        reading.findings.append(
            Finding(
                "bad-encoding",
                f"line:{where}",
                f"{shown}, line {where}: {bad:,} characters fit no encoding ({scan.encoding.name} "
                "was tried); name the right one with --encoding.",
            )
        )
    return reading


def _is_html(text: str) -> bool:
    start = text[:500].lstrip("\ufeff \t\r\n").casefold()
    return start.startswith(("<!doctype html", "<html"))
