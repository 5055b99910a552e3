"""A log-linear choice among candidates: P(candidate) ∝ exp(sum of the weights of its features).

Features are names that hold or do not hold. Weights are learnt by maximum likelihood of the meant
words with a Gaussian prior (Berger, Della Pietra and Della Pietra, 1996).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

_FILE = "ranking.npz"


class Choices:
    """Choices to learn from: candidates with their features, and which is right."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._columns = array("i")
        self._row_ends = array("i", [0])
        self._firsts = array("i", [0])
        self._right = array("i")

    def add(self, candidates: Sequence[Iterable[str]], right: int) -> None:
        """One choice: the features of each candidate, and the position of the right one."""
        places = self._places
        for features in candidates:
            self._columns.extend(places.setdefault(name, len(places)) for name in features)
            self._row_ends.append(len(self._columns))
        self._right.append(self._firsts[-1] + right)
        self._firsts.append(len(self._row_ends) - 1)

    def fit(self, strength: float, rarest: int = 2) -> Ranker:
        """Weights; `strength` is the prior's precision. Rarer features are left out."""
        from scipy.optimize import minimize
        from scipy.sparse import csr_matrix

        columns = np.frombuffer(self._columns, dtype=np.int32)
        matrix = csr_matrix(
            (
                np.ones(len(columns)),
                columns,
                np.frombuffer(self._row_ends, dtype=np.int32),
            ),
            shape=(len(self._row_ends) - 1, len(self._places)),
        )
        often = np.asarray(matrix.sum(axis=0)).ravel() >= rarest
        matrix = matrix[:, np.flatnonzero(often)].tocsr()
        firsts = np.frombuffer(self._firsts, dtype=np.int32)
        right = np.frombuffer(self._right, dtype=np.int32)
        sizes = np.diff(firsts)
        wanted = np.asarray(matrix[right].sum(axis=0)).ravel()
        transposed = matrix.T.tocsr()

        def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
            scores = matrix @ weights
            top = np.maximum.reduceat(scores, firsts[:-1])
            powers = np.exp(scores - np.repeat(top, sizes))
            sums = np.add.reduceat(powers, firsts[:-1])
            value = float((np.log(sums) + top).sum() - scores[right].sum())
            slope = transposed @ (powers / np.repeat(sums, sizes)) - wanted
            return (
                value + 0.5 * strength * float(weights @ weights),
                slope + strength * weights,
            )

        found = minimize(
            loss,
            np.zeros(matrix.shape[1]),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 200, "maxfun": 260},
        )
        names = [name for name, kept in zip(self._places, often, strict=True) if kept]
        return Ranker(
            {
                n: float(w)
                for n, w in zip(names, found.x.astype(np.float32), strict=True)
                if abs(w) > 1e-4
            }
        )


class Ranker:
    """Learnt weights of features."""

    def __init__(self, weights: dict[str, float]) -> None:
        self.weights = weights

    def weigh(self, features: Iterable[str]) -> float:
        """The sum of the weights of those that hold."""
        weights = self.weights
        return sum(weights.get(name, 0.0) for name in features)

    def save(self, directory: Path) -> None:
        """Names and weights, without pickles."""
        np.savez_compressed(
            directory / _FILE,
            names=np.frombuffer("\n".join(self.weights).encode(), dtype=np.uint8),
            weights=np.array(list(self.weights.values()), dtype=np.float32),
        )

    @classmethod
    def load(cls, directory: Path) -> Ranker:
        """Raises OSError, KeyError or ValueError where the file is not what `save` wrote."""
        with np.load(directory / _FILE, allow_pickle=False) as file:
            names = bytes(file["names"]).decode().split("\n")
            weights = file["weights"].tolist()
        return cls(dict(zip(names, weights, strict=True)))


def softmax(scores: Sequence[float]) -> list[float]:
    """Scores as shares of one."""
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]
