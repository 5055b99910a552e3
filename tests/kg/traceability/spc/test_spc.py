"""Control charts: constants, run lengths by simulation, limits, capability, what was different."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model.errors import BadInput
from kg.narration import Phrase
from kg.traceability.spc import (
    chart_counts,
    chart_values,
    check_rules,
    control_values,
    measure_capability,
    rules_of,
)
from kg.traceability.spc.constants import c4, d2, d3
from tests.kg.traceability.commonality.cohorts import cohort_of


@pytest.mark.parametrize(
    ("n", "expected"),  # Montgomery, appendix VI
    [(2, (1.128, 0.853, 0.7979)), (5, (2.326, 0.864, 0.9400)), (10, (3.078, 0.797, 0.9727))],
)
def test_constants(n: int, expected: tuple[float, float, float]) -> None:
    assert (d2(n), d3(n), c4(n)) == pytest.approx(expected, abs=6e-4)


def test_western_electric_rules_have_their_published_run_length() -> None:
    z = np.random.default_rng(20260301).normal(size=(8000, 1000))
    hit = np.zeros(z.shape, dtype=np.bool_)
    for found in check_rules(z, rules_of("western")).values():
        hit |= found
    lengths = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, z.shape[1])
    assert lengths.mean() == pytest.approx(91.75, abs=3.5)  # its own spread is about 1


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_rules_equal_their_wording(values: list[float]) -> None:
    z = np.array(values)
    found = check_rules(z, (*rules_of("western"), *rules_of("nelson")))

    def last(i: int, n: int) -> list[float]:
        return values[max(0, i - n + 1) : i + 1]

    for i, v in enumerate(values):
        sides = [[s * x for x in values] for s in (1, -1)]

        def runs(n: int, least: int, beyond: float, i: int = i, sides: list[list[float]] = sides
                 ) -> bool:  # fmt: skip
            return any(
                side[i] > beyond
                and sum(x > beyond for x in side[max(0, i - n + 1) : i + 1]) >= least
                for side in sides
            )

        assert found["W1"][i] == found["N1"][i] == (abs(v) > 3)
        assert found["W2"][i] == found["N5"][i] == runs(3, 2, 2)
        assert found["W3"][i] == found["N6"][i] == runs(5, 4, 1)
        assert found["W4"][i] == runs(8, 8, 0)
        assert found["N2"][i] == runs(9, 9, 0)
        steps = np.diff(last(i, 6))
        assert found["N3"][i] == (len(steps) == 5 and bool((steps > 0).all() or (steps < 0).all()))
        zigzag = np.diff(last(i, 14))
        turns = zigzag[1:] * zigzag[:-1] < 0
        assert found["N4"][i] == (len(turns) == 12 and bool(turns.all()))
        assert found["N7"][i] == (len(last(i, 15)) == 15 and all(abs(x) < 1 for x in last(i, 15)))
        assert found["N8"][i] == (len(last(i, 8)) == 8 and all(abs(x) > 1 for x in last(i, 8)))


def test_limits_of_groups_follow_their_sizes() -> None:
    rng = np.random.default_rng(4)
    groups = [rng.normal(10, 2, n) for n in (5,) * 200 + (3,) * 100]
    labels = [str(i) for i in range(300)]
    for kind in ("xbar-r", "xbar-s"):
        chart = chart_values(groups, labels, kind=kind)  # type: ignore[arg-type]
        assert chart.sigma == pytest.approx(2, rel=0.08)
        first, last = chart.panels[0].points[0], chart.panels[0].points[-1]
        assert first.upper is not None
        assert last.upper is not None
        assert (last.upper - last.centre) / (first.upper - first.centre) == pytest.approx(
            (5 / 3) ** 0.5
        )
    single = chart_values([np.array([x]) for x in rng.normal(0, 3, 400)], labels + labels)
    assert single.kind == "i-mr"
    assert single.sigma == pytest.approx(3, rel=0.1)


def test_counts() -> None:
    counts, sizes = np.array([5.0, 4, 6, 25, 5]), np.array([100.0, 100, 100, 100, 50])
    labels = list("abcde")
    chart = chart_counts(counts, sizes, labels, kind="p")
    points = chart.panels[0].points
    rate = 45 / 450
    assert points[0].centre == pytest.approx(rate)
    assert points[0].upper == pytest.approx(rate + 3 * (rate * (1 - rate) / 100) ** 0.5)
    assert points[4].upper == pytest.approx(rate + 3 * (rate * (1 - rate) / 50) ** 0.5)
    assert points[4].lower is None  # below zero
    assert "W1" in points[3].signals
    whole = chart_counts(counts, sizes, labels, kind="np")
    assert whole.panels[0].points[3].upper == pytest.approx(100 * points[3].upper)  # type: ignore[operator]
    with pytest.raises(BadInput, match="use the chart u"):
        chart_counts(counts, sizes, labels, kind="c")
    with pytest.raises(BadInput, match="More units are bad"):
        chart_counts(counts * 30, sizes, labels, kind="p")


def test_capability_of_a_known_process() -> None:
    values = np.random.default_rng(8).normal(10, 1, 4000)
    found = measure_capability(values, 1.0, 3999, lower=6, upper=13)
    assert found is not None
    assert found.cp.value == pytest.approx(7 / 6, rel=0.01)
    assert found.cpk.value == pytest.approx(1.0, rel=0.05)
    for e in (found.cp, found.cpk, found.pp, found.ppk):
        assert e.low is not None
        assert e.value is not None
        assert e.high is not None
        assert e.low < e.value < e.high
    assert measure_capability(values, 1.0, 3999, lower=None, upper=None) is None


def test_intervals_of_cpk_cover_it() -> None:
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(400):
        values = rng.normal(10, 1, 60)
        found = measure_capability(values, float(values.std(ddof=1)), 59, lower=6, upper=14)
        assert found is not None
        assert found.ppk.low is not None
        assert found.ppk.high is not None
        inside += found.ppk.low <= 4 / 3 <= found.ppk.high
    assert 0.9 <= inside / 400 <= 0.99


def test_out_of_control_points_lead_to_what_was_different() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(20, 0.5, 120)
    values[60:72] -= 3
    cohort = cohort_of(
        120, [], {"driver 4": range(60, 72), "driver 1": range(60), "hall": range(100)}
    )
    found = control_values(Phrase("torque", "扭矩"), values, np.arange(120), cohort=cohort,
                           lower=18.0, upper=22.0)  # fmt: skip
    assert found.differences is not None
    assert [c.factor.value for c in found.differences.causes] == ["driver 4"]
    assert "out of control" in found.summary.en
    assert "失控" in found.summary.zh
    quiet = control_values(Phrase("torque", "扭矩"), rng.normal(0, 1, 30), np.arange(30),
                           rules="limits")  # fmt: skip
    assert quiet.capability is None


def test_too_few_values_and_limits_the_wrong_way_round() -> None:
    name = Phrase("x", "x")
    with pytest.raises(BadInput, match="three values"):
        control_values(name, np.array([1.0, 2.0]), np.arange(2))
    with pytest.raises(BadInput, match="not below"):
        control_values(name, np.arange(5.0), np.arange(5), lower=3, upper=1)
