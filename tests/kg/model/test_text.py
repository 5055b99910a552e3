import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model.text import has_han, index_tokens, query_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hyd. PUMP leaking", ["hyd", "pump", "leaking"]),
        ("P-101A", ["p-101a", "p", "101a"]),
        ("6205-2RS 轴承", ["6205-2rs", "6205", "2rs", "轴承"]),
        ("液压泵漏油", ["液压", "压泵", "泵漏", "漏油"]),
        ("阀", ["阀"]),
        ("温度85℃", ["温度", "85", "c"]),
        ("ＰＬＣ故障", ["plc", "故障"]),
        ("", []),
    ],
)
def test_tokens_of_both_languages(text, tokens):
    assert index_tokens(text) == tokens


@given(st.text())
def test_a_text_is_found_by_its_own_query(text):
    assert set(query_tokens(text)) <= set(index_tokens(text))


def test_two_character_words_are_found_inside_longer_texts():
    assert set(query_tokens("漏油")) <= set(index_tokens("左侧液压缸漏油严重"))
    assert has_han("pump 漏油")
    assert not has_han("pump leaking")
