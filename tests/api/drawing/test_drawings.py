"""Drawings are well-formed, hold what they should show, and escape what people wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from api.drawing import draw_control_chart, draw_ishikawa, draw_pareto
from api.drawing.canvas import fitted, save_drawing, width_of, wrapped
from kg.model.errors import BadInput
from kg.narration import Phrase
from kg.traceability.commonality import CauseOptions, find_common_causes
from kg.traceability.spc import control_values
from tests.kg.traceability.commonality.cohorts import cohort_of


def _texts(svg: str) -> list[str]:
    return [e.text or "" for e in fromstring(svg).iter() if e.tag.endswith("}text")]


def test_control_chart_marks_what_is_out() -> None:
    values = np.r_[np.random.default_rng(1).normal(0, 1, 40), 9.0]
    found = control_values(Phrase("bore <&>", "孔径 <&>"), values, np.arange(41))
    svg = draw_control_chart(found, "zh")
    assert "孔径 <&>" in _texts(svg)
    assert "超出三倍标准差" in svg
    circles = [e for e in fromstring(svg).iter() if e.tag.endswith("}circle")]
    assert len(circles) == 41 + 40


def test_ishikawa_has_six_bones_and_the_cause_in_red() -> None:
    found = find_common_causes(
        cohort_of(100, range(10), {"press 7": range(12), "press 8": range(50, 90)}),
        CauseOptions(shuffles=99),
    )
    svg = draw_ishikawa(found, "leaks", "en")
    texts = _texts(svg)
    assert {"people", "machine", "material", "method", "environment", "measurement"} <= set(texts)
    assert any(t.startswith("press 7") for t in texts)


def test_pareto_adds_up() -> None:
    svg = draw_pareto("defects", [(f"kind {i}", float(i)) for i in range(20)])
    assert _texts(svg).count("…") == 1
    assert draw_pareto("none", [])


def test_text_fits() -> None:
    assert width_of("中文", 10) == 20
    assert fitted("a very long label indeed", 10, 60).endswith("…")
    assert all(width_of(x, 10) <= 60 for x in wrapped("保压压力不高于某值 and words", 10, 60, 3))


def test_only_svg_and_html(tmp_path: Path) -> None:
    save_drawing(tmp_path / "a.html", "<svg/>")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    with pytest.raises(BadInput, match=r"\.svg or \.html"):
        save_drawing(tmp_path / "a.png", "<svg/>")
    with pytest.raises(BadInput, match="cannot be written"):
        save_drawing(tmp_path / "no" / "a.svg", "<svg/>")
