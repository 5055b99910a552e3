"""Words as they are indexed and searched: one rule for both languages and both stores.

A token is a run of letters and digits, with inner `- / . # _` kept (`6205-2rs`, `o-ring`), plus
the parts between those marks. Han text becomes overlapping pairs of characters, and single ones
where a run has only one, so that a two-character word is one token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[-/.#_][^\W_{_HAN}]+)*")
_ASCII_RUN = re.compile(r"[a-z0-9]+(?:[-/.#_][a-z0-9]+)*")
_FIRST_HAN = "\u3400"  # what stands before it is not Han
_IS_HAN = re.compile(rf"[{_HAN}]")
_PART = re.compile(r"[-/.#_]")


def has_han(text: str) -> bool:
    """Whether `text` holds a Han character."""
    return _IS_HAN.search(text) is not None


def index_tokens(text: str) -> list[str]:
    """The tokens under which `text` is found, in order, repeats kept."""
    tokens: list[str] = []
    if text.isascii():  # nothing to fold but the case, and no Han
        runs = _ASCII_RUN.findall(text.lower())
    else:
        runs = _RUN.findall(unicodedata.normalize("NFKC", text).casefold())
    for run in runs:
        if run[0] >= _FIRST_HAN and _IS_HAN.match(run):
            tokens += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        else:
            tokens.append(run)
            if not run.isalnum():
                parts = _PART.split(run)
                if len(parts) > 1:
                    tokens.extend(part for part in parts if part)
    return tokens


def query_tokens(text: str) -> list[str]:
    """The distinct tokens of a query, in order.

    A mark inside a token does not ask for its parts as well: the whole token is the better match.
    """
    seen: dict[str, None] = {}
    for match in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match.group()
        if _IS_HAN.match(run) and len(run) > 1:
            seen.update(dict.fromkeys(run[i : i + 2] for i in range(len(run) - 1)))
        else:
            seen[run] = None
    return list(seen)


def index_text(texts: Iterable[str]) -> str:
    """What a store indexes for several texts: their tokens, separated by spaces."""
    return " ".join(token for text in texts for token in index_tokens(text))
