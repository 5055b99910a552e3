"""How headers are spelt, and the one spelling by which they are compared.

Headers are compared by what they say, not how: case, spaces, dashes, brackets and the usual
abbreviations do not matter, so `Work Order No.`, `WORK_ORDER_NUMBER` and `WoNum` meet.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
BRACKETS = re.compile(r"[(\[（【<][^()\[\]（）【】<>]*[)\]）】>]")
_TIME_WORDS = frozenset({"minutes", "mins", "hours", "hrs", "seconds", "days"})
_SAME_WORD = {
    "number": "no",
    "num": "no",
    "nr": "no",
    "nbr": "no",
    "desc": "description",
    "descr": "description",
    "qty": "quantity",
    "equip": "equipment",
    "eqpt": "equipment",
    "eq": "equipment",
    "wo": "workorder",
    "floc": "functionallocation",
    "func": "functional",
    "loc": "location",
    "mfr": "manufacturer",
    "mfg": "manufacturer",
    "temp": "temperature",
    "amt": "amount",
    "dt": "date",
    "ts": "timestamp",
    "cat": "category",
    "labour": "labor",
    "prio": "priority",
    "sn": "serialno",
    "bsc": "basic",
    "act": "actual",
}


@lru_cache(maxsize=20_000)
def normal_header(header: str) -> str:
    """A header as it is compared: words without case, marks or spaces between them."""
    folded = unicodedata.normalize("NFKC", header).replace("#", " no ")
    words = _WORD.findall(CAMEL.sub(" ", folded).casefold())
    return "".join(_SAME_WORD.get(word, word) for word in words)


@lru_cache(maxsize=20_000)
def without_brackets(header: str) -> str:
    """`Pressure (bar)` as `Pressure`."""
    bare = BRACKETS.sub(" ", header).strip()
    return bare or header


def bracketed(header: str) -> str | None:
    """What stands in the last brackets of a header: `bar` of `Pressure (bar)`."""
    found = BRACKETS.findall(header)
    return found[-1][1:-1].strip() or None if found else None


def time_word(header: str) -> str | None:
    """The word of several in a header that may be its unit of time: `min` of `Down min`.

    The last one, or one that can be nothing else: `Minutes` of `Minutes lost`.
    """
    words: list[str] = _WORD.findall(CAMEL.sub(" ", unicodedata.normalize("NFKC", header)))
    if len(words) > 1:
        return next((w for w in words if w.casefold() in _TIME_WORDS), words[-1])
    return next((unit for unit in ("分钟", "小时") if unit in header), None)
