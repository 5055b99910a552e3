"""From a network's scores to spans and ties: candidates first, then what is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from extraction.learning.accurate.around import pair_up
from extraction.learning.accurate.batching import group, make_batch
from extraction.learning.accurate.companion import Opinion, blend
from extraction.learning.accurate.network import (
    Batch,
    Ends,
    Network,
    pair_spans,
    probabilities,
)
from extraction.learning.accurate.windows import Numbers, Window, Words
from extraction.learning.protocol import Reading, ScoredSpan, ScoredTie

_READ_AT_ONCE = 96  # windows
_MOST_CANDIDATES = 160  # of a window, the likeliest
LOWEST = 0.2  # score of a span that a tie brings
_STANDING = 0.4  # score from which a span is one of those that stand around others
_PAIRS = 32_768  # scored at once; bounds memory where spans are dense

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Structure:
    """What the labelled texts say about how their spans lie, and their ties."""

    nests: bool  # spans lie within spans
    crosses: bool  # spans overlap without lying within
    farthest: int  # words from the begin of one end of a tie to that of the other


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least scores of what is kept; of a tie, that it and both its spans are right.

    A tie that is kept brings its spans, where they alone were not sure enough.
    """

    span: float = 0.5
    tie: float = 0.35

    @property
    def least_span(self) -> float:
        """Of a span that may be kept, be it by a tie; none is less sure than its tie."""
        return min(self.span, max(LOWEST, self.tie))


class Candidates(NamedTuple):
    """Spans of all texts with their scores, sorted by text, and ties between them."""

    text: Numbers
    first: Numbers  # word of the text
    last: Numbers
    label: Numbers
    score: Floats
    own: NDArray[np.bool_]  # found by the window that it belongs to
    source: Numbers  # in the spans above
    target: Numbers
    tie: Numbers  # label
    tie_score: Floats


_NONE = np.zeros(0, np.int64)
_NO_SCORE = np.zeros(0, np.float32)
_NOTHING = Candidates(
    _NONE, _NONE, _NONE, _NONE, _NO_SCORE, _NONE.astype(bool), _NONE, _NONE, _NONE, _NO_SCORE
)


def find_candidates(
    network: Network,
    windows: Sequence[Window],
    padding: int,
    structure: Structure,
    least: Thresholds,
    opinions: Sequence[Opinion] | None = None,
) -> Candidates:
    """Spans and ties of at least those scores. The network is put in reading mode.

    `opinions`: what another recogniser thinks of the texts that the windows are of.
    """
    network.eval()
    parts: list[Candidates] = []
    count = 0
    with torch.inference_mode():
        for numbers in group(windows, _READ_AT_ONCE, network.shape.widest):
            chosen = [windows[n] for n in numbers]
            part = _read(chosen, network, padding, structure, least, opinions)
            moved = part._replace(source=part.source + count, target=part.target + count)
            parts.append(moved)
            count += len(part.text)
    if not parts:
        return _NOTHING
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return _settle(Candidates(*columns))


def _read(
    windows: list[Window],
    network: Network,
    padding: int,
    structure: Structure,
    least: Thresholds,
    opinions: Sequence[Opinion] | None,
) -> Candidates:
    shape = network.shape
    batch = make_batch(windows, shape.widest, padding)
    words = network.encode(batch)
    scores = network.score_spans(words, batch)
    chances: Floats = probabilities(scores, shape.exclusive).numpy()
    if opinions is not None:
        chances = blend(chances, windows, shape.widest, opinions)
    spans, labels = _likely(chances, shape.exclusive, least.span)
    kept = _likeliest(batch.window.numpy()[spans], chances[spans, labels])
    span, label = spans[kept], labels[kept]
    score, window = chances[span, label], batch.window.numpy()[span]
    begin = window * batch.longest
    first = batch.first.numpy()[span] - begin
    last = batch.last.numpy()[span] - begin
    own = np.asarray([(w.text, w.offset, w.inner, w.outer) for w in windows])[window]
    source, target, tie, tie_score = _NONE, _NONE, _NONE, _NO_SCORE
    if shape.tie_labels and len(span):
        source, target = pair_up(window)
        near = np.abs(first[source] - first[target]) <= structure.farthest
        earlier = np.minimum(first[source], first[target])
        inner, outer = own[source, 2], own[source, 3]
        near &= (earlier >= inner) & (earlier < outer)
        source, target = source[near], target[near]
    if len(source):
        given = (span, label, score >= _STANDING)
        found = _score_pairs(network, words, batch, given, (source, target))
        tie = found.argmax(axis=1)
        tie_score = found[np.arange(len(tie)), tie] * score[source] * score[target]
        sure = tie_score >= least.tie
        source, target, tie, tie_score = source[sure], target[sure], tie[sure], tie_score[sure]
    return Candidates(
        text=own[:, 0],
        first=first + own[:, 1],
        last=last + own[:, 1],
        label=label,
        score=score,
        own=(first >= own[:, 2]) & (first < own[:, 3]),
        source=source,
        target=target,
        tie=tie,
        tie_score=tie_score,
    )


def _score_pairs(
    network: Network,
    words: Tensor,
    batch: Batch,
    spans: tuple[Numbers, Numbers, NDArray[np.bool_]],
    ends: Ends,
) -> Floats:
    """Shares of the tie labels of each pair of spans. shape: (pairs, tie labels)"""
    pairs = pair_spans(batch, *spans, ends)
    parts = []
    for at in range(0, len(pairs.source), _PAIRS):
        some = slice(at, at + _PAIRS)
        part = pairs._replace(
            source=pairs.source[some], target=pairs.target[some], near=pairs.near[some]
        )
        parts.append(torch.softmax(network.score_pairs(words, batch, part), dim=1).numpy())
    shares: Floats = np.concatenate(parts)[:, 1:]
    return shares


