"""Words, pieces, windows and spans against what can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.accurate.around import pair_up
from extraction.learning.accurate.batching import (
    count_spans,
    group,
    make_batch,
    shuffle,
    spans_of,
)
from extraction.learning.accurate.encoders import Special, open_encoder
from extraction.learning.accurate.lessons import mark
from extraction.learning.accurate.network import _maxima
from extraction.learning.accurate.windows import Pieces, Window, find_masks, make_windows, words_of
from extraction.learning.examples import Example, Span, Tie, make_example


@pytest.fixture(scope="module")
def pieces(encoder: Path) -> Pieces:
    opened = open_encoder("tiny", encoder)
    return Pieces(opened.tokenizer, opened.special, ("<id>",))


def test_cut_gives_every_word_a_piece(pieces: Pieces) -> None:
    texts = [words_of(Example("a", "the pump 泵 漏 zz9 ✓ <id>", tokens=((0, 3), (4, 8), (9, 10))))]
    assert [len(cut) for cut in pieces.cut(texts)[0]] == [1, 1, 1]
    own = words_of(Example("b", "泵漏油 ✓ xy"))
    assert [len(cut) for cut in pieces.cut([own])[0]] == [1, 1, 1, 1, 2]


def test_masks_get_unused_pieces(pieces: Pieces) -> None:
    text = Example("a", "<ID> pump", tokens=((0, 4), (5, 9)))
    assert find_masks([words_of(text)]) == ["<id>"]
    number = pieces.tokenizer.token_to_id("[unused0]")
    assert pieces.cut([words_of(text)])[0][0] == (number,)


@given(length=st.integers(1, 30), widest=st.integers(1, 40))
def test_spans_of_lists_every_span_once(length: int, widest: int) -> None:
    first, last, begins = spans_of(length, widest)
    expected = [(a, b) for a in range(length) for b in range(a, min(length, a + widest))]
    assert list(zip(first.tolist(), last.tolist(), strict=True)) == expected
    assert all(first[begins[a]] == a == last[begins[a]] for a in range(length))
    assert count_spans(length, widest) == len(expected)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=20))
def test_maxima_are_those_of_the_ranges(ranges: list[tuple[int, int]]) -> None:
    values = torch.from_numpy(np.random.default_rng(0).normal(size=(12, 3)))
    ordered = [(min(pair), max(pair)) for pair in ranges]
    first, last = (torch.tensor(column) for column in zip(*ordered, strict=True))
    found = _maxima(values, first, last)
    for row, (a, b) in zip(found, ordered, strict=True):
        assert torch.equal(row, values[a : b + 1].max(dim=0).values)


@given(st.lists(st.integers(0, 5), max_size=12).map(sorted))
def test_pair_up_pairs_members_of_a_group(groups: list[int]) -> None:
    one, other = pair_up(np.asarray(groups, np.int64))
    expected = [
        (a, b)
        for a in range(len(groups))
        for b in range(len(groups))
        if a != b and groups[a] == groups[b]
    ]
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == expected


@pytest.mark.parametrize("count", [1, 7, 40, 300])
def test_windows_cover_every_word_once(pieces: Pieces, count: int) -> None:
    text = words_of(Example("long", "pump is leaking , seal worn . " * count))
    windows = make_windows([text], pieces, 32, 6)
    own = [n + w.offset for w in windows for n in range(w.inner, w.outer)]
    assert own == list(range(len(text.words)))
    for window in windows:
        assert len(window.pieces) <= 32 + 2
        assert len(window.words) == len(window.places)
        assert set(window.words.tolist()) == set(range(window.length))
    assert all(text.words[w.offset + w.outer - 1] == "." for w in windows)


def test_batches_hold_every_window_once(pieces: Pieces) -> None:
    texts = [words_of(Example(str(n), "pump worn " * (n % 9 + 1))) for n in range(50)]
    windows: list[Window] = make_windows(texts, pieces, 32, 6)
    for batches in (
        list(group(windows, 8, 4)),
        shuffle(windows, 8, 4, np.random.default_rng(0)),
    ):
        assert sorted(n for batch in batches for n in batch) == list(range(len(windows)))
        assert max(map(len, batches)) <= 8
    batch = make_batch(windows[:5], 3, 0)
    assert batch.ids.shape == batch.mask.shape
    assert len(batch.first) == sum(count_spans(w.length, 3) for w in windows[:5])


def test_mark_takes_whole_words_and_leaves_strange_labels_out() -> None:
    example = make_example(
        "a",
        "oil pump-12 worn",
        [Span(4, 8, "Part"), Span(0, 11, "Part"), Span(12, 16, "Odd"), Span(3, 4, "Part")],
        [Tie(0, 1, "isA"), Tie(2, 1, "of")],
    )
    marks = mark(example, words_of(example), ("Part",), ("isA", "of"))
    assert sorted(marks.spans) == [(0, 1, 0), (1, 1, 0)]
    assert [(marks.spans[a][:2], marks.spans[b][:2], c) for a, b, c in marks.ties] == [
        ((1, 1), (0, 1), 0)
    ]


_PHRASES = ("油泵", "油", "泵", "漏油", "漏", "热继电器", "热", "继", "电", "器", ",", "a", "b")


@pytest.fixture(scope="module")
def joined() -> Pieces:
    from tokenizers import Tokenizer, models, pre_tokenizers

    known = [("<unk>", 0.0), ("▁", -3.0), *((phrase, -2.0) for phrase in _PHRASES)]
    tokenizer = Tokenizer(models.Unigram(known, unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return Pieces(tokenizer, Special(None, None, 0, 0, 0), (), joined=True)


def test_joined_characters_share_the_piece_that_they_stand_in(joined: Pieces) -> None:
    window = make_windows([words_of(Example("a", "热继电器漏油, 油泵 修"))], joined, 99, 9)[0]
    read = [joined.tokenizer.id_to_token(int(number)) for number in window.pieces]
    assert read == ["热继电器", "漏油", ",", "油泵", "<unk>"]
    assert [read[place] for place in window.places] == [
        *["热继电器"] * 4, *["漏油"] * 2, ",", *["油泵"] * 2, "<unk>"
    ]  # fmt: skip
    assert window.words.tolist() == list(range(10))
    assert window.within.tolist() == [1, 3, 3, 2, 1, 2, 0, 1, 2, 0]


@given(st.lists(st.sampled_from(("热继电器", "油泵", "漏", "漏油", ",", " ", "ab")), max_size=60))
def test_no_window_cuts_through_a_piece(joined: Pieces, parts: list[str]) -> None:
    text = words_of(Example("a", "".join(parts)))
    windows = make_windows([text], joined, 16, 4)
    own = [n + w.offset for w in windows for n in range(w.inner, w.outer)]
    assert own == list(range(len(text.words)))
    for window in windows:
        assert len(window.pieces) <= 16
        spelt = [joined.tokenizer.id_to_token(int(number)) for number in window.pieces]
        words = text.words[window.offset : window.offset + window.length]
        covered: dict[int, str] = {}
        for word, place in zip(window.words.tolist(), window.places.tolist(), strict=True):
            covered[place] = covered.get(place, "") + (words[word] if len(words[word]) < 2 else "")
        for place, letters in covered.items():
            assert not letters or letters == spelt[place]
