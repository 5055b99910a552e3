"""Aliases that a plant's own texts tell of."""

from __future__ import annotations

import pytest

from extraction.text.growing import defined_in, propose_aliases, quote_around


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


@pytest.mark.parametrize("before", ["", "WO 17 | Asset: B | " * 9, "shroud and bolts " * 9])
@pytest.mark.parametrize("after", ["", ", then washed and put back on the line" * 5])
def test_a_quote_shows_the_word_among_its_neighbours(before: str, after: str) -> None:
    quote = quote_around(f"{before}refit shd bolts{after}", "shd")
    assert "refit shd bolts" in quote
    assert len(quote) < 120
    assert quote.startswith("…") == bool(before)
    assert quote.endswith("…") == bool(after)


def test_everyday_words_are_not_taken_for_abbreviations() -> None:
    texts = [f"{word} the {kind} valve now" for word in ("isolate", "it", "iso") for kind in "abcd"]
    found = propose_aliases(texts, {}, {"isolate", "valve"})
    assert {(p.written, p.meant) for p in found} == {("iso", "isolate")}
