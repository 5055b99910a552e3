"""Minimise a penalised loss by L-BFGS, and logistic regression on sparse features with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

Floats = NDArray[np.float64]


def descend(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    iterations: int,
    told: Callable[[int], None] | None = None,
    tolerance: float = 1e-4,
) -> Floats:
    """The weights with a small loss; `loss` gives value and gradient."""
    count = 0

    def after(_: Any) -> None:
        nonlocal count
        count += 1
        if told is not None:
            told(count)

    result = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=after,
        options={"maxiter": iterations, "maxcor": 6, "ftol": tolerance * 1e-1, "maxls": 30},
    )
    return np.asarray(result.x, dtype=np.float64)


def softmax(scores: Floats) -> Floats:
    """Rows as probabilities."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def fit_logistic(
    x: sparse.csr_matrix,
    y: NDArray[np.int64],
    classes: int,
    penalty: float,
    iterations: int = 150,
    weights: Floats | None = None,
) -> Floats:
    """Multinomial logistic regression. shape of the result: (features, classes)"""
    rows = x.shape[0]
    weights = np.ones(rows) if weights is None else weights
    turned = x.T.tocsr()
    gold = np.zeros((rows, classes))
    gold[np.arange(rows), y] = 1.0

    def loss(flat: Floats) -> tuple[float, Floats]:
        w = flat.reshape(-1, classes)
        p = softmax(x @ w)
        value = -float(weights @ np.log(np.maximum(p[np.arange(rows), y], 1e-300)))
        gradient = turned @ ((p - gold) * weights[:, None]) + penalty * w
        return value + penalty / 2 * float(flat @ flat), gradient.ravel()

    return descend(loss, np.zeros(x.shape[1] * classes), iterations).reshape(-1, classes)
