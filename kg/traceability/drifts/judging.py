"""Which of many series drifted, given how many were looked at.

Of what is reported as a change of level at most `FALSE_SHARE` is expected to be chance (Benjamini
and Hochberg, 1995). Readings beyond the limits that the parameter should keep need no test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kg.model.instants import Instant
from kg.traceability.drifts.detecting import LEAST_READINGS, Change, find_change
from kg.traceability.drifts.series import Series
from kg.traceability.drifts.shapes import Floats

FALSE_SHARE = 0.05
DriftKind = Literal["shift", "excursion", "trend", "beyond limits"]


@dataclass(frozen=True, slots=True)
class Drifted:
    """A series that drifted. Indices are those of its readings."""

    series: Series
    kind: DriftKind
    first: int
    end: int  # after the last reading of the drift
    is_over: bool
    before: float
    after: float  # of readings beyond limits the one furthest out
    beyond: int  # readings in it that are beyond the limits
    change: Change | None  # None: only beyond the limits
    q: float | None  # p adjusted for all series looked at


@dataclass(frozen=True, slots=True)
class Judged:
    """What drifted, and how much was looked at."""

    drifts: tuple[Drifted, ...]
    tested: int
    too_few: int  # series with too few readings to test, or that never vary


def judge(looked: Sequence[tuple[Series, tuple[Instant, Instant]]]) -> Judged:
    """The drifts among series, each with the time that is asked about (from, to)."""
    changes = [find_change(s.times, s.levelled, focus) for s, focus in looked]
    tested = [i for i, change in enumerate(changes) if change is not None]
    adjusted: dict[int, float] = {}
    if tested:
        p = np.array([c.p for c in changes if c is not None])
        adjusted = dict(zip(tested, map(float, adjust(p)), strict=True))
    drifts: list[Drifted] = []
    for i, (series, focus) in enumerate(looked):
        change = changes[i]
        if change is not None and adjusted[i] <= FALSE_SHARE:
            drifts.append(_changed(series, change, adjusted[i]))
        else:
            beyond = _beyond(series, focus)
            if beyond is not None:
                drifts.append(beyond)
    short = sum(len(s.values) < LEAST_READINGS for s, _ in looked)
    return Judged(tuple(drifts), len(tested), short)


def adjust(p: Floats) -> Floats:
    """p-values adjusted for the false discovery rate (Benjamini and Hochberg), in their order."""
    order = np.argsort(p)[::-1]
    ranks = len(p) - np.arange(len(p))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(p[order] * len(p) / ranks))
    return adjusted


def _changed(series: Series, change: Change, q: float) -> Drifted:
    beyond = sum(series.limits.is_beyond(v) for v in series.values[change.first : change.end])
    return Drifted(
        series, change.kind, change.first, change.end, change.is_over, change.before, change.after,
        beyond, change, q,
    )  # fmt: skip


def _beyond(series: Series, focus: tuple[Instant, Instant]) -> Drifted | None:
    """The longest run of readings beyond the limits that meets the time asked about."""
    out = np.array([series.limits.is_beyond(v) for v in series.values], dtype=np.bool_)
    if not out.any():
        return None
    edges = np.flatnonzero(np.diff(np.concatenate([[0], out.astype(np.int8), [0]])))
    runs = [
        (int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)
        if series.times[first] <= focus[1] and series.times[end - 1] >= focus[0]
    ]  # fmt: skip
    if not runs:
        return None
    first, end = max(runs, key=lambda run: (run[1] - run[0], -run[0]))
    limits, part = series.limits, series.values[first:end]
    is_above = limits.upper is not None and part.max() > limits.upper
    rest = series.values[~out]
    return Drifted(
        series, "beyond limits", first, end, end < len(out),
        float(np.median(rest if len(rest) else series.values)),
        float(part.max() if is_above else part.min()), end - first, None, None,
    )  # fmt: skip
