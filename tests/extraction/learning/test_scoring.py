"""Scores counted by hand and against a plain count over sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.examples import Example, Span, Tie, make_example
from extraction.learning.protocol import Reading, ScoredSpan, ScoredTie
from extraction.learning.scoring import score_labels, score_spans, score_words

GOLD = make_example(
    "x",
    "park brake stuck",
    [Span(0, 10, "Part"), Span(5, 10, "Part"), Span(11, 16, "State")],
    [Tie(0, 1, "isA"), Tie(0, 2, "has")],
)


def reading(spans: list[tuple[int, int, str]], ties: list[tuple[int, int, str]]) -> Reading:
    return Reading(
        tuple(ScoredSpan(*span, 0.9) for span in spans),
        tuple(ScoredTie(*tie, 0.9) for tie in ties),
    )


def test_spans_nested_ones_count_and_classes_are_apart() -> None:
    found = reading([(0, 10, "Part"), (11, 16, "Part")], [])
    scores = score_spans([GOLD], [found])["entities"]
    assert scores["micro"] == {"precision": 0.5, "recall": 0.3333, "f1": 0.4, "support": 3}
    assert scores["classes"]["Part"]["precision"] == 0.5
    assert scores["classes"]["State"] == {"precision": 0, "recall": 0, "f1": 0, "support": 1}


def test_ties_loose_forgive_the_classes_of_their_spans_only() -> None:
    found = reading([(0, 10, "Thing"), (11, 16, "State")], [(0, 1, "has")])
    relations = score_spans([GOLD], [found])["relations"]
    assert relations["strict"]["micro"]["f1"] == 0
    assert relations["loose"]["micro"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": 0.6667,
        "support": 2,
    }
    turned = reading([(0, 10, "Part"), (11, 16, "State")], [(1, 0, "has")])
    assert score_spans([GOLD], [turned])["relations"]["loose"]["micro"]["f1"] == 0


def test_nothing_found_and_nothing_there_is_no_division_by_zero() -> None:
    scores = score_spans([Example("x", "oil")], [Reading((), ())])
    assert scores["entities"]["micro"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


SPANS = st.lists(st.tuples(st.integers(0, 4), st.integers(5, 9), st.sampled_from("AB")), max_size=5)


@given(SPANS, SPANS)
def test_micro_f1_is_that_of_the_sets(gold: list[tuple[int, int, str]], given_: list) -> None:
    example = make_example("x", "0123456789", [Span(*s) for s in gold])
    scores = score_spans([example], [reading(given_, [])])["entities"]["micro"]
    right = len(set(gold) & set(given_))
    total = len(set(gold)) + len(set(given_))
    assert scores["f1"] == pytest.approx(2 * right / total if total else 0, abs=1e-4)


def test_labels_accuracy_macro_f1_and_control() -> None:
    scores = score_labels(["a", "a", "a", "b"], ["a", "a", "b", "b"], "a")
    assert scores["accuracy"] == 0.75
    assert scores["control"] == {"label": "a", "accuracy": 0.75}
    assert scores["error_reduction"] == 0
    assert scores["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-3)


def test_words_error_reduction_is_measured_against_leaving_them() -> None:
    written, meant = ["a", "b", "C", "d"], ["a", "b", "c", "e"]
    scores = score_words(written, meant, ["a", "b", "c", "d"], written)
    assert scores["accuracy"] == 0.75
    assert scores["error_reduction"] == 0.5
    assert scores["control"]["most_frequent"]["error_reduction"] == 0
    worse = score_words(written, meant, ["x", "x", "c", "e"], written)
    assert worse["error_reduction"] == 0
    assert score_words(["a"], ["a"], ["a"], ["a"])["error_reduction"] is None
