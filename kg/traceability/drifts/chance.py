"""How often chance alone makes a series look as if its level had changed.

A series whose values echo the ones before wanders, and wandering looks like change. So the gain of
the best shape is compared with that in simulated series which do not change but echo as much
(autoregressive of order one). The echo is measured on what the best shape leaves, which is less
than there is, because the shape takes wandering along: the simulation tells by how much, and the
least favourable echo that is still plausible counts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kg.traceability.drifts.shapes import Floats, fit_shapes

_ECHOES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_SERIES = 1500
_LEAST = 1e-6  # no smaller probability is told: the extrapolation does not carry further
_TAIL = 0.1  # share of the simulated gains from which small probabilities are extrapolated
_PLAUSIBLE = 0.05  # an echo is plausible up to where only so many show less of it than was measured


class _Null(NamedTuple):
    echoes: Floats  # measured, sorted; shape: (series,)
    gains: Floats  # adjusted, sorted; shape: (series,)


def chance_of(gain: float, echo: float, points: int) -> float:
    """The probability of so much gain in a series of `points` values whose level never changes."""
    adjusted = gain * float(_damping(echo))
    return max(
        _LEAST, *(_share_above(_null(points, e), adjusted) for e in _plausible(echo, points))
    )


def _plausible(echo: float, points: int) -> list[float]:
    """The echoes behind a measured one: the likeliest, and those up to the highest plausible."""
    shares = [
        (e, np.searchsorted(_null(points, e).echoes, echo, side="right") / _SERIES) for e in _ECHOES
    ]
    likeliest = min(shares, key=lambda x: (abs(x[1] - 0.5), x[0]))[0]
    return [e for e, share in shares if e == likeliest or (e > likeliest and share >= _PLAUSIBLE)]


def _damping(echo: float | Floats) -> Floats:
    """By how much independent values tell more than these: their gains then compare."""
    held = np.clip(echo, 0.0, 0.9)
    return np.asarray((1 - held) / (1 + held))


@lru_cache(maxsize=512)
def _null(points: int, echo: float) -> _Null:
    random = np.random.default_rng([points, round(echo * 100)])
    noise = random.standard_normal((_SERIES, points))
    noise[:, 0] /= np.sqrt(1 - echo**2)  # it has gone on for long
    for at in range(1, points):
        noise[:, at] += echo * noise[:, at - 1]
    fits = fit_shapes(noise.astype(np.float32))  # half the time; chance needs no more digits
    return _Null(np.sort(fits.echo), np.sort(fits.gain * _damping(fits.echo)))


def _share_above(null: _Null, gain: float) -> float:
    """Counted where simulated series reach so far, beyond them by their exponential tail."""
    count = len(null.gains)
    first = count - int(_TAIL * count)
    threshold = null.gains[first]
    if gain <= threshold:
        return float((1 + count - np.searchsorted(null.gains, gain)) / (1 + count))
    mean = float((null.gains[first:] - threshold).mean())
    return float(_TAIL * np.exp(-(gain - threshold) / max(mean, 1e-12)))
