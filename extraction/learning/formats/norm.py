"""Two columns, the written and the meant word, with a blank line between texts.

A written word with an empty second column falls away. Columns are parted by a tab.
"""

from __future__ import annotations

from pathlib import Path

from extraction.learning.examples import Corpus, Notice, Respelt
from extraction.learning.formats.source import read_source


def read(path: Path) -> Corpus[Respelt]:
    """The texts of a file, word by word."""
    source = read_source(path)
    notices: list[Notice] = []
    texts: list[Respelt] = []
    words: list[tuple[str, str]] = []
    began = 1
    for n, line in enumerate([*source.text.split("\n"), ""], 1):
        if not line.strip():
            if words:
                texts.append(Respelt(f"{path.name}, line {began}", tuple(words)))
            words, began = [], n + 1
            continue
        written, tab, meant = line.partition("\t")
        if not tab:
            place = f"{path.name}, line {n}"
            notices.append(
                Notice(
                    place,
                    f"{place}: expected a written and a meant word with a tab between, found "
                    f"{line.strip()[:40]!r}; taken as it stands.",
                )
            )
            meant = written
        words.append((written.strip(), meant.strip()))
    return Corpus(path, source.digest, tuple(texts), tuple(notices))
