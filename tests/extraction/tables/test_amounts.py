"""Numbers, quantities and durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.tables.amounts import (
    infer_decimal,
    read_duration,
    read_integer,
    read_number,
    read_quantity,
    read_yes_no,
)
from extraction.tables.units import _UNITS, convert, find_unit, unit_symbol


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("12", ".", 12.0),
        ("1,234.50", ".", 1234.5),
        ("1.234,50", ",", 1234.5),
        ("1 234,50", ",", 1234.5),
        ("1'234.5", ".", 1234.5),
        ("12,5", ",", 12.5),
        ("-3.5", ".", -3.5),
        ("(12.50)", ".", -12.5),
        ("12.50-", ".", -12.5),
        ("$ 1,000", ".", 1000.0),
        ("1000 EUR", ".", 1000.0),
        ("¥1.2万", ".", 12000.0),
        ("98.5%", ".", 98.5),
        ("１２．５", ".", 12.5),
        ("1e3", ".", 1000.0),
        (".5", ".", 0.5),
    ],
)
def test_numbers(text: str, decimal: str, number: float) -> None:
    assert read_number(text, decimal) == pytest.approx(number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "abc", "1,2,3", "12-13", "nan", "inf", "1_000", "--5", "0x10"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_number(text)


def test_the_decimal_mark_is_told_by_the_numbers() -> None:
    assert infer_decimal(["1.234,50", "3,5"]) == ","
    assert infer_decimal(["1,234.50", "3.5"]) == "."
    assert infer_decimal(["12,5", "7"]) == ","
    assert infer_decimal(["1,234", "7"]) is None
    assert infer_decimal([]) is None


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 2)))
def test_numbers_written_with_separators_are_read_back(number: float) -> None:
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert read_number(english, ".") == pytest.approx(number)
    assert read_number(german, ",") == pytest.approx(number)


def test_whole_numbers() -> None:
    assert read_integer("10.0") == 10
    with pytest.raises(ValueError, match="whole"):
        read_integer("10.5")


def test_quantities_carry_their_unit() -> None:
    assert read_quantity("12 bar")[:2] == (12.0, "bar")
    assert read_quantity("3,5mm", ",")[:2] == (3.5, "mm")
    assert read_quantity("12", stated="兆帕")[:2] == (12.0, "MPa")
    assert read_quantity("12")[:2] == (12.0, None)
    assert read_quantity("5 件")[:2] == (5.0, "pcs")
    assert read_quantity("7 furlong")[:2] == (7.0, "furlong")


def test_quantities_are_converted_to_the_unit_that_is_wanted() -> None:
    assert read_quantity("10 MPa", wanted="bar")[:2] == (100.0, "bar")
    assert read_quantity("212 °F", wanted="C").amount == pytest.approx(100)
    assert read_quantity("12", wanted="bar")[:2] == (12.0, "bar")
    with pytest.raises(ValueError, match="cannot be converted"):
        read_quantity("12 kg", wanted="bar")
    with pytest.raises(ValueError, match="no quantity"):
        read_quantity("bar 12")


@given(st.sampled_from(sorted(_UNITS)), st.sampled_from(sorted(_UNITS)), st.floats(-1e4, 1e4))
def test_conversion_goes_back(one: str, other: str, value: float) -> None:
    if _UNITS[one].dimension != _UNITS[other].dimension or _UNITS[one].dimension == "count":
        return
    ratio = _UNITS[one].factor / _UNITS[other].factor
    if not 1e-4 < ratio < 1e4:
        return
    assert convert(convert(value, one, other), other, one) == pytest.approx(value, abs=1e-4)


def test_units_are_known_by_many_names_but_case_counts_where_it_matters() -> None:
    assert {unit_symbol(u) for u in ("h", "Hrs", "小时", "hours")} == {"h"}
    assert unit_symbol("MW") == "MW"
    assert unit_symbol("mW") == "mW"
    assert find_unit("mw") is None  # which of the two?
    assert unit_symbol("PCS") == "pcs"
    assert find_unit("flibbet") is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("3:30", 3.5), ("0:45:00", 0.75), ("90 min", 1.5), ("2 d 4 h", 52.0), ("1.5", 1.5),
        ("PT1H30M", 1.5), ("2小时", 2.0),
    ],
)  # fmt: skip
def test_durations_are_hours(text: str, hours: float) -> None:
    assert read_duration(text) == pytest.approx(hours)


def test_durations_without_a_unit_are_in_the_stated_one() -> None:
    assert read_duration("90", unit="min") == pytest.approx(1.5)
    with pytest.raises(ValueError, match="length of time"):
        read_duration("5 kg")


def test_yes_and_no() -> None:
    assert [read_yes_no(t) for t in ("Yes", "X", "1", "是", "TRUE")] == [True] * 5
    assert [read_yes_no(t) for t in ("no", "0", "否", "FALSE")] == [False] * 4
    with pytest.raises(ValueError, match="neither"):
        read_yes_no("maybe")
