"""The threshold that is taken where several read about as well."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.fast.thresholds import THRESHOLDS, choose_threshold


@given(st.lists(st.floats(0, 1), min_size=len(THRESHOLDS), max_size=len(THRESHOLDS)))
def test_a_chosen_threshold_is_about_as_good_as_the_best(scores: list[float]) -> None:
    by_threshold = dict(zip(THRESHOLDS, scores, strict=True))
    assert by_threshold[choose_threshold(by_threshold.__getitem__)] >= max(scores) - 0.004


def test_one_lucky_tooth_of_a_flat_curve_does_not_decide() -> None:
    flat = THRESHOLDS[5:16]
    chosen = choose_threshold(lambda t: 0.8 + 0.001 * (t == flat[0]) if t in flat else 0.5)
    assert chosen == flat[5]


def test_a_clear_best_threshold_is_chosen() -> None:
    assert choose_threshold(lambda t: 0.9 if t == THRESHOLDS[7] else 0.8) == THRESHOLDS[7]
