"""Templates such as `{asset}-{order|digest}`: text made from a row's values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from extraction.tables.amounts import Quantity
from extraction.tables.moments import Moment

_PART = re.compile(r"\{([^{}|]+)(?:\|([^{}]+))?\}")

Values = Sequence[Any]
TextOf = Callable[[Values], str | None]


def columns_in(template: str) -> list[str]:
    """The columns that a template uses, in order."""
    return [match[1].strip() for match in _PART.finditer(template)]


def text_of(value: Any) -> str:
    """A value as it reads inside a code or a name."""
    if isinstance(value, str):
        return value
    if isinstance(value, Moment):
        return value.local
    if isinstance(value, Quantity):
        return value.raw
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _digest(text: str) -> str:
    form = " ".join(text.split()).casefold()
    return hashlib.blake2b(form.encode("utf-8", "replace"), digest_size=4).hexdigest()


def _pad(width: int) -> Callable[[str], str]:
    return lambda text: text.zfill(width)


def find_filter(name: str) -> Callable[[str], str]:
    """The filter called `name`. Raises ValueError where there is none."""
    name = name.strip()
    filters: dict[str, Callable[[str], str]] = {
        "digest": _digest,
        "upper": str.upper,
        "lower": str.lower,
        "day": lambda text: text[:10].replace("-", ""),
        "compact": lambda text: text.replace("-", "").replace(":", ""),
        "digits": lambda text: re.sub(r"\D", "", text),
    }
    pad = re.fullmatch(r"pad\s*(\d{1,2})", name)
    if pad:
        return _pad(int(pad[1]))
    if name not in filters:
        raise ValueError(f"there is no filter {name!r}; use one of {', '.join(filters)}, pad 6")
    return filters[name]


def compile_template(template: str, slot_of: Callable[[str], int]) -> TextOf:
    """A function from a row's values to text; None where any column used is empty.

    Columns with lists are not for this function: see `things`.
    """
    matches = list(_PART.finditer(template))
    if len(matches) == 1 and matches[0].span() == (0, len(template)) and not matches[0][2]:
        slot = slot_of(matches[0][1].strip())

        def take(values: Values) -> str | None:
            value = values[slot]
            if value.__class__ is str:
                return value or None
            return None if value is None else text_of(value)

        return take

    parts: list[tuple[str, int, Callable[[str], str] | None]] = []
    end = 0
    for match in matches:
        change = find_filter(match[2]) if match[2] else None
        parts.append((template[end : match.start()], slot_of(match[1].strip()), change))
        end = match.end()
    tail = template[end:]

    def fill(values: Values) -> str | None:
        text = ""
        for literal, slot, change in parts:
            value = values[slot]
            if value is None:
                return None
            piece = text_of(value)
            if not piece:
                return None
            text += literal + (change(piece) if change else piece)
        return text + tail

    return fill
