"""Shares of a blend follow what held-out links say, relation by relation, and no further."""

from __future__ import annotations

import numpy as np
import pytest

from kg.completion.blend import fit_shares, log_softmax
from kg.completion.graph import FloatArray, IntArray


def told(
    answers: IntArray, knows: np.ndarray[tuple[int], np.dtype[np.bool_]], seed: int
) -> FloatArray:
    """Log probabilities over 20 entities: of the answer where it is known, else at random."""
    scores = np.random.default_rng(seed).normal(size=(len(answers), 20)).astype(np.float32)
    scores[np.flatnonzero(knows), answers[knows]] += 4
    return log_softmax(scores)


def fitted(number: int, split_of_labour: bool) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = np.random.default_rng(0)
    relations = np.arange(number) % 2
    answers = rng.integers(20, size=number)
    everything = np.ones(number, dtype=bool)
    first = told(answers, (relations == 0) if split_of_labour else everything, 1)
    second = told(answers, (relations == 1) if split_of_labour else ~everything, 2)
    competes = np.ones((number, 20), dtype=bool)
    return fit_shares(first, second, relations, answers, competes, 3)


def test_each_relation_leans_on_the_model_that_knows_it() -> None:
    shares = fitted(400, split_of_labour=True)
    assert shares[0] < 0.3
    assert shares[1] > 0.7
    assert shares[0] < shares[2] < shares[1]  # nobody asked of it: the common share


def test_few_links_move_a_relation_little() -> None:
    many, few = fitted(400, split_of_labour=True), fitted(4, split_of_labour=True)
    assert abs(few[1] - few[0]) < 0.6 * abs(many[1] - many[0])


def test_a_model_that_knows_nothing_gets_next_to_no_share() -> None:
    assert fitted(400, split_of_labour=False).max() < 0.2


def test_the_gradient_is_that_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    import scipy.optimize

    seen: list[object] = []
    whole = scipy.optimize.minimize

    def check(loss: object, start: np.ndarray, **options: object) -> object:  # type: ignore[type-arg]
        at = np.linspace(-0.4, 0.5, len(start))
        _, gradient = loss(at)  # type: ignore[operator]
        for place in range(len(at)):
            step = np.zeros(len(at))
            step[place] = 1e-2
            slope = (loss(at + step)[0] - loss(at - step)[0]) / 2e-2  # type: ignore[operator]
            assert slope == pytest.approx(gradient[place], rel=0.02, abs=0.02)
        seen.append(loss)
        return whole(loss, start, **options)

    monkeypatch.setattr(scipy.optimize, "minimize", check)
    fitted(60, split_of_labour=True)
    assert seen
