"""CSV of text and label; a first row that says so is a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from extraction.learning.examples import Corpus, Labelled, Notice
from extraction.learning.formats.source import read_source

_TEXT = {"text", "observation", "sentence", "description", "文本", "描述"}
_LABEL = {"label", "class", "category", "target", "failure mode", "failure_mode", "标签", "类别"}


def read(path: Path) -> Corpus[Labelled]:
    """The labelled texts of a file. The last column is the label; the others are the text."""
    source = read_source(path)
    notices: list[Notice] = []
    texts: list[Labelled] = []
    first = source.text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(source.text), delimiter=delimiter)
    for n, row in enumerate(reader, 1):
        if not any(cell.strip() for cell in row):
            continue
        place = f"{path.name}, line {reader.line_num}"
        if n == 1 and row[0].strip().lower() in _TEXT and row[-1].strip().lower() in _LABEL:
            continue
        text, label = delimiter.join(row[:-1]).strip(), row[-1].strip()
        if not text or not label:
            notices.append(
                Notice(place, f"{place}: expected a text and a label, found {row!r:.60}; left out.")
            )
            continue
        texts.append(Labelled(place, text, label))
    return Corpus(path, source.digest, tuple(texts), tuple(notices))


def write(path: Path, texts: Iterable[Labelled]) -> None:
    """Write texts and labels so that `read` takes them back."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows((text.text, text.label) for text in texts)
