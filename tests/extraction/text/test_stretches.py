from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from extraction.text.lexicon import Lexicon
from extraction.text.tokens import tokenize
from tests.extraction.text.plant_words import small_plant

LEXICON = Lexicon(small_plant())
PIECES = ["hose", "HYD", "hyd.", "leaking,", "repl.", ".", "r/h", "cyl", "12", "6205-2RS", "brg'S",
          "no", "\t", "  ", "(pump)", "won't", "!!", "x" * 70, "..", "a.b", "leeking"]  # fmt: skip


@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
                 st.text(st.characters(max_codepoint=127), max_size=40)))  # fmt: skip
@example("hyd . cyl")
@example("hyd. cyl .")
@example("hose hose hoses")
@example("a\x1cb")
def test_stretches_are_read_as_the_whole_text_is(text: str) -> None:
    expected = LEXICON.encode_words(*tokenize(text))
    found = LEXICON.encode(text)
    assert found.codes == expected.codes
    assert found.spans == expected.spans
    size = len(expected.codes)
    assert list(found.hows or [0] * size) == list(expected.hows or [0] * size)
    assert list(found.verbs or [False] * size) == list(expected.verbs or [False] * size)
