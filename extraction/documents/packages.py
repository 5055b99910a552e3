"""Looking into an office file (a ZIP of XML parts) before a parser does."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from extraction.files import Limits
from extraction.files.packages import allowed_bytes, bomb, check_directory
from kg.model.errors import UnreadableFile

PackageKind = Literal["docx", "pptx", "xlsx", "odf", "archive"]

_BLOCK = 1024 * 1024
_DECLARATION = re.compile(
    rb"<!\s*(?:DOCTYPE|ENTITY)|<\x00!\x00D\x00O|\x00<\x00!\x00D", re.IGNORECASE
)


def check_package(path: Path, shown: str, limits: Limits) -> PackageKind:
    """What kind of office file the ZIP archive at `path` is, after checking that it is harmless.

    Raises UnreadableFile: damaged, protected, a bomb, parts that climb out,
    entity declarations.
    """
    if path.stat().st_size > limits.document_bytes:
        raise UnreadableFile(
            f"{shown} is larger than the {limits.document_bytes:,} bytes that a document may have;"
            " split it."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            kind = _kind({part.filename for part in parts})
            if kind != "archive":
                check_directory(shown, parts, limits, "document")
                room = limits.unpacked_bytes
                for part in parts:
                    room -= _check_part(shown, archive, part, room, limits)
            return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"{shown} is damaged ({str(error).rstrip('.')}); save the document again."
        ) from error
    except OSError as error:
        raise UnreadableFile(f"{shown}: {(error.strerror or str(error)).lower()}.") from error


def _kind(names: set[str]) -> PackageKind:
    if "word/document.xml" in names or any(n.startswith("word/document") for n in names):
        return "docx"
    if any(name.startswith("ppt/") for name in names):
        return "pptx"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    return "odf" if "content.xml" in names else "archive"


def _check_part(
    shown: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo, room: int, limits: Limits
) -> int:
    """Unpack one part piece by piece; its size in the directory is not believed."""
    is_xml = part.filename.endswith((".xml", ".rels"))
    allowed = min(room, allowed_bytes(part, limits))
    size = 0
    carried = b""
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > allowed:
                raise UnreadableFile(bomb(shown, part.filename, "document"))
            if is_xml:
                window = carried + block
                if _DECLARATION.search(window):
                    raise UnreadableFile(
                        f"{shown}: {part.filename} declares XML entities, which no office program"
                        " writes; it may be hostile and was not opened."
                    )
                carried = window[-16:]
    return size
