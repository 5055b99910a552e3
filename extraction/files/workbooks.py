"""Looking into a workbook before a parser does.

The parser allocates the whole used area of a sheet at once, in native code: two cells in far
corners, or an archive that unpacks to terabytes, would end the process. So the archive is
unpacked once in small pieces, counted, and searched for what no spreadsheet program writes.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from extraction.files.limits import Limits
from extraction.files.packages import allowed_bytes, bomb, check_directory
from kg.model.errors import UnreadableFile

WorkbookKind = Literal["xlsx", "ods", "archive"]

_BLOCK = 1024 * 1024
_LONGEST_TEXT = 131_072  # bytes; a cell of a spreadsheet holds 32,767 characters at most
_DECLARATION = re.compile(
    rb"<!\s*(?:DOCTYPE|ENTITY)|<\x00!\x00D\x00O|\x00<\x00!\x00D", re.IGNORECASE
)
_LONG_RUN = re.compile(rb"[^<]{%d,}" % _LONGEST_TEXT)
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,7})(\d{1,10})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"'](\d{1,10})")
_ODS_TAG = re.compile(
    rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^>]*)>|(</table:table-row>)"
)
_REPEATED = re.compile(rb"number-(?:columns|rows)-repeated\s*=\s*[\"'](\d{1,12})")


def check_workbook(path: Path, limits: Limits) -> WorkbookKind:
    """What kind of workbook the ZIP archive at `path` is, after checking that it is harmless.

    `archive` is one that is no workbook. Raises UnreadableFile: damaged, protected, a bomb, parts
    that climb out of the archive, declarations of entities, a sheet too large to hold.
    """
    if path.stat().st_size > limits.document_bytes:
        raise UnreadableFile(
            f"{path} is larger than the {limits.document_bytes:,} bytes that a workbook may have;"
            " export it as CSV."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            check_directory(path, parts, limits, "workbook")
            kind = _kind(path, archive, names)
            if kind != "archive":
                room = limits.unpacked_bytes
                for part in parts:
                    room -= _check_part(path, archive, part, room, limits)
            return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"{path} is damaged ({str(error).rstrip('.')}); save the workbook again."
        ) from error
    except OSError as error:
        raise UnreadableFile(f"{path}: {(error.strerror or str(error)).lower()}.") from error


def _kind(path: Path, archive: zipfile.ZipFile, names: set[str]) -> WorkbookKind:
    if "xl/workbook.bin" in names:
        raise UnreadableFile(f"{path} is a binary workbook (XLSB); save it as XLSX.")
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "content.xml" in names:
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
            "META-INF/manifest.xml"
        ):
            raise UnreadableFile(f"{path} is protected with a password; save it without one.")
        return "ods"
    return "archive"


def _check_part(
    path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo, room: int, limits: Limits
) -> int:
    """Unpack one part piece by piece; its size in the directory is not believed."""
    name = part.filename
    is_xml = name.endswith((".xml", ".rels"))
    area = _Area(path, name, limits)
    allowed = min(room, allowed_bytes(part, limits))
    size = 0
    carried = b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > allowed:
                raise UnreadableFile(bomb(path, name, "workbook"))
            if not is_xml:
                continue
            window = carried + block
            if _DECLARATION.search(window):
                raise UnreadableFile(
                    f"{path}: {name} declares XML entities, which no spreadsheet program writes;"
                    " it may be hostile and was not opened."
                )
            if _LONG_RUN.search(window):
                raise UnreadableFile(
                    f"{path}: {name} holds a text of more than {_LONGEST_TEXT:,} bytes, longer"
                    " than a cell can be; it may be hostile and was not opened."
                )
            # A tag that the block cuts in two is looked at together with the next block.
            cut = window.rfind(b"<")
            cut = len(window) if cut < 0 or len(window) - cut > 65_536 else cut
            area.add(window[:cut])
            carried = window[cut:]
    area.add(carried)
    return size


class _Area:
    """The used area of the sheet in one part, as the parser would allocate it."""

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self._path = path
        self._name = name
        self._limits = limits
        self._is_sheet = name.startswith("xl/worksheets/")
        self._is_ods = name == "content.xml"
        self._rows = self._columns = 0
        self._row = self._column = self._repeat = 0

    def add(self, xml: bytes) -> None:
        if self._is_sheet:
            self._add_sheet(xml)
        elif self._is_ods:
            self._add_ods(xml)
        else:
            return
        if self._columns > self._limits.columns or (
            self._rows * self._columns > self._limits.sheet_cells
        ):
            raise UnreadableFile(
                f"{self._path}: a sheet ({self._name}) uses an area of {self._rows:,} rows by"
                f" {self._columns:,} columns, more than the {self._limits.sheet_cells:,} cells and"
                f" {self._limits.columns:,} columns allowed; delete what stands far away from the"
                " table, or export it as CSV."
            )

    def _add_sheet(self, xml: bytes) -> None:
        for letters, digits in set(_CELL.findall(xml)) if len(xml) < 4096 else _CELL.findall(xml):
            self._rows = max(self._rows, int(digits))
            if len(letters) > 1 or self._columns < 26:
                self._columns = max(self._columns, _column_number(letters))
        for digits in _ROW.findall(xml):
            self._rows = max(self._rows, int(digits))

    def _add_ods(self, xml: bytes) -> None:
        for match in _ODS_TAG.finditer(xml):
            kind, attributes = match[1], match[2] or b""
            repeated = _REPEATED.search(attributes)
            count = int(repeated[1]) if repeated else 1
            if kind == b"table":
                self._row = 0
            elif kind == b"table-row":
                self._column, self._repeat = 0, count
                if attributes.endswith(b"/"):
                    self._row += count
            elif kind is None:
                self._row += self._repeat
            else:
                self._column += count
                if b"value" in attributes or not attributes.endswith(b"/"):
                    self._columns = max(self._columns, self._column)
                    self._rows = max(self._rows, self._row + self._repeat)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
