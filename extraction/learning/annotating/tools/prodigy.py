"""prodigy: JSON lines with `tokens`, `spans`, `relations`, `answer`; choices as `accept`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from extraction.learning.annotating.judging import Judged
from extraction.learning.annotating.tools.whole_texts import read_labels
from extraction.learning.examples import Corpus, Example, Notice, Span, Tie, make_example
from extraction.learning.formats.source import Source, is_place, list_in, read_entries, read_source
from extraction.text.tokens import tokenize


def write(path: Path, judged: Sequence[Judged], task: str) -> None:
    """One text a line, for `ner.manual`, `rel.manual` and `choice`."""
    options = [{"id": label, "text": label} for label in sorted({str(j.label) for j in judged})]
    lines = []
    for one in judged:
        entry: dict[str, Any] = {"text": one.example.text, "meta": {"place": one.text.place}}
        if task == "classify":
            entry |= {"options": options, "accept": [one.label]}
        else:
            entry |= _marked(one.example)
        lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def read(path: Path) -> Corpus[Any]:
    """What was accepted; what was rejected or ignored is noticed and left out."""
    source = read_source(path)
    entries = list(read_entries(source, []))
    if entries and all("accept" in entry and "spans" not in entry for _, entry in entries):
        return read_labels(source, _choice)
    return _read_spans(source)


def _choice(entry: dict[str, Any]) -> tuple[Any, Any]:
    accepted = entry.get("answer", "accept") == "accept"
    return entry.get("text"), entry.get("accept") if accepted else None


def _marked(example: Example) -> dict[str, Any]:
    bounds = sorted(
        {at for start, end in tokenize(example.text).spans for at in (start, end)}
        | {at for span in example.spans for at in (span.start, span.end)}
    )
    # prodigy wants spans to begin and end with tokens: a span's edge cuts a token in two.
    tokens = [(start, end) for start, end in pairwise(bounds) if example.text[start:end].strip()]
    starts = {start: n for n, (start, _) in enumerate(tokens)}
    ends = {end: n for n, (_, end) in enumerate(tokens)}
    spans = [
        {
            "start": span.start,
            "end": span.end,
            "label": span.label,
            "token_start": starts[span.start],
            "token_end": ends[span.end],
        }
        for span in example.spans
        if span.start in starts and span.end in ends
    ]
    return {
        "tokens": [
            {
                "text": example.text[start:end],
                "start": start,
                "end": end,
                "id": n,
                "ws": example.text[end : end + 1].isspace(),
            }
            for n, (start, end) in enumerate(tokens)
        ],
        "spans": spans,
        "relations": [
            {
                "head": ends[example.spans[tie.source].end],
                "child": ends[example.spans[tie.target].end],
                "head_span": _place(example.spans[tie.source]),
                "child_span": _place(example.spans[tie.target]),
                "label": tie.label,
            }
            for tie in example.ties
            if example.spans[tie.source].end in ends and example.spans[tie.target].end in ends
        ],
    }


def _place(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "label": span.label}


def _read_spans(source: Source) -> Corpus[Example]:
    notices: list[Notice] = []
    examples = []
    for place, entry in read_entries(source, notices):
        text = entry.get("text")
        if not isinstance(text, str) or not text.strip():
            notices.append(Notice(place, f"{place}: has no text; left out."))
            continue
        if entry.get("answer", "accept") != "accept":
            notices.append(Notice(place, f"{place}: was not accepted in prodigy; left out."))
            continue
        spans: list[Span] = []
        for n, given in enumerate(list_in(entry, "spans")):
            span = _span(given, text)
            if span is None:
                notices.append(
                    Notice(
                        place,
                        f"{place}: span {n} is no labelled stretch of the text of {len(text)} "
                        "characters; left out.",
                    )
                )
            else:
                spans.append(span)
        ties = []
        for n, given in enumerate(list_in(entry, "relations")):
            tie = _tie(given, text, spans)
            if tie is None:
                message = f"{place}: relation {n} joins no two spans; left out."
                notices.append(Notice(place, message))
            else:
                ties.append(tie)
        examples.append(make_example(place, text, spans, ties))
    return Corpus(source.path, source.digest, tuple(examples), tuple(notices))


def _tie(given: Any, text: str, spans: list[Span]) -> Tie | None:
    if not isinstance(given, dict):
        return None
    head, child = _span(given.get("head_span"), text), _span(given.get("child_span"), text)
    label = given.get("label")
    if head not in spans or child not in spans or not isinstance(label, str) or not label:
        return None
    return Tie(spans.index(head), spans.index(child), label)


def _span(given: Any, text: str) -> Span | None:
    if not isinstance(given, dict):
        return None
    start, end, label = given.get("start"), given.get("end"), given.get("label")
    if not (is_place(start) and is_place(end) and isinstance(label, str) and label):
        return None
    inside = 0 <= start < end <= len(text) and bool(text[start:end].strip())
    return Span(start, end, label) if inside else None
