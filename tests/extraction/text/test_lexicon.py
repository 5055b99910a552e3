from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.text.lexicon import How, Lexicon
from tests.extraction.text.plant_words import concept, schema, small_plant


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(small_plant())


def found(lexicon: Lexicon, text: str) -> list[tuple[str, str, How]]:
    """Terms of `text`: the words quoted, the first sense and how it was recognised."""
    return [
        (text[hit.start : hit.end], hit.senses[0].value, hit.how)
        for hit in lexicon.find(lexicon.encode(text))
        if ":" in hit.senses[0].value
    ]


def values(lexicon: Lexicon, text: str) -> list[str]:
    return [value for _, value, _ in found(lexicon, text)]


@pytest.mark.parametrize("text", ["leak", "LEAKS", "leaking", "leaked"])
def test_inflected_forms_are_the_same_term(lexicon: Lexicon, text: str) -> None:
    assert values(lexicon, text) == ["mode:Leakage"]


def test_longest_term_wins(lexicon: Lexicon) -> None:
    assert found(lexicon, "hydraulic pump") == [
        ("hydraulic pump", "component:HydraulicPump", How.EXACT)
    ]
    assert values(lexicon, "液压泵") == ["component:HydraulicPump"]


def test_latin_terms_are_whole_words(lexicon: Lexicon) -> None:
    assert values(lexicon, "sealant bearings pumper crackers") == ["component:Bearing"]


@pytest.mark.parametrize("text", ["o-ring", "O ring", "oring", "O-RINGS"])
def test_hyphens_may_be_left_out(lexicon: Lexicon, text: str) -> None:
    assert values(lexicon, text) == ["component:ORing"]


def test_abbreviations_are_written_out_and_their_point_ends_nothing(lexicon: Lexicon) -> None:
    assert found(lexicon, "hyd. cyl. leak") == [
        ("hyd. cyl", "component:HydraulicCylinder", How.ABBREVIATED),
        ("leak", "mode:Leakage", How.EXACT),
    ]
    assert values(lexicon, "pump u/s") == ["component:Pump", "mode:FailToFunction"]


def test_typos_are_found_and_marked(lexicon: Lexicon) -> None:
    assert found(lexicon, "hydralic pump") == [
        ("hydralic pump", "component:HydraulicPump", How.MISSPELT)
    ]
    assert values(lexicon, "bearng") == ["component:Bearing"]


def test_an_ordinary_word_is_no_typo(lexicon: Lexicon) -> None:
    assert values(lexicon, "fitter boring") == []


def test_words_with_marks_are_read_in_parts(lexicon: Lexicon) -> None:
    assert found(lexicon, "pump/hose") == [
        ("pump", "component:Pump", How.EXACT),
        ("hose", "component:Hose", How.EXACT),
    ]


def test_codes_are_not_read_as_words(lexicon: Lexicon) -> None:
    assert values(lexicon, "PUMP-101 pump2 6205-2RS") == []


def test_a_verb_of_a_part_is_not_the_part(lexicon: Lexicon) -> None:
    assert values(lexicon, "hosed bolted") == []
    assert values(lexicon, "plugged") == ["mode:Blockage"]


def test_a_phrase_of_a_part_and_its_failure_is_found_as_both(lexicon: Lexicon) -> None:
    assert values(lexicon, "blown hose") == ["mode:Burst", "component:Hose"]
    assert values(lexicon, "tighten bolts") == ["activity:Tighten", "component:Bolt"]


def test_words_of_two_letters_and_digits_alone_are_no_terms() -> None:
    odd = Lexicon(schema(concept("Component", "A", "a", "", "1", "x y")))
    assert values(odd, "a 1 x y") == []


def test_a_term_inside_a_longer_one_that_breaks_off_is_found() -> None:
    lexicon = Lexicon(
        schema(
            concept("Component", "Long", "main boom hose clamp", "轴承缺油损坏"),
            concept("Component", "Hose", "hose"),
            concept("FailureMode", "Dry", "dry", "缺油"),
        )
    )
    assert values(lexicon, "main boom hose") == ["component:Hose"]
    assert values(lexicon, "轴承缺油") == ["mode:Dry"]


def test_a_terms_own_words_are_found_for_every_shipped_class_below() -> None:
    lexicon = Lexicon(schema(concept("Component", "Spindle", "spindle", "主轴")))
    assert values(lexicon, "Spindle 主轴") == ["component:Spindle"] * 2


_WORDS = ["hydraulic", "pump", "hose", "leaking", "hyd", "cyl.", "no", "xyzzy", "12", "bar"]
_CHARACTERS = ["油", "封", "漏", "泵", "，"]


@given(st.lists(st.sampled_from(_WORDS + _CHARACTERS), max_size=8), st.sampled_from([" ", ""]))
def test_hits_are_the_longest_phrases_and_of_those_the_first(
    parts: list[str], between: str
) -> None:
    lexicon = _shared()
    text = between.join(parts)
    encoded = lexicon.encode(text)
    expected = _naive(lexicon, encoded.codes)
    assert [(hit.first, hit.last) for hit in lexicon.find(encoded)] == expected
    for one, other in pairwise(lexicon.find(encoded)):
        assert one.end <= other.start or one.start == other.start


def _naive(lexicon: Lexicon, codes: str) -> list[tuple[int, int]]:
    """The same by trying every stretch of codes, longest first."""
    phrases = set(lexicon._terms.keys())
    free = [True] * len(codes)
    found = []
    for length in range(len(codes), 0, -1):
        for at in range(len(codes) - length + 1):
            if all(free[at : at + length]) and codes[at : at + length] in phrases:
                free[at : at + length] = [False] * length
                found.append((at, at + length - 1))
    return sorted(found)


_kept: list[Lexicon] = []


def _shared() -> Lexicon:
    if not _kept:
        _kept.append(Lexicon(small_plant()))
    return _kept[0]


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    lexicon = _shared()
    for hit in lexicon.find(lexicon.encode(text)):
        assert 0 <= hit.start < hit.end <= len(text)
