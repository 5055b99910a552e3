"""What a network is to say of its windows: targets for every span and every pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from extraction.learning.accurate.around import pair_up
from extraction.learning.accurate.batching import make_batch, spans_of
from extraction.learning.accurate.finding import Structure
from extraction.learning.accurate.network import Batch, Network, pair_spans
from extraction.learning.accurate.windows import Numbers, Window, Words
from extraction.learning.examples import Example

_LEFT_OUT = -100  # no target; what PyTorch's losses leave out
_MOST_PAIRS = 32_768  # of a batch; bounds memory where spans are dense
_FALSE_FINDS = 2  # more than there are labelled spans, for the pairs to learn from


class Marks(NamedTuple):
    """The labelled spans and ties of a text, in words and numbers of labels.

    `doubtful` spans are neither right nor wrong: nothing is learnt from them.
    """

    spans: list[tuple[int, int, int]]  # first word, last word, label
    ties: list[tuple[int, int, int]]  # source and target in `spans`, label
    doubtful: list[tuple[int, int]]
    has_ties: bool = True  # whether ties that are missing here are none


def mark(example: Example, text: Words, labels: Sequence[str], tie_labels: Sequence[str]) -> Marks:
    """The marks of an example. A span within a word takes the whole word; unknown labels fall."""
    starts = np.asarray([start for start, _ in text.ranges])
    ends = np.asarray([end for _, end in text.ranges])
    spans: dict[tuple[int, int, int], int] = {}
    places: list[int | None] = []
    for span in example.spans:
        first = int(np.searchsorted(ends, span.start, "right"))
        last = int(np.searchsorted(starts, span.end, "left")) - 1
        if first > last or span.label not in labels:
            places.append(None)
            continue
        key = (first, last, labels.index(span.label))
        places.append(spans.setdefault(key, len(spans)))
    ties = []
    for tie in example.ties:
        source, target = places[tie.source], places[tie.target]
        if source is None or target is None or source == target or tie.label not in tie_labels:
            continue
        ties.append((source, target, tie_labels.index(tie.label)))
    return Marks(list(spans), ties, [])


def find_structure(marks: Sequence[Marks]) -> Structure:
    """How spans lie in the labelled texts: a few exceptions do not make a rule."""
    nested = crossing = total = 0
    distances: list[int] = []
    for text in marks:
        total += len(text.spans)
        for n, (first, last, _) in enumerate(text.spans):
            for begin, end, _ in text.spans[:n]:
                if last < begin or first > end or (first, last) == (begin, end):
                    continue
                within = (begin <= first and last <= end) or (first <= begin and end <= last)
                nested += within
                crossing += not within
        distances += [abs(text.spans[a][0] - text.spans[b][0]) for a, b, _ in text.ties]
    few = max(2.0, 0.002 * total)
    farthest = int(np.quantile(distances, 0.999) * 1.5) + 2 if distances else 0
    return Structure(nests=nested > few, crosses=crossing > few, farthest=farthest)


def is_exclusive(marks: Sequence[Marks]) -> bool:
    """Whether a stretch of text has one label at most, but for a few exceptions."""
    total = several = 0
    for text in marks:
        total += len(text.spans)
        several += sum(n > 1 for n in Counter(span[:2] for span in text.spans).values())
    return several <= max(2.0, 0.005 * total)


def find_widest(marks: Sequence[Marks], limit: int) -> int:
    """The width in words that covers the spans of the labelled texts."""
    widths = [last - first + 1 for text in marks for first, last, _ in text.spans]
    return min(limit, int(np.quantile(widths, 0.999)) + 1) if widths else 1


@dataclass(frozen=True, slots=True)
class Lesson:
    """A window with the marks that lie in it, numbered by its own words."""

    window: Window
    spans: Numbers  # shape: (spans, 3)
    ties: Numbers  # shape: (ties, 3)
    doubtful: Numbers  # shape: (spans, 2)
    has_ties: bool


def make_lessons(windows: Sequence[Window], marks: Sequence[Marks], widest: int) -> list[Lesson]:
    """One lesson per window. Marks that reach out of a window, or are too wide, fall away."""
    lessons = []
    for window in windows:
        text = marks[window.text]
        low, high = window.offset, window.offset + window.length
        places: dict[int, int] = {}
        spans: list[tuple[int, int, int]] = []
        for n, (first, last, label) in enumerate(text.spans):
            if first >= low and last < high and last - first < widest:
                places[n] = len(spans)
                spans.append((first - low, last - low, label))
        ties = [
            (places[source], places[target], label)
            for source, target, label in text.ties
            if source in places and target in places
        ]
        doubtful = [
            (first - low, last - low)
            for first, last in text.doubtful
            if first >= low and last < high and last - first < widest
        ]
        lessons.append(
            Lesson(
                window,
                np.asarray(spans, np.int64).reshape(-1, 3),
                np.asarray(ties, np.int64).reshape(-1, 3),
                np.asarray(doubtful, np.int64).reshape(-1, 2),
                text.has_ties,
            )
        )
    return lessons


def find_loss(
    network: Network, lessons: Sequence[Lesson], padding: int, contrast: bool = False
) -> Tensor:
    """Sum over spans and pairs of the cross entropies, per window.

    With `contrast` spans are learnt by how the labelled ones stand out from the others.
    """
    shape = network.shape
    batch = make_batch([lesson.window for lesson in lessons], shape.widest, padding)
    words = network.encode(batch)
    scores = network.score_spans(words, batch)
    gold, doubtful = _place(lessons, shape.widest)
    if contrast:
        sizes = torch.bincount(batch.window, minlength=len(lessons)).tolist()
        loss = _contrast(scores[:, int(shape.exclusive) :], gold, doubtful, sizes)
    else:
        loss = _span_loss(scores, gold, doubtful, shape.exclusive)
    if shape.tie_labels:
        loss = loss + _pair_loss(network, words, scores.detach(), batch, lessons, gold)
    return loss / len(lessons)


def _place(lessons: Sequence[Lesson], widest: int) -> tuple[Numbers, Numbers]:
    """Spans in the batch of all marks: columns span, label; and of the doubtful ones."""
    gold: list[Numbers] = []
    doubtful: list[Numbers] = []
    base = 0
    for lesson in lessons:
        first, _, begins = spans_of(lesson.window.length, widest)
        for given, out in ((lesson.spans, gold), (lesson.doubtful, doubtful)):
            out.append(base + begins[given[:, 0]] + given[:, 1] - given[:, 0])
        base += len(first)
    labels = np.concatenate([lesson.spans[:, 2] for lesson in lessons])
    return np.stack([np.concatenate(gold), labels], axis=1), np.concatenate(doubtful)


def _span_loss(scores: Tensor, gold: Numbers, doubtful: Numbers, exclusive: bool) -> Tensor:
    if exclusive:
        target = np.zeros(len(scores), np.int64)
        target[doubtful] = _LEFT_OUT
        target[gold[:, 0]] = gold[:, 1] + 1
        return functional.cross_entropy(
            scores, torch.from_numpy(target), reduction="sum", ignore_index=_LEFT_OUT
        )
    wanted = torch.zeros_like(scores)
    wanted[gold[:, 0], gold[:, 1]] = 1
    weight = torch.ones_like(scores)
    weight[doubtful] = 0
    weight[gold[:, 0]] = 1
    return functional.binary_cross_entropy_with_logits(scores, wanted, weight, reduction="sum")


def _contrast(scores: Tensor, gold: Numbers, doubtful: Numbers, sizes: Sequence[int]) -> Tensor:
    """Labelled spans above 0, all others below: log(1 + sum of exp) of either side's violations.

    Summed over windows and labels (Su et al., 2022): of thousands of spans a few labelled ones
    weigh as much as all others, so a long text is learnt from as fast as a short one. `scores`
    without that of no label; `sizes`: spans of each window.
    """
    there = torch.zeros(scores.shape, dtype=torch.bool)
    there[gold[:, 0], gold[:, 1]] = True
    unclear = torch.zeros(len(scores), dtype=torch.bool)
    unclear[doubtful] = True
    unclear[gold[:, 0]] = False
    none = -torch.inf
    wrong = scores.masked_fill(there | unclear[:, None], none)
    right = (-scores).masked_fill(~there, none)
    loss = scores.new_zeros(())
    begin = 0
    for size in sizes:
        for side in (wrong[begin : begin + size], right[begin : begin + size]):
            loss = loss + torch.logsumexp(functional.pad(side, (0, 0, 1, 0)), dim=0).sum()
        begin += size
    return loss


def _pair_loss(
    network: Network,
    words: Tensor,
    scores: Tensor,
    batch: Batch,
    lessons: Sequence[Lesson],
    gold: Numbers,
) -> Tensor:
    """Pairs of the marked spans, and of spans that the network takes for such by mistake."""
    false, labels = _false_finds(scores, gold, network.shape.exclusive)
    spans = np.concatenate([gold[:, 0], false])
    labels = np.concatenate([gold[:, 1], labels])
    window = batch.window.numpy()[spans]
    order = np.argsort(window, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    spans, labels, window = spans[order], labels[order], window[order]
    standing = order < len(gold)
    known = np.asarray([lesson.has_ties for lesson in lessons])
    source, target = pair_up(window)
    kept = known[window[source]] if len(source) else np.zeros(0, bool)
    source, target = source[kept], target[kept]
    if not len(source):
        return words.new_zeros(())
    wanted = np.zeros(len(source), np.int64)
    base = 0
    keys = source * len(spans) + target
    for lesson in lessons:
        if len(lesson.ties) and lesson.has_ties:
            one, other = place[base + lesson.ties[:, 0]], place[base + lesson.ties[:, 1]]
            wanted[np.searchsorted(keys, one * len(spans) + other)] = lesson.ties[:, 2] + 1
        base += len(lesson.spans)
    if len(source) > _MOST_PAIRS:  # the tied ones and of the others the nearest
        apart = np.abs(batch.first.numpy()[spans[source]] - batch.first.numpy()[spans[target]])
        near = np.argsort(np.where(wanted > 0, -1, apart), kind="stable")[:_MOST_PAIRS]
        source, target, wanted = source[near], target[near], wanted[near]
    pairs = pair_spans(batch, spans, labels, standing, (source, target))
    found = network.score_pairs(words, batch, pairs)
    return functional.cross_entropy(found, torch.from_numpy(wanted), reduction="sum")


def _false_finds(scores: Tensor, gold: Numbers, exclusive: bool) -> tuple[Numbers, Numbers]:
    if exclusive:
        margin = (scores[:, 1:].max(dim=1).values - scores[:, 0]).numpy().copy()
        best = scores[:, 1:].argmax(dim=1).numpy()
    else:
        margin = scores.max(dim=1).values.numpy().copy()
        best = scores.argmax(dim=1).numpy()
    margin[gold[:, 0]] = -1
    spans = np.flatnonzero(margin > 0)
    most = _FALSE_FINDS * len(gold) + 8
    if len(spans) > most:
        spans = np.sort(spans[np.argsort(-margin[spans], kind="stable")[:most]])
    return spans, best[spans]
