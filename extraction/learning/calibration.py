"""From a model's scores to probabilities, and from probabilities to what may be accepted unread.

For whoever uses a trained model, three calls are all:

    calibration = read_calibration(card, "spans")  # or "ties", "labels", "words"
    calibration.probability(label, score)          # how often such a one is right, in [0, 1]
    calibration.accepts(label, score)              # False: for review, never thrown away

Whoever trains gives `calibrate` what a model said about texts that it did not learn from (dev),
and whether each was right. Every label that occurs at least `ENOUGH` times has a curve of its own;
the rarer ones share one (the label `REST`). The curve is isotonic (Zadrozny and Elkan, 2002) from
`MANY` observations with `MANY_OF_EACH` right and wrong ones; with fewer it is Platt's (1999): a
logistic curve over the log odds of the score, with his smoothed targets. Curves never fall.

What is reported (expected calibration error, Brier score, table of reliability) and what decides
the accept thresholds is cross-fitted: the texts are dealt into `FOLDS` parts, and each part's
probabilities come from a curve of the other parts. So with the accept thresholds: each part is
judged by the lowest threshold that gives the required precision and a margin on the other parts,
and only if all that is accepted so has a lower bound of at least the required precision (Clopper
and Pearson, 1934, one-sided at `CONFIDENCE`) does the same rule over all parts give the threshold.
Smaller margins are tried as long as the larger ones passed, which needs no correction for trying.
A label for which no threshold can be shown to be good enough has none: everything that bears it
goes to review.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

ENOUGH = 50  # observations of a label for a curve of its own
MANY, MANY_OF_EACH = 500, 50  # for the isotonic curve
FOLDS = 5
CONFIDENCE = 0.9
MARGINS = (0.05, 0.02, 0.0)  # above the required precision, tried in this order
PRECISION = 0.9
REST = "*"

What = Literal["spans", "ties", "labels", "words"]
Floats = NDArray[np.float64]


class Observation(NamedTuple):
    """What a model said once: under which label, how surely, in which text, and whether rightly."""

    label: str
    score: float  # in [0, 1]
    right: bool
    text: int  # texts are dealt into folds as wholes


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising map from score to probability.

    `platt`: `x` and `y` hold one number each, offset and slope over the log odds of the score;
    `isotonic`: `x` are scores and `y` their probabilities, with straight lines between.
    """

    kind: Literal["isotonic", "platt"]
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, scores: Floats) -> Floats:
        """Probabilities. Shape of both: (n,)."""
        if self.kind == "platt":
            return np.asarray(1 / (1 + np.exp(-(self.x[0] + self.y[0] * _log_odds(scores)))))
        return np.asarray(np.interp(scores, self.x, self.y))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves and thresholds of one model for one sort of thing that it says."""

    precision: float  # that accepted things must reach
    curves: dict[str, Curve]  # by label; REST for all others
    thresholds: dict[str, float | None]  # of the score, by label; None: nothing is accepted
    report: dict[str, Any] = field(default_factory=dict)

    def probability(self, label: str, score: float) -> float:
        """How often what is said with this label and score is right."""
        curve = self.curves.get(label) or self.curves.get(REST)
        return float(curve(np.array([score]))[0]) if curve else 0.0

    def threshold(self, label: str) -> float | None:
        """The lowest score of the label that is accepted without being read by a person."""
        return self.thresholds.get(label, self.thresholds.get(REST))

    def accepts(self, label: str, score: float) -> bool:
        """Whether it may be accepted without review."""
        threshold = self.threshold(label)
        return threshold is not None and score >= threshold

    def as_json(self) -> dict[str, Any]:
        """What the model card keeps."""
        return {
            "precision": self.precision,
            "curves": {
                label: {"kind": c.kind, "x": list(c.x), "y": list(c.y)}
                for label, c in self.curves.items()
            },
            "thresholds": self.thresholds,
            "report": self.report,
        }


def read_calibration(card: dict[str, Any], what: What) -> Calibration:
    """The calibration of a model from its card.

    A card without one (nothing was found on dev) gives one that accepts nothing. Raises ValueError
    where the card is damaged.
    """
    kept = (card.get("calibration") or {}).get(what)
    if kept is None:
        return Calibration(PRECISION, {}, {})
    try:
        curves = {
            label: Curve(c["kind"], tuple(map(float, c["x"])), tuple(map(float, c["y"])))
            for label, c in kept["curves"].items()
        }
        thresholds = {k: None if t is None else float(t) for k, t in kept["thresholds"].items()}
        return Calibration(float(kept["precision"]), curves, thresholds, kept["report"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the calibration of {what} in its card is damaged") from error


def calibrate(
    observations: Sequence[Observation], precision: float = PRECISION
) -> Calibration | None:
    """Curves, thresholds and their honest measures; None where nothing was observed."""
    if not observations:
        return None
    groups = _group(observations)
    curves = {group: _fit(_scores(some), _rights(some)) for group, some in groups.items()}
    thresholds: dict[str, float | None] = {}
    classes: dict[str, Any] = {}
    held_out: list[tuple[Floats, Floats]] = []
    for group, some in groups.items():
        scores, rights = _scores(some), _rights(some)
        texts = np.array([o.text for o in some])
        probabilities = _cross_fit(scores, rights, texts)
        held_out.append((probabilities, rights))
        thresholds[group], accepted = _choose_threshold(scores, rights, texts, precision)
        classes[group] = {
            "curve": curves[group].kind,
            **measure_calibration(probabilities, rights),
            **accepted,
        }
    # A label that never occurred on dev gets the curve of the rare ones, and where there are none
    # that of all; but nothing is accepted on that ground.
    if REST not in curves:
        curves[REST] = _fit(_scores(observations), _rights(observations))
        thresholds[REST] = None
    together = [np.concatenate(column) for column in zip(*held_out, strict=True)]
    report = {
        "all": measure_calibration(together[0], together[1]),
        "reliability": reliability(together[0], together[1]),
        "classes": classes,
    }
    return Calibration(precision, curves, thresholds, report)


def measure_calibration(probabilities: Floats, rights: Floats) -> dict[str, float | int]:
    """Observations, share of right ones, expected calibration error and Brier score.

    Shape of both: (n,). The error is the mean over ten bins of equal mass of how far the mean
    probability is from the share of right ones, weighted by their sizes (Nguyen and O'Connor,
    2015).
    """
    bins = reliability(probabilities, rights)
    error = sum(b["n"] * abs(b["probability"] - b["right"]) for b in bins) / len(rights)
    return {
        "n": len(rights),
        "right": round(float(rights.mean()), 4),
        "calibration_error": round(float(error), 4),
        "brier": round(float(((probabilities - rights) ** 2).mean()), 4),
    }


def reliability(probabilities: Floats, rights: Floats) -> list[dict[str, Any]]:
    """Up to ten bins of equal mass: their size, mean probability and share of right ones."""
    order = np.argsort(probabilities, kind="stable")
    return [
        {
            "n": len(part),
            "probability": round(float(probabilities[part].mean()), 4),
            "right": round(float(rights[part].mean()), 4),
        }
        for part in np.array_split(order, min(10, max(1, len(order) // 10)))
    ]


def lower_bound(right: int, found: int, confidence: float = CONFIDENCE) -> float:
    """One-sided lower bound of a share by Clopper and Pearson (1934)."""
    from scipy.special import betaincinv

    if not right:
        return 0.0
    return float(betaincinv(right, found - right + 1, 1 - confidence))


def _group(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    by_label: dict[str, list[Observation]] = {}
    for observation in observations:
        by_label.setdefault(observation.label, []).append(observation)
    groups = {label: some for label, some in sorted(by_label.items()) if len(some) >= ENOUGH}
    rest = [o for label, some in sorted(by_label.items()) if label not in groups for o in some]
    if rest:
        groups[REST] = rest
    return groups


def _choose_threshold(
    scores: Floats, rights: Floats, texts: NDArray[np.int64], precision: float
) -> tuple[float | None, dict[str, Any]]:
    """The lowest threshold that is shown to be good enough, and what it accepted."""
    chosen: tuple[float | None, dict[str, Any]] = (None, {"accepted": 0})
    folds = texts % FOLDS
    for margin in MARGINS:
        accepted = np.zeros(len(scores), dtype=bool)
        for fold in np.unique(folds):
            held = folds == fold
            threshold = _lowest(scores[~held], rights[~held], precision + margin)
            if threshold is not None:
                accepted[held] = scores[held] >= threshold
        found, right = int(accepted.sum()), int(rights[accepted].sum())
        bound = lower_bound(right, found)
        threshold = _lowest(scores, rights, precision + margin)
        if bound < precision or threshold is None:
            break
        chosen = (
            threshold,
            {
                "accepted": found,
                "accepted_right": right,
                "precision_at_least": round(bound, 4),
            },
        )
    return chosen


def _lowest(scores: Floats, rights: Floats, share: float) -> float | None:
    """The lowest score from which on the share of right ones, (right + 1) / (n + 2), is reached."""
    order = np.argsort(-scores, kind="stable")
    ranked, right = scores[order], np.cumsum(rights[order])
    # A threshold can only stand between different scores.
    ends = np.append(ranked[:-1] > ranked[1:], True) if len(ranked) else np.array([], dtype=bool)
    enough = ends & ((right + 1) / (np.arange(len(ranked)) + 3) >= share)
    return float(ranked[np.flatnonzero(enough)[-1]]) if enough.any() else None


def _cross_fit(scores: Floats, rights: Floats, texts: NDArray[np.int64]) -> Floats:
    """Probabilities of each part from the curve of the other parts. Shape: (n,)."""
    probabilities = np.empty(len(scores))
    folds = texts % FOLDS
    for fold in np.unique(folds):
        held = folds == fold
        known = ~held if held.sum() < len(held) else held
        probabilities[held] = _fit(scores[known], rights[known])(scores[held])
    return probabilities


def _fit(scores: Floats, rights: Floats) -> Curve:
    right = int(rights.sum())
    if len(scores) >= MANY and min(right, len(scores) - right) >= MANY_OF_EACH:
        return _fit_isotonic(scores, rights)
    return _fit_platt(scores, rights)


def _fit_platt(scores: Floats, rights: Floats) -> Curve:
    """Logistic regression of the smoothed outcomes on the log odds, by Newton's method."""
    right, wrong = rights.sum(), (1 - rights).sum()
    targets = np.where(rights > 0, (right + 1) / (right + 2), 1 / (wrong + 2))
    odds = _log_odds(scores)
    inputs = np.stack([np.ones_like(odds), odds], axis=1)
    weights = np.array([_log_odds(targets.mean(keepdims=True))[0], 0.0])
    # A weak pull to slope 1 (the score is a probability already) keeps few observations in hand.
    pull = np.array([1e-6, 0.1])
    for _ in range(50):
        given = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (given - targets) + pull * (weights - [0.0, 1.0])
        bend = (inputs * (given * (1 - given))[:, None]).T @ inputs + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        # Far from the optimum the quadratic model overshoots; short steps always arrive.
        weights = weights - step * min(1.0, 2.0 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-9:
            break
    if weights[1] < 0:
        weights = np.array([_log_odds(targets.mean(keepdims=True))[0], 0.0])
    return Curve("platt", (float(weights[0]),), (float(weights[1]),))


def _fit_isotonic(scores: Floats, rights: Floats) -> Curve:
    """Pool adjacent violators; each pool is one point, at its mean score."""
    values, place = np.unique(scores, return_inverse=True)
    sizes = np.bincount(place).astype(float)
    pools: list[list[float]] = []  # size, sum of rights, sum of scores
    for size, right, value in zip(sizes, np.bincount(place, weights=rights), values, strict=True):
        pools.append([size, right, size * value])
        while len(pools) > 1 and pools[-2][1] * pools[-1][0] >= pools[-1][1] * pools[-2][0]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    # No pool is certain: the bounds are what its size could still hide.
    edge = 1 / (len(scores) + 2)
    return Curve(
        "isotonic",
        tuple(pool[2] / pool[0] for pool in pools),
        tuple(min(1 - edge, max(edge, pool[1] / pool[0])) for pool in pools),
    )


def _log_odds(scores: Floats) -> Floats:
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _scores(observations: Sequence[Observation]) -> Floats:
    return np.array([o.score if math.isfinite(o.score) else 0.0 for o in observations])


def _rights(observations: Sequence[Observation]) -> Floats:
    return np.array([float(o.right) for o in observations])
