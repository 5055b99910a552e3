"""Run rules: when points inside the limits are still no chance.

Western Electric rules 1 to 4 (Statistical Quality Control Handbook, 1956) have an in-control
average run length of 91.75 (Champ and Woodall, Technometrics 29, 1987). Nelson's eight are in
Journal of Quality Technology 16, 1984.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kg.narration import Phrase

RuleSet = Literal["western", "nelson", "limits"]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RunRule:
    """One rule: `least` of the last `window` points fulfil something."""

    id: str
    label: Phrase


RULES = MappingProxyType(
    {
        "W1": RunRule("W1", Phrase("beyond three sigma", "超出三倍标准差")),
        "W2": RunRule("W2", Phrase("two of three beyond two sigma, same side",
                                   "三点中两点在同侧两倍标准差之外")),
        "W3": RunRule("W3", Phrase("four of five beyond one sigma, same side",
                                   "五点中四点在同侧一倍标准差之外")),
        "W4": RunRule("W4", Phrase("eight in a row on one side", "连续八点在中心线同侧")),
        "N1": RunRule("N1", Phrase("beyond three sigma", "超出三倍标准差")),
        "N2": RunRule("N2", Phrase("nine in a row on one side", "连续九点在中心线同侧")),
        "N3": RunRule("N3", Phrase("six in a row rising or falling", "连续六点上升或下降")),
        "N4": RunRule("N4", Phrase("fourteen in a row alternating", "连续十四点上下交替")),
        "N5": RunRule("N5", Phrase("two of three beyond two sigma, same side",
                                   "三点中两点在同侧两倍标准差之外")),
        "N6": RunRule("N6", Phrase("four of five beyond one sigma, same side",
                                   "五点中四点在同侧一倍标准差之外")),
        "N7": RunRule("N7", Phrase("fifteen in a row within one sigma",
                                   "连续十五点在一倍标准差之内")),
        "N8": RunRule("N8", Phrase("eight in a row beyond one sigma, either side",
                                   "连续八点均在一倍标准差之外")),
    }
)  # fmt: skip

_SETS: dict[RuleSet, tuple[str, ...]] = {
    "western": ("W1", "W2", "W3", "W4"),
    "nelson": ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8"),
    "limits": ("W1",),
}


def rules_of(name: RuleSet) -> tuple[str, ...]:
    """The ids of a set of rules."""
    return _SETS[name]


def check_rules(z: Floats, rules: Sequence[str], beyond: Mask | None = None) -> dict[str, Mask]:
    """Which points break each rule. `z`: distances from the centre in sigma; shape: (…, points).

    A rule is broken at its last point. `beyond` says which points are beyond the limits, where
    these are not three sigma.
    """
    out = np.abs(z) > 3 if beyond is None else beyond
    return {rule: out if rule in ("W1", "N1") else _check(rule, z) for rule in rules}


def _check(rule: str, z: Floats) -> Mask:
    if rule in ("W2", "N5"):
        return _either(z, lambda side: side > 2, 3, 2)
    if rule in ("W3", "N6"):
        return _either(z, lambda side: side > 1, 5, 4)
    if rule == "W4":
        return _either(z, lambda side: side > 0, 8, 8)
    if rule == "N2":
        return _either(z, lambda side: side > 0, 9, 9)
    if rule == "N7":
        return _at_least(np.abs(z) < 1, 15, 15)
    if rule == "N8":
        return _at_least(np.abs(z) > 1, 8, 8)
    steps = np.sign(np.diff(z, axis=-1))
    if rule == "N3":
        rising, falling = _at_least(steps > 0, 5, 5), _at_least(steps < 0, 5, 5)
        return _shifted(rising | falling)
    if rule == "N4":
        turns = steps[..., 1:] * steps[..., :-1] < 0
        return _shifted(_shifted(_at_least(turns, 12, 12)))
    raise ValueError(rule)


def _either(z: Floats, holds: object, window: int, least: int) -> Mask:
    """On one side or the other; the point itself has to hold."""
    found = np.zeros(z.shape, dtype=np.bool_)
    for sign in (1, -1):
        inside: Mask = holds(sign * z)  # type: ignore[operator]
        found |= inside & _at_least(inside, window, least)
    return found


def _at_least(holds: Mask, window: int, least: int) -> Mask:
    """Whether of the last `window` points at least `least` hold; fewer points may do."""
    sums = np.cumsum(holds, axis=-1)
    before = np.zeros_like(sums)
    before[..., window:] = sums[..., :-window] if sums.shape[-1] > window else 0
    return np.asarray((sums - before) >= least, dtype=np.bool_)


def _shifted(found: Mask) -> Mask:
    """Differences are one shorter than points: the point after the last step."""
    first = np.zeros((*found.shape[:-1], 1), dtype=np.bool_)
    return np.concatenate([first, found], axis=-1)
