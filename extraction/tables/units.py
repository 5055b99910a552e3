"""Units of measure: the many ways of writing one, and how one converts to another."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import NamedTuple


class Unit(NamedTuple):
    """A unit: value in the dimension's base unit = value * factor + offset."""

    symbol: str
    dimension: str
    factor: float = 1.0
    offset: float = 0.0


_TABLE: dict[str, list[tuple[str, float, str]]] = {
    # dimension: (symbol, factor to the first, other spellings)
    "length": [
        ("m", 1, "meter metre meters metres mtr 米"),
        ("mm", 1e-3, "millimeter millimetre mmt 毫米"),
        ("cm", 1e-2, "centimeter cmt 厘米"),
        ("µm", 1e-6, "um micron microns 微米 μm"),
        ("km", 1e3, "kilometer 公里 千米"),
        ("in", 0.0254, 'inch inches " 英寸'),
        ("ft", 0.3048, "foot feet 英尺"),
    ],
    "mass": [
        ("kg", 1, "kgs kgm kilogram kilograms kilo 公斤 千克"),
        ("g", 1e-3, "gram grams gr grm 克"),
        ("mg", 1e-6, "milligram mgm 毫克"),
        ("t", 1e3, "ton tonne tonnes tons to mt tne 吨"),
        ("lb", 0.45359237, "lbs lbr pound pounds 磅"),
    ],
    "time": [
        ("s", 1, "sec secs second seconds 秒"),
        ("ms", 1e-3, "msec millisecond 毫秒"),
        ("min", 60, "mins minute minutes 分 分钟 min."),
        ("h", 3600, "hr hrs hour hours std 小时 时 钟头"),
        ("d", 86400, "day days tag tage 天 日"),
        ("wk", 604800, "week weeks 周"),
    ],
    "pressure": [
        ("bar", 1, "bars 巴"),
        ("mbar", 1e-3, "millibar 毫巴"),
        ("Pa", 1e-5, "pascal 帕"),
        ("kPa", 1e-2, "千帕"),
        ("MPa", 10, "兆帕"),
        ("psi", 0.0689475729, "psig lbf/in2"),
        ("kgf/cm²", 0.980665, "kgf/cm2 kg/cm2 公斤力"),
    ],
    "temperature": [
        ("°C", 1, "c degc deg.c celsius 摄氏度 度 ℃ oc"),
        ("K", 1, "kelvin 开"),
        ("°F", 5 / 9, "f degf fahrenheit 华氏度 ℉"),
    ],
    "rotation": [
        ("rpm", 1, "r/min rev/min u/min min-1 1/min 转/分 转每分"),
        ("Hz", 60, "hertz 赫兹 赫"),
    ],
    "volume": [
        ("L", 1, "l liter litre liters litres ltr ltrs 升"),
        ("mL", 1e-3, "ml mlt 毫升"),
        ("m³", 1e3, "m3 cbm mtq 立方米"),
        ("gal", 3.785411784, "gallon gallons 加仑"),
    ],
    "flow": [("L/min", 1, "lpm l/min 升/分"), ("m³/h", 1000 / 60, "m3/h cbm/h 立方米/小时")],
    "speed": [
        ("m/s", 1, "米/秒"),
        ("mm/s", 1e-3, "毫米/秒"),
        ("m/min", 1 / 60, "米/分"),
        ("km/h", 1 / 3.6, "kmh kph"),
    ],
    "acceleration": [("m/s²", 1, "m/s2")],
    "force": [("N", 1, "newton 牛 牛顿"), ("kN", 1e3, "千牛")],
    "torque": [
        ("N·m", 1, "nm n.m n*m newtonmeter 牛米 牛·米"),
        ("lbf·ft", 1.3558179, "ft-lb lb-ft"),
    ],
    "power": [
        ("W", 1, "watt 瓦"),
        ("kW", 1e3, "千瓦"),
        ("MW", 1e6, "兆瓦"),
        ("mW", 1e-3, "毫瓦"),
        ("hp", 745.7, "马力"),
    ],
    "energy": [("J", 1, "joule 焦"), ("kJ", 1e3, "千焦"), ("kWh", 3.6e6, "千瓦时 度电")],
    "voltage": [("V", 1, "volt volts 伏 伏特"), ("mV", 1e-3, "毫伏"), ("kV", 1e3, "千伏")],
    "current": [("A", 1, "amp amps ampere 安 安培"), ("mA", 1e-3, "毫安")],
    "resistance": [("Ω", 1, "ohm ohms 欧 欧姆"), ("kΩ", 1e3, "kohm"), ("MΩ", 1e6, "mohm 兆欧")],
    "ratio": [("1", 1, "ratio"), ("%", 1e-2, "percent pct 百分比"), ("ppm", 1e-6, "")],
    "angle": [("°", 1, "deg degree degrees 度角"), ("rad", 57.29577951308232, "")],
    "sound": [("dB", 1, "db(a) dba 分贝")],
    "hardness": [("HRC", 1, "")],
    "count": [
        (
            "pcs",
            1,
            "pc piece pieces ea each st stk stück pce h87 c62 unit units nos"
            " 件 个 只 台 套 支 根 片",
        ),
        ("set", 1, "sets"),
        ("box", 1, "boxes carton cartons 箱 盒"),
        ("roll", 1, "rolls 卷"),
        ("pair", 2, "pairs 副 对"),
    ],
}
_OFFSETS = {"K": -273.15, "°F": -32 * 5 / 9}


