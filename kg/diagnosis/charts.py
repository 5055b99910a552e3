"""Pictures of reliability as SVG: a Pareto of modes, and a Weibull curve with its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import exp, log

from kg.diagnosis.lifetimes import Weibull
from kg.diagnosis.reliability import ModeShare

_BAR, _LINE = "#1f6feb", "#d29922"


def draw_pareto(shares: Sequence[ModeShare], *, language: str = "en") -> str:
    """Bars of failures, most first, with the cumulative share as a line."""
    width, row, left = 640, 24, 220
    height = row * max(1, len(shares)) + 30
    most = max((s.failures for s in shares), default=1)
    parts = [_open(width, height)]
    points: list[str] = []
    for i, share in enumerate(shares):
        y = 10 + i * row
        label = share.named.label.zh if language == "zh" else share.named.label.en
        length = round(share.failures / most * (width - left - 60), 1)
        parts.append(
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(label[:34])}</text>'
            f'<rect x="{left}" y="{y + 2}" width="{length}" height="{row - 8}" fill="{_BAR}"/>'
            f'<text x="{left + length + 6}" y="{y + 14}">{share.failures}</text>'
        )
        x = round(left + share.cumulative * (width - left - 60), 1)
        points.append(f"{x},{y + row // 2}")
    parts.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{_LINE}"/>')
    return "".join([*parts, "</svg>\n"])


def draw_weibull(fit: Weibull, *, language: str = "en") -> str:
    """The share that has failed by an age, with the curves of the outermost parameters."""
    width, height, left, base = 520, 320, 50, 280
    longest = fit.scale_days * 2.5

    def path(shape: float, scale: float) -> str:
        points = []
        for step in range(61):
            days = longest * step / 60
            failed = 0.0
            if days > 0 and scale > 0:
                failed = 1 - exp(-exp(min(50.0, shape * log(days / scale))))
            points.append(f"{left + step * 7.5:.1f},{base - failed * 250:.1f}")
        return " ".join(points)

    edges = [
        (shape, scale)
        for shape in (fit.shape_low, fit.shape_high)
        for scale in (fit.scale_low_days, fit.scale_high_days)
    ]
    parts = [_open(width, height)]
    parts += [
        f'<polyline points="{path(shape, scale)}" fill="none" stroke="#ccc"/>'
        for shape, scale in edges
        if shape > 0
    ]
    parts.append(
        f'<polyline points="{path(fit.shape, fit.scale_days)}" fill="none" stroke="{_BAR}"/>'
        f'<path d="M{left} 30V{base}H{left + 450}" stroke="#333" fill="none"/>'
    )
    for share in (0, 50, 100):
        parts.append(
            f'<text x="{left - 6}" y="{base - share * 2.5 + 4}" text-anchor="end">{share} %</text>'
        )
    for step in (0, 20, 40, 60):
        days = longest * step / 60
        parts.append(
            f'<text x="{left + step * 7.5}" y="{base + 16}" text-anchor="middle">{days:.0f}</text>'
        )
    words = (
        f"形状 {fit.shape:.2f}（{fit.shape_low:.2f}–{fit.shape_high:.2f}），"
        f"尺度 {fit.scale_days:.0f} 天，{fit.failures} 次失效"
        if language == "zh"
        else f"shape {fit.shape:.2f} ({fit.shape_low:.2f}–{fit.shape_high:.2f}), "
        f"scale {fit.scale_days:.0f} days, {fit.failures} failures"
    )
    parts.append(f'<text x="{left + 4}" y="18">{words}</text>')
    return "".join([*parts, "</svg>\n"])


def _open(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="11"><rect width="{width}" height="{height}" '
        'fill="white"/>'
    )
