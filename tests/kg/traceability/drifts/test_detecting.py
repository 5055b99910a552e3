"""Changes of level are found where they are, and not where chance alone wanders."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import false_discovery_control

from kg.traceability.drifts import LEAST_READINGS, Limits, Series, find_change, judge
from kg.traceability.drifts.chance import chance_of
from kg.traceability.drifts.judging import adjust
from kg.traceability.drifts.shapes import LEAST_POINTS, fit_shapes, shapes_of

HOUR = 3_600_000


def noise(rng: np.random.Generator, count: int, echo: float, tails: str = "normal") -> np.ndarray:
    """Values with level 0 whose neighbours correlate by `echo`."""
    drawn = (
        rng.standard_normal(count + 300) if tails == "normal" else rng.standard_t(3, count + 300)
    )
    return np.asarray(lfilter([1.0], [1.0, -echo], drawn))[300:] * np.sqrt(1 - echo**2)


def hourly(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.int64) * HOUR


def test_fit_shapes_is_the_best_of_all_least_squares_fits() -> None:
    values = np.random.default_rng(1).standard_normal((4, 14))
    fits = fit_shapes(values)
    for row, best, gain in zip(values, fits.best, fits.gain, strict=True):
        left = []
        for shape in shapes_of(14).listed:
            at = np.arange(14.0)
            inside = (at >= shape.first) & (at < shape.end)
            column = np.where(inside, at - shape.first + 1 if shape.kind == "trend" else 1.0, 0.0)
            design = np.column_stack([np.ones(14), column])
            rest = row - design @ np.linalg.lstsq(design, row, rcond=None)[0]
            left.append(rest @ rest)
        whole = ((row - row.mean()) ** 2).sum()
        assert int(np.argmin(left)) == best
        assert gain == pytest.approx(14 * np.log(whole / min(left)))


def test_shapes_leave_points_on_either_side() -> None:
    for shape in shapes_of(12).listed:
        assert shape.end - shape.first >= LEAST_POINTS
        if shape.kind != "trend":
            assert 12 - (shape.end - shape.first) >= LEAST_POINTS


@pytest.mark.parametrize(
    ("count", "echo", "tails"),
    [(24, 0.0, "normal"), (40, 0.4, "normal"), (48, 0.8, "normal"), (40, 0.0, "wide"),
     (48, 0.6, "wide")],
)  # fmt: skip
def test_find_change_cries_wolf_no_more_often_than_it_says(
    count: int, echo: float, tails: str
) -> None:
    rng = np.random.default_rng(count)
    runs = 250
    found = [find_change(hourly(count), noise(rng, count, echo, tails)) for _ in range(runs)]
    p = np.array([c.p for c in found if c is not None])
    assert len(p) == runs
    for level in (0.05, 0.1):  # two standard errors of chance above the level
        assert (p <= level).mean() <= level + 2 * np.sqrt(level * (1 - level) / runs)
    assert (p <= 0.5).mean() > 0.05  # and it is no mere silence


def test_find_change_of_dense_echoing_readings_cries_no_wolf() -> None:
    rng = np.random.default_rng(5)
    focus = (500 * HOUR, 510 * HOUR)
    found = [find_change(hourly(840), noise(rng, 840, 0.7), focus) for _ in range(120)]
    p = np.array([c.p for c in found if c is not None])
    assert (p <= 0.05).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / len(p))


@pytest.mark.parametrize("echo", [0.0, 0.5])
@pytest.mark.parametrize("kind", ["shift", "excursion", "trend"])
def test_find_change_finds_what_was_planted(kind: str, echo: float) -> None:
    rng = np.random.default_rng(3)
    values = 100 + noise(rng, 600, echo)
    first, end = 300, {"shift": 600, "excursion": 420, "trend": 600}[kind]
    at = np.arange(600)
    inside = (at >= first) & (at < end)
    values += np.where(inside, (at - first) / 300 * 6 if kind == "trend" else -4.0, 0.0)
    found = find_change(hourly(600), values)
    assert found is not None
    assert found.p < 0.001
    assert found.kind == kind
    assert abs(found.first - first) <= (60 if kind == "trend" else 8)
    assert abs(found.end - end) <= 8
    assert found.is_over == (kind == "excursion")
    true = 6.0 if kind == "trend" else -4.0
    assert found.before == pytest.approx(100, abs=0.6)
    assert found.low - 0.5 <= true <= found.high + 0.5
    assert found.high - found.low < 3


def test_find_change_looks_closely_at_the_time_asked_about() -> None:
    rng = np.random.default_rng(8)
    values = rng.standard_normal(840)
    values[600:609] += 6.0
    focus = (602 * HOUR, 605 * HOUR)
    far, close = find_change(hourly(840), values), find_change(hourly(840), values, focus)
    assert far is not None
    assert close is not None
    assert close.p < 0.001 < far.p
    assert abs(close.first - 600) <= 2
    assert abs(close.end - 609) <= 2


def test_find_change_takes_no_day_and_night_for_a_drift() -> None:
    rng = np.random.default_rng(2)
    day = 3 * np.sin(np.arange(400) / 24 * 2 * np.pi)
    quiet = find_change(hourly(400), rng.standard_normal(400) * 0.5 + day)
    shifted = find_change(
        hourly(400), rng.standard_normal(400) * 0.5 + day + (np.arange(400) >= 250) * 1.5
    )
    assert quiet is not None
    assert quiet.p > 0.05
    assert shifted is not None
    assert shifted.p < 0.001
    assert abs(shifted.first - 250) <= 6


def test_find_change_needs_readings_that_vary() -> None:
    assert find_change(hourly(LEAST_READINGS - 1), np.arange(LEAST_READINGS - 1.0)) is None
    assert find_change(hourly(30), np.full(30, 7.0)) is None
    one_far = np.full(30, 7.0)
    one_far[11] = 900.0
    assert find_change(hourly(30), one_far) is None


def test_chance_falls_with_gain_and_rises_with_echo() -> None:
    chances = [chance_of(gain, 0.1, 24) for gain in (2.0, 8.0, 20.0, 40.0, 80.0)]
    assert chances == sorted(chances, reverse=True)
    assert 0 < chances[-1] < 0.005
    assert chance_of(30.0, 0.6, 24) > chance_of(30.0, 0.0, 24)


def series(name: str, values: np.ndarray, limits: Limits | None = None) -> Series:
    keys = tuple(f"measurement:{name}{i}" for i in range(len(values)))
    return Series("asset:A", f"parameter:{name}", "", "bar", keys, hourly(len(values)), values,
                  values, limits or Limits())  # fmt: skip


def test_judge_allows_for_how_many_series_were_looked_at() -> None:
    rng = np.random.default_rng(4)
    focus = (20 * HOUR, 30 * HOUR)
    quiet = [(series(f"q{i}", rng.standard_normal(48)), focus) for i in range(150)]
    drifted = rng.standard_normal(48) + (np.arange(48) >= 25) * 6.0
    found = judge([*quiet, (series("d", drifted), focus)])
    assert [d.series.parameter for d in found.drifts] == ["parameter:d"]
    assert found.tested == 151
    (d,) = found.drifts
    assert d.q is not None
    assert d.change is not None
    assert d.change.p < d.q <= 0.05


def test_judge_tells_few_readings_and_readings_beyond_limits() -> None:
    cold = np.array([4.0, 5.0, 11.0, 13.0, 5.0])
    focus = (2 * HOUR, 3 * HOUR)
    found = judge([(series("c", cold, Limits(2.0, 8.0)), focus), (series("e", cold), focus)])
    assert (found.tested, found.too_few) == (0, 2)
    (d,) = found.drifts
    assert (d.kind, d.first, d.end, d.beyond, d.after, d.q) == (
        "beyond limits",
        2,
        4,
        2,
        13.0,
        None,
    )
    away = judge([(series("c", cold, Limits(2.0, 8.0)), (4 * HOUR, 9 * HOUR))])
    assert not away.drifts


def test_adjusted_chances_are_those_of_benjamini_and_hochberg() -> None:
    rng = np.random.default_rng(6)
    for count in (1, 2, 7, 60):
        p = rng.random(count) ** 3
        np.testing.assert_allclose(adjust(p), false_discovery_control(p))
