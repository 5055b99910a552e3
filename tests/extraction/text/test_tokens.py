from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from extraction.text.tokens import fold, tokenize


def pieces(text: str) -> list[tuple[str, str]]:
    words, spans = tokenize(text)
    return [(word, text[start:end]) for word, (start, end) in zip(words, spans, strict=True)]


def test_codes_and_abbreviations_stay_whole() -> None:
    assert tokenize("R/H 6205-2RS brg, won't turn P_101.A").words == [
        "r/h",
        "6205-2rs",
        "brg",
        ",",
        "won't",
        "turn",
        "p_101.a",
    ]


def test_han_characters_are_single_tokens_beside_latin_runs() -> None:
    assert tokenize("更换SKF轴承2个").words == ["更", "换", "skf", "轴", "承", "2", "个"]


def test_offsets_point_into_the_raw_text_although_it_was_folded() -> None:
    assert pieces("泵温85℃，漏油！") == [
        ("泵", "泵"),
        ("温", "温"),
        ("85", "85"),
        ("°", "℃"),
        ("c", "℃"),
        (",", "，"),
        ("漏", "漏"),
        ("油", "油"),
        ("!", "！"),
    ]
    assert pieces("ﬁlter Ｐ－１０１Ａ") == [("filter", "ﬁlter"), ("p-101a", "Ｐ－１０１Ａ")]


def test_a_letter_with_its_accents_is_quoted_whole() -> None:
    decomposed = "cafe\u0301 leak"
    assert pieces(decomposed)[0] == ("caf\u00e9", "cafe\u0301")


def test_backslash_and_curly_quotes_are_read_as_people_mean_them() -> None:
    assert tokenize("L\\H won’t").words == ["l/h", "won't"]


def test_line_breaks_are_tokens_and_spaces_are_not() -> None:
    assert tokenize("a  b\nc").words == ["a", "b", "\n", "c"]


@given(st.text(max_size=60))
def test_spans_are_in_order_within_the_text_and_cover_what_is_written(text: str) -> None:
    words, spans = tokenize(text)
    assert len(words) == len(spans)
    before = (0, 0)
    for word, (start, end) in zip(words, spans, strict=True):
        assert 0 <= start < end <= len(text)
        # one character may fold into several tokens (℃, ¼), which then share its place
        assert start >= before[0]
        assert end >= before[1]
        before = (start, end)
        assert word


@given(st.text(max_size=60))
def test_folding_keeps_track_of_every_character(text: str) -> None:
    folded = fold(text)
    if folded.starts is None or folded.ends is None:
        assert len(folded.text) == len(text)
        return
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    for character, start, end in zip(folded.text, folded.starts, folded.ends, strict=True):
        whole = unicodedata.normalize("NFKC", text[start:end]).casefold()
        assert character in whole or character in "'-/"
