"""Dictionaries of phrases."""

from __future__ import annotations

import numpy as np

from extraction.learning.fast.phrases import Entry, Phrases


def test_phrases_are_found_and_unknown_words_break_them() -> None:
    phrases = Phrases([Entry((1, 2), 0, -1), Entry((2,), 1, -1)], 2, 5)
    tags = phrases.tags(np.array([0, 1, 2, -1, 2, 1]))
    # begin and end of a phrase of two; single for the other class
    assert (tags[:, 0] > 0).tolist() == [False, True, True, False, False, False]
    assert tags[1, 0] != tags[2, 0]
    assert (tags[:, 1] > 0).tolist() == [False, False, True, False, True, False]


def test_a_text_does_not_see_its_own_labels() -> None:
    phrases = Phrases([Entry((1,), 0, 0), Entry((2,), 0, 0), Entry((2,), 0, 1)], 1, 5)
    words = np.array([1, 2, 1, 2])
    texts = np.array([0, 0, 1, 1])
    seen = phrases.tags(words, texts)[:, 0] > 0
    # text 0 alone marked word 1; word 2 was marked by both
    assert seen.tolist() == [False, True, True, True]
    assert (phrases.tags(words)[:, 0] > 0).all()


def test_longer_phrases_win() -> None:
    phrases = Phrases([Entry((1,), 0, -1), Entry((1, 2, 3), 0, -1)], 1, 5)
    single = phrases.tags(np.array([1, 0, 0]))[0, 0]
    begin = phrases.tags(np.array([1, 2, 3]))[:, 0]
    assert begin[0] != single
    assert len(set(begin.tolist())) == 3


def test_no_phrases_at_all() -> None:
    assert not Phrases([], 2, 0).tags(np.array([1, 2])).any()
