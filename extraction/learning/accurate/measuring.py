"""A network on dev: its scores, and the thresholds that serve it best there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.learning.accurate.companion import Opinion
from extraction.learning.accurate.finding import (
    LOWEST,
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
_LEAST = Thresholds(LOWEST, 0.1)
_EQUAL = 0.003  # of F1: less is chance on a few hundred texts


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
        opinions: Sequence[Opinion] | None = None,
    ) -> None:
        self.network, self.windows, self.padding = network, windows, padding
        self.structure, self.opinions = structure, opinions
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
        found = find_candidates(
            self.network, self.windows, self.padding, self.structure, _LEAST, self.opinions
        )
        spans, ties = self._right_spans(found), self._right_ties(found)
        # What may not stand beside a likelier span may not at any threshold: settled once for all.
        exclusive = self.network.shape.exclusive
        alone, _ = choose(found, self.structure, Thresholds(LOWEST, 1.0), exclusive)
        found = found._replace(score=np.where(alone, found.score, 0.0))
        free = Structure(nests=True, crosses=True, farthest=self.structure.farthest)
        grid = _TIES if self.ties else (Thresholds().tie,)
        scores = np.zeros((len(_SPANS), len(grid), 2))
        for n, span in enumerate(_SPANS):
            for m, tie in enumerate(grid):
                kept = choose(found, free, Thresholds(span, tie), exclusive)
                scores[n, m] = (
                    _f1(kept[0], spans, len(self.spans)),
                    _f1(kept[1], ties, len(self.ties)),
                )
        n, m = _choose_place(scores.sum(axis=2) / (1 + bool(self.ties)), grid)
        return Best(Thresholds(_SPANS[n], grid[m]), float(scores[n, m, 0]), float(scores[n, m, 1]))

    def _right_spans(self, found: Candidates) -> NDArray[np.bool_]:
        rows = zip(*(c.tolist() for c in found[:4]), strict=True)
        return np.fromiter((row in self.spans for row in rows), bool, len(found.text))

    def _right_ties(self, found: Candidates) -> NDArray[np.bool_]:
        ends = [c[found.source].tolist() for c in found[:3]]
        ends += [c[found.target].tolist() for c in found[1:3]]
        rows = zip(*ends, found.tie.tolist(), strict=True)
        return np.fromiter((row in self.ties for row in rows), bool, len(found.tie))


def _f1(kept: NDArray[np.bool_], right: NDArray[np.bool_], there: int) -> float:
    total = int(kept.sum()) + there
    return 2 * int((kept & right).sum()) / total if total and there else 0.0


def _choose_place(scores: NDArray[np.float64], ties: Sequence[float]) -> tuple[int, int]:
    """Where thresholds serve best, spans' in rows and ties' in columns.

    A place counts as much as it and its neighbours do together: what is best alone is so by
    chance. Of those that are about as good, the nearest to the usual one.
    """
    usual = Thresholds()
    padded = np.pad(scores, 1, mode="edge")
    rows, columns = scores.shape
    around = [padded[a : a + rows, b : b + columns] for a in range(3) for b in range(3)]
    smooth = np.mean(around, axis=0)
    good = np.argwhere(smooth >= smooth.max() - _EQUAL).tolist()
    n, m = min(good, key=lambda at: abs(_SPANS[at[0]] - usual.span) + abs(ties[at[1]] - usual.tie))
    return n, m
