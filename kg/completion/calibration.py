"""From scores to probabilities: isotonic regression on held-out links, and how far off it is.

A probability answers "is this candidate true?", so it is learnt on true ends and on the model's own
best wrong ones, weighted to what is seen when suggestions are made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kg.model.errors import BadInput

Floats = npt.NDArray[np.float64]
_DRAWN = 2.0  # examples that each step is drawn to the share of all by
_FEW = 8  # correct or wrong examples below which no calibration is honest


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of like probability, and how many of them were true."""

    mean_probability: float
    share_true: float
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """A monotonous step function with straight lines between its knots."""

    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    error: float  # expected calibration error on folds that were not fitted on
    bins: tuple[ReliabilityBin, ...]
    examples: int
    held_out: tuple[float, ...] = ()  # of each example, told by the other folds

    def probability(self, scores: Floats) -> Floats:
        """Probabilities of scores; shape as given."""
        found: Floats = np.interp(scores, self.scores, self.probabilities)
        return found


def calibrate(scores: Floats, is_true: npt.NDArray[np.bool_], *, folds: int = 5) -> Calibration:
    """Fit on all examples; the error is measured by cross-validation.

    Raises BadInput where a score is not finite or either kind of example is too rare.
    """
    if not np.isfinite(scores).all():
        raise BadInput("A score to calibrate is not a finite number.")
    rarer = int(min(is_true.sum(), (~is_true).sum()))
    if rarer < _FEW:
        raise BadInput(
            f"{rarer} held-out examples of one kind are too few to tell a probability: "
            f"at least {_FEW} links that are true and as many that are not are needed."
        )
    order = np.random.default_rng(0).permutation(len(scores))
    held = np.zeros(len(scores))
    for fold in range(folds):
        out = order[fold::folds]
        rest = np.setdiff1d(order, out)
        held[out] = np.interp(scores[out], *_fit(scores[rest], is_true[rest]))
    knots, values = _fit(scores, is_true)
    return Calibration(
        tuple(knots.tolist()),
        tuple(values.tolist()),
        calibration_error(held, is_true),
        reliability(held, is_true),
        len(scores),
        tuple(held.tolist()),
    )


def _fit(scores: Floats, is_true: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Knots and their probabilities, never falling.

    A step of few examples says little: each is drawn to the share of all as by two more examples
    of it (a beta prior), so that the two best ones, both true, are not told as certain.
    """
    from sklearn.isotonic import IsotonicRegression

    labels = is_true.astype(np.float64)
    told = IsotonicRegression(y_min=0, y_max=1).fit_transform(scores, labels)
    _, step = np.unique(told, return_inverse=True)
    sizes, right = np.bincount(step), np.bincount(step, weights=labels)
    drawn = (right + _DRAWN * labels.mean()) / (sizes + _DRAWN)
    steps = np.arange(len(sizes))
    values = IsotonicRegression().fit_transform(steps, drawn, sample_weight=sizes + _DRAWN)
    lowest, highest = np.full(len(sizes), np.inf), np.full(len(sizes), -np.inf)
    np.minimum.at(lowest, step, scores)
    np.maximum.at(highest, step, scores)
    knots = np.stack([lowest, highest], axis=1).ravel()
    return knots, np.repeat(values, 2)


def reliability(
    probabilities: Floats, is_true: npt.NDArray[np.bool_], bins: int = 10
) -> tuple[ReliabilityBin, ...]:
    """Equal steps of probability; empty ones are left out."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    return tuple(
        ReliabilityBin(
            float(probabilities[place == b].mean()),
            float(is_true[place == b].mean()),
            int((place == b).sum()),
        )
        for b in range(bins)
        if (place == b).any()
    )


def calibration_error(probabilities: Floats, is_true: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error: mean distance of told and true share, by size of bin."""
    found = reliability(probabilities, is_true)
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.mean_probability - one.share_true) for one in found) / total


def threshold_for(
    probabilities: Floats, is_true: npt.NDArray[np.bool_], precision: float, *, at_least: int = 5
) -> float | None:
    """The lowest probability from which on decisions were right as often as asked.

    None where no cut reaches it over `at_least` decisions.
    """
    order = np.argsort(-probabilities, kind="stable")
    told, numbers = probabilities[order], np.arange(1, len(order) + 1)
    right = np.cumsum(is_true[order]) / numbers
    # A cut takes all of one probability or none of them.
    is_last = np.append(told[1:] < told[:-1], True)[: len(told)]
    good = np.flatnonzero((right >= precision) & (numbers >= at_least) & is_last)
    return float(told[good[-1]]) if len(good) else None
