"""Which files are meant: files, folders and ZIP archives become sources with lasting keys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from api.intake.archives import Unpacked, unpack
from extraction.documents import DOCUMENTS
from extraction.files import DEFAULT_LIMITS
from extraction.tables.sources.databases import public_address
from kg.model.errors import BadInput, UnreadableFile

TABLES = frozenset(
    {
        ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods",
        ".json", ".jsonl", ".ndjson", ".jsonld", ".xml",
    }
)  # fmt: skip
READABLE = TABLES | DOCUMENTS
_CONTAINERS = frozenset({".zip", ".eml"})  # files with files in them
_DEEPEST = 4  # containers within containers
_KEPT_KEY = 500  # characters


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be read. `key` is the document's lasting identity, `shown` what people see.

    `trouble` is why it cannot be read at all; `address` is a database's, which has no path.
    """

    path: Path
    key: str
    shown: str
    trouble: UnreadableFile | None = None
    address: str | None = None


def gather(
    paths: Sequence[Path | str],
    workspace: Path,
    *,
    key: str | None = None,
    shown: str | None = None,
) -> list[Source]:
    """The single files behind `paths`, in order; archives are unpacked into `workspace`.

    A key is the path as seen from the current folder, so that the same command loads the same
    document again. `key` names it otherwise: the document's key for one file, else a folder
    before each; `shown` is what people call it. What cannot be opened becomes a source with its
    trouble, so that the rest goes on. Raises BadInput where two files would be one document.
    """
    sources: list[Source] = []
    for given in paths:
        if "://" in str(given):
            address = str(given)
            sources.append(Source(Path(), key or "", public_address(address), address=address))
            continue
        path = Path(given)
        name = shown or str(path)
        if path.is_dir():
            root = key if key is not None else key_of(path)
            sources += [
                source
                for inner in _files_in(path)
                for source in _open(
                    inner, _joined(root, inner.relative_to(path)), str(inner), workspace
                )
            ]
        else:
            only = key is not None and len(paths) == 1
            own = key if key is not None and only else key_of(path)
            if key is not None and not only:
                own = _joined(key, Path(path.name))
            sources += _open(path, own, name, workspace)
    seen: dict[str, Source] = {}
    for source in sources:
        other = seen.setdefault(source.key or source.shown, source)
        if other is not source:
            raise BadInput(
                f"{other.shown} and {source.shown} would both be the document {source.key!r}; "
                "load them one by one, each with its own --as."
            )
    return sources


def key_of(path: Path) -> str:
    """The key of the file at `path`: seen from the current folder where it lies below it."""
    whole = Path(os.path.normpath(path.absolute()))
    try:
        return whole.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return whole.as_posix()


def safe_name(name: str) -> str:
    """The file name in what a client calls its file; never a path. Raises BadInput."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last or last in {".", ".."} or not last.isprintable() or len(last) > 200:
        raise BadInput(f"{name[:80]!r} is no file name; give the file a plain one.")
    return last


class _Room:
    """What may still be unpacked of one file and of what is packed in it."""

    def __init__(self) -> None:
        self.limits = DEFAULT_LIMITS

    def take(self, unpacked: Sequence[Unpacked]) -> None:
        """Less room by these files."""
        used = sum(found.path.stat().st_size for found in unpacked)
        self.limits = replace(
            self.limits,
            unpacked_bytes=max(0, self.limits.unpacked_bytes - used),
            archive_parts=max(0, self.limits.archive_parts - len(unpacked)),
        )


def _open(
    path: Path, key: str, shown: str, workspace: Path, depth: int = 0, room: _Room | None = None
) -> list[Source]:
    room = room or _Room()
    if len(key) > _KEPT_KEY:
        trouble = UnreadableFile(f"{shown} has too long a name; load it with --as.")
        return [Source(path, key[:_KEPT_KEY], shown, trouble)]
    suffix = path.suffix.casefold()
    if suffix not in _CONTAINERS:
        return [Source(path, key, shown)]
    if depth >= _DEEPEST:
        trouble = UnreadableFile(
            f"{shown} is packed into {depth} others; unpack it, and load what is in it."
        )
        return [Source(path, key, shown, trouble)]
    folder = workspace / f"{suffix[1:]}-{len(list(workspace.iterdir())):05d}"
    try:
        folder.mkdir(parents=True)
        if suffix == ".zip":
            inner = unpack(path, folder, room.limits)
        else:
            from api.intake.mails import unpack_mail

            inner = unpack_mail(path, folder, shown, room.limits)
        room.take(inner)
    except UnreadableFile as error:
        return [Source(path, key, shown, error)]
    readable = [
        source
        for found in inner
        if PurePosixPath(found.name).suffix.casefold() in READABLE | _CONTAINERS
        for source in _open(
            found.path, f"{key}/{found.name}", f"{shown}/{found.name}", workspace, depth + 1, room
        )
    ]
    if suffix != ".zip":
        return [Source(path, key, shown), *readable]  # the mail itself, then what came with it
    if not readable:
        empty = UnreadableFile(f"{shown} holds no file that can be read.")
        return [Source(path, key, shown, empty)]
    return readable


def _files_in(folder: Path) -> list[Path]:
    """Readable files below a folder, hidden ones and links out of it left out, in order."""
    root = folder.resolve()
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.casefold() in READABLE | _CONTAINERS
        and not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        and path.is_file()
        and path.resolve().is_relative_to(root)
    ]


def _joined(root: str, inner: Path) -> str:
    return f"{root}/{inner.as_posix()}" if root not in {"", "."} else inner.as_posix()
