"""Label Studio: a JSON list of tasks, the first labelling as `predictions`, people's `annotations`.

Made for a labelling configuration with `<Text name="text" value="$text"/>` and
`<Labels name="label" toName="text">` (or `<Choices name="label" toName="text">`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extraction.learning.annotating.judging import Judged
from extraction.learning.annotating.tools.whole_texts import read_labels
from extraction.learning.examples import Corpus, Example, Notice, Span, Tie, make_example
from extraction.learning.formats.source import Source, is_place, list_in, read_entries, read_source


def write(path: Path, judged: Sequence[Judged], task: str) -> None:
    """A list of tasks with one prediction each."""
    tasks = [
        {
            "data": {"text": one.example.text, "place": one.text.place},
            "predictions": [
                {
                    "model_version": "gemba",
                    "result": _choices(one) if task == "classify" else _results(one),
                }
            ],
        }
        for one in judged
    ]
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")


def read(path: Path) -> Corpus[Any]:
    """An export in the full JSON format; a task's last annotation that was not cancelled counts."""
    source = read_source(path)
    entries = [entry for _, entry in read_entries(source, [])]
    kinds = {str(r.get("type")) for entry in entries for r in _chosen(entry) or ()}
    if "choices" in kinds and "labels" not in kinds:
        return read_labels(source, _choice)
    return _read_spans(source)


def _results(one: Judged) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for n, span in enumerate(one.example.spans):
        result: dict[str, Any] = {
            "id": f"s{n}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": span.start,
                "end": span.end,
                "text": one.example.text[span.start : span.end],
                "labels": [span.label],
            },
        }
        if one.scores:
            result["score"] = round(one.scores[n], 4)
        results.append(result)
    results += [
        {
            "type": "relation",
            "from_id": f"s{tie.source}",
            "to_id": f"s{tie.target}",
            "direction": "right",
            "labels": [tie.label],
        }
        for tie in one.example.ties
    ]
    return results


def _choices(one: Judged) -> list[dict[str, Any]]:
    return [
        {
            "id": "c0",
            "from_name": "label",
            "to_name": "text",
            "type": "choices",
            "value": {"choices": [one.label]},
        }
    ]


def _chosen(entry: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The results of the annotation that counts; None where nobody annotated the task."""
    given = list_in(entry, "annotations") or list_in(entry, "completions")
    kept = [a for a in given if isinstance(a, dict) and not a.get("was_cancelled")]
    if not kept:
        return None
    return [result for result in list_in(kept[-1], "result") if isinstance(result, dict)]


def _text(entry: dict[str, Any]) -> Any:
    data = entry.get("data")
    return data.get("text") if isinstance(data, dict) else None


def _choice(entry: dict[str, Any]) -> tuple[Any, Any]:
    chosen = [r for r in _chosen(entry) or () if r.get("type") == "choices"]
    return _text(entry), _value(chosen[0]).get("choices") if chosen else None


def _value(result: dict[str, Any]) -> dict[str, Any]:
    value = result.get("value")
    return value if isinstance(value, dict) else {}


def _read_spans(source: Source) -> Corpus[Example]:
    notices: list[Notice] = []
    examples = []
    for place, entry in read_entries(source, notices):
        text, results = _text(entry), _chosen(entry)
        if not isinstance(text, str) or not text.strip():
            notices.append(Notice(place, f"{place}: has no data.text; left out."))
            continue
        if results is None:
            notices.append(
                Notice(
                    place,
                    f"{place}: has no annotation (label it in Label Studio, then export as JSON, "
                    "not JSON-MIN); left out.",
                )
            )
            continue
        examples.append(_example(place, text, results, notices))
    return Corpus(source.path, source.digest, tuple(examples), tuple(notices))


def _example(
    place: str, text: str, results: list[dict[str, Any]], notices: list[Notice]
) -> Example:
    spans: list[Span] = []
    places: dict[str, int] = {}
    for n, result in enumerate(results):
        if result.get("type") == "relation":
            continue
        found = _spans(_value(result), text)
        if not found:
            notices.append(
                Notice(
                    place,
                    f"{place}: result {n} is no labelled stretch of the text of {len(text)} "
                    "characters; left out.",
                )
            )
            continue
        places[str(result.get("id", n))] = len(spans)
        spans += found
    ties = []
    for n, result in enumerate(results):
        if result.get("type") != "relation":
            continue
        head, tail = places.get(str(result.get("from_id"))), places.get(str(result.get("to_id")))
        labels = [label for label in list_in(result, "labels") if isinstance(label, str)]
        if head is None or tail is None or not labels:
            message = f"{place}: relation {n} has no label or joins no two spans; left out."
            notices.append(Notice(place, message))
            continue
        if result.get("direction") == "left":
            head, tail = tail, head
        ties += [Tie(head, tail, label) for label in labels]
    return make_example(place, text, spans, ties)


def _spans(value: dict[str, Any], text: str) -> list[Span]:
    start, end = value.get("start"), value.get("end")
    labels = [label for label in list_in(value, "labels") if isinstance(label, str) and label]
    if not is_place(start) or not is_place(end):
        return []
    quoted = value.get("text")
    if isinstance(quoted, str) and 0 <= start < end and text[start:end] != quoted:
        # A page in a browser counts characters beyond the basic plane twice.
        wide = text.encode("utf-16-le")
        before = len(wide[: 2 * start].decode("utf-16-le", "replace"))
        inner = len(wide[2 * start : 2 * end].decode("utf-16-le", "replace"))
        if text[before : before + inner] != quoted:
            return []
        start, end = before, before + inner
    if not (0 <= start < end <= len(text) and text[start:end].strip()):
        return []
    return [Span(start, end, label) for label in labels]
