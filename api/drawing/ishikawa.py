"""The fishbone of the six Ms (Ishikawa): which factors speak for each, the proven ones in red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.drawing.canvas import GREY, INK, RED, Canvas, fitted, wrapped
from kg.traceability.commonality import CommonCauses
from kg.traceability.commonality.wording import FACETS

_WIDTH, _HEIGHT, _SPINE, _HEAD = 1080.0, 560.0, 290.0, 210.0
_PER_BONE = 4


@dataclass(frozen=True, slots=True)
class Bone:
    """A factor on a bone: red where it is shown to be a cause, else a hint."""

    label: str
    is_shown: bool


def draw_ishikawa(found: CommonCauses, problem: str, language: str) -> str:
    """The causes found, and of the other factors the strongest of each facet, as SVG."""
    canvas = Canvas(_WIDTH, _HEIGHT, problem)
    right = _WIDTH - _HEAD - 20
    canvas.line(30, _SPINE, right, _SPINE, INK, width=3)
    canvas.box(right, _SPINE - 48, _HEAD, 96, "#f3d9d4")
    lines = wrapped(problem, 14, _HEAD - 20, 4)
    for k, text in enumerate(lines):
        y = _SPINE + 5 + (k - (len(lines) - 1) / 2) * 19
        canvas.text(right + _HEAD / 2, y, text, 14, anchor="middle", bold=True)
    slot = (right - 60) / 3
    for i, facet in enumerate(FACETS):
        up = -1 if i < 3 else 1
        foot = 60 + slot * (i % 3 + 1) - 20
        tip = foot - 70
        end = _SPINE + up * 210
        canvas.line(tip, end, foot, _SPINE, INK, width=2)
        name = FACETS[facet].zh if language == "zh" else FACETS[facet].en
        canvas.text(tip, end + (-12 if up < 0 else 24), name, 15, anchor="middle", bold=True)
        _bones(canvas, bones_of(found, facet, language), tip, end, foot, slot)
    legend = "红色：已证明的原因；灰色：仅为线索" if language == "zh" else \
        "red: beyond chance; grey: only the strongest hints"  # fmt: skip
    canvas.text(30, _HEIGHT - 12, legend, 11, colour=GREY)
    return canvas.to_text()


def bones_of(found: CommonCauses, facet: str, language: str) -> list[Bone]:
    """Causes of a facet, then the strongest other factors of it; inspection stands by itself."""
    causes = [c.factor for c in found.causes if c.factor.facet == facet]
    hints = [r.factor for r in found.ranking if r.factor.facet == facet and r.p < 0.05]
    if facet == "measurement":
        hints += [r.factor for r in found.inspection if r.q_bh <= 0.05]
    bones: dict[str, bool] = {}
    for factor, is_shown in [*((c, True) for c in causes), *((h, False) for h in hints)]:
        label = factor.label.zh if language == "zh" else factor.label.en
        same_column = any(c.column == factor.column and c.kind == "band" for c in causes)
        if label not in bones and (is_shown or not same_column):
            bones[label] = is_shown
    return [Bone(label, is_shown) for label, is_shown in list(bones.items())[:_PER_BONE]]


def _bones(
    canvas: Canvas, bones: Sequence[Bone], tip: float, end: float, foot: float, slot: float
) -> None:
    for k, bone in enumerate(bones):
        part = 0.14 + 0.2 * k
        x = tip + (foot - tip) * part
        y = end + (_SPINE - end) * part
        start = x - slot + 92
        colour = RED if bone.is_shown else GREY
        canvas.line(start, y, x, y, colour)
        text = fitted(bone.label, 11, x - start - 2)
        canvas.text(start, y - 4, text, 11, colour=RED if bone.is_shown else INK)
