"""What is set of a training with `--set NAME=VALUE`, checked against its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.model.errors import BadInput

_WORDS = {float: "a number", int: "a whole number", bool: "yes or no"}


def settings_of(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with what was given instead. Numbers must not be negative.

    Raises BadInput for names that are not among the defaults, and for values of another kind.
    """
    settings = dict(defaults)
    for name, value in given.items():
        if name not in defaults:
            known = ", ".join(sorted(defaults))
            raise BadInput(f"There is no setting {name!r} of this training; there are: {known}.")
        kind = type(defaults[name])
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or (kind is not bool and value < 0):
            raise BadInput(f"The setting {name} is {value!r}; say {_WORDS[kind]}.")
        settings[name] = value
    return settings
