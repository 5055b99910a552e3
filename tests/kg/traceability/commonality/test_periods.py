"""Shifts by the clock on the wall, in every season."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kg.model.instants import parse_instant, to_datetime
from kg.traceability.commonality.periods import instant_of, local_times, periods_of

ZONES = st.sampled_from(
    ["Europe/Berlin", "Asia/Shanghai", "America/St_Johns", "Australia/Lord_Howe", "UTC"]
)


@given(st.lists(st.integers(0, 2_000_000_000_000), max_size=20), ZONES)
def test_local_times_are_those_of_the_clock(instants: list[int], name: str) -> None:
    zone = ZoneInfo(name)
    local = local_times(np.array([*instants, np.nan]), zone)
    assert np.isnan(local[-1])
    for instant, shown in zip(instants, local, strict=False):
        wall = to_datetime(instant).astimezone(zone).replace(tzinfo=UTC)
        assert to_datetime(int(shown)) == wall
        again = instant_of(float(shown), zone)
        assert again <= instant  # an hour that the clock shows twice is the first one
        assert to_datetime(again).astimezone(zone).replace(tzinfo=UTC) == wall


def test_a_shift_begins_at_six_before_and_after_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    # 2026-03-29: at 01:00 UTC clocks go from 02:00 to 03:00.
    moments = ["2026-03-28T05:10:00Z", "2026-03-28T04:50:00Z", "2026-03-30T04:10:00Z",
               "2026-03-30T03:50:00Z"]  # fmt: skip
    local = local_times(np.array([parse_instant(m) for m in moments], dtype=np.float64), zone)
    shifts = [next(periods_of(int(x)))[1].split()[0] for x in local]
    assert shifts == ["early", "night", "early", "night"]
    assert (
        datetime(2026, 3, 28, tzinfo=zone).utcoffset()
        != datetime(2026, 3, 30, tzinfo=zone).utcoffset()
    )
