"""doccano: JSON lines. Spans as `entities` and `relations`, a label of the whole as `label`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extraction.learning.annotating.judging import Judged
from extraction.learning.annotating.tools.whole_texts import is_label_list, read_labels
from extraction.learning.examples import Corpus
from extraction.learning.formats import jsonl
from extraction.learning.formats.source import read_entries, read_source


def write(path: Path, judged: Sequence[Judged], task: str) -> None:
    """One text a line; `place` says where it came from."""
    lines = []
    for one in judged:
        entry: dict[str, Any] = {"text": one.example.text}
        if task == "classify":
            entry["label"] = [one.label]
        else:
            entry |= jsonl.entry_of(one.example)
        lines.append(json.dumps(entry | {"place": one.text.place}, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def read(path: Path) -> Corpus[Any]:
    """doccano's export, of either kind of project."""
    source = read_source(path)
    entries = list(read_entries(source, []))
    if entries and all(is_label_list(entry.get("label")) for _, entry in entries):
        return read_labels(source, lambda entry: (entry.get("text"), entry["label"]))
    return jsonl.read(path)
