"""The shapes that a change of level may have in a series: steps, excursions and slopes."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["shift", "excursion", "trend"]
LEAST_POINTS = 3  # on either side of a change


class Shape(NamedTuple):
    """A change in the points `first` to before `end` of a series of `points`."""

    kind: Kind
    first: int
    end: int
    points: int

    @property
    def is_over(self) -> bool:
        """Whether the level came back within the series."""
        return self.kind != "shift" and self.end < self.points


class Shapes(NamedTuple):
    """All shapes of one length. `rows` have mean 0 and norm 1; shape: (shapes, points)."""

    listed: tuple[Shape, ...]
    rows: Floats


@lru_cache(maxsize=64)
def shapes_of(points: int) -> Shapes:
    """The shapes that are told apart in `points` values.

    A step to the end is a shift, a step that goes back an excursion, a slope a trend, to the end or
    back to where it began (a part that wears and is replaced).
    """
    listed: list[Shape] = []
    rows: list[Floats] = []
    at = np.arange(points, dtype=np.float64)
    for first in range(points - LEAST_POINTS + 1):
        for end in range(first + LEAST_POINTS, points + 1):
            inside = (at >= first) & (at < end)
            if points - (end - first) >= LEAST_POINTS and first >= LEAST_POINTS:
                kind: Kind = "shift" if end == points else "excursion"
                listed.append(Shape(kind, first, end, points))
                rows.append(inside.astype(np.float64))
            if end - first >= 2 * LEAST_POINTS:
                listed.append(Shape("trend", first, end, points))
                rows.append(np.where(inside, at - first + 1, 0.0))
    matrix = np.array(rows)
    matrix -= matrix.mean(axis=1, keepdims=True)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return Shapes(tuple(listed), matrix)


class Fits(NamedTuple):
    """The best shape in each of several series. Shapes: (series,)."""

    best: NDArray[np.int64]  # index of the shape
    gain: Floats  # points x log of the ratio of squared residuals without and with it
    echo: Floats  # correlation of a residual with the one before it


def fit_shapes(series: Floats) -> Fits:
    """The shape that explains most of each series. `series` has shape (series, points)."""
    shapes = shapes_of(series.shape[1])
    centred = series - series.mean(axis=1, keepdims=True)
    rows = shapes.rows.astype(series.dtype, copy=False)
    weights = centred @ rows.T
    best = np.abs(weights).argmax(axis=1)
    weight = weights[np.arange(len(series)), best]
    rest = centred - weight[:, None] * rows[best]
    whole = (centred**2).sum(axis=1)
    left = np.maximum((rest**2).sum(axis=1), 1e-12 * np.maximum(whole, 1e-300))
    echo = (rest[:, 1:] * rest[:, :-1]).sum(axis=1) / left
    gain = series.shape[1] * np.log(np.maximum(whole, 1e-300) / left)
    return Fits(best.astype(np.int64), gain, echo)
