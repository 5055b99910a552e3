"""Which files are meant: files, folders and ZIP archives become sources with lasting keys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from api.intake.archives import unpack
from extraction.tables.sources.databases import public_address
from kg.model.errors import BadInput, UnreadableFile

TABLES = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".jsonl", ".ndjson"}
)
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


def _open(path: Path, key: str, shown: str, workspace: Path) -> list[Source]:
    if len(key) > _KEPT_KEY:
        trouble = UnreadableFile(f"{shown} has too long a name; load it with --as.")
        return [Source(path, key[:_KEPT_KEY], shown, trouble)]
    if path.suffix.casefold() != ".zip":
        return [Source(path, key, shown)]
    folder = workspace / f"zip-{len(list(workspace.iterdir())):05d}"
    try:
        folder.mkdir(parents=True)
        inner = unpack(path, folder)
    except UnreadableFile as error:
        return [Source(path, key, shown, error)]
    readable = [
        Source(found.path, f"{key}/{found.name}", f"{shown}/{found.name}")
        for found in inner
        if PurePosixPath(found.name).suffix.casefold() in TABLES
    ]
    if not readable:
        empty = UnreadableFile(f"{shown} holds no file that can be read as a table.")
        return [Source(path, key, shown, empty)]
    return readable


def _files_in(folder: Path) -> list[Path]:
    """Readable files below a folder, hidden ones and links out of it left out, in order."""
    root = folder.resolve()
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.casefold() in TABLES | {".zip"}
        and not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        and path.is_file()
        and path.resolve().is_relative_to(root)
    ]


def _joined(root: str, inner: Path) -> str:
    return f"{root}/{inner.as_posix()}" if root not in {"", "."} else inner.as_posix()
