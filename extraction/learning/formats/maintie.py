"""MaintIE's JSON: texts as tokens, entities as token ranges, relations between entity numbers.

Labels are paths such as `PhysicalObject/SensingObject`. Entities keep the first `level` steps,
relations the last step. Machine-made files give `triples` by words instead; these become hints.
Source of the format: Bikaun et al., MaintIE (LREC-COLING 2024), its published files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from extraction.learning.examples import (
    Corpus,
    Example,
    Hint,
    Notice,
    Span,
    Tie,
    make_example,
)
from extraction.learning.formats.source import is_place, list_in, read_entries, read_source


def read(path: Path, level: int = 1) -> Corpus[Example]:
    """The texts of a file; `level`: how many steps of an entity's label count."""
    source = read_source(path)
    notices: list[Notice] = []
    examples = [
        example
        for place, entry in read_entries(source, notices)
        if (example := _example(place, entry, level, notices)) is not None
    ]
    return Corpus(path, source.digest, tuple(examples), tuple(notices))


def _example(
    place: str, entry: dict[str, Any], level: int, notices: list[Notice]
) -> Example | None:
    words = entry.get("tokens")
    if not isinstance(words, list):
        words = str(entry.get("text", "")).split()
    words = [str(word) for word in words]
    if not words:
        notices.append(Notice(place, f"{place}: has neither tokens nor a text; left out."))
        return None
    text, tokens = join_tokens(words)
    spans: list[Span] = []
    kept: dict[int, int] = {}
    for n, entity in enumerate(_objects(entry, "entities")):
        start, end = entity.get("start"), entity.get("end")
        label = str(entity.get("type", "")).strip("/")
        if not (is_place(start) and is_place(end) and 0 <= start < end <= len(words) and label):
            notices.append(
                Notice(
                    place,
                    f"{place}: entity {n} ({start} to {end}, {label or 'no type'}) is no range of "
                    f"the {len(words)} tokens with a type; left out.",
                )
            )
            continue
        kept[n] = len(spans)
        spans.append(Span(tokens[start][0], tokens[end - 1][1], "/".join(label.split("/")[:level])))
    ties = []
    for n, relation in enumerate(_objects(entry, "relations")):
        head, tail = relation.get("head"), relation.get("tail")
        label = str(relation.get("type", "")).strip("/").rpartition("/")[2]
        if is_place(head) and is_place(tail) and head in kept and tail in kept and label:
            ties.append(Tie(kept[head], kept[tail], label))
        else:
            notices.append(
                Notice(
                    place,
                    f"{place}: relation {n} ({head} to {tail}) joins no two entities; left out.",
                )
            )
    hints = [
        Hint(str(triple[0]).rpartition("/")[2], str(triple[1]), str(triple[2]))
        for triple in list_in(entry, "triples")
        if isinstance(triple, list) and len(triple) == 3
    ]
    return make_example(place, text, spans, ties, tokens, hints)


def _objects(entry: dict[str, Any], name: str) -> list[dict[str, Any]]:
    listed = entry.get(name)
    if not isinstance(listed, list):
        return []
    return [thing if isinstance(thing, dict) else {} for thing in listed]


def join_tokens(words: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Words joined by spaces, with the character range of each."""
    tokens = []
    at = 0
    for word in words:
        tokens.append((at, at + len(word)))
        at += len(word) + 1
    return " ".join(words), tuple(tokens)
