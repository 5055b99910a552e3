"""Drawings of a trace: the flow of material as a Sankey diagram, and its events as a timeline."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime

from api.drawing.canvas import BLUE, GREEN, GREY, INK, RED, Canvas, fitted
from kg.model.keys import kind_of
from kg.traceability.results import Trace, TraceNode

_PER_LEVEL = 24  # more are drawn as one bar for each class
_COLUMN, _BAR, _TOP = 230.0, 14.0, 60.0
_ROW = 26.0
_MOST_EVENTS = 80
_COLOURS = {
    "unit": BLUE, "lot": GREEN, "container": "#b7791f", "op": GREY, "traceevent": GREY,
    "supplier": "#6b46c1", "customer": RED, "shipment": "#2c7a7b",
}  # fmt: skip


def draw_flow(trace: Trace, language: str) -> str:
    """The trace from left (where it comes from) to right (where it went), as SVG.

    The width of a band is the number of statements in it. A level of many things is drawn by
    class, with how many there are.
    """
    zh = language == "zh"
    start = ", ".join(n.label.zh if zh else n.label.en for n in trace.start)
    places, bars = _bars(trace, zh)
    levels = sorted({level for level, _ in bars})
    column = {level: i for i, level in enumerate(levels)}
    rows = Counter(level for level, _ in bars)
    height = _TOP + _ROW * max(rows.values(), default=1) + 40
    canvas = Canvas(_COLUMN * max(1, len(levels)) + 60, height, start)
    canvas.text(20, 28, fitted(start, 16, canvas.width - 40), 16, bold=True)
    seen: dict[int, int] = defaultdict(int)
    at: dict[tuple[int, str], tuple[float, float]] = {}
    for bar in sorted(bars, key=lambda b: (b[0], b[1])):
        level = bar[0]
        at[bar] = (20 + column[level] * _COLUMN, _TOP + seen[level] * _ROW)
        seen[level] += 1
    bands = Counter(
        (places[e.source], places[e.target])
        for e in trace.edges
        if e.source in places and e.target in places and places[e.source] != places[e.target]
    )
    for (source, target), count in sorted(bands.items()):
        x1, y1 = at[source]
        x2, y2 = at[target]
        canvas.ribbon(x1 + _BAR, y1 + 8, x2, y2 + 8, GREY, width=min(16.0, 1.0 + count**0.5))
    for bar, (name, kind, hint) in bars.items():
        x, y = at[bar]
        canvas.box(x, y, _BAR, 16, _COLOURS.get(kind, INK), hint)
        canvas.text(x + _BAR + 5, y + 12, fitted(name, 11, _COLUMN - _BAR - 20), 11)
    return canvas.to_text()


def _bars(
    trace: Trace, zh: bool
) -> tuple[dict[str, tuple[int, str]], dict[tuple[int, str], tuple[str, str, str]]]:
    by_level: dict[int, list[TraceNode]] = defaultdict(list)
    for node in trace.nodes:
        by_level[node.level].append(node)
    places: dict[str, tuple[int, str]] = {}
    bars: dict[tuple[int, str], tuple[str, str, str]] = {}
    for level, nodes in by_level.items():
        if len(nodes) <= _PER_LEVEL:
            for node in nodes:
                key, label = node.named.key, node.named.label
                places[key] = (level, key)
                bars[level, key] = (label.zh if zh else label.en, kind_of(key), key)
            continue
        counts = Counter(node.named.cls for node in nodes)
        for node in nodes:
            places[node.named.key] = (level, node.named.cls)
        for cls, count in counts.items():
            examples = [n.named.key for n in nodes if n.named.cls == cls]
            bars[level, cls] = (f"{count:,} × {cls}", kind_of(examples[0]), " ".join(examples[:8]))
    return places, bars


def draw_events(trace: Trace, language: str) -> str:
    """The events of a trace in their order on an axis of time, as SVG."""
    zh = language == "zh"
    start = ", ".join(n.label.zh if zh else n.label.en for n in trace.start)
    events = [
        (_moment(node.started), _moment(node.ended or node.started), node)
        for node in trace.nodes
        if node.started is not None
    ]
    events.sort(key=lambda e: (e[0], e[2].named.key))
    more = len(events) - _MOST_EVENTS
    events = events[:_MOST_EVENTS]
    canvas = Canvas(1000, _TOP + _ROW * max(1, len(events)) + 50, start)
    canvas.text(20, 28, fitted(start, 16, 900), 16, bold=True)
    if not events:
        canvas.text(20, _TOP + 12, "无带时间的事件" if zh else "No event has a time.", 12)
        return canvas.to_text()
    first = events[0][0]
    span = max((e[1] - first for e in events), default=0.0) or 1.0

    def x(moment: float) -> float:
        return 330 + 640 * (moment - first) / span

    bottom = _TOP + _ROW * len(events)
    canvas.line(330, bottom + 4, 970, bottom + 4, GREY)
    for share in (0.0, 0.5, 1.0):
        told = datetime.fromtimestamp(first + share * span, UTC)
        text = told.strftime("%Y-%m-%d %H:%M UTC")
        anchor = {0.0: "start", 0.5: "middle", 1.0: "end"}[share]
        canvas.text(330 + 640 * share, bottom + 22, text, 10, anchor=anchor, colour=GREY)
    for row, (began, ended, node) in enumerate(events):
        y = _TOP + row * _ROW
        label = node.named.label.zh if zh else node.named.label.en
        canvas.text(320, y + 12, fitted(label, 11, 290), 11, anchor="end")
        width = max(3.0, x(ended) - x(began))
        hint = f"{node.started} {node.ended or ''}".strip()
        colour = _COLOURS.get(kind_of(node.named.key), INK)
        canvas.box(x(began), y + 3, width, 11, colour, hint)
    if more > 0:
        text = f"另有{more}项" if zh else f"{more} more"
        canvas.text(20, bottom + 40, text, 11, colour=GREY)
    return canvas.to_text()


def _moment(text: str | None) -> float:
    return datetime.fromisoformat(text or "1970-01-01T00:00:00+00:00").timestamp()
