"""Shift, weekday and week: the periods that an instant lies in."""

from __future__ import annotations

from collections.abc import Iterator

from kg.model.instants import to_datetime

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
