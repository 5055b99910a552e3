"""The second opinion on spans: where it counts, and how much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.accurate.batching import spans_of
from extraction.learning.accurate.companion import Opinion, ask, blend
from extraction.learning.accurate.windows import Window, words_of
from extraction.learning.examples import Example, make_example
from extraction.learning.protocol import ScoredSpan

_NONE = np.zeros(0, np.int64)
_LABELS = 2


def _window(text: int, offset: int, length: int) -> Window:
    return Window(text, offset, length, 0, length, _NONE, _NONE, _NONE, np.zeros(length, np.int64))


# first word, words more, label, score
candidates = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, _LABELS - 1)),
    st.floats(0, 1),
    max_size=8,
)


@given(
    st.lists(candidates, min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(1, 4)), min_size=1),
    st.integers(1, 4),
)
def test_an_opinion_counts_in_every_window_that_holds_its_span(
    texts: list[dict[tuple[int, int, int], float]],
    cuts: list[tuple[int, int, int]],
    widest: int,
) -> None:
    opinions = []
    for of in texts:
        rows = np.array([(a, a + more, label) for a, more, label in of], np.int64).reshape(-1, 3)
        opinions.append(Opinion(*rows.T, np.array(list(of.values()))))
    windows = [_window(*cut) for cut in cuts]
    places = [
        (window, first, last)
        for window in windows
        for first, last in zip(*spans_of(window.length, widest)[:2], strict=True)
    ]
    chances = np.linspace(0, 1, len(places) * _LABELS, dtype=np.float32).reshape(-1, _LABELS)
    found = blend(chances, windows, widest, opinions)
    alone = blend(chances, windows, widest, [Opinion(_NONE, _NONE, _NONE, np.zeros(0))] * 2)
    for at, (window, first, last) in enumerate(places):
        for label in range(_LABELS):
            key = (window.offset + first, last - first, label)
            score = texts[window.text].get(key, 0.0)
            assert found[at, label] - alone[at, label] == pytest.approx(0.4 * score, abs=1e-5)
            assert alone[at, label] == pytest.approx(0.6 * chances[at, label], abs=1e-5)


class _Other:
    """A recogniser that weighs what it was told."""

    def __init__(self, spans: list[ScoredSpan]) -> None:
        self.spans = spans

    def weigh(self, examples: Sequence[Example]) -> list[list[ScoredSpan]]:
        return [self.spans for _ in examples]


def test_only_spans_of_whole_words_and_known_labels_are_an_opinion() -> None:
    example = make_example("t", "seal on pump 7", [], [])
    texts = [words_of(example)]
    spans = [
        ScoredSpan(0, 4, "Part", 0.9),
        ScoredSpan(8, 14, "Asset", 0.6),
        ScoredSpan(9, 12, "Part", 0.8),  # begins within a word
        ScoredSpan(0, 4, "Colour", 0.7),  # a label of another set
    ]
    opinions = ask(_Other(spans), [example], texts, ("Asset", "Part"))  # type: ignore[arg-type]
    assert opinions is not None
    rows = list(zip(*(column.tolist() for column in opinions[0]), strict=True))
    assert rows == [(0, 0, 1, 0.9), (2, 3, 0, 0.6)]
    assert ask(None, [example], texts, ("Part",)) is None
