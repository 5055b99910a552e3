"""Nearness in time: never outside the window, never nearer when further away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kg.investigation.closeness import nearness
from kg.narration import Span

_HOUR = 3_600_000
_OPERATION = Span(100 * _HOUR, 101 * _HOUR)
_REACH = st.integers(0, 50).map(lambda h: h * _HOUR)


@given(st.integers(0, 200), st.integers(0, 50), _REACH, _REACH)
def test_nearness_is_none_exactly_outside_the_window(
    start: int, length: int, before: int, after: int
) -> None:
    event = Span(start * _HOUR, (start + length) * _HOUR)
    near = nearness(event, _OPERATION, before, after)
    inside = (
        event.end is not None and event.end >= 100 * _HOUR - before
        and event.start is not None and event.start <= 101 * _HOUR + after
    )  # fmt: skip
    assert (near is not None) == inside
    if near is not None:
        assert 0 < near.closeness <= 1
        assert (near.position == "during") == (near.gap == 0 and near.closeness == 1)


@given(st.integers(102, 140), st.integers(1, 10))
def test_nearness_fades_with_the_gap(start: int, later: int) -> None:
    near = nearness(Span(start * _HOUR, None), _OPERATION, 0, 100 * _HOUR)
    far = nearness(Span((start + later) * _HOUR, None), _OPERATION, 0, 100 * _HOUR)
    assert near is not None
    assert far is not None
    assert near.closeness > far.closeness


def test_nearness_of_what_came_before_counts_less() -> None:
    before = nearness(Span(90 * _HOUR, 95 * _HOUR), _OPERATION, 20 * _HOUR, 20 * _HOUR)
    after = nearness(Span(106 * _HOUR, 110 * _HOUR), _OPERATION, 20 * _HOUR, 20 * _HOUR)
    assert before is not None
    assert after is not None
    assert (before.position, after.position) == ("before", "after")
    assert before.gap == after.gap == 5 * _HOUR
    assert before.closeness < after.closeness


def test_nearness_without_times_is_unknown_and_reversed_times_are_survived() -> None:
    assert nearness(Span(None, None), _OPERATION, _HOUR, _HOUR) is None
    assert nearness(Span(100 * _HOUR, None), Span(None, None), _HOUR, _HOUR) is None
    turned = nearness(Span(101 * _HOUR, 90 * _HOUR), _OPERATION, 0, 0)
    assert turned is not None
    assert turned.position == "during"
