"""The plant's clock."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from api.sample.worktime import (
    DAY,
    FIRST_DAY,
    WORK_DAY,
    fit_into_day,
    local_text,
    part_of,
    slashed_text,
    to_calendar,
    to_working,
    working_days,
    zoned_text,
)

working_seconds = st.integers(-(10**8), 10**8)


@given(working_seconds)
def test_calendar_and_working_time_turn_into_each_other(working: int) -> None:
    assert to_working(to_calendar(working)) == working


@given(working_seconds, st.integers(1, 10**6))
def test_calendar_keeps_the_order(working: int, later: int) -> None:
    assert to_calendar(working) < to_calendar(working + later)


@given(working_seconds)
def test_calendar_lies_in_the_shifts(working: int) -> None:
    at = datetime.fromisoformat(local_text(to_calendar(working)))
    assert at.weekday() < 6
    assert 6 <= at.hour < 22


@given(working_seconds, st.integers(1, WORK_DAY))
def test_fit_into_day_never_runs_past_the_end(start: int, duration: int) -> None:
    fitted = fit_into_day(start, duration)
    assert fitted >= start
    assert fitted // WORK_DAY == (fitted + duration - 1) // WORK_DAY


@given(st.integers(-(10**8), 10**8), st.integers(-4, 9))
def test_zoned_texts_name_the_same_instant(calendar: int, offset: int) -> None:
    here, there = zoned_text(calendar), zoned_text(calendar, offset)
    assert datetime.fromisoformat(here) == datetime.fromisoformat(there)
    assert here[:19].replace("T", " ") == local_text(calendar)


def test_first_day_is_a_monday_and_parts_are_named_after_it() -> None:
    assert FIRST_DAY.weekday() == 0
    assert [part_of(0, per) for per in ("week", "month", "quarter", "half-year", "year")] == [
        "2025-W02", "2025-01", "2025-Q1", "2025-H1", "2025",
    ]  # fmt: skip
    assert slashed_text(59 * DAY + 7 * 3600 + 5 * 60) == "2025/3/6 7:05"


def test_working_days_of_months() -> None:
    assert working_days(1) == 27  # 31 calendar days with four Sundays
    assert working_days(12) == 313
