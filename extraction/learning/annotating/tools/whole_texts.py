"""Exports in which a text has labels as a whole: what all tools share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extraction.learning.examples import Corpus, Labelled, Notice
from extraction.learning.formats.source import Source, read_entries


def is_label_list(labels: Any) -> bool:
    """Whether it is what a tool writes for labels of a whole text."""
    return isinstance(labels, list) and bool(labels) and all(isinstance(x, str) for x in labels)


def read_labels(
    source: Source, find: Callable[[dict[str, Any]], tuple[Any, Any]]
) -> Corpus[Labelled]:
    """Texts with exactly one label; the others are noticed. `find` gives text and label list."""
    notices: list[Notice] = []
    texts = []
    for place, entry in read_entries(source, notices):
        text, labels = find(entry)
        if not isinstance(text, str) or not text.strip():
            notices.append(Notice(place, f"{place}: has no text; left out."))
        elif not is_label_list(labels) or len(labels) != 1:
            notices.append(Notice(place, f"{place}: has not exactly one label; left out."))
        else:
            texts.append(Labelled(place, text, labels[0]))
    return Corpus(source.path, source.digest, tuple(texts), tuple(notices))
