"""Probabilities that hold, thresholds that keep their promise, and cards that carry both."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.learning.calibration import (
    ENOUGH,
    REST,
    Calibration,
    Observation,
    calibrate,
    lower_bound,
    read_calibration,
)


def draw(n: int, seed: int, label: str = "a", power: float = 2.0) -> list[Observation]:
    """Scores that flatter: a score s is right with probability s to the `power`."""
    rng = np.random.default_rng(seed)
    scores = rng.beta(3, 1, n)
    rights = rng.random(n) < scores**power
    return [
        Observation(label, float(s), bool(r), t)
        for t, (s, r) in enumerate(zip(scores, rights, strict=True))
    ]


def fitted(observations: list[Observation]) -> Calibration:
    calibration = calibrate(observations)
    assert calibration is not None
    return calibration


@pytest.mark.parametrize(("n", "kind"), [(200, "platt"), (4000, "isotonic")])
def test_probabilities_come_near_the_truth(n: int, kind: str) -> None:
    calibration = fitted(draw(n, 1))
    assert calibration.curves["a"].kind == kind
    for score in (0.6, 0.8, 0.95):
        assert calibration.probability("a", score) == pytest.approx(score**2, abs=0.1)
    fresh = draw(5000, 2)
    raw_error = abs(np.mean([o.score - o.right for o in fresh]))
    error = abs(np.mean([calibration.probability("a", o.score) - o.right for o in fresh]))
    assert error < raw_error / 2


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=150),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_probabilities_never_fall_and_are_never_certain(
    seen: list[tuple[float, bool]], one: float, other: float
) -> None:
    calibration = fitted([Observation("a", s, r, n) for n, (s, r) in enumerate(seen)])
    low, high = (calibration.probability("a", s) for s in sorted((one, other)))
    assert 0 < low <= high + 1e-12
    assert high < 1


@pytest.mark.parametrize("power", [2.0, 0.5])
@pytest.mark.parametrize("n", [60, 250])
def test_accepted_ones_keep_the_promised_precision_nearly_always(n: int, power: float) -> None:
    broken = 0
    for seed in range(40):
        threshold = fitted(draw(n, seed, power=power)).threshold("a")
        if threshold is not None:
            truth = draw(20_000, 1000 + seed, power=power)
            broken += bool(np.mean([o.right for o in truth if o.score >= threshold]) < 0.9)
    # A confidence of 0.9 lets 4 of 40 break the promise; chance may add two.
    assert broken <= 6


def test_an_easy_label_is_accepted_and_a_hard_one_goes_to_review() -> None:
    easy = [Observation("easy", 0.8, n % 50 > 0, n) for n in range(300)]
    hard = [Observation("hard", 0.8, n % 2 > 0, n) for n in range(300)]
    calibration = fitted(easy + hard)
    assert calibration.accepts("easy", 0.8)
    assert not calibration.accepts("easy", 0.79)
    assert calibration.threshold("hard") is None
    assert not calibration.accepts("hard", 1.0)


def test_few_but_nearly_all_right_are_enough_to_accept() -> None:
    few = [Observation("few", 0.4 + n / 100, n != 3, n) for n in range(49)]
    assert fitted(few).threshold("few") is not None
    fewer = [Observation("few", 0.5 + n / 100, True, n) for n in range(15)]
    assert fitted(fewer).threshold("few") is None


def test_rare_labels_share_a_curve_and_unknown_ones_are_never_accepted() -> None:
    many = [Observation("many", 0.9, True, n) for n in range(ENOUGH)]
    few = [Observation(f"few {n}", 0.9, n % 2 == 0, n) for n in range(ENOUGH)]
    with_rest = fitted(many + few)
    assert set(with_rest.curves) == {"many", REST}
    assert with_rest.probability("few 3", 0.9) == pytest.approx(0.5, abs=0.1)
    assert with_rest.probability("unheard of", 0.9) == with_rest.probability("few 3", 0.9)
    without = fitted(many)
    assert not without.accepts("unheard of", 1.0)
    assert 0 < without.probability("unheard of", 0.9) < 1


def test_every_observation_is_counted_once_in_the_report() -> None:
    observations = draw(400, 3) + draw(20, 4, "b") + draw(15, 5, "c")
    report = fitted(observations).report
    assert report["all"]["n"] == 435
    assert sum(b["n"] for b in report["reliability"]) == 435
    assert sum(c["n"] for c in report["classes"].values()) == 435


def test_figures_are_cross_fitted_so_that_noise_does_not_look_calibrated() -> None:
    # Each text has its own score and all its spans the same outcome: a curve that had seen them
    # would know them by heart.
    rng = np.random.default_rng(0)
    texts = [(float(rng.random()), bool(rng.random() < 0.5)) for _ in range(120)]
    observations = [Observation("a", s, r, n) for n, (s, r) in enumerate(texts) for _ in range(10)]
    assert fitted(observations).report["all"]["brier"] > 0.24


def test_it_survives_the_card() -> None:
    calibration = fitted(draw(700, 6) + draw(10, 7, "b"))
    card = json.loads(json.dumps({"calibration": {"spans": calibration.as_json()}}))
    again = read_calibration(card, "spans")
    for score in np.linspace(0, 1, 21):
        assert again.probability("a", score) == calibration.probability("a", score)
        assert again.accepts("b", score) == calibration.accepts("b", score)


def test_a_card_without_calibration_accepts_nothing() -> None:
    nothing = read_calibration({}, "ties")
    assert not nothing.accepts("a", 1.0)
    assert nothing.probability("a", 1.0) == 0.0


@pytest.mark.parametrize("kept", [{}, {"curves": 3}, {"curves": {"a": {}}}, [1]])
def test_a_damaged_card_is_named(kept: object) -> None:
    with pytest.raises(ValueError, match="calibration of spans"):
        read_calibration({"calibration": {"spans": kept}}, "spans")


def test_nothing_observed_is_no_calibration() -> None:
    assert calibrate([]) is None


def test_lower_bound_agrees_with_the_binomial_tail() -> None:
    from scipy.stats import binom

    for right, found in ((5, 5), (28, 30), (90, 100), (0, 4)):
        bound = lower_bound(right, found, 0.9)
        if right:
            assert binom.sf(right - 1, found, bound) == pytest.approx(0.1, abs=1e-6)
        else:
            assert bound == 0
