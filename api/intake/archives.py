"""ZIP archives, unpacked with suspicion: bombs, paths that climb out, passwords, damage."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from extraction.files import DEFAULT_LIMITS, Limits
from extraction.files.packages import allowed_bytes
from kg.model.errors import UnreadableFile

_BLOCK = 1024 * 1024
_KEPT_STEM = 48  # characters of a name, which may take four bytes each
_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1


class Unpacked(NamedTuple):
    """One file of an archive: its name in there and where it lies now."""

    name: str
    path: Path


def unpack(archive: Path, folder: Path, limits: Limits = DEFAULT_LIMITS) -> list[Unpacked]:
    """Unpack the files of `archive` into the empty `folder`, in order of their names.

    Each folder of the archive becomes one of ours, in which a file keeps only the harmless part of
    its name: enough for other files to look values up in it, and nothing that an archive says
    chooses where we write. Hidden files and folders of operating systems are left out. Raises
    UnreadableFile, naming the archive.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if not m.is_dir()]
            _check(archive, members, limits)
            wanted = sorted((_name(m), m) for m in members if not _is_clutter(_name(m)))
            found = []
            room = limits.unpacked_bytes
            places = _Places(folder)
            for name, member in wanted:
                path = places.place(name)
                room -= _extract(archive, packed, member, path, room=room, limits=limits)
                found.append(Unpacked(name, path))
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"{archive} is damaged or not a ZIP archive that can be read ({error}); pack it again."
        ) from error
    except OSError as error:
        raise UnreadableFile(f"{archive}: {(error.strerror or str(error)).lower()}.") from error


class _Places:
    """Where the files of an archive go: its folders side by side in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folders: dict[PurePosixPath, Path] = {}
        self._taken: set[tuple[Path, str]] = set()

    def place(self, name: str) -> Path:
        """A free path for the file called `name` in the archive."""
        inner = PurePosixPath(name.replace("\\", "/"))
        here = self._folders.get(inner.parent)
        if here is None:
            here = self._folders[inner.parent] = self._folder / f"{len(self._folders):05d}"
            here.mkdir()
        harmless = "".join(c if c.isalnum() or c in "-_. ()" else "_" for c in inner.name)
        stem, suffix = harmless[:-16].lstrip(". "), harmless[-16:]
        own = stem[:_KEPT_STEM] + (suffix if stem else suffix.lstrip(". "))
        if not own or (here, own.casefold()) in self._taken:
            own = f"{len(self._taken):05d}{own}"
        self._taken.add((here, own.casefold()))
        return here / own


def _check(archive: Path, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.archive_parts:
        raise UnreadableFile(
            f"{archive} holds {len(members):,} files, more than {limits.archive_parts:,}; "
            "pack fewer."
        )
    for member in members:
        name = _name(member)
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]:
            raise UnreadableFile(
                f"{archive} names a file outside of itself ({name!r}); it may be hostile, and "
                "nothing of it was read."
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise UnreadableFile(f"{archive} holds a link ({name!r}); pack the file itself.")
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableFile(f"{archive} needs a password; pack it without one.")
        if member.file_size > allowed_bytes(member, limits):
            raise UnreadableFile(_bomb(archive, name))
    if sum(member.file_size for member in members) > limits.unpacked_bytes:
        raise UnreadableFile(
            f"{archive} would unpack to more than {limits.unpacked_bytes:,} bytes; split it."
        )


def _extract(
    archive: Path,
    packed: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    path: Path,
    *,
    room: int,
    limits: Limits,
) -> int:
    """Write one member; what it says of its size is not believed. Returns its size."""
    written = 0
    allowed = allowed_bytes(member, limits)
    with packed.open(member) as source, path.open("xb") as target:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > min(room, allowed):
                raise UnreadableFile(_bomb(archive, _name(member)))
            target.write(block)
    return written


def _bomb(archive: Path, name: str) -> str:
    return (
        f"{archive} holds {name!r}, which unpacks to far more than a table would; it may be "
        "hostile, and nothing of it was read."
    )


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name; old Windows archives write Chinese names without saying how."""
    if member.flag_bits & _UTF8_NAMES or member.filename.isascii():
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _is_clutter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "~$")) or part == "__MACOSX" for part in parts) or parts[
        -1
    ] in {"Thumbs.db", "desktop.ini"}
