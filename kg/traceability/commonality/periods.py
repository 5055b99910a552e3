"""Shift, weekday and week: the periods that an instant lies in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from kg.model.instants import Instant, to_datetime

Period = tuple[str, str, str]  # column, English, Chinese

_WEEKDAYS = (
    ("Monday", "周一"), ("Tuesday", "周二"), ("Wednesday", "周三"), ("Thursday", "周四"),
    ("Friday", "周五"), ("Saturday", "周六"), ("Sunday", "周日"),
)  # fmt: skip
_SHIFTS = (
    ("early shift (06–14 h)", "早班（06–14 时）"),
    ("late shift (14–22 h)", "中班（14–22 时）"),
    ("night shift (22–06 h)", "夜班（22–06 时）"),
)


_QUARTER = 900_000  # clocks change at quarters of an hour
Floats = NDArray[np.float64]


def local_times(instants: Floats, zone: tzinfo) -> Floats:
    """What a clock in a zone shows at instants, in milliseconds; NaN stays. Shape: (instants,).

    Summer time counts when it was summer: a shift begins at six on the clock in every season.
    """
    local = instants.copy()
    known = np.isfinite(instants)
    quarters, at = np.unique((instants[known] // _QUARTER).astype(np.int64), return_inverse=True)
    offsets = np.array([_offset(int(q) * _QUARTER, zone) for q in quarters], dtype=np.float64)
    local[known] += offsets[at] if len(offsets) else 0.0
    return local


def instant_of(local: float, zone: tzinfo) -> Instant:
    """The instant at which a clock in a zone shows a time, the first one where it does so twice."""
    shown = to_datetime(int(local)).replace(tzinfo=zone)
    offset = shown.utcoffset()
    return int(local) - (0 if offset is None else round(offset.total_seconds() * 1000))


def _offset(instant: Instant, zone: tzinfo) -> float:
    offset = to_datetime(instant).astimezone(zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds() * 1000


def periods_of(local: int, *, has_hours: bool = True) -> Iterator[Period]:
    """The periods of a local time in milliseconds; without hours, only days and weeks."""
    moment = to_datetime(local)
    year, week, day = moment.isocalendar()
    if has_hours:
        hour = moment.hour
        yield ("shift", *_SHIFTS[0 if 6 <= hour < 14 else 1 if 14 <= hour < 22 else 2])
    yield ("weekday", *_WEEKDAYS[day - 1])
    name = f"{year}-W{week:02d}"
    yield ("week", f"week {name}", f"{name} 周")
