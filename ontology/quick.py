"""Quick yes: for the frequent shapes, a test that says at once that a node conforms.

`False` means only "look closer": the full check in `ontology.constraints` then decides. So a quick
test may be narrow but never generous.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ontology.batches import BatchView, Value
from ontology.constraints import Bound, Constraint, In, MinCount, Pair, Pattern, Shape
from ontology.schema import Schema
from ontology.values import Lit, is_utc

Props = Mapping[str, Value]
QuickTest = Callable[[BatchView, str, Props], bool]


def never(view: BatchView, key: str, props: Props) -> bool:
    """No quick answer."""
    return False


def quick_test(shape: Shape, schema: Schema) -> QuickTest:
    """The quick test for a shape; `never` where there is none."""
    path = shape.path
    if path is None or path.inverse or shape.properties or not shape.constraints:
        return never
    if path.is_relation:
        if len(shape.constraints) == 1 and _is_one(shape.constraints[0]):
            return _has_object(path.name)
        return never
    datatype = schema.attributes[path.name].datatype
    tests = [_value_test(c, datatype) for c in shape.constraints if not isinstance(c, Pair)]
    pairs = [c for c in shape.constraints if isinstance(c, Pair)]
    if any(test is None for test in tests):
        return never
    if pairs:
        if len(pairs) > 1 or tests or pairs[0].other.is_relation:
            return never
        if pairs[0].component not in ("lessThan", "lessThanOrEquals"):
            return never
        return _in_order(path.name, pairs[0]) if datatype == "dateTime" else never
    return _all_pass(path.name, [test for test in tests if test is not None])


def _is_one(constraint: Constraint) -> bool:
    return isinstance(constraint, MinCount) and constraint.count == 1


def _has_object(relation: str) -> QuickTest:
    def test(view: BatchView, key: str, props: Props) -> bool:
        return key in view.objects[relation]

    return test


def _all_pass(attribute: str, tests: list[Callable[[Value], bool]]) -> QuickTest:
    if len(tests) == 1:
        only = tests[0]

        def test_one(view: BatchView, key: str, props: Props) -> bool:
            return only(props[attribute])

        return test_one

    def test(view: BatchView, key: str, props: Props) -> bool:
        value = props[attribute]
        return all(test(value) for test in tests)

    return test


def _in_order(attribute: str, pair: Pair) -> QuickTest:
    other = pair.other.name

    def test(view: BatchView, key: str, props: Props) -> bool:
        second = props.get(other)
        if second is None:
            return True
        first = props[attribute]
        # Date-times in UTC and of one length are in order when their texts are.
        return (
            isinstance(first, str)
            and isinstance(second, str)
            and len(first) == len(second)
            and first < second
            and is_utc(first)
            and is_utc(second)
        )

    return test


def _value_test(constraint: Constraint, datatype: str) -> Callable[[Value], bool] | None:
    """Whether one plain value passes for sure."""
    if isinstance(constraint, Bound) and datatype in ("integer", "decimal"):
        return _beyond(constraint)
    if datatype != "string":
        return None
    if isinstance(constraint, Pattern):
        search = constraint.regex.search
        return lambda value: type(value) is str and search(value) is not None
    if isinstance(constraint, In):
        texts = frozenset(
            v.lexical for v in constraint.allowed if isinstance(v, Lit) and v.datatype == "string"
        )
        return lambda value: type(value) is str and value in texts
    return None


def _beyond(constraint: Bound) -> Callable[[Value], bool] | None:
    """Strictly inside the bound, or on it where it is inclusive and a whole number."""
    bound = constraint.bound.value
    if not isinstance(bound, Decimal) or abs(bound) > 2**53:
        return None
    limit = float(bound)
    touches = constraint.component.endswith("Inclusive") and bound == int(bound)
    if constraint.component.startswith("min"):
        if touches:
            return lambda v: (
                isinstance(v, _NUMBERS) and v.__class__ is not bool and limit <= v <= _LARGEST
            )
        return lambda v: (
            isinstance(v, _NUMBERS) and v.__class__ is not bool and limit < v <= _LARGEST
        )
    if touches:
        return lambda v: (
            isinstance(v, _NUMBERS) and v.__class__ is not bool and -_LARGEST <= v <= limit
        )
    return lambda v: isinstance(v, _NUMBERS) and v.__class__ is not bool and -_LARGEST <= v < limit


_NUMBERS = (int, float)
_LARGEST = 1e300  # infinity is no number of ours
