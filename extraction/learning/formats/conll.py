"""Two columns, a token and its label, with a blank line between texts; labels by IOB2 (or IOBES).

The first column is the token and the last the label; columns are parted by a tab or by spaces.
"""

from __future__ import annotations

from pathlib import Path

from extraction.learning.examples import Corpus, Example, Notice, Span, make_example
from extraction.learning.formats.maintie import join_tokens
from extraction.learning.formats.source import read_source


def read(path: Path) -> Corpus[Example]:
    """The texts of a file."""
    source = read_source(path)
    notices: list[Notice] = []
    examples: list[Example] = []
    words: list[str] = []
    labels: list[str] = []
    began = 1
    for n, line in enumerate([*source.text.split("\n"), ""], 1):
        columns = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or line.startswith("-DOCSTART-"):
            if words:
                examples.append(_example(f"{path.name}, line {began}", words, labels))
            words, labels, began = [], [], n + 1
            continue
        label = columns[-1].strip()
        if len(columns) < 2 or not _is_label(label):
            notices.append(
                Notice(
                    f"{path.name}, line {n}",
                    f"{path.name}, line {n}: expected a token and a label such as B-Item or O, "
                    f"found {line.strip()[:40]!r}; read as outside of every span.",
                )
            )
            label = "O"
        words.append(columns[0].strip() or "_")
        labels.append(label)
    return Corpus(path, source.digest, tuple(examples), tuple(notices))


def _is_label(label: str) -> bool:
    return label == "O" or (len(label) > 2 and label[0] in "BIESLU" and label[1] in "-_")


def _example(place: str, words: list[str], labels: list[str]) -> Example:
    text, tokens = join_tokens(words)
    spans: list[Span] = []
    start: int | None = None
    open_label = ""
    for n, label in enumerate([*labels, "O"]):
        mark, name = (label[0], label[2:]) if label != "O" else ("O", "")
        if start is not None and (mark in "OBSU" or name != open_label):
            spans.append(Span(tokens[start][0], tokens[n - 1][1], open_label))
            start = None
        if mark != "O" and start is None:
            start, open_label = n, name
    return make_example(place, text, spans, (), tokens)
