"""Read a text file that somebody hands in: bounded in size, in one of the usual encodings."""

from __future__ import annotations

from pathlib import Path

from kg.model.errors import UnreadableFile

MOST_BYTES = 64 * 2**20
_ENCODINGS = ("utf-8-sig", "gb18030", "latin-1")


def read_bytes(path: Path, *, what: str, most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of a file. Raises UnreadableFile: not there, a folder, empty or too large."""
    if path.is_dir():
        raise UnreadableFile(f"{path} is a folder; name {what}.")
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise UnreadableFile(
                f"{path.name} has {size // 2**20} MB; {what} of at most {most_bytes // 2**20} MB"
                " can be read."
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"{path} cannot be read ({error.strerror or error}); name {what} that is there."
        ) from None
    if not data.strip():
        raise UnreadableFile(f"{path.name} is empty; name {what} with something in it.")
    return data


def read_text(path: Path, *, what: str, most_bytes: int = MOST_BYTES) -> str:
    """The text of a file, line ends as they are. Raises UnreadableFile."""
    data = read_bytes(path, what=what, most_bytes=most_bytes)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:4096]:
        raise UnreadableFile(f"{path.name} is not a text file; name {what}.")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"{path.name} is in no encoding that Gemba knows; save it as UTF-8.")
