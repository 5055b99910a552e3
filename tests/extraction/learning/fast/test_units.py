"""Texts as units."""

from __future__ import annotations

from extraction.learning.examples import Example, Span, make_example
from extraction.learning.fast.units import Splitter, cut


def test_chunks_that_training_knew_as_one_token_stay_one() -> None:
    text = "<id> pump u/s"
    example = make_example("t", text, [Span(5, 9, "Part")], (), ((0, 4), (5, 9), (10, 13)))
    splitter, astray = Splitter.learn([example])
    assert astray == 0
    assert splitter.units(Example("t", "<id> fan leaking.")).words == [
        "<id>",
        "fan",
        "leaking",
        ".",
    ]
    assert Splitter().units(Example("t", "<id> fan")).words == ["<", "id", ">", "fan"]


def test_words_are_cut_where_a_label_ends_inside() -> None:
    example = make_example("t", "Kühlmittelpumpe defekt", [Span(10, 15, "Part")])
    units = Splitter().units_with_spans(example)
    assert [example.text[a:b] for a, b in units.ranges] == ["Kühlmittel", "pumpe", "defekt"]


def test_long_texts_are_cut_behind_sentences_and_nothing_is_lost() -> None:
    words = (["词"] * 30 + ["。"]) * 10 + ["长"] * 300
    pieces = cut(words, 80)
    assert pieces[0] == (0, 62)
    assert [a for a, _ in pieces[1:]] == [b for _, b in pieces[:-1]]
    assert pieces[-1][1] == len(words)
    assert max(b - a for a, b in pieces) <= 80
    assert cut([]) == []