def _fold(text: str) -> str:
    # Not casefold at once: mW and MW, Pa and PA are told apart first.
    return unicodedata.normalize("NFKC", text).strip().replace(" ", "").rstrip(".")


_UNITS: dict[str, Unit] = {}
_EXACT: dict[str, str] = {}
_LOOSE: dict[str, str | None] = {}
for _dimension, _rows in _TABLE.items():
    for _symbol, _factor, _spellings in _rows:
        _UNITS[_symbol] = Unit(_symbol, _dimension, _factor, _OFFSETS.get(_symbol, 0.0))
        for _word in (_symbol, *_spellings.split(" ")):
            if _word:
                _EXACT.setdefault(_fold(_word), _symbol)
for _word, _symbol in _EXACT.items():
    _form = _word.casefold()
    # A spelling that would mean two units without its case (mW, MW) stays unknown.
    _LOOSE[_form] = _symbol if _LOOSE.get(_form, _symbol) == _symbol else None


@lru_cache(maxsize=10_000)
def find_unit(text: str) -> Unit | None:
    """The unit that `text` means, in any usual spelling; None where we do not know it."""
    form = _fold(text)
    symbol = _EXACT.get(form) or _LOOSE.get(form.casefold())
    return _UNITS[symbol] if symbol else None


def measure(text: str) -> tuple[str, str, float] | None:
    """What `text` measures, the unit that amounts of it are added up in, and the factor to it;
    None where we do not know the unit, or where it has a zero of its own."""
    unit = find_unit(text)
    if unit is None or unit.offset:
        return None
    if unit.dimension == "count":
        return unit.dimension, unit.symbol, 1.0  # a box is not so many pieces
    base = next(u for u in _UNITS.values() if u.dimension == unit.dimension and u.factor == 1)
    return unit.dimension, base.symbol, unit.factor


def unit_symbol(text: str) -> str:
    """The usual symbol of the unit `text`; `text` itself where we do not know it."""
    unit = find_unit(text)
    return unit.symbol if unit else text.strip()


def convert(value: float, source: str, target: str) -> float:
    """`value` in unit `source`, expressed in `target`.

    Raises ValueError where one is unknown or they measure different things.
    """
    a, b = find_unit(source), find_unit(target)
    if a is None or b is None:
        raise ValueError(f"we know no unit {(source if a is None else target)!r}")
    if a.dimension != b.dimension or (a.dimension == "count" and a != b):
        raise ValueError(f"{a.symbol} cannot be converted to {b.symbol}")
    if a is b:
        return value
    return round((value * a.factor + a.offset - b.offset) / b.factor, 9)
