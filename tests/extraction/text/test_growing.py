"""Aliases that a plant's own texts tell of."""

from __future__ import annotations

import pytest

from extraction.text.growing import defined_in, propose_aliases


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Check the hydraulic power unit (HPU) first.", [("hpu", "hydraulic power unit")]),
        (
            "the PLC (programmable logic controller) is down",
            [("plc", "programmable logic controller")],
        ),
        ("pressure relief valve (PRV) stuck", [("prv", "pressure relief valve")]),
        ("The controller, also known as PLC, failed", [("plc", "controller")]),
        ("液压动力单元（简称液压站）压力低", [("液压站", "液压动力单元")]),
        ("由气源处理单元（以下简称三联件）供气", [("三联件", "气源处理单元")]),
        ("主轴电机又称主电机", [("主电机", "主轴电机")]),
        ("the seal (new)", []),
        ("motor replaced (AB)", []),
        ("", []),
        ("(((((", []),
    ],
)
def test_definitions_in_a_text(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(defined_in(text)) == pairs


def test_a_short_word_in_the_place_of_a_known_one_is_proposed() -> None:
    texts = [
        f"{verb} {word} pump {end}"
        for verb in ("replace", "check", "clean")
        for word in ("hydraulic", "hyd")
        for end in ("leaking", "noisy")
    ]
    texts += ["clean the yard gate"] * 5
    words = {"hydraulic", "pump", "replace", "check", "clean", "leaking", "noisy", "gate", "the"}
    found = propose_aliases(texts, {}, words)
    assert [(p.written, p.meant, p.how) for p in found] == [("hyd", "hydraulic", "context")]
    assert found[0].seen == 6
    assert "hyd pump" in found[0].quote
    assert propose_aliases(texts, {"hyd": "hydraulic"}, words) == []
    assert propose_aliases(texts, {}, words, refused=[("hyd", "hydraulic")]) == []
