from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.pipeline.quantities import QuantityFinder
from extraction.pipeline.stages.measures import units

FINDER = QuantityFinder(units())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 12 bar", ("12 bar", 12, 12, "pressure")),
        ("温度85 ℃", ("85 ℃", 85, 85, "temperature")),
        ("-20℃", ("-20℃", -20, -20, "temperature")),
        ("10-12 bar", ("10-12 bar", 10, 12, "pressure")),
        ("3 至 5 分钟", ("3 至 5 分钟", 3, 5, "time")),
        ("20 ±0.5 mm", ("20 ±0.5 mm", 19.5, 20.5, "length")),
        ("50 +0.1/-0.2 mm", ("50 +0.1/-0.2 mm", 49.8, 50.1, "length")),
        ("≥ 0.4MPa", ("≥ 0.4MPa", 0.4, None, "pressure")),
        ("不超过 60 ℃", ("不超过 60 ℃", None, 60, "temperature")),
        ("max. 1,500 rpm", ("max. 1,500 rpm", None, 1500, "speed")),
        ("tighten to 85 Nm", ("85 Nm", 85, 85, "torque")),
        ("24V supply", ("24V", 24, 24, "voltage")),
    ],
)
def test_quantities_have_values_and_places(
    text: str, expected: tuple[str, float | None, float | None, str]
) -> None:
    (found,) = FINDER.find(text)
    low, high = found.low, found.high
    assert text[found.start : found.end] == expected[0]
    assert (low, high) == (pytest.approx(expected[1]), pytest.approx(expected[2]))
    assert found.quantity == expected[3]


@pytest.mark.parametrize("text", ["5 a day", "P-101", "6205-2RS", "12 barrels", "v2 pump", "2024"])
def test_numbers_without_units_are_no_quantities(text: str) -> None:
    assert list(FINDER.find(text)) == []


@given(st.text(alphabet="0123456789.,-+±~<>≥ barmBkPa℃至/", max_size=40))
def test_any_text_is_read_and_places_are_in_order(text: str) -> None:
    found = list(FINDER.find(text))
    ends = [0, *(q.end for q in found)]
    for before, quantity in zip(ends, found, strict=False):
        assert before <= quantity.start < quantity.end <= len(text)
        if quantity.low is not None and quantity.high is not None:
            assert quantity.low <= quantity.high
