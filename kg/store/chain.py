"""The hash chain of a log: one rule for every store, so that anybody can check it.

An entry's hash is SHA-256 over the hash before it, its number, its instant and its payload as
canonical JSON (sorted keys, no spaces, UTF-8), separated by line feeds. Whoever changes, removes,
inserts or reorders an entry changes every hash after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson

from kg.model.instants import Instant

FIRST_PREVIOUS = "0" * 64  # what the first entry follows


def entry_hash(previous: str, seq: int, at: Instant, payload: Mapping[str, object]) -> str:
    """The hash of an entry of a log: 64 hexadecimal digits."""
    content = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(b"%b\n%d\n%d\n%b" % (previous.encode(), seq, at, content)).hexdigest()
