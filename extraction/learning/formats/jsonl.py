"""doccano's JSON lines: `text`, `entities` with offsets in characters, `relations` between ids.

Also its older form, `label` (or `labels`) as a list of [start, end, label].
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from extraction.learning.examples import Corpus, Example, Hint, Notice, Span, Tie, make_example
from extraction.learning.formats.source import is_place, list_in, read_entries, read_source


def read(path: Path) -> Corpus[Example]:
    """The texts of a file."""
    source = read_source(path)
    notices: list[Notice] = []
    examples = []
    for place, entry in read_entries(source, notices):
        text = entry.get("text")
        if not isinstance(text, str) or not text.strip():
            notices.append(Notice(place, f"{place}: has no text; left out."))
            continue
        examples.append(_example(place, text, entry, notices))
    return Corpus(path, source.digest, tuple(examples), tuple(notices))


def write(path: Path, examples: Iterable[Example]) -> None:
    """Write examples so that doccano and `read` take them back."""
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(entry_of(example), ensure_ascii=False) + "\n")


def entry_of(example: Example) -> dict[str, Any]:
    """One example as doccano writes it."""
    return {
        "text": example.text,
        "entities": [
            {"id": n, "label": s.label, "start_offset": s.start, "end_offset": s.end}
            for n, s in enumerate(example.spans)
        ],
        "relations": [
            {"id": n, "from_id": t.source, "to_id": t.target, "type": t.label}
            for n, t in enumerate(example.ties)
        ],
    }


def _example(place: str, text: str, entry: dict[str, Any], notices: list[Notice]) -> Example:
    spans: list[Span] = []
    places: dict[str | int, int] = {}
    for n, entity in enumerate(_entities(entry)):
        start, end, label = (entity.get(k) for k in ("start_offset", "end_offset", "label"))
        if not (_inside(start, end, text) and isinstance(label, str) and label):
            notices.append(
                Notice(
                    place,
                    f"{place}: entity {n} ({start} to {end}, {label!r}) is no labelled stretch of "
                    f"the text of {len(text)} characters; left out.",
                )
            )
            continue
        name = _name(entity.get("id", n))
        if name in places:
            notices.append(
                Notice(
                    place,
                    f"{place}: two entities bear the id {name!r}; relations are taken to mean the "
                    "first.",
                )
            )
        places.setdefault(name, len(spans))
        spans.append(Span(start, end, label))  # type: ignore[arg-type]
    ties = []
    for n, relation in enumerate(list_in(entry, "relations")):
        tie = _tie(relation, places)
        if tie is None:
            notices.append(Notice(place, f"{place}: relation {n} joins no two entities; left out."))
        else:
            ties.append(tie)
    hints = [
        Hint(str(t[0]), str(t[1]), str(t[2]))
        for t in list_in(entry, "triples")
        if isinstance(t, list) and len(t) == 3
    ]
    return make_example(place, text, spans, ties, None, hints)


def _entities(entry: dict[str, Any]) -> list[dict[str, Any]]:
    listed = entry.get("entities")
    if not isinstance(listed, list):
        listed = entry.get("label") or entry.get("labels") or []
    if not isinstance(listed, list):
        return []
    entities = []
    for thing in listed:
        if isinstance(thing, dict):
            entities.append(thing)
        elif isinstance(thing, list) and len(thing) == 3:
            entities.append(dict(zip(("start_offset", "end_offset", "label"), thing, strict=True)))
        else:
            entities.append({})
    return entities


def _inside(start: Any, end: Any, text: str) -> bool:
    return (
        is_place(start)
        and is_place(end)
        and 0 <= start < end <= len(text)
        and bool(text[start:end].strip())
    )


def _name(identity: Any) -> str | int:
    """An id as a key: tools write numbers or words."""
    return identity if isinstance(identity, str | int) else repr(identity)


def _tie(relation: Any, places: dict[str | int, int]) -> Tie | None:
    if not isinstance(relation, dict):
        return None
    source, target = (places.get(_name(relation.get(end))) for end in ("from_id", "to_id"))
    label = relation.get("type")
    if source is None or target is None or not isinstance(label, str) or not label:
        return None
    return Tie(source, target, label)
