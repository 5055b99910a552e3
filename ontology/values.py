"""Values as shapes see them: node keys (plain text) and typed literals.

A Python value becomes the literal that RDF would write for it, given the datatype that the
ontology declares for the attribute: text stays text except under a date or date-time, whole
numbers count as decimals where decimals are declared. Nothing else is converted, so that "12" in
a column of numbers is found out.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

Comparable = str | bool | Decimal | date | datetime

_DATE = re.compile(r"\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?\Z", re.A)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?\Z", re.A)
NUMERIC = frozenset({"integer", "decimal", "double", "float"})


class Lit(NamedTuple):
    """A literal, numbers in canonical form; `value` is None where the text is not of the type."""

    datatype: str  # local name in XML Schema
    lexical: str
    value: Comparable | None


Term = str | Lit  # a node key or a literal


def literal(raw: object, declared: str | None) -> Lit:
    """The literal for a Python value of an attribute of the `declared` datatype."""
    if isinstance(raw, bool):
        return Lit("boolean", "true" if raw else "false", raw)
    if isinstance(raw, int):
        datatype = "decimal" if declared == "decimal" else "integer"
        return Lit(datatype, str(raw), Decimal(raw))
    if isinstance(raw, float):
        if not math.isfinite(raw):
            return Lit("decimal", str(raw), None)
        return from_text(repr(raw), "decimal")
    text = str(raw)
    if declared in ("date", "dateTime"):
        return from_text(text, declared)
    return Lit("string", text, text)


def from_text(text: str, datatype: str) -> Lit:
    """The literal that RDF's `"text"^^xsd:datatype` is."""
    if datatype == "string":
        return Lit("string", text, text)
    value: Comparable | None = None
    try:
        if datatype in NUMERIC:
            value = Decimal(text)
            if not value.is_finite():
                return Lit(datatype, text, None)
            text = str(int(value)) if datatype == "integer" else format(value.normalize(), "f")
        elif datatype == "boolean":
            value = {"true": True, "1": True, "false": False, "0": False}[text]
            text = "true" if value else "false"
        elif datatype == "dateTime" and _DATE_TIME.match(text):
            value = datetime.fromisoformat(_microseconds(text))
        elif datatype == "date" and _DATE.match(text):
            value = date.fromisoformat(text[:10])
    except (ArithmeticError, KeyError, ValueError):
        return Lit(datatype, text, None)
    return Lit(datatype, text, value)


def compare(left: Term, right: Term) -> int | None:
    """-1, 0 or 1 as `left` is below, equal to or above `right`; None where they do not compare."""
    if isinstance(left, str) or isinstance(right, str):
        return None
    a, b = left.value, right.value
    if a is None or b is None or type(a) is not type(b):
        return None
    if (
        isinstance(a, datetime)
        and isinstance(b, datetime)
        and (a.tzinfo is None) != (b.tzinfo is None)
    ):
        return None
    return (a > b) - (a < b)  # type: ignore[operator]  # of one type, as was just made sure


def has_datatype(raw: object, datatype: str) -> bool:
    """Whether one Python value is of an attribute's datatype. Date-times need a zone."""
    kind = type(raw)
    if datatype == "string":
        return kind is str
    if datatype == "integer":
        return kind is int
    if datatype == "decimal":
        return kind is int or (kind is float and math.isfinite(raw))  # type: ignore[arg-type]
    if datatype == "boolean":
        return kind is bool
    if not isinstance(raw, str):
        return False
    if datatype == "dateTime":
        return _has_zone(raw)
    try:
        return len(raw) == 10 and bool(date.fromisoformat(raw)) and bool(_DATE.match(raw))
    except ValueError:
        return False


@lru_cache(maxsize=100_000)
def _has_zone(text: str) -> bool:
    try:
        return (
            _DATE_TIME.match(text) is not None
            and datetime.fromisoformat(_microseconds(text)).tzinfo is not None
        )
    except ValueError:
        return False


def is_utc(text: str) -> bool:
    """Whether `text` is a well-formed date-time in UTC, such as `2026-03-01T07:30:00Z`."""
    return text[-1:] == "Z" and _has_zone(text)


def _microseconds(text: str) -> str:
    """The same with at most six digits of a second, which is what Python reads."""
    if "." not in text:
        return text
    head, _, tail = text.partition(".")
    digits = re.match(r"\d+", tail)
    assert digits is not None  # the pattern asks for some
    return f"{head}.{digits.group()[:6].ljust(6, '0')}{tail[digits.end() :]}"
