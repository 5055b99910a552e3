"""Windows put side by side, with all their spans, without a loop over spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import torch

from extraction.learning.accurate.network import Batch
from extraction.learning.accurate.windows import Numbers, Window

_SPANS = 60_000  # of a batch; bounds memory where very wide spans are looked for
_PIECES = 4_096  # of a batch, filled up


@lru_cache(maxsize=4096)
def spans_of(length: int, widest: int) -> tuple[Numbers, Numbers, Numbers]:
    """First and last words of all spans of a window, by first word, then by width.

    The third array says at which span each first word begins.
    """
    counts = np.minimum(widest, length - np.arange(length))
    begins = np.cumsum(counts) - counts
    first = np.repeat(np.arange(length), counts)
    last = first + np.arange(len(first)) - np.repeat(begins, counts)
    return first, last, begins


def count_spans(length: int, widest: int) -> int:
    """How many spans of at most `widest` words a window of `length` words has."""
    full = max(0, length - widest + 1)
    rest = min(length, widest - 1)
    return full * widest + rest * (rest + 1) // 2 if full else length * (length + 1) // 2


def make_batch(windows: Sequence[Window], widest: int, padding: int) -> Batch:
    """The windows as one batch."""
    most = max(len(window.pieces) for window in windows)
    longest = max(window.length for window in windows)
    ids = np.full((len(windows), most), padding, np.int64)
    mask = np.zeros((len(windows), most), np.int64)
    within = np.zeros((len(windows), longest), np.int64)
    spans = [spans_of(window.length, widest) for window in windows]
    for n, window in enumerate(windows):
        ids[n, : len(window.pieces)] = window.pieces
        mask[n, : len(window.pieces)] = 1
        within[n, : window.length] = window.within
    firsts = [first + n * longest for n, (first, _, _) in enumerate(spans)]
    lasts = [last + n * longest for n, (_, last, _) in enumerate(spans)]
    return Batch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        places=_join([window.places + n * most for n, window in enumerate(windows)]),
        words=_join([window.words + n * longest for n, window in enumerate(windows)]),
        lengths=torch.tensor([window.length for window in windows]),
        longest=longest,
        within=torch.from_numpy(within.reshape(-1)),
        first=_join(firsts),
        last=_join(lasts),
        window=torch.from_numpy(np.repeat(np.arange(len(windows)), [len(f) for f in firsts])),
    )


def _join(arrays: list[Numbers]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(arrays))


def group(windows: Sequence[Window], size: int, widest: int) -> Iterator[list[int]]:
    """Numbers of windows that go well into one batch, the longest first.

    Where there are enough windows of a length, nothing is filled up.
    """
    order = sorted(range(len(windows)), key=lambda n: -len(windows[n].pieces))
    yield from _fill(order, windows, size, widest, enough=size // 4)


def shuffle(
    windows: Sequence[Window], size: int, widest: int, random: np.random.Generator
) -> list[list[int]]:
    """Batches in a random order, of windows of like length, for an epoch of training."""
    order = random.permutation(len(windows)).tolist()
    lot = size * 8
    batches: list[list[int]] = []
    for start in range(0, len(order), lot):
        part = sorted(order[start : start + lot], key=lambda n: len(windows[n].pieces))
        batches.extend(_fill(part, windows, size, widest))
    return [batches[n] for n in random.permutation(len(batches))]


def _fill(
    order: list[int], windows: Sequence[Window], size: int, widest: int, enough: int = 0
) -> Iterator[list[int]]:
    batch: list[int] = []
    most = spans = 0
    for n in order:
        more = count_spans(windows[n].length, widest)
        wide = max(most, len(windows[n].pieces))
        full = len(batch) >= size or spans + more > _SPANS or wide * (len(batch) + 1) > _PIECES
        other = enough and len(batch) >= enough and len(windows[n].pieces) != most
        if batch and (full or other):
            yield batch
            batch, most, spans = [], 0, 0
            wide = len(windows[n].pieces)
        batch.append(n)
        most, spans = wide, spans + more
    if batch:
        yield batch
