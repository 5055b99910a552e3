"""Reading with trained chains: texts in, spans and ties out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from extraction.learning.examples import Example
from extraction.learning.fast.choosing import Chooser, Chosen, stems_of
from extraction.learning.fast.finder import Candidate, Finder
from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.pairs import Marked, Pair, TieModel
from extraction.learning.fast.units import Splitter, Units
from extraction.learning.protocol import Reading, ScoredSpan, ScoredTie

AT_ONCE = 256  # texts that are read together


class FastRecogniser:
    """Finds spans and ties without any package beyond numpy and scipy.

    Scores are marginal probabilities of spans and ties, not calibrated on other texts.
    """

    def __init__(
        self,
        splitter: Splitter,
        finder: Finder,
        chooser: Chooser,
        ties: TieModel,
        tie_threshold: float,
        tied_only: Iterable[int],
        span_labels: Sequence[str],
        tie_labels: Sequence[str],
    ) -> None:
        self.splitter = splitter
        self.finder = finder
        self.chooser = chooser
        self.ties = ties
        self.tie_threshold = tie_threshold
        self.tied_only = frozenset(tied_only)  # classes whose spans count only with a tie
        self._span_labels = tuple(span_labels)
        self._tie_labels = tuple(tie_labels)

    @property
    def span_labels(self) -> Sequence[str]:
        return self._span_labels

    @property
    def tie_labels(self) -> Sequence[str]:
        return self._tie_labels

    def read(self, examples: Sequence[Example]) -> list[Reading]:
        """One reading per example, in order."""
        readings: list[Reading] = []
        for at in range(0, len(examples), AT_ONCE):
            readings += self._read(examples[at : at + AT_ONCE])
        return readings

    def weigh(self, examples: Sequence[Example]) -> list[list[ScoredSpan]]:
        """All spans that could be, with their scores, of which `read` keeps the best."""
        weighed: list[list[ScoredSpan]] = []
        for at in range(0, len(examples), AT_ONCE):
            units = [self.splitter.units(example) for example in examples[at : at + AT_ONCE]]
            for one, scored in zip(units, self._score(units), strict=True):
                weighed.append([self._span(one, candidate) for candidate in scored])
        return weighed

    def _score(self, units: Sequence[Units]) -> list[list[Chosen]]:
        candidates = self.finder.find([u.words for u in units])
        return [
            self.chooser.score(stems_of(one.words), _within_lines(one.words, found))
            for one, found in zip(units, candidates, strict=True)
        ]

    def _span(self, units: Units, chosen: Chosen) -> ScoredSpan:
        first, last, label, score = chosen
        start, end = units.ranges[first][0], units.ranges[last - 1][1]
        return ScoredSpan(start, end, self._span_labels[label], score)

    def _read(self, examples: Sequence[Example]) -> list[Reading]:
        units = [self.splitter.units(example) for example in examples]
        choices = [self.chooser.choose(scored) for scored in self._score(units)]
        marked = [
            Marked(one.words, [UnitSpan(*span[:3]) for span in chosen])
            for one, chosen in zip(units, choices, strict=True)
        ]
        return [
            self._reading(one, chosen, pairs)
            for one, chosen, pairs in zip(units, choices, self.ties.score(marked), strict=True)
        ]

    def _reading(
        self, units: Units, chosen: Sequence[Chosen], pairs: Sequence[tuple[Pair, Any]]
    ) -> Reading:
        tied = []
        for (source, target), p in pairs:
            label = int(p[1:].argmax())
            if p[label + 1] >= self.tie_threshold:
                name = self._tie_labels[label]
                tied.append(ScoredTie(source, target, name, float(p[label + 1])))
        if self.tied_only:
            chosen, tied = self._drop_untied(chosen, tied)
        return Reading(tuple(self._span(units, one) for one in chosen), tuple(tied))

    def _drop_untied(
        self, chosen: Sequence[Chosen], tied: Sequence[ScoredTie]
    ) -> tuple[list[Chosen], list[ScoredTie]]:
        ends = {end for tie in tied for end in tie[:2]}
        kept = [n for n, c in enumerate(chosen) if n in ends or c.label not in self.tied_only]
        place = {n: m for m, n in enumerate(kept)}
        moved = [ScoredTie(place[a], place[b], label, p) for a, b, label, p in tied]
        return [chosen[n] for n in kept], moved

    def save(self, directory: Path) -> None:
        """Write the model's files."""
        from extraction.learning.fast.files import save

        save(self, directory)


def _within_lines(words: Sequence[str], found: list[Candidate]) -> list[Candidate]:
    """No span begins or ends with a line break."""
    if "\n" not in words:
        return found
    return [c for c in found if words[c.first] != "\n" and words[c.last - 1] != "\n"]
