from __future__ import annotations

import pytest

from extraction.text.spelling import Speller, inflections, stems


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("leaks", "leak"),
        ("leaking", "leak"),
        ("leaked", "leak"),
        ("replaced", "replace"),
        ("replacing", "replace"),
        ("slipping", "slip"),
        ("jammed", "jam"),
        ("batteries", "battery"),
        ("switches", "switch"),
        ("levelled", "level"),
        ("pump's", "pump"),
        ("dried", "dry"),
    ],
)
def test_stems_find_the_base_form(word: str, stem: str) -> None:
    assert stem in [found for found, _ in stems(word)]


@pytest.mark.parametrize("word", ["gas", "glass", "bus", "is", "red", "ring", "loss", "axis"])
def test_words_that_only_look_inflected_are_left_alone(word: str) -> None:
    assert stems(word) == []


def test_every_regular_inflection_leads_back_to_its_word() -> None:
    for word in ("leak", "replace", "slip", "jam", "repair", "crack", "weld"):
        for form in inflections(word):
            assert word in [stem for stem, _ in stems(form)], form


@pytest.fixture
def speller() -> Speller:
    return Speller(
        ["hydraulic", "bearing", "valve", "plugged", "track", "motor", "leak"],
        ["value", "boring", "trace", "crack"],
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hydrualic", ["hydraulic"]),  # two letters swapped
        ("hydralic", ["hydraulic"]),
        ("hydrolc", []),  # too far for its seven letters
        ("hydrulaic", ["hydraulic"]),  # two mistakes in a long word
        ("bearng", ["bearing"]),
        ("pluged", ["plugged"]),
    ],
)
def test_near_words_are_corrected(speller: Speller, written: str, meant: list[str]) -> None:
    assert speller.correct(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "value",  # an ordinary word, one letter from "valve"
        "values",
        "leek",  # too short
        "prack",  # another first letter
        "m0tor",  # not a word of letters
        "轴承",
    ],
)
def test_what_may_be_another_word_is_not_corrected(speller: Speller, written: str) -> None:
    assert speller.correct(written) == []


def test_all_nearest_words_are_given_where_several_are_meant() -> None:
    assert sorted(Speller(["sealed", "seated"], []).correct("seaked")) == ["sealed", "seated"]
