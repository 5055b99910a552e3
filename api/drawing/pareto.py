"""A Pareto chart: bars by size, and the share that they make together."""

from __future__ import annotations

from collections.abc import Sequence

from api.drawing.canvas import BLUE, GREY, INK, RED, Canvas, wrapped
from kg.traceability.commonality import CommonCauses

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM = 960.0, 460.0, 60.0, 60.0, 90.0


def draw_pareto(title: str, bars: Sequence[tuple[str, float]], *, most: int = 12) -> str:
    """Bars in order of size as SVG; what is beyond `most` is drawn together as the last."""
    ordered = sorted((b for b in bars if b[1] > 0), key=lambda b: (-b[1], b[0]))
    if len(ordered) > most:
        rest = sum(v for _, v in ordered[most - 1 :])
        ordered = [*ordered[: most - 1], ("…", rest)]
    canvas = Canvas(_WIDTH, _HEIGHT, title)
    canvas.text(_LEFT, 28, title, 16, bold=True)
    total = sum(v for _, v in ordered)
    if not total:
        return canvas.to_text()
    top, bottom = 50.0, _HEIGHT - _BOTTOM
    slot = (_WIDTH - _LEFT - _RIGHT) / len(ordered)
    canvas.line(_LEFT, bottom, _WIDTH - _RIGHT, bottom, GREY)
    for percent in (0, 20, 40, 60, 80, 100):
        y = bottom - (bottom - top) * percent / 100
        canvas.line(_LEFT, y, _WIDTH - _RIGHT, y, "#e4e7eb")
        canvas.text(_WIDTH - _RIGHT + 6, y + 4, f"{percent} %", 11, colour=RED)
        canvas.text(_LEFT - 6, y + 4, f"{total * percent / 100:.3g}", 11, anchor="end", colour=GREY)
    sum_so_far = 0.0
    line: list[tuple[float, float]] = []
    for i, (label, value) in enumerate(ordered):
        height = (bottom - top) * value / total
        x = _LEFT + i * slot
        canvas.box(
            x + slot * 0.12, bottom - height, slot * 0.76, height, BLUE, f"{label}: {value:g}"
        )
        canvas.text(x + slot / 2, bottom - height - 5, f"{value:g}", 11, anchor="middle")
        for k, text in enumerate(wrapped(label, 11, slot - 4, 4)):
            canvas.text(x + slot / 2, bottom + 16 + 14 * k, text, 11, anchor="middle", colour=INK)
        sum_so_far += value
        line.append((x + slot / 2, bottom - (bottom - top) * sum_so_far / total))
    canvas.path(line, RED)
    for x, y in line:
        canvas.dot(x, y, RED)
    return canvas.to_text()


def bars_of(found: CommonCauses, language: str) -> list[tuple[str, float]]:
    """The bad units by the first cause found that each has, and those with none.

    Where no cause was found, those with each of the strongest factors.
    """
    zh = language == "zh"
    if found.causes:
        bars = [
            (c.factor.label.zh if zh else c.factor.label.en, float(c.newly)) for c in found.causes
        ]
        rest = "均不涉及" if zh else "none of these"
        return [*bars, (rest, float(found.bad - found.explained))]
    return [
        (r.factor.label.zh if zh else r.factor.label.en, float(r.exposed_bad))
        for r in found.ranking[:10]
    ]
