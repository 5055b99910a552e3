"""Unlabelled texts: one a line."""

from __future__ import annotations

from pathlib import Path

from extraction.learning.examples import Corpus, Example
from extraction.learning.formats.source import read_source

SUFFIXES = {".txt", ".text", ".lst"}


def read(path: Path) -> Corpus[Example]:
    """The lines of a file that are not blank."""
    source = read_source(path)
    lines = enumerate(source.text.split("\n"), 1)
    examples = [
        Example(f"{path.name}, line {n}", line.strip()) for n, line in lines if line.strip()
    ]
    return Corpus(path, source.digest, tuple(examples))
