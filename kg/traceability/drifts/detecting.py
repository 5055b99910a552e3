"""Whether, when and by how much the level of a series of readings changed.

Readings are put together into at most `_POINTS` means of as many readings each, in order of time,
which bounds the work and takes away much of their echo; what returns at the same hour of every day
is taken out before, and single readings far out count no more than four spreads. The best of all
steps, excursions and slopes is then compared with chance (`chance`). A long series is looked at
twice, the second time closely around the time that is asked about; the smaller chance is doubled.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from kg.model.instants import Instant
from kg.traceability.drifts.chance import chance_of
from kg.traceability.drifts.shapes import LEAST_POINTS, Floats, Kind, Shape, fit_shapes, shapes_of

LEAST_READINGS = 12
_POINTS = 64
# Numbers of points that series are put into: the simulation is done once for each of them.
_SIZES = (64, 48, 40, 32, 28, 24, 20, 18, 16, 14, 13, 12)
_LOSS = 0.25  # share of the oldest readings that may be left out for the sake of more points
_FAR = 4.0  # spreads from the median beyond which a reading counts no more
_HOUR, _DAY = 3_600_000, 86_400_000
_LEAST_DAYS, _LEAST_A_DAY = 5, 6  # from which the hours of the day are compared
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level. Indices are those of the readings."""

    kind: Kind
    first: int  # the first reading at the new level
    end: int  # the first one after it; the number of readings where it has not come back
    is_over: bool
    before: float  # median of the readings that the change is measured against
    after: float  # median while it lasted; of a slope the level where it ends
    low: float  # 95 % interval of `after` less `before`
    high: float
    spread: float  # of single readings at one level
    echo: float  # correlation of neighbouring points
    points: int
    p: float  # of so clear a change anywhere in a series whose level never changed


def find_change(
    times: Times, values: Floats, focus: tuple[Instant, Instant] | None = None
) -> Change | None:
    """The clearest change of level in readings in order of time; shapes: (readings,).

    `focus` is the time that is asked about. None for fewer than `LEAST_READINGS` readings, and for
    readings that are all but one alike. That the change is more than chance is for the caller to
    decide from `p`.
    """
    if len(values) < LEAST_READINGS:
        return None
    level = _without_hours(times, values)
    looks = [_look(level, 0, len(level))]
    if focus is not None and len(level) > _POINTS:
        close = _around(times, focus)
        if close is not None:
            looks.append(_look(level, *close))
    found = [look for look in looks if look is not None]
    if not found:
        return None
    best = min(found, key=lambda look: look.p)
    return _measure(level, values, best, min(1.0, best.p * len(found)))


@dataclass(frozen=True, slots=True)
class _Look:
    """The best shape in a part of the readings, in points of `size` readings from `first` on."""

    first: int
    size: int
    shape: Shape
    echo: float
    p: float

    @property
    def end(self) -> int:
        return self.first + self.size * self.shape.points


def _look(values: Floats, first: int, end: int) -> _Look | None:
    points, size = _points_of(end - first)
    first = end - size * points  # the oldest few are left out
    part = values[first:end]
    middle = float(np.median(part))
    spread = _spread(part - middle)
    if points < LEAST_READINGS or spread == 0.0:
        return None
    held = np.clip((part - middle) / spread, -_FAR, _FAR)
    fits = fit_shapes(held.reshape(points, size).mean(axis=1)[None, :])
    echo = float(fits.echo[0])
    p = chance_of(float(fits.gain[0]), echo, points)
    return _Look(first, size, shapes_of(points).listed[int(fits.best[0])], echo, p)


