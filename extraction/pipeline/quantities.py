"""Quantities with their units: single values, ranges, limits and tolerances, in both languages.

`12 bar`, `-20℃`, `10-12 bar`, `3 至 5 分钟`, `≥ 0.4MPa`, `20 ±0.5 mm`, `50 +0.1/-0.2 mm`, `85 Nm`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_BELOW, _ABOVE = "<≤＜", ">≥＞"
_AT_MOST = ("max", "maximum", "at most", "不超过", "不大于", "小于", "低于")
_AT_LEAST = ("min", "minimum", "at least", "不小于", "不低于", "大于", "高于", "超过")
_LIMITS = dict.fromkeys(_AT_MOST, "<") | dict.fromkeys(_AT_LEAST, ">")


class Quantity(NamedTuple):
    """A quantity at a place: half-open offsets. `low` and `high` are None where unbounded."""

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str  # as the list of units has it
    quantity: str  # what the unit measures: pressure, temperature, torque, time, …


class QuantityFinder:
    """Finds quantities by a list of units: unit (lower case) to what it measures."""

    def __init__(self, units: Mapping[str, str]) -> None:
        self._units = {unit.casefold(): (unit, measured) for unit, measured in units.items()}
        long = [re.escape(u) for u in sorted(units, key=len, reverse=True) if len(u) > 1]
        short = [re.escape(u) for u in units if len(u) == 1]
        # one Latin letter only right behind its number: "5 a day" holds no ampere
        marks = [unit for unit in short if not unit.isascii() or not unit.isalpha()]
        unit = rf"(?:\s?(?:{'|'.join(long + marks)})|(?:{'|'.join(short)}))(?![^\W\d_]*[a-z])"
        limits = "|".join(map(re.escape, sorted(_LIMITS, key=len, reverse=True)))
        self._pattern = re.compile(
            rf"(?:(?P<limit>[<≤＜>≥＞]=?|{limits})\.?\s*)?"
            rf"(?<![A-Za-z\d_.])(?P<sign>[-−])?(?P<one>{_NUMBER})"
            rf"(?:(?P<unit1>{unit})?\s*(?:(?:-|–|~|～|…|to|至|到)\s*(?P<two>[-−]?(?:{_NUMBER}))"
            rf"|(?:±|\+/-)\s*(?P<both>{_NUMBER})"
            rf"|\+\s*(?P<plus>{_NUMBER})\s*/?\s*[-−]\s*(?P<minus>{_NUMBER})))?"
            rf"(?P<unit>{unit})",
            re.IGNORECASE,
        )

    def find(self, text: str) -> Iterator[Quantity]:
        """The quantities of `text` in order."""
        for match in self._pattern.finditer(text):
            known = self._units.get(match["unit"].strip().casefold())
            if known is None:
                continue
            low, high = _bounds(match)
            if low is not None and high is not None and low > high:
                low, high = high, low
            yield Quantity(match.start(), match.end(), low, high, *known)


def _bounds(match: re.Match[str]) -> tuple[float | None, float | None]:
    value = _value(match["one"]) * (-1 if match["sign"] else 1)
    if match["two"]:
        return value, _value(match["two"])
    if match["both"]:
        return value - _value(match["both"]), value + _value(match["both"])
    if match["plus"]:
        return value - _value(match["minus"]), value + _value(match["plus"])
    limit = match["limit"]
    if limit is None:
        return value, value
    side = _LIMITS.get(limit.casefold(), limit[0])
    if side in _BELOW:
        return None, value
    return (value, None) if side in _ABOVE else (value, value)


def _value(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-"))
