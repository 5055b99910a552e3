"""Numbers, quantities with units and durations as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from extraction.tables.units import convert, find_unit, unit_symbol

Decimal = Literal[".", ","]


class Quantity(NamedTuple):
    """An amount with its unit's symbol (None where nothing says it) and as it was written."""

    amount: float
    unit: str | None
    raw: str


_CURRENCY = re.compile(r"^(?:[$€£¥₹元]|[A-Z]{3}\s|US\$|A\$|RMB)\s*|\s*(?:[$€£¥₹元%]|\s[A-Z]{3})$")
_DIGITS = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:[,'’ ]\d{3})+(?:\.\d+)?"),
    ",": re.compile(r"[+-]?\d{1,3}(?:[.'’ ]\d{3})+(?:,\d+)?"),
}
_QUANTITY = re.compile(
    r"(?P<number>[+-]?[\d.,'’ ]*\d(?:[eE][+-]?\d+)?)\s*(?P<unit>[^\d\s.,][^,;]{0,20})?"
)
_DOTTED_DAY = re.compile(r"[0-3]?\d\.[01]?\d\.(?:\d{4}|\d{2})(?!\d)")
_NUMERIC = re.compile(r"[+-]?\d[\d.,]*(?:\s?[^\W\d_%]{0,4}|%)")
_CLOCK = re.compile(r"(?P<h>\d{1,4}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?")
_SPAN_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?")
_ISO_SPAN = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


def infer_decimal(samples: Iterable[str]) -> Decimal | None:
    """The decimal mark that samples use; None where they do not tell."""
    point = comma = 0
    for text in samples:
        text = text.strip()
        if "," in text and "." in text:
            is_comma = text.rfind(",") > text.rfind(".")
            comma, point = comma + is_comma, point + (not is_comma)
        elif text.count(",") == 1 and not re.search(r"^[+-]?[1-9]\d{0,2},\d{3}(?!\d)", text):
            comma += 1
        elif text.count(".") == 1 and not re.search(r"^[+-]?[1-9]\d{0,2}\.\d{3}(?!\d)", text):
            point += 1
        elif text.count(".") > 1:
            comma += 1
        elif text.count(",") > 1:
            point += 1
    if point == comma:
        return None
    return "." if point > comma else ","


def infer_table_decimal(cells: Iterable[str]) -> Decimal | None:
    """The decimal mark of all numbers of a table, for columns whose own ones do not tell.

    `1.200` and `20,005` can be read both ways. Where no number tells, days written `05.03.2024` do:
    those who write them so have a decimal comma.
    """
    numbers: list[str] = []
    has_dotted_days = False
    for cell in cells:
        text = cell.strip()
        if _DOTTED_DAY.match(text):
            has_dotted_days = True
        elif _NUMERIC.fullmatch(text):
            numbers.append(text)
    return infer_decimal(numbers) or ("," if has_dotted_days else None)


def read_number(text: str, decimal: Decimal = ".") -> float:
    """The number in a cell such as `1,234.50`, `1.234,50`, `(12.5)`, `12.5-` or `¥ 1.2万`.

    Raises ValueError where it is none.
    """
    try:
        if decimal == "." and "_" not in text:
            number = float(text)
            if number - number == 0:  # neither infinite nor not-a-number
                return number
    except ValueError:
        pass
    return _read_written(text, decimal)


def _read_written(text: str, decimal: Decimal) -> float:
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    plain = _CURRENCY.sub("", _CURRENCY.sub("", plain)).strip()
    negative = False
    if plain.startswith("(") and plain.endswith(")"):
        negative, plain = True, plain[1:-1].strip()
    elif plain.endswith("-"):
        negative, plain = True, plain[:-1].strip()
    factor = 1.0
    if plain[-1:] in "万亿" and plain[:-1]:
        factor = 1e4 if plain[-1] == "万" else 1e8
        plain = plain[:-1].strip()
    if _GROUPED[decimal].fullmatch(plain):
        plain = re.sub(r"[,'’ ]" if decimal == "." else r"[.'’ ]", "", plain)
    if decimal == ",":
        if "." in plain:
            raise ValueError(f"{text!r} is no number with a decimal comma")
        plain = plain.replace(",", ".")
    if not _DIGITS.fullmatch(plain):
        raise ValueError(f"{text!r} is no number")
    number = float(plain) * factor
    return -number if negative else number


def read_integer(text: str, decimal: Decimal = ".") -> int:
    """A whole number; `10.0` is one. Raises ValueError."""
    number = read_number(text, decimal)
    if number != int(number):
        raise ValueError(f"{text!r} is not a whole number")
    return int(number)


def read_quantity(
    text: str, decimal: Decimal = ".", stated: str | None = None, wanted: str | None = None
) -> Quantity:
    """The quantity in `12 bar`, or in `12` with its unit `stated` beside it.

    It is converted to the unit `wanted` where one is given; a bare number is taken to be in it.
    Raises ValueError where it is none, or cannot be converted.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no quantity")
    number = read_number(match["number"].strip(), decimal)
    written = (match["unit"] or "").strip() or (stated or "").strip() or None
    if wanted is None:
        return Quantity(number, unit_symbol(written) if written else None, text)
    if written is None or unit_symbol(written) == unit_symbol(wanted):
        return Quantity(number, unit_symbol(wanted), text)
    return Quantity(convert(number, written, wanted), unit_symbol(wanted), text)


def read_duration(text: str, decimal: Decimal = ".", unit: str = "h") -> float:
    """Hours in `3:30`, `1:05:30`, `2 d 4 h`, `90 min`, `PT1H30M`, or a bare number of `unit`.

    Raises ValueError where it is none of these.
    """
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        return round(int(clock["h"]) + int(clock["m"]) / 60 + int(clock["s"] or 0) / 3600, 6)
    iso = _ISO_SPAN.fullmatch(text)
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (float(g or 0) for g in iso.groups())
        return round(days * 24 + hours + minutes / 60 + seconds / 3600, 6)
    try:
        return round(convert(read_number(text, decimal), unit, "h"), 6)
    except ValueError:
        pass
    parts = _SPAN_PART.findall(text)
    if not parts or _SPAN_PART.sub("", text).strip(" ,;"):
        raise ValueError(f"{text!r} is no length of time")
    total = 0.0
    for number, written in parts:
        written = "min" if written == "m" else written
        found = find_unit(written)
        if found is None or found.dimension != "time":
            raise ValueError(f"{text!r} is no length of time")
        total += convert(read_number(number.replace(",", ".")), written, "h")
    return round(total, 6)


_YES = frozenset(
    {"yes", "y", "true", "t", "1", "x", "ok", "ja", "是", "有", "对", "√", "✓", "合格"}
)
_NO = frozenset({"no", "n", "false", "f", "0", "nok", "nein", "否", "无", "不", "×", "✗", "不合格"})


def read_yes_no(text: str) -> bool:
    """Whether a cell says yes. Raises ValueError where it says neither yes nor no."""
    form = unicodedata.normalize("NFKC", text).strip().casefold()
    if form in _YES:
        return True
    if form in _NO:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")