def _points_of(readings: int) -> tuple[int, int]:
    """Into how many points readings are put, and how many readings make one."""
    able = [(points, readings // points) for points in _SIZES if points <= readings]
    if not able:
        return 0, 1
    return next(
        (one for one in able if readings - one[0] * one[1] <= _LOSS * readings),
        max(able, key=lambda one: one[0] * one[1]),
    )


def _around(times: Times, focus: tuple[Instant, Instant]) -> tuple[int, int] | None:
    """Readings in the time asked about with as many around it; None where that is nearly all."""
    low, high = np.searchsorted(times, focus[0]), np.searchsorted(times, focus[1], side="right")
    around = max(_POINTS, 2 * int(high - low)) - int(high - low)
    first, end = max(0, int(low) - around // 2), min(len(times), int(high) + around - around // 2)
    return (first, end) if _POINTS // 2 <= end - first <= len(times) // 2 else None


def _without_hours(times: Times, values: Floats) -> Floats:
    """The values less what is usual at their hour of the day, where days are known well enough."""
    days = (times[-1] - times[0]) / _DAY
    if days < _LEAST_DAYS or len(values) < _LEAST_A_DAY * days:
        return values
    day, hour = times // _DAY, times // _HOUR % 24
    by_day = _medians(day, values)
    rest = values - by_day
    usual = _medians(hour, rest)
    explained = 1 - float(np.abs(rest - usual).sum()) / max(1e-300, float(np.abs(rest).sum()))
    return values - usual if explained > 0.1 else values


def _medians(groups: Times, values: Floats) -> Floats:
    """The median of its group, for every value."""
    _, at = np.unique(groups, return_inverse=True)
    medians = np.array([np.median(values[at == g]) for g in range(at.max() + 1)])
    found: Floats = medians[at]
    return found


def _spread(deviations: Floats) -> float:
    """A standard deviation that few far values do not change; 0 where nearly all are alike."""
    sizes = np.abs(deviations)
    middle = float(np.median(sizes))
    if middle > 0.0:
        return 1.4826 * middle
    is_varied = np.count_nonzero(sizes) >= LEAST_POINTS
    return 1.2533 * float(sizes.mean()) if is_varied else 0.0


def _measure(level: Floats, values: Floats, look: _Look, p: float) -> Change | None:
    shape = look.shape
    first, end = (look.first + look.size * i for i in (shape.first, shape.end))
    is_over = shape.end < shape.points
    if shape.kind != "trend":
        first = _sharpen(level, first, look)
        end = _sharpen(level, end, look) if is_over else len(level)
    elif not is_over:
        end = len(level)
    outside = np.ones(len(level), dtype=np.bool_)
    outside[: look.first] = outside[first:end] = outside[look.end :] = False
    inside = np.zeros(len(level), dtype=np.bool_)
    inside[first : min(end, look.end)] = True
    if shape.kind == "trend" and shape.first == 0:  # nothing was before it: from where it began
        outside = np.zeros(len(level), dtype=np.bool_)
        outside[first : first + max(1, (end - first) // 5)] = True
    if not inside.any() or not outside.any():
        return None
    before = float(np.median(level[outside]))
    if shape.kind == "trend":
        at = np.arange(first, min(end, look.end), dtype=np.float64)
        slope, base = np.polyfit(at, level[inside], 1)
        after, rest = float(base + slope * at[-1]), level[inside] - (base + slope * at)
    else:
        after = float(np.median(level[inside]))
        rest = level[inside] - after
    rest = np.concatenate([level[outside] - before, rest])
    spread = _spread(rest - np.median(rest)) or float(rest.std())
    low, high = _interval(
        after - before, spread, (int(outside.sum()), int(inside.sum())), look,
        2.0 if shape.kind == "trend" else 1.0,
    )  # fmt: skip
    # Levels are told as they were read, whatever is usual at some hours.
    shift = float(np.median(values[outside])) - before
    return Change(
        shape.kind, first, end, is_over, before + shift, after + shift, low, high, spread,
        look.echo, shape.points, p,
    )  # fmt: skip


def _interval(
    change: float, spread: float, sizes: tuple[int, int], look: _Look, slope: float
) -> tuple[float, float]:
    """95 % by Student's t over means of points, wider for their echo. `slope` is 2 for the end of
    a slope, whose standard error is twice that of its middle."""
    echo = min(0.9, max(0.0, look.echo))
    counts = [max(1.0, n / look.size) for n in sizes]
    error = (
        spread / sqrt(look.size) * sqrt((1 + echo) / (1 - echo))
        * sqrt(1 / counts[0] + slope**2 / counts[1])
    )  # fmt: skip
    reach = float(stdtrit(max(2.0, sum(counts) - 2), 0.975)) * error
    return change - reach, change + reach


def _sharpen(level: Floats, at: int, look: _Look) -> int:
    """Where exactly between two points the level changed: the cut with the least squares."""
    low, high = max(look.first, at - look.size), min(look.end, at + look.size)
    wide = 2 * look.size
    left = level[max(look.first, low - wide) : low]
    right = level[high : min(look.end, high + wide)]
    if look.size == 1 or not len(left) or not len(right):
        return at
    one, other = np.median(left), np.median(right)
    part = level[low:high]
    cost = np.concatenate([[0.0], np.cumsum((part - one) ** 2 - (part - other) ** 2)])
    return low + int(cost.argmin())
