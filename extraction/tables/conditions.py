"""Conditions (`when`) on a row's values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from extraction.tables.amounts import Quantity
from extraction.tables.splitting import Items
from extraction.tables.templates import text_of

Condition = Callable[[Sequence[Any]], bool]
_REMEMBERED = 10_000
_YES_NO = ("true", "yes", "false", "no")
_TESTS = ("is", "is_not", "above", "below", "at_least", "at_most", "matches", "contains")


def columns_of_condition(condition: Mapping[str, Any] | None) -> set[str]:
    """The columns that a condition looks at."""
    found: set[str] = set()
    for key, value in (condition or {}).items():
        if key == "not" and isinstance(value, Mapping):
            found |= columns_of_condition(value)
        elif key == "any" and isinstance(value, list):
            for part in value:
                if isinstance(part, Mapping):
                    found |= columns_of_condition(part)
        else:
            found.add(key)
    return found


def compile_condition(condition: Mapping[str, Any], slot_of: Callable[[str], int]) -> Condition:
    """A function from a row's values to whether all parts of `condition` hold.

    Raises ValueError with a sentence where the condition is wrong.
    """
    tests = [_compile_part(key, value, slot_of) for key, value in condition.items()]
    if not tests:
        raise ValueError("is empty; write a column with what it must be, or leave it out")
    if len(tests) == 1:
        return tests[0]
    return lambda values: all(test(values) for test in tests)


def _compile_part(key: str, value: Any, slot_of: Callable[[str], int]) -> Condition:
    if key == "not":
        if not isinstance(value, Mapping):
            raise ValueError("not must hold a condition, such as not: {status: closed}")
        inner = compile_condition(value, slot_of)
        return lambda values: not inner(values)
    if key == "any":
        if not isinstance(value, list) or not all(isinstance(p, Mapping) for p in value):
            raise ValueError("any must hold a list of conditions")
        parts = [compile_condition(p, slot_of) for p in value]
        return lambda values: any(part(values) for part in parts)
    slot = slot_of(key)
    if value == "filled":
        return lambda values: values[slot] is not None
    if value == "empty":
        return lambda values: values[slot] is None
    if isinstance(value, Mapping):
        unknown = [test for test in value if test not in _TESTS]
        if unknown or not value:
            raise ValueError(
                f"{key}: there is no test {unknown[0] if unknown else ''!r};"
                f" use one of {', '.join(_TESTS)}, filled or empty"
            )
        tests = [_compile_test(name, wanted) for name, wanted in value.items()]
        return lambda values: _holds(values[slot], tests)
    return _is_one_of(slot, value)


def _is_one_of(slot: int, wanted: Any) -> Condition:
    test = _compile_test("is", wanted)
    known: dict[str, bool] = {}  # words repeat

    def holds(values: Sequence[Any]) -> bool:
        value = values[slot]
        if value.__class__ is not str:
            return _holds(value, (test,))
        held = known.get(value)
        if held is None:
            held = test(value)
            if len(known) < _REMEMBERED:
                known[value] = held
        return held

    return holds


def _holds(value: Any, tests: Sequence[Callable[[Any], bool]]) -> bool:
    if isinstance(value, Items):
        return any(all(test(item) for test in tests) for item in value.values)
    return all(test(value) for test in tests)


def _compile_test(name: str, wanted: Any) -> Callable[[Any], bool]:
    if name in ("is", "is_not"):
        forms = {_form(w) for w in (wanted if isinstance(wanted, list) else [wanted])}
        # A yes_no column holds true or false, whichever word the mapping uses for it.
        truths = {form in ("true", "yes") for form in forms if form in _YES_NO}

        def is_one(value: Any) -> bool:
            if isinstance(value, bool):
                return value in truths
            return value is not None and _form(value) in forms

        return is_one if name == "is" else lambda value: not is_one(value)
    if name in ("matches", "contains"):
        words = wanted if isinstance(wanted, list) else [wanted]
        texts = [str(w) if name == "matches" else re.escape(str(w)) for w in words]
        try:
            pattern = re.compile("|".join(texts), re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"{wanted!r} is no regular expression: {error}") from error
        return lambda value: value is not None and bool(pattern.search(text_of(value)))
    if not isinstance(wanted, int | float) or isinstance(wanted, bool):
        raise ValueError(f"{name} needs a number, not {wanted!r}")
    bound = float(wanted)
    compare: dict[str, Callable[[float], bool]] = {
        "above": lambda n: n > bound,
        "below": lambda n: n < bound,
        "at_least": lambda n: n >= bound,
        "at_most": lambda n: n <= bound,
    }
    test = compare[name]

    def holds(value: Any) -> bool:
        if value.__class__ is float:
            return test(value)
        number = value.amount if isinstance(value, Quantity) else value
        if isinstance(number, str):
            try:
                number = float(number)
            except ValueError:
                return False
        return isinstance(number, int | float) and test(number)

    return holds


def _form(value: Any) -> str:
    return " ".join(text_of(value).split()).casefold()
