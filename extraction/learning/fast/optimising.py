"""Minimise a penalised loss by L-BFGS, and logistic regression on sparse features with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


def descend(
    loss: Callable[[Any], tuple[float, Any]],
    start: Any,
    iterations: int,
    told: Callable[[int], None] | None = None,
    tolerance: float = 1e-4,
    memory: int = 6,
) -> Any:
    """Weights with a small loss, in the precision of `start`; `loss` gives value and gradient.

    Limited-memory BFGS (Nocedal, Wright: Numerical Optimization, algorithm 7.4) with a halving
    line search, which is enough for a convex loss. Ends when ten steps together gain less than
    `tolerance` of the value.
    """
    weights = start
    value, gradient = loss(weights)
    past = _Past(memory, gradient)
    values = [value]
    for iteration in range(1, iterations + 1):
        direction = past.direction(gradient)
        slope = float(gradient @ direction)
        if slope >= 0:
            past.forget()
            direction, slope = -gradient, -float(gradient @ gradient)
        if slope == 0:
            break
        step = 1.0 if past.held else min(1.0, 1.0 / float(np.sqrt(-slope)))
        for _ in range(_HALVINGS):
            tried = direction * direction.dtype.type(step)
            tried += weights
            new_value, new_gradient = loss(tried)
            if new_value <= value + 1e-4 * step * slope:
                break
            step *= 0.5
        else:
            break
        past.add(weights, tried, gradient, new_gradient)
        weights, value, gradient = tried, new_value, new_gradient
        values.append(value)
        if told is not None:
            told(iteration)
        if len(values) > _PATIENCE and values[-_PATIENCE - 1] - value < tolerance * abs(value):
            break
    return weights


_HALVINGS = 20
_PATIENCE = 10


class _Past:
    """The last moves and changes of the gradient, and all their products.

    With the products at hand a direction costs three passes over the weights instead of four a
    move (Chen, Wang, Zhou: Large-scale L-BFGS using MapReduce, 2014).
    """

    def __init__(self, memory: int, like: Any) -> None:
        self.memory = memory
        self.basis = np.zeros((2 * memory, len(like)), dtype=like.dtype)  # moves, then changes
        self.products = np.zeros((2 * memory, 2 * memory))
        self.order: list[int] = []  # places of the moves, oldest first

    @property
    def held(self) -> int:
        return len(self.order)

    def forget(self) -> None:
        self.order.clear()

    def add(self, before: Any, after: Any, gradient: Any, new_gradient: Any) -> None:
        place = len(self.order) if len(self.order) < self.memory else self.order[0]
        move, change = self.basis[place], self.basis[self.memory + place]
        np.subtract(after, before, out=move)
        np.subtract(new_gradient, gradient, out=change)
        self.order = [n for n in self.order if n != place]
        if float(move @ change) <= 1e-10:
            self.order.clear()
            return
        self.order.append(place)
        for row in (place, self.memory + place):
            products = self.basis @ self.basis[row]
            self.products[row, :] = products
            self.products[:, row] = products

    def direction(self, gradient: Any) -> Any:
        if not self.order:
            return -gradient
        m = self.memory
        with_gradient = (self.basis @ gradient).astype(np.float64)
        share = np.zeros(2 * m)  # of each row of the basis; the gradient has `own`
        own = 1.0
        back: dict[int, float] = {}
        for n in reversed(self.order):
            inverse = 1.0 / self.products[n, m + n]
            back[n] = inverse * (share @ self.products[n] + own * with_gradient[n])
            share[m + n] -= back[n]
        last = self.order[-1]
        size = self.products[last, m + last] / self.products[m + last, m + last]
        share *= size
        own *= size
        for n in self.order:
            inverse = 1.0 / self.products[n, m + n]
            forth = inverse * (share @ self.products[m + n] + own * with_gradient[m + n])
            share[n] += back[n] - forth
        found = share.astype(gradient.dtype) @ self.basis
        found += gradient.dtype.type(own) * gradient
        return np.negative(found, out=found)


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

    found = descend(loss, np.zeros(x.shape[1] * classes), iterations)
    return np.asarray(found).reshape(-1, classes)