def _settle(found: Candidates) -> Candidates:
    """Sorted by text and place; a span that two windows saw is kept as its own one scored it."""
    order = np.lexsort((~found.own, found.label, found.last, found.first, found.text))
    keys = np.stack([found.text, found.first, found.last, found.label], axis=1)[order]
    new = np.ones(len(keys), bool)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    kept = new & found.own[order]
    group_of = np.cumsum(new) - 1
    place_of_group = np.full(int(new.sum()), -1)
    place_of_group[group_of[kept]] = np.arange(int(kept.sum()))
    place = np.empty(len(order), np.int64)
    place[order] = place_of_group[group_of]
    source, target = place[found.source], place[found.target]
    both = (source >= 0) & (target >= 0)
    span = order[kept]
    return Candidates(
        text=found.text[span],
        first=found.first[span],
        last=found.last[span],
        label=found.label[span],
        score=found.score[span],
        own=found.own[span],
        source=source[both],
        target=target[both],
        tie=found.tie[both],
        tie_score=found.tie_score[both],
    )


def _likely(chances: Floats, exclusive: bool, least: float) -> tuple[Numbers, Numbers]:
    """Spans and labels of at least that chance; of exclusive labels only the best."""
    if not exclusive:
        spans, labels = np.nonzero(chances >= least)
        return spans, labels
    best = chances.argmax(axis=1)
    spans = np.flatnonzero(chances[np.arange(len(best)), best] >= least)
    return spans, best[spans]


def _likeliest(window: Numbers, score: Floats) -> Numbers:
    """Numbers of the candidates to go on with, in order: not too many of a window."""
    counts = np.bincount(window, minlength=1)
    if counts.max(initial=0) <= _MOST_CANDIDATES:
        return np.arange(len(window))
    kept = []
    for n in range(len(counts)):
        of = np.flatnonzero(window == n)
        kept.append(np.sort(of[np.argsort(-score[of], kind="stable")[:_MOST_CANDIDATES]]))
    return np.concatenate(kept)


def choose(
    found: Candidates,
    structure: Structure,
    thresholds: Thresholds,
    exclusive: bool,
    bringing: bool = True,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which spans and which ties are kept; without `bringing` ties of surely kept spans alone.

    Of spans that may not overlap by what the labelled texts show, the likelier is kept.
    """
    spans = found.score >= (thresholds.least_span if bringing else thresholds.span)
    if not (structure.nests and structure.crosses):
        _part(found, spans, structure, exclusive)
    ties = (found.tie_score >= thresholds.tie) & spans[found.source] & spans[found.target]
    sure = found.score >= thresholds.span
    sure[found.source[ties]] = True
    sure[found.target[ties]] = True
    return spans & sure, ties


def _part(
    found: Candidates, spans: NDArray[np.bool_], structure: Structure, exclusive: bool
) -> None:
    """Takes the less likely of two spans away where both cannot be."""
    kept = np.flatnonzero(spans)
    same = found.text[kept][1:] == found.text[kept][:-1]
    reach = _running_maximum(found.text[kept], found.last[kept])
    if not (same & (found.first[kept][1:] <= reach[:-1])).any():
        return
    taken: dict[int, list[tuple[int, int]]] = {}
    order = kept[np.argsort(-found.score[kept], kind="stable")]
    columns = (found.text[order], found.first[order], found.last[order])
    for n, text, first, last in zip(order.tolist(), *(c.tolist() for c in columns), strict=True):
        others = taken.setdefault(text, [])
        if all(_fit(first, last, *other, structure, exclusive) for other in others):
            others.append((first, last))
        else:
            spans[n] = False


def _running_maximum(text: Numbers, last: Numbers) -> Numbers:
    """The greatest last word so far in the same text."""
    large = int(last.max(initial=0)) + 1
    reach: Numbers = np.maximum.accumulate(last + text * large) - text * large
    return reach


def _fit(
    first: int, last: int, begin: int, end: int, structure: Structure, exclusive: bool
) -> bool:
    if last < begin or first > end:
        return True
    if (first, last) == (begin, end):
        return not exclusive
    within = (begin <= first and last <= end) or (first <= begin and end <= last)
    return structure.nests if within else structure.crosses


def make_readings(
    found: Candidates,
    texts: Sequence[Words],
    labels: Sequence[str],
    tie_labels: Sequence[str],
    kept: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> list[Reading]:
    """One reading per text, with character offsets."""
    spans: list[list[ScoredSpan]] = [[] for _ in texts]
    ties: list[list[ScoredTie]] = [[] for _ in texts]
    number = np.flatnonzero(kept[0])
    place: dict[int, tuple[int, int]] = {}
    columns = (c[number].tolist() for c in found[:5])
    for n, text, first, last, label, score in zip(number.tolist(), *columns, strict=True):
        ranges = texts[text].ranges
        place[n] = (text, len(spans[text]))
        spans[text].append(
            ScoredSpan(ranges[first][0], ranges[last][1], labels[label], round(score, 4))
        )
    number = np.flatnonzero(kept[1])
    columns = (c[number].tolist() for c in found[6:])
    for source, target, tie, score in zip(*columns, strict=True):
        text, one = place[source]
        ties[text].append(ScoredTie(one, place[target][1], tie_labels[tie], round(score, 4)))
    return [Reading(tuple(s), tuple(t)) for s, t in zip(spans, ties, strict=True)]
