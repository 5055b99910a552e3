"""What qualifies a statement, and relations that hold one thing at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology import Violation, load_gate
from ontology.qualifying import Told
from ontology.values import has_datatype

GATE = load_gate(())
RULES, SCHEMA = GATE.qualifying, GATE.schema
ENDS = st.none() | st.integers(0, 8)


def told(number: int, object_: str, passage: int = 0, start: Any = None, end: Any = None) -> Told:
    return Told(number, ("asset:P1", "locatedIn", object_), passage, start, end, None)


def single(*claims: Told) -> list[tuple[int, Violation]]:
    return list(RULES.check_single(claims, SCHEMA.class_of_key))


def properties(**props: Any) -> list[Violation]:
    claim = Told(3, ("asset:P1", "hasComponent", "component:seal"), 0, None, None, props)
    return [v for _, v in RULES.check_properties([claim], SCHEMA.class_of_key)]


def test_qualifying_one_row_that_says_two_places_is_wrong() -> None:
    ((number, violation),) = single(told(0, "location:HALL 1"), told(1, "location:HALL 2"))
    assert (number, violation.severity, violation.code) == (1, "violation", "functional:locatedIn")
    assert violation.message["en"] == (
        'Asset P1 is located in location HALL 2, and so it is said of location HALL 1; "located in"'
        " holds for one thing at a time."
    )
    assert violation.message["zh"].endswith("“位于”在同一时间只能有一个。")


def test_qualifying_two_rows_that_differ_are_only_told_of() -> None:
    ((number, violation),) = single(told(0, "location:A"), told(1, "location:B", passage=1))
    assert (number, violation.severity) == (1, "warning")


def test_qualifying_places_of_several_kinds_may_nest() -> None:
    assert not single(told(0, "line:L1"), told(1, "location:HALL 2"))


def test_qualifying_other_relations_and_the_same_object_are_free() -> None:
    assert not single(told(0, "location:A"), told(1, "location:A", passage=1))
    both = [Told(i, ("op:1", "consumed", f"lot:L{i}"), 0, None, None, None) for i in range(2)]
    assert not single(*both)


@given(ENDS, ENDS, ENDS, ENDS)
def test_qualifying_times_meet_as_the_instants_in_them_do(a: Any, b: Any, c: Any, d: Any) -> None:
    first, second = told(0, "location:A", 0, a, b), told(1, "location:B", 1, c, d)
    if (a is not None and b is not None and b < a) or (c is not None and d is not None and d < c):
        return

    def holds(one: Told, at: float) -> bool:
        if one.valid_from is not None and at < one.valid_from:
            return False
        if one.valid_to is None:
            return True
        return at < one.valid_to or (one.valid_from == one.valid_to == at)

    instants = [n / 2 for n in range(-2, 20)]
    meet = any(holds(first, at) and holds(second, at) for at in instants)
    comparable = first.is_dated == second.is_dated
    assert bool(single(first, second)) == (meet and comparable)


@pytest.mark.parametrize(
    ("props", "code", "severity"),
    [
        ({"quantity": "two"}, "datatype:quantity", "violation"),
        ({"quantity": True}, "datatype:quantity", "violation"),
        ({"quantity": float("nan")}, "datatype:quantity", "violation"),
        ({"position": 4}, "datatype:position", "violation"),
        ({"colour of the lid": "red"}, "unknown-attribute", "warning"),
    ],
)
def test_qualifying_properties_are_checked(props: dict[str, Any], code: str, severity: str) -> None:
    (violation,) = properties(**props)
    assert (violation.code, violation.severity) == (code, severity)
    assert violation.message["en"].startswith("Asset P1 ")
    assert all(violation.message.values())


def test_qualifying_right_properties_pass() -> None:
    assert not properties(quantity=2, unitOfMeasure="pcs", position="upper")
    assert not properties(quantity=2.5)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_qualifying_a_probability_lies_between_0_and_1(value: float) -> None:
    found = properties(probability=value)
    assert [v.code for v in found] == ([] if 0 <= value <= 1 else ["range:probability"])
    assert not RULES.is_plain({"probability": value})


def test_qualifying_a_probability_beyond_1_is_told_in_both_languages() -> None:
    (violation,) = properties(probability=35)
    assert violation.severity == "violation"
    assert violation.message["en"].endswith("probability must be at most 1, not 35.")
    assert violation.message["zh"].endswith("概率应不大于 1，而不是 35。")


@given(
    st.sampled_from(sorted(SCHEMA.attributes)),
    st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.text()),
)
def test_qualifying_the_quick_test_is_never_generous(name: str, value: Any) -> None:
    if RULES.is_plain({name: value}):
        assert has_datatype(value, SCHEMA.attributes[name].datatype)
