"""Numbers among the values of properties, which may be texts, truth values or lists as well."""

from __future__ import annotations


def as_number(value: object) -> float | None:
    """The value as a float where it is a number; None for anything else, truth values too."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]
