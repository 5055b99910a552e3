"""One pass over a file before anything reads it: digest, size, kind, encoding, lines.

The pass is what makes a document's identity, and it meets most damage early: a file that is
empty, too large, binary or in no known encoding is refused here, with nothing stored.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from extraction.files.encodings import (
    Encoding,
    encoding_of_mark,
    encoding_of_wide_text,
    rank_encodings,
)
from extraction.files.limits import DEFAULT_LIMITS, Limits
from kg.model.errors import UnreadableFile

Kind = Literal["text", "zip", "ole", "gzip", "pdf", "parquet", "sqlite", "binary"]

_BLOCK = 1024 * 1024
_SAMPLE = 256 * 1024
_FEWEST_SCORE = 0.3  # below it no candidate encoding is believable
# Control characters; a few of them are damage in a text, many are no text.
_NOT_TEXT = bytes([*range(9), 11, *range(14, 27), *range(28, 32), 127])
_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "pdf"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file found."""

    path: Path
    size: int
    modified_ns: int
    sha256: str
    kind: Kind
    encoding: Encoding  # of text; of other kinds without meaning
    lines: int  # line feeds; an upper estimate of the rows

    def check_unchanged(self) -> None:
        """Raises UnreadableFile where the file was written to since it was scanned."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise UnreadableFile(f"{self.path}: {_reason(error)} while it was read.") from error
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified_ns):
            raise UnreadableFile(
                f"{self.path} was changed while it was read; load it again when it is complete."
            )


def scan_file(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Scan:
    """Scan the file at `path`; `encoding` overrides what its bytes suggest.

    Raises UnreadableFile: absent, not a file, empty, above `limits.file_bytes`, binary although
    it begins like a text, in no encoding that fits, or `encoding` unknown.
    """
    path = Path(path)
    if encoding is not None:
        encoding = checked_encoding(encoding, path)
    try:
        status = os.stat(path)
        if path.is_dir():
            raise UnreadableFile(f"{path} is a folder; name a file in it.")
        if not path.is_file():
            raise UnreadableFile(f"{path} is not a regular file; copy its content into one.")
        if status.st_size == 0:
            raise UnreadableFile(f"{path} is empty; export it again.")
        if status.st_size > limits.file_bytes:
            raise UnreadableFile(
                f"{path} has {status.st_size:,} bytes, more than the {limits.file_bytes:,} that are"
                " allowed; split it, or raise the limit."
            )
        with open(path, "rb") as file:
            return _scan(path, file.fileno(), status, encoding)
    except OSError as error:
        raise UnreadableFile(f"{path}: {_reason(error)}.") from error


def checked_encoding(name: str, path: Path) -> str:
    """The codec's own name for `name`. Raises UnreadableFile where Python has no such codec."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise UnreadableFile(
            f"{path}: there is no encoding {name!r}; use one such as utf-8, gb18030, big5, cp1252."
        ) from None


def kind_of_content(start: bytes) -> Kind:
    """What the first bytes of a file say it is."""
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if encoding_of_mark(start) or encoding_of_wide_text(start[:4096]):
        return "text"
    head = start[:4096]
    return "binary" if len(head.translate(None, _NOT_TEXT)) < 0.95 * len(head) else "text"


def _scan(path: Path, descriptor: int, status: os.stat_result, encoding: str | None) -> Scan:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    lines = 0
    sample = bytearray()
    start = b""
    size = 0
    while block := os.read(descriptor, _BLOCK):
        if not start:
            start = block[:65536]
        size += len(block)
        digest.update(block)
        lines += block.count(b"\n")
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(sample) < _SAMPLE and not block.isascii():
            _add_lines(sample, block)
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False  # the file ends in the middle of a character
    kind = kind_of_content(start)
    found = Encoding("", 1.0)
    if kind == "text":
        found = _decide(path, encoding, start, bytes(sample), is_utf8=is_utf8)
    return Scan(path, size, status.st_mtime_ns, digest.hexdigest(), kind, found, lines)


def _decide(
    path: Path, wanted: str | None, start: bytes, sample: bytes, *, is_utf8: bool
) -> Encoding:
    mark = encoding_of_mark(start)
    if wanted is not None:
        is_clean = is_utf8 and wanted == "utf-8"
        # The mark would become part of the first header.
        name = "utf-8-sig" if wanted == "utf-8" and mark == "utf-8-sig" else wanted
        return Encoding(name, 1.0, not is_clean)
    if mark:
        return Encoding(mark, 1.0, mark != "utf-8-sig" or not is_utf8)
    wide = encoding_of_wide_text(start[:4096])
    if wide:
        return Encoding(wide, 1.0, is_damaged=True)
    if is_utf8:
        return Encoding("utf-8", 1.0)
    best = rank_encodings(sample)[0]
    if best.score < _FEWEST_SCORE:
        raise UnreadableFile(
            f"{path} is in no encoding that we can tell (tried utf-8, gb18030, big5, cp1252);"
            " name it with --encoding, or save the file as UTF-8."
        )
    return best._replace(is_damaged=True)


def _add_lines(sample: bytearray, block: bytes) -> None:
    for line in block.split(b"\n"):
        if not line.isascii():
            sample += line[:4096] + b"\n"
            if len(sample) >= _SAMPLE:
                return


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "we are not allowed to read it"
    return (error.strerror or str(error)).lower()
