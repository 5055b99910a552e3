"""Small labelled corpora made by a grammar, so that tests know what can be learnt."""

from __future__ import annotations

import random

from extraction.learning.examples import Example, Hint, Span, Tie, make_example

PARTS = ("pump", "valve", "motor", "brake", "hose", "filter", "fan", "belt")
KINDS = ("oil", "park", "drive", "water")
FAULTS = ("leaking", "broken", "worn", "noisy", "not working")
JOBS = ("replace", "repair", "inspect", "change out")


def labelled(count: int, seed: int = 0) -> list[Example]:
    """English work orders with nested parts (`park brake` holds `brake`) and ties."""
    chance = random.Random(seed)
    return [_work_order(chance, n) for n in range(count)]


def _work_order(chance: random.Random, n: int) -> Example:
    pieces: list[tuple[str, str | None]] = []
    head = chance.choice(PARTS)
    part = f"{chance.choice(KINDS)} {head}" if chance.random() < 0.5 else head
    job = chance.choice(JOBS) if chance.random() < 0.6 else None
    fault = chance.choice(FAULTS) if job is None or chance.random() < 0.4 else None
    if job:
        pieces.append((job, "Activity"))
    pieces.append((part, "Part"))
    if fault:
        pieces.append((fault, "State"))
    if chance.random() < 0.3:
        pieces.append(("today", None))
    text, spans = "", []
    for words, label in pieces:
        text += " " if text else ""
        if label:
            spans.append(Span(len(text), len(text) + len(words), label))
        text += words
    whole = next(span for span in spans if span.label == "Part")
    ties = [(spans.index(s), spans.index(whole), "of") for s in spans if s.label != "Part"]
    if part != head:
        spans.append(Span(whole.end - len(head), whole.end, "Part"))
        ties.append((spans.index(whole), len(spans) - 1, "isA"))
    return make_example(f"made, text {n}", text, spans, [Tie(*tie) for tie in ties])


def chinese(count: int, seed: int = 0) -> list[Example]:
    """Chinese reports: a component and its fault."""
    chance = random.Random(seed)
    found = []
    for n in range(count):
        part = chance.choice(("机油泵", "曲轴", "水泵", "轴承", "皮带", "减震器"))
        fault = chance.choice(("磨损", "漏油", "断裂", "异响", "松动"))
        before = chance.choice(("经检查发现", "", "试车后", "故障原因是"))
        after = chance.choice(("。", "，更换后排除。", ""))
        text = f"{before}{part}{fault}{after}"
        at = len(before)
        spans = [
            Span(at, at + len(part), "部件"),
            Span(at + len(part), at + len(part) + len(fault), "故障"),
        ]
        found.append(make_example(f"made, text {n}", text, spans, [Tie(0, 1, "有")]))
    return found


def hinted(example: Example) -> Example:
    """The same text with hints by words in place of labels."""
    hints = [
        Hint(
            tie.label,
            example.text[example.spans[tie.source].start : example.spans[tie.source].end],
            example.text[example.spans[tie.target].start : example.spans[tie.target].end],
        )
        for tie in example.ties
    ]
    return Example(example.name, example.text, hints=tuple(hints))
