"""Texts that could be labelled, from files and tables; of nearly equal ones only one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from extraction.learning.examples import Example
from kg.model.errors import BadInput

_LONGEST = 2_000  # characters; longer texts are cut at the end of a sentence
_TABLES = {".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"}
_DIGITS = re.compile(r"\d+")
_NOT_WORDS = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class PoolText:
    """A text that could be labelled, and how many nearly equal ones it stands for."""

    text: str
    place: str
    times: int = 1


def read_pool(path: Path, column: str | None = None) -> list[Example]:
    """The texts of a file: lines of a text, cells of a table's column, or JSON lines with `text`.

    Raises BadInput where a table has no such column, and UnreadableFile.
    """
    if path.suffix.lower() in _TABLES:
        return list(_read_table(path, column))
    if column is not None:
        raise BadInput(f"{path.name}: is no table, so it has no column {column!r}.")
    if path.suffix.lower() in {".json", ".jsonl", ".ndjson"}:
        from extraction.learning.formats import read_corpus

        return [example.bare() for example in read_corpus("jsonl", path).items]
    from extraction.learning.formats import plain

    return list(plain.read(path).items)


def gather_texts(examples: Iterable[Example], known: Iterable[str] = ()) -> list[PoolText]:
    """Each text once, whatever its numbers, case and marks; those in `known` not at all.

    Long texts are cut into stretches of whole sentences.
    """
    left_out = {_fingerprint(text) for text in known}
    first: dict[str, tuple[str, str]] = {}
    times: dict[str, int] = {}
    for example in examples:
        for text in _cut(example.text):
            mark = _fingerprint(text)
            if not mark or mark in left_out:
                continue
            first.setdefault(mark, (text, example.name))
            times[mark] = times.get(mark, 0) + 1
    return [PoolText(text, place, times[mark]) for mark, (text, place) in first.items()]


def _fingerprint(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = _NOT_WORDS.sub(" ", _DIGITS.sub("0", folded)).split()
    return " ".join(words) if any(c.isalpha() for c in folded) else ""


def _cut(text: str) -> Iterator[str]:
    text = text.strip()
    if len(text) <= _LONGEST:
        if text:
            yield text
        return
    stretch = ""
    for sentence in _SENTENCE_END.split(text):
        if stretch and len(stretch) + len(sentence) > _LONGEST:
            yield stretch.strip()
            stretch = ""
        stretch = f"{stretch} {sentence}"[: _LONGEST * 2] if stretch else sentence[: _LONGEST * 2]
    if stretch.strip():
        yield stretch.strip()


def _read_table(path: Path, column: str | None) -> Iterator[Example]:
    from extraction.files import scan_file
    from extraction.tables.sources.opening import open_tables
    from extraction.tables.specification import SourceSpec

    seen: list[Sequence[str]] = []
    found = False
    for table in open_tables(scan_file(path), SourceSpec(ragged="pad")):
        headers = list(table.headers)
        seen.append(headers)
        wanted = column if column is not None else headers[0] if len(headers) == 1 else None
        if wanted not in headers:
            continue
        found = True
        at = headers.index(wanted)
        for row in table.rows():
            if row.problem is None and at < len(row.cells) and row.cells[at].strip():
                place = f"{path.name}, {table.place_prefix}{row.number}"
                yield Example(place, row.cells[at].strip())
    if not found:
        known = ", ".join(dict.fromkeys(header for headers in seen for header in headers))
        said = f"has no column {column!r}" if column is not None else "has several columns"
        raise BadInput(f"{path.name}: {said}; say --column with one of: {known}.")
