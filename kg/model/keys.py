"""Keys: the identity of nodes and statements as text that any store can hold.

A node key is `kind:identity`. The kind is a namespace that the ontology declares per class
(`asset`, `lot`, `unit`, `mode`, …); the identity is a code where the class has codes, else a
normalised name. Equal codes of one kind are the same thing and differing codes never are, so the
key of a coded thing follows from its code alone, whichever document mentions it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

_SPACE = re.compile(r"\s+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−﹣－", "-"))


class StatementKey(NamedTuple):
    """The identity of a statement: its triple of node key, relation name and node key."""

    subject: str
    predicate: str
    object: str

    @property
    def id(self) -> str:
        """The same as one URL-safe text: `asset:A~exhibits~mode:Leakage`."""
        # quote() leaves "~" alone, which separates the parts here.
        return "~".join(quote(part, safe=":/.#@ ,()'").replace("~", "%7E") for part in self)

    @classmethod
    def from_id(cls, text: str) -> StatementKey:
        """The key that `id` wrote. Raises ValueError where `text` is not one."""
        parts = [unquote(part) for part in text.split("~")]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{text!r} is not a statement id (subject~relation~object)")
        return cls(*parts)


@lru_cache(maxsize=200_000)
def normal_code(code: str) -> str:
    """A code as it is compared: compatibility forms folded, upper case, no spaces around.

    Inner spaces collapse to one; every kind of dash becomes `-`. Nothing else is changed:
    `P-101A` and `P-101B` stay apart, and so do `007` and `7`.
    """
    folded = unicodedata.normalize("NFKC", code).translate(_DASHES)
    return _SPACE.sub(" ", folded).strip().upper()


@lru_cache(maxsize=200_000)
def normal_name(name: str) -> str:
    """A name as it is compared: compatibility forms folded, lower case, single spaces."""
    folded = unicodedata.normalize("NFKC", name).translate(_DASHES)
    return _SPACE.sub(" ", folded).strip().casefold()


def code_key(kind: str, code: str) -> str:
    """The key of the thing of `kind` that carries `code`."""
    return f"{kind}:{normal_code(code)}"


def name_key(kind: str, name: str) -> str:
    """The key of the thing of `kind` that is known by `name` only."""
    return f"{kind}:{normal_name(name)}"


def kind_of(key: str) -> str:
    """The kind of a node key: what stands before its first colon."""
    return key.partition(":")[0]


def identity_of(key: str) -> str:
    """The code or name in a node key: what stands after its first colon."""
    return key.partition(":")[2]
