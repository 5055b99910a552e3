"""JSON lines with relations between character spans: `text` and `spo_list` of `h`, `t`, `relation`.

The entities have no classes of their own; the four relations of the industrial fault set imply
them (部件故障: a component and its fault; 性能故障: a performance and its fault; 组成: two
components; 检测工具: a tool and what it measures). Any other relation R names its ends `R:h` and
`R:t`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from extraction.learning.examples import Corpus, Example, Notice, Span, Tie, make_example
from extraction.learning.formats.source import list_in, read_entries, read_source

CLASSES = {
    "部件故障": ("部件单元", "故障状态"),
    "性能故障": ("性能表征", "故障状态"),
    "组成": ("部件单元", "部件单元"),
    "检测工具": ("检测工具", "性能表征"),
}


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
        spans: list[Span] = []
        ties: list[Tie] = []
        for n, triple in enumerate(list_in(entry, "spo_list")):
            ends = _ends(triple, text)
            if ends is None:
                notices.append(
                    Notice(
                        place,
                        f"{place}: relation {n} has a span outside of the text of {len(text)} "
                        "characters, or no name; left out.",
                    )
                )
                continue
            spans.extend(ends[:2])
            ties.append(Tie(len(spans) - 2, len(spans) - 1, ends[2]))
        examples.append(make_example(place, text, spans, ties))
    return Corpus(path, source.digest, tuple(examples), tuple(notices))


def _ends(triple: Any, text: str) -> tuple[Span, Span, str] | None:
    try:
        label = str(triple["relation"])
        classes = CLASSES.get(label, (f"{label}:h", f"{label}:t"))
        head, tail = (
            Span(int(triple[end]["pos"][0]), int(triple[end]["pos"][1]), name)
            for end, name in zip("ht", classes, strict=True)
        )
    except (KeyError, IndexError, TypeError, ValueError, OverflowError):
        return None
    inside = all(0 <= span.start < span.end <= len(text) for span in (head, tail))
    return (head, tail, label) if inside and label else None
