"""Readings in order of time, as a graph holds them: series of numbers with what they are of."""

from __future__ import annotations

from dataclasses import dataclass

from kg.traceability.drifts.detecting import Times
from kg.traceability.drifts.shapes import Floats


@dataclass(frozen=True, slots=True)
class Limits:
    """What a parameter should keep within, where that is known."""

    lower: float | None = None
    upper: float | None = None

    def is_beyond(self, value: float) -> bool:
        """Whether a value is outside."""
        return bool(self.lower is not None and value < self.lower) or bool(
            self.upper is not None and value > self.upper
        )


@dataclass(frozen=True, slots=True)
class Series:
    """The readings of one parameter on one thing, by one sensor or at one step, in one unit."""

    thing: str  # the asset that they tell of
    parameter: str  # parameter or characteristic, else the sensor itself
    source: str  # sensor or process step that they come from; "" where nothing tells
    unit: str
    keys: tuple[str, ...]  # of the measurements, in order of time
    times: Times
    values: Floats
    levelled: Floats  # the values as if all products had the level of the whole
    limits: Limits


@dataclass(frozen=True, slots=True)
class Read:
    """What was read about a thing."""

    series: tuple[Series, ...]
    share: float  # of the time that was read; below 1 where there was too much
