"""Properties and lists as the JSON text in which tables hold them."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from kg.model.claims import Props, Value


def pack(props: Props | None) -> str | None:
    """Properties as canonical JSON; None where there are none."""
    if not props:
        return None
    return orjson.dumps(dict(props), option=orjson.OPT_SORT_KEYS).decode()


def unpack(text: str | None) -> dict[str, Value]:
    """The properties that `pack` wrote."""
    if not text:
        return {}
    props: dict[str, Value] = orjson.loads(text)
    return props


def pack_list(items: Sequence[str]) -> str | None:
    """A list of texts as JSON; None where it is empty."""
    return orjson.dumps(list(items)).decode() if items else None


def unpack_list(text: str | None) -> tuple[str, ...]:
    """The texts that `pack_list` wrote."""
    return tuple(orjson.loads(text)) if text else ()
