"""Scores of spans by their ends, against the same computed span by span."""

from __future__ import annotations

import numpy as np
import torch

from extraction.learning.accurate.batching import spans_of
from extraction.learning.accurate.pointing import Pointer


def _spans(lengths: list[int], longest: int, widest: int) -> tuple[object, object, object]:
    parts = [spans_of(length, widest)[:2] for length in lengths]
    first = np.concatenate([one + n * longest for n, (one, _) in enumerate(parts)])
    last = np.concatenate([other + n * longest for n, (_, other) in enumerate(parts)])
    window = np.repeat(np.arange(len(lengths)), [len(one) for one, _ in parts])
    return tuple(torch.from_numpy(a) for a in (first, last, window))  # type: ignore[return-value]


def test_pointer_scores_each_span_by_itself_and_wherever_its_window_stands() -> None:
    torch.manual_seed(0)
    pointer = Pointer(12, 3, 8, 4).eval()
    lengths, longest = [7, 4, 1], 7
    words = torch.randn(len(lengths) * longest, 12)
    first, last, window = _spans(lengths, longest, 4)
    with torch.no_grad():
        scores = pointer(words, longest, first, last, window)
        assert scores.shape == (len(first), 3)
        for n, length in enumerate(lengths):
            own = words[n * longest : n * longest + length]
            alone = pointer(own, length, *_spans([length], length, 4))
            assert torch.allclose(scores[window == n], alone, atol=1e-5)


def test_pointer_knows_how_far_ends_are_apart_and_not_where_they_stand() -> None:
    torch.manual_seed(1)
    pointer = Pointer(6, 2, 8, 5).eval()
    words = torch.randn(1, 6).expand(9, 6)
    first, last, window = _spans([9], 9, 5)
    with torch.no_grad():
        scores = pointer(words, 9, first, last, window)
    widths = last - first
    for width in range(5):
        of = scores[widths == width]
        assert torch.allclose(of, of[:1].expand_as(of), atol=1e-4)
    assert not torch.allclose(scores[widths == 0][0], scores[widths == 4][0], atol=1e-4)
