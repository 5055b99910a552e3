"""Sentences of both languages, with their places."""

from __future__ import annotations

import re

# A stop ends a sentence where a space or a Han text follows it; not after an abbreviation or in a
# number. A line break does not: paragraphs have been told apart before.
_END = re.compile(
    r"[。！？；](?=.)|(?<!\be\.g)(?<!\bi\.e)(?<!\bFig)(?<!\bNo)(?<!\bno)(?<!\bapprox)(?<!\bmax)"
    r"(?<!\bmin)(?<!\bca)(?<!\bvs)(?<!\bpos)(?<!\bfig)[.!?](?=\s+[\"'(]?[A-Z0-9\u3400-\u9fff])",
    re.DOTALL,
)


def sentences_of(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of the sentences of `text`, in order; white space between is left out."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        found.append((start, match.end()))
        start = match.end()
    found.append((start, len(text)))
    trimmed = []
    for begin, end in found:
        while begin < end and text[begin].isspace():
            begin += 1
        while end > begin and text[end - 1].isspace():
            end -= 1
        if begin < end:
            trimmed.append((begin, end))
    return trimmed
