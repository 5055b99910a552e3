from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model.instants import parse_instant, to_datetime, to_instant, to_text

_MOMENTS = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=5))]),
)


@given(_MOMENTS)
def test_instants_keep_milliseconds_and_the_order_of_time(moment):
    instant = to_instant(moment)
    assert abs(to_datetime(instant) - moment) < timedelta(milliseconds=1)
    assert to_instant(moment + timedelta(milliseconds=1)) == instant + 1
    assert parse_instant(to_text(instant)) == instant


@given(_MOMENTS, _MOMENTS)
def test_texts_sort_like_instants_of_whole_seconds(one, other):
    first, second = (to_instant(m.replace(microsecond=0)) for m in (one, other))
    assert (to_text(first) < to_text(second)) == (first < second)


def test_naive_moment_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        to_instant(datetime(2026, 1, 1))  # noqa: DTZ001


def test_zones_are_applied_and_missing_ones_mean_utc():
    assert parse_instant("2026-01-01T08:00:00+08:00") == parse_instant("2026-01-01")
    assert to_text(parse_instant("2026-01-01T00:00:00.250Z")) == "2026-01-01T00:00:00.250Z"
