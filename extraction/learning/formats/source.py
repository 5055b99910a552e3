"""A file of labelled texts as text: its encoding, its digest, its JSON, with clear refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from extraction.files.encodings import encoding_of_mark, encoding_of_wide_text, rank_encodings
from extraction.learning.examples import Notice
from kg.model.errors import BadInput, UnreadableFile

_LIMIT = 2_000_000_000  # bytes


class Source(NamedTuple):
    """A file's text and the SHA-256 of its bytes."""

    path: Path
    text: str
    digest: str


def read_source(path: Path) -> Source:
    """The file as text. Raises UnreadableFile for one that is missing, empty or too large."""
    try:
        size = path.stat().st_size
        if size > _LIMIT:
            raise UnreadableFile(f"{path.name}: {size:,} bytes are too many to learn from at once.")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror}).") from error
    if not content.strip():
        raise UnreadableFile(f"{path.name}: the file is empty.")
    return Source(path, _decode(content), sha256(content).hexdigest())


def _decode(content: bytes) -> str:
    mark = encoding_of_mark(content[:4])
    if mark:
        return (
            content.decode(mark, "replace")
            .lstrip("\ufeff")
            .replace("\r\n", "\n")
            .replace("\r", "\n")
        )
    wide = encoding_of_wide_text(content[:4096])
    try:
        text = content.decode(wide or "utf-8")
    except UnicodeDecodeError:
        telling = b"\n".join(line for line in content.split(b"\n") if not line.isascii())
        text = content.decode(rank_encodings(telling[:200_000])[0].name, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_entries(source: Source, notices: list[Notice]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSON list or of JSON lines, each with its place for messages.

    A line that is no JSON object is noticed and left out; a JSON list that is broken is refused.
    """
    name = source.path.name
    if source.text.lstrip().startswith("["):
        try:
            entries = json.loads(source.text)
        except json.JSONDecodeError as error:
            raise BadInput(f"{name}, line {error.lineno}: is no JSON ({error.msg}).") from error
        except RecursionError as error:
            raise BadInput(f"{name}: the JSON is nested too deeply.") from error
        places: Iterator[tuple[str, Any]] = (
            (f"{name}, entry {n}", entry) for n, entry in enumerate(entries, 1)
        )
    else:
        places = _read_lines(source, notices)
    escapes = "\\ud" in source.text.lower()
    for place, entry in places:
        if not isinstance(entry, dict):
            notices.append(Notice(place, f"{place}: is no JSON object; left out."))
        elif escapes and _has_half_characters(entry):
            message = f"{place}: an escape such as \\ud83d stands for half a character; left out."
            notices.append(Notice(place, message))
        else:
            yield place, entry


def list_in(entry: dict[str, Any], name: str) -> list[Any]:
    """The list of that name; an empty one where there is none or something else."""
    listed = entry.get(name)
    return listed if isinstance(listed, list) else []


def is_place(number: Any) -> TypeGuard[int]:
    """Whether it is a whole number (JSON's true and false are none)."""
    return isinstance(number, int) and not isinstance(number, bool)


def _has_half_characters(entry: dict[str, Any]) -> bool:
    try:
        json.dumps(entry, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _read_lines(source: Source, notices: list[Notice]) -> Iterator[tuple[str, Any]]:
    for n, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{source.path.name}, line {n}"
        try:
            yield place, json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            notices.append(Notice(place, f"{place}: is no JSON; left out."))
