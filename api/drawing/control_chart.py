"""A control chart: points with centre and limits, those out of control in red."""

from __future__ import annotations

from api.drawing.canvas import BLUE, GREY, INK, RED, Canvas, fitted
from kg.traceability.spc import RULES, Controlled, Panel

_WIDTH, _HEIGHT, _LEFT, _RIGHT = 960.0, 250.0, 70.0, 80.0


def draw_control_chart(controlled: Controlled, language: str) -> str:
    """The panels one above the other, as SVG."""
    zh = language == "zh"
    title = controlled.characteristic.zh if zh else controlled.characteristic.en
    panels = controlled.chart.panels
    canvas = Canvas(_WIDTH, 50 + _HEIGHT * len(panels), title)
    canvas.text(_LEFT, 26, fitted(title, 16, _WIDTH - _LEFT - 20), 16, bold=True)
    for k, panel in enumerate(panels):
        _panel(canvas, panel, 50 + k * _HEIGHT, zh)
    return canvas.to_text()


def _panel(canvas: Canvas, panel: Panel, top: float, zh: bool) -> None:
    points = panel.points
    if not points:
        return
    height = _HEIGHT - 60
    known = [p.value for p in points]
    known += [x for p in points for x in (p.lower, p.upper, p.centre) if x is not None]
    low, high = min(known), max(known)
    margin = (high - low) * 0.06 or 1.0
    low, high = low - margin, high + margin
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(points) - 1)

    def x(i: float) -> float:
        return _LEFT + i * step

    def y(value: float) -> float:
        return top + height * (1 - (value - low) / (high - low)) + 10

    canvas.text(12, top + 20, panel.name, 14, bold=True)
    last = points[-1]
    for value, colour, dash, name in (
        (last.upper, RED, "5 4", "UCL"), (last.centre, GREY, "", "CL"),
        (last.lower, RED, "5 4", "LCL"),
    ):  # fmt: skip
        if value is None:
            continue
        levels: list[float | None] = [
            p.centre if name == "CL" else p.upper if name == "UCL" else p.lower for p in points
        ]
        steps: list[tuple[float, float]] = []
        for i, level in enumerate(levels):
            if level is not None:
                half = step / 2
                steps += [(max(_LEFT, x(i) - half), y(level)),
                          (min(_WIDTH - _RIGHT, x(i) + half), y(level))]  # fmt: skip
        canvas.path(steps, colour, dash=dash)
        canvas.text(_WIDTH - _RIGHT + 6, y(value) + 4, f"{name} {value:.4g}", 11, colour=colour)
    canvas.path([(x(i), y(p.value)) for i, p in enumerate(points)], BLUE)
    radius = 3.0 if len(points) <= 120 else 1.6
    for i, p in enumerate(points):
        why = "; ".join((RULES[s].label.zh if zh else RULES[s].label.en) for s in p.signals)
        hint = f"{p.label}: {p.value:.5g}" + (f" ({why})" if why else "")
        canvas.dot(x(i), y(p.value), RED if p.signals else BLUE,
                   radius + (1.5 if p.signals else 0), hint)  # fmt: skip
    every = max(1, len(points) // 12)
    for i in range(0, len(points), every):
        text = fitted(points[i].label, 10, every * step - 4)
        canvas.text(x(i), top + height + 28, text, 10, anchor="middle", colour=INK)
