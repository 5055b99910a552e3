"""Intervals and torques as they are written in manuals, in the units of the ontology."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_NUMBER = r"(\d{1,3}(?:[,\u202f ]\d{3})+|\d+(?:[.,]\d+)?)"
_DAYS: Mapping[str, float] = {
    "d": 1, "day": 1, "days": 1, "天": 1, "日": 1, "week": 7, "weeks": 7, "周": 7, "星期": 7,
    "month": 30, "months": 30, "个月": 30, "月": 30, "quarter": 91, "quarters": 91, "季度": 91,
    "year": 365, "years": 365, "yr": 365, "年": 365,
}  # fmt: skip
_WORDS: Mapping[str, float] = {
    "daily": 1, "every day": 1, "each day": 1, "per shift": 1 / 3, "every shift": 1 / 3,
    "each shift": 1 / 3, "weekly": 7, "every week": 7, "fortnightly": 14, "biweekly": 14,
    "monthly": 30, "every month": 30, "bimonthly": 60, "quarterly": 91, "half-yearly": 182,
    "semi-annually": 182, "semiannually": 182, "every six months": 182, "annually": 365,
    "yearly": 365, "every year": 365, "once a year": 365, "每班": 1 / 3, "每天": 1, "每日": 1,
    "日常": 1, "每周": 7, "每星期": 7, "每月": 30, "每季": 91, "每季度": 91, "季度": 91,
    "半年": 182, "每半年": 182, "每年": 365, "一年": 365, "年度": 365, "月度": 30, "半月": 15,
}  # fmt: skip
_IN_DAYS = re.compile(
    rf"{_NUMBER}\s*[-–]?\s*(days?|weeks?|months?|quarters?|years?|yr|d|天|日|周|星期|个月|月|季度|年)"
    r"(?![a-z])"
)
_IN_HOURS = re.compile(
    rf"{_NUMBER}\s*[-–]?\s*(?:operating\s*|running\s*|service\s*|working\s*|运行\s*|工作\s*)?"
    r"(?:hours?|hrs?|h|小时|工时)(?![a-z])"
)
_EACH = re.compile(r"(?:every|each|per|每)\s*(day|week|month|quarter|year|天|日|周|月|季度|年)")
_ENGLISH_NUMBERS = {"two": "2", "three": "3", "four": "4", "six": "6", "twelve": "12"}
_CHINESE = {
    "一": "1",
    "两": "2",
    "二": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "半": "0.5",
}
_TORQUE = re.compile(
    r"(?P<low>\d+(?:[.,]\d+)?)\s*(?:(?:[-–~～…]|to|至|\.\.\.?)\s*(?P<high>\d+(?:[.,]\d+)?))?"
    r"\s*(?:±\s*(?P<spread>\d+(?:[.,]\d+)?)\s*)?"
    r"\s*(?P<unit>kN\s*[·.*⋅•]?\s*m|N\s*[·.*⋅•\s]?\s*m(?!m)|kgf\s*[·.*⋅]?\s*m|牛\s*[·.]?\s*米"
    r"|(?:lb[f]?|pound)[\s·.\-]*(?:ft|feet)|ft[\s·.\-]*lbs?)(?![a-zA-Z])"
)
_BARE = re.compile(
    r"^\s*(?P<low>\d+(?:[.,]\d+)?)\s*(?:(?:[-–~～]|to|至)\s*(?P<high>\d+(?:[.,]\d+)?))?"
    r"\s*(?:±\s*(?P<spread>\d+(?:[.,]\d+)?))?\s*$"
)
_PER_NM = {"kn": 1000.0, "n": 1.0, "kgf": 9.80665, "牛": 1.0, "lb": 1.3558179, "ft": 1.3558179,
           "pound": 1.3558179}  # fmt: skip


def read_interval(text: str) -> dict[str, float]:
    """`intervalDays` or `intervalHours` of a text; empty where it tells none."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    for word, number in _ENGLISH_NUMBERS.items():
        folded = re.sub(rf"\b{word}\b", number, folded)
    folded = (
        re.sub(
            "([一两二三四五六半])(?=个?(?:天|日|周|星期|月|季度|年))",
            lambda match: _CHINESE[match[1]],
            folded,
        )
        if folded not in _WORDS and folded.removeprefix("每") not in _WORDS
        else folded
    )
    found: dict[str, float] = {}
    hours = _IN_HOURS.search(folded)
    if hours:
        found["intervalHours"] = _value(hours[1])
    days = _IN_DAYS.search(folded)
    if days:
        found["intervalDays"] = round(_value(days[1]) * _DAYS[days[2]], 3)
    if not found:
        for word in sorted(_WORDS, key=len, reverse=True):
            if re.search(rf"\b{word}\b", folded) if word.isascii() else word in folded:
                found["intervalDays"] = round(_WORDS[word], 3)
                break
        else:
            each = _EACH.search(folded)
            if each:
                found["intervalDays"] = float(_DAYS[each[1]])
    return {name: value for name, value in found.items() if value > 0}


def read_torque(text: str, header: str = "") -> dict[str, float]:
    """The torque in N·m that a text gives (`torqueNm`), with its limits where it gives two.

    A bare number counts where `header` names the unit.
    """
    match = _TORQUE.search(text)
    unit = ""
    if match is None:
        match = _BARE.match(text)
        in_header = _TORQUE.search(f"1 {header_unit(header)}") if match else None
        if match is None or in_header is None:
            return {}
        unit = in_header["unit"]
    else:
        unit = match["unit"]
    factor = next(f for name, f in _PER_NM.items() if unit.casefold().startswith(name))
    low = _decimal(match["low"]) * factor
    found: dict[str, float] = {}
    if match["high"]:
        high = _decimal(match["high"]) * factor
        found = {"torqueNm": (low + high) / 2, "lowerLimit": low, "upperLimit": high}
    elif match["spread"]:
        spread = _decimal(match["spread"]) * factor
        found = {"torqueNm": low, "lowerLimit": low - spread, "upperLimit": low + spread}
    else:
        found = {"torqueNm": low}
    return {name: round(value, 3) for name, value in found.items()}


def header_unit(header: str) -> str:
    """The unit in a column's header: in brackets, or after `in`."""
    match = re.search(r"[(（\[]([^)）\]]+)[)）\]]|\bin\s+(\S+)\s*$|/\s*(\S+)\s*$", header)
    if match:
        return next(group for group in match.groups() if group)
    last = re.search(r"(N[·.⋅ ]?m|kN[·.]?m|kgf[·.]?m)\s*$", header)
    return last[1] if last else ""


def _value(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[,\u202f ]\d{3})+", text):
        return float(re.sub(r"[,\u202f ]", "", text))
    return _decimal(text)


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))
