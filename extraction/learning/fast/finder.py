"""Spans of texts by trained chains: from words to the probability of every span."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extraction.learning.fast.chain import Ints, Packed, Sums, Weights, pack, sum_paths
from extraction.learning.fast.channels import FAMILIES, REMEMBERED, Channels, Texts
from extraction.learning.fast.layers import Found, span_probabilities, tags_count
from extraction.learning.fast.units import cut

FLOOR = 0.04  # probability below which a span is no candidate
_Table = NDArray[np.float32]


class Candidate(NamedTuple):
    """A span of a text in units, with each layer's probability for it."""

    first: int
    last: int
    label: int
    by_layer: tuple[float, ...]


class Finder:
    """The chains of all layers over the same channels; their scores are found in one pass."""

    def __init__(
        self, channels: Channels, labels: int, longest: int, chains: Sequence[Weights]
    ) -> None:
        self.channels = channels
        self.labels = labels
        self.longest = longest
        self.chains = list(chains)
        stacked = np.concatenate([w.features for w in chains], axis=1).astype(np.float32)
        self._family_weights: list[list[_Table]] = []
        self._words: list[list[_Table]] = []  # by family and offset: words by labels
        described = channels.describe(channels.words.names[: channels.words.trained])
        at = 0
        for family, table in zip(FAMILIES, described, strict=True):
            blocks = []
            for _ in family.offsets:
                blocks.append(stacked[at : at + table.shape[1]])
                at += table.shape[1]
            self._family_weights.append(blocks)
            self._words.append([np.asarray(table @ block) for block in blocks])
        self._rest = stacked[at:]
        self._new: OrderedDict[str, None] = OrderedDict()

    def find(self, texts: Sequence[Sequence[str]]) -> list[list[Candidate]]:
        """Candidates for each text, given as its words."""
        if not any(texts):
            return [[] for _ in texts]
        return self.candidates(self._scores(self._lay_out(texts)), texts)

    def candidates(self, scores: _Table, texts: Sequence[Sequence[str]]) -> list[list[Candidate]]:
        """Candidates from the scores of all layers. shape: (units, layers times tags)"""
        starts = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        pieces, piece_of = pieces_of(texts, starts)
        if not pieces:
            return [[] for _ in texts]
        packed = pack(pieces)
        width = tags_count(self.labels)
        by_span: dict[tuple[int, int, int], list[float]] = {}
        for n, chain in enumerate(self.chains):
            layer = scores[:, n * width : (n + 1) * width]
            found = find_spans(layer, packed, piece_of, chain, self.labels, self.longest)
            for first, size, label, p in zip(*(c.tolist() for c in found), strict=True):
                by_span.setdefault((first, size, label), [0.0] * len(self.chains))[n] = p
        return _by_text(by_span, starts)

    def _lay_out(self, texts: Sequence[Sequence[str]]) -> Texts:
        words = self.channels.words
        if len(words.names) - words.trained > REMEMBERED:
            words.forget()
            for tables in self._words:
                for n, table in enumerate(tables):
                    tables[n] = table[: words.trained].copy()
        before = len(words.names)
        laid = words.lay_out(texts)
        if len(words.names) > before:
            described = self.channels.describe(words.names[before:])
            for tables, blocks, new in zip(
                self._words, self._family_weights, described, strict=True
            ):
                for n, block in enumerate(blocks):
                    tables[n] = np.concatenate([tables[n], np.asarray(new @ block)])
        return laid

    def _scores(self, laid: Texts) -> _Table:
        columns = self.channels.columns(laid)
        scores = np.zeros((len(laid.real), self._rest.shape[1]), dtype=np.float32)
        n = 0
        for tables in self._words:
            for table in tables:
                scores += table[columns[n][0]]
                n += 1
        base = held = 0
        for column, width in columns[n:]:
            if width:
                held, base = base, base + width
            at = np.flatnonzero(column >= 0)
            if len(at):
                scores[at] += self._rest[held + column[at]]
        return scores


def pieces_of(texts: Sequence[Sequence[str]], starts: Ints) -> tuple[list[tuple[int, int]], Ints]:
    """Half-open ranges of positions that chains run over, and the range of each position."""
    pieces = [
        (start + a, start + b)
        for text, start in zip(texts, starts.tolist(), strict=False)
        for a, b in cut(text)
    ]
    sizes = np.array([b - a for a, b in pieces], dtype=np.int64)
    return pieces, np.repeat(np.arange(len(pieces)), sizes)


def find_spans(
    scores: Any, packed: Packed, piece_of: Ints, chain: Weights, labels: int, longest: int
) -> Found:
    """Spans with their probabilities. `scores` in the order of positions."""
    sums = sum_paths(scores[packed.order], packed, chain)
    back = np.empty(len(packed.order), dtype=np.int64)
    back[packed.order] = np.arange(len(back))
    ordered = Sums(
        sums.log_partition, sums.forward[back], sums.backward[back], sums.local[back], sums.steps
    )
    return span_probabilities(ordered, piece_of, labels, longest, FLOOR)


def _by_text(
    by_span: dict[tuple[int, int, int], list[float]], starts: Ints
) -> list[list[Candidate]]:
    found: list[list[Candidate]] = [[] for _ in range(len(starts) - 1)]
    firsts = np.array([key[0] for key in by_span], dtype=np.int64)
    texts = np.searchsorted(starts, firsts, side="right") - 1
    begins = starts[texts]
    for (key, p), text, begin in zip(by_span.items(), texts.tolist(), begins.tolist(), strict=True):
        first = key[0] - begin
        found[text].append(Candidate(first, first + key[1], key[2], tuple(p)))
    for candidates in found:
        candidates.sort()
    return found
