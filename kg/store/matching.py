"""Whether a property's value is what `find_nodes` was asked for; what both stores mean by it."""

from __future__ import annotations

from collections.abc import Sequence

from kg.model.claims import Scalar, Value
from kg.store.protocol import Range

Want = Scalar | Range | Sequence[Scalar]


def matches(value: Value | None, want: Want) -> bool:
    """Whether `value`, or any item of it, is `want`, one of `want`, or within the range.

    Texts, numbers and truth values are never equal to each other, and truth values have no order.
    """
    if value is None:
        return False
    if isinstance(value, list):
        return any(matches(item, want) for item in value)
    if isinstance(want, Range):
        return (want.at_least is None or _is_below(value, want.at_least) is False) and (
            want.below is None or _is_below(value, want.below) is True
        )
    if isinstance(want, str | int | float):
        return _sort(value) is _sort(want) and value == want
    return any(matches(value, one) for one in want)


def _is_below(value: Scalar, bound: Scalar) -> bool | None:
    """Whether `value` comes before `bound`; None where they have no order."""
    if isinstance(value, str) and isinstance(bound, str):
        return value < bound
    if isinstance(value, bool | str) or isinstance(bound, bool | str):
        return None
    return value < bound


def _sort(value: Scalar) -> type:
    if isinstance(value, bool):
        return bool
    return str if isinstance(value, str) else float
