"""Two columns for any editor: token and IOB2 label. Of nested spans the longest is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extraction.learning.annotating.judging import Judged
from extraction.learning.examples import Corpus, Example, Span
from extraction.learning.formats import conll
from extraction.text.tokens import tokenize
from kg.model.errors import BadInput


def write(path: Path, judged: Sequence[Judged], task: str) -> None:
    """A line per token and a blank line between texts."""
    if task == "classify":
        raise BadInput("conll has no labels of whole texts; write for doccano, for example.")
    blocks = ["\n".join(_lines(one.example)) + "\n" for one in judged]
    path.write_text("\n".join(blocks), encoding="utf-8")


def read(path: Path) -> Corpus[Any]:
    """The labelled tokens, joined by spaces."""
    return conll.read(path)


def _lines(example: Example) -> list[str]:
    spans = sorted(example.spans, key=lambda s: (s.start, s.start - s.end))
    flat: list[Span] = []
    for span in spans:
        if not flat or span.start >= flat[-1].end:
            flat.append(span)
    lines = []
    for start, end in tokenize(example.text).spans:
        token = example.text[start:end].strip()
        if not token:
            continue
        over = next((s for s in flat if s.start < end and s.end > start), None)
        mark = "O" if over is None else f"{'B' if start <= over.start else 'I'}-{over.label}"
        lines.append(f"{token}\t{mark}")
    return lines
