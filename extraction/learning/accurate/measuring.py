"""A network on dev: its scores, and the thresholds that serve it best there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.learning.accurate.finding import (
    Candidates,
    Structure,
    Thresholds,
    choose,
    find_candidates,
)
from extraction.learning.accurate.lessons import Marks
from extraction.learning.accurate.network import Network
from extraction.learning.accurate.windows import Window

_SPANS = tuple(round(0.25 + 0.05 * n, 2) for n in range(11))  # .25 to .75
_TIES = tuple(round(0.1 + 0.05 * n, 2) for n in range(12))  # .1 to .65
_LEAST = Thresholds(0.2, 0.1)
_EQUAL = 0.01  # of F1: less is chance on a few hundred texts


class Best(NamedTuple):
    """Thresholds and the F1 of spans and of ties (loose) that they give."""

    thresholds: Thresholds
    spans: float
    ties: float


class Dev:
    """The dev texts of a training, cut into windows, with their marks."""

    def __init__(
        self,
        network: Network,
        windows: Sequence[Window],
        marks: Sequence[Marks],
        padding: int,
        structure: Structure,
    ) -> None:
        self.network, self.windows, self.padding = network, windows, padding
        self.structure = structure
        self.spans = {(n, *span): None for n, text in enumerate(marks) for span in text.spans}
        self.ties = {
            (n, *text.spans[source][:2], *text.spans[target][:2], label): None
            for n, text in enumerate(marks)
            for source, target, label in text.ties
        }

    def measure(self) -> tuple[float, str]:
        """One score to choose an epoch by, and how to say it."""
        best = self._choose()
        words = f"entities F1 {best.spans:.3f}"
        if not self.ties:
            return best.spans, f"{words} on dev"
        return (best.spans + best.ties) / 2, f"{words}, relations {best.ties:.3f} on dev"

    def settle(self) -> Thresholds:
        """The thresholds for the network as it stands."""
        return self._choose().thresholds

    def _choose(self) -> Best:
        found = find_candidates(self.network, self.windows, self.padding, self.structure, _LEAST)
        right = self._right_spans(found)
        right_ties = self._right_ties(found)
        span, score = self._best(found, right, len(self.spans), None)
        tie, tie_score = self._best(found, right_ties, len(self.ties), span)
        return Best(Thresholds(span, tie), score, tie_score)

    def _best(
        self, found: Candidates, right: NDArray[np.bool_], there: int, span: float | None
    ) -> tuple[float, float]:
        """The threshold with the best F1, of spans, or of ties where that of spans is given.

        Of those that are about as good, the nearest to the usual one.
        """
        usual = Thresholds()
        near, grid = (usual.span, _SPANS) if span is None else (usual.tie, _TIES)
        scores = []
        for threshold in grid:
            both = Thresholds(threshold) if span is None else Thresholds(span, threshold)
            kept = choose(found, self.structure, both, self.network.shape.exclusive)
            chosen = kept[0] if span is None else kept[1]
            total = int(chosen.sum()) + there
            scores.append(2 * int((chosen & right).sum()) / total if total else 0.0)
        good = [n for n in range(len(grid)) if scores[n] >= max(scores) - _EQUAL]
        best = min(good, key=lambda n: abs(grid[n] - near))
        return (grid[best], scores[best]) if there else (near, 0.0)

    def _right_spans(self, found: Candidates) -> NDArray[np.bool_]:
        rows = zip(*(c.tolist() for c in found[:4]), strict=True)
        return np.fromiter((row in self.spans for row in rows), bool, len(found.text))

    def _right_ties(self, found: Candidates) -> NDArray[np.bool_]:
        ends = [c[found.source].tolist() for c in found[:3]]
        ends += [c[found.target].tolist() for c in found[1:3]]
        rows = zip(*ends, found.tie.tolist(), strict=True)
        return np.fromiter((row in self.ties for row in rows), bool, len(found.tie))
