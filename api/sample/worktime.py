"""The plant's clock: working seconds, calendar seconds, and how files write them.

A *calendar second* counts from midnight (plant time) of `FIRST_DAY`, a Monday. A *working second*
counts only the two shifts, 06:00 to 22:00 from Monday to Saturday. Both may be negative. The plant
keeps Asia/Shanghai, which has no summer time, so that local time is UTC plus eight hours always.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

FIRST_DAY = date(2025, 1, 6)
HOUR = 3_600
DAY = 86_400
WEEK = 7 * DAY
WORK_DAY = 16 * HOUR
SHIFT = 8 * HOUR
WORK_WEEK = 6 * WORK_DAY
_START_OF_WORK = 6 * HOUR


def working_days(months: int) -> int:
    """Working days from the first day to the same day `months` later."""
    end_month = FIRST_DAY.month - 1 + months
    end = FIRST_DAY.replace(year=FIRST_DAY.year + end_month // 12, month=end_month % 12 + 1)
    return sum((FIRST_DAY + timedelta(days=d)).weekday() < 6 for d in range((end - FIRST_DAY).days))


def to_calendar(working: int) -> int:
    """The calendar second of a working second."""
    day, second = divmod(working, WORK_DAY)
    week, weekday = divmod(day, 6)
    return (week * 7 + weekday) * DAY + _START_OF_WORK + second


def to_working(calendar: int) -> int:
    """The working second of a calendar second; outside the shifts, when work begins again."""
    day, second = divmod(calendar, DAY)
    week, weekday = divmod(day, 7)
    if weekday == 6:
        return (week + 1) * WORK_WEEK
    return (week * 6 + weekday) * WORK_DAY + min(max(second - _START_OF_WORK, 0), WORK_DAY)


def fit_into_day(start: int, duration: int) -> int:
    """`start`, or the next working day where `duration` would run past the end of this one."""
    left = WORK_DAY - start % WORK_DAY
    return start + left if duration > left and duration <= WORK_DAY else start


def shift_of(working: int) -> int:
    """The running number of the shift that a working second lies in."""
    return working // SHIFT


@lru_cache(maxsize=4096)
def day_of(calendar_day: int) -> date:
    """The date `calendar_day` days after the first day."""
    return FIRST_DAY + timedelta(days=calendar_day)


@lru_cache(maxsize=4096)
def _day_text(calendar_day: int) -> str:
    return day_of(calendar_day).isoformat()


def _clock(second: int) -> str:
    minute, s = divmod(second, 60)
    h, m = divmod(minute, 60)
    return f"{h:02d}:{m:02d}:{s:02d}"


def local_text(calendar: int) -> str:
    """`2025-03-01 07:30:00`."""
    day, second = divmod(calendar, DAY)
    return f"{_day_text(day)} {_clock(second)}"


def zoned_text(calendar: int, offset_hours: int = 8) -> str:
    """`2025-03-01T07:30:00+08:00`, the same instant as seen at another offset."""
    day, second = divmod(calendar + (offset_hours - 8) * HOUR, DAY)
    sign = "+" if offset_hours >= 0 else "-"
    return f"{_day_text(day)}T{_clock(second)}{sign}{abs(offset_hours):02d}:00"


def slashed_text(calendar: int) -> str:
    """`2025/3/1 7:30`, as spreadsheets in Chinese write it."""
    day, second = divmod(calendar, DAY)
    d = day_of(day)
    h, m = divmod(second // 60, 60)
    return f"{d.year}/{d.month}/{d.day} {h}:{m:02d}"


@lru_cache(maxsize=4096)
def part_of(calendar_day: int, per: str) -> str:
    """The part of a file that a day's rows belong to: `2025-W07`, `2025-03`, `2025-Q1`, …"""
    d = day_of(calendar_day)
    if per == "week":
        year, week, _ = d.isocalendar()
        return f"{year}-W{week:02d}"
    if per == "month":
        return f"{d.year}-{d.month:02d}"
    if per == "quarter":
        return f"{d.year}-Q{(d.month + 2) // 3}"
    if per == "half-year":
        return f"{d.year}-H{1 if d.month <= 6 else 2}"
    if per == "year":
        return str(d.year)
    raise ValueError(f"no such part: {per}")
