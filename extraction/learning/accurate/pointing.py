"""Spans scored by comparing their first and their last word, as many as a long text has.

Every label has a vector for each word as a first and as a last one; both are turned by an angle
that grows with the word's place, so that their product knows how far they are apart (the global
pointer of Su et al., 2022, with the rotary positions of Su et al., 2021). What the words inside
say on the average and how wide the span is come on top. A table of all pairs of words of a window
costs one product of matrices, and not a hidden layer for every span.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_SLOWEST = 10_000.0  # words to the radian of the pair of columns that turns least


class Pointer(nn.Module):
    """Scores of spans."""

    def __init__(self, wide: int, labels: int, width: int, widest: int) -> None:
        super().__init__()
        self.labels = labels
        self.pairs = (width + 1) // 2
        self.ends = nn.Linear(wide, 2 * labels * 2 * self.pairs)
        self.inside = nn.Linear(wide, labels)
        self.width = nn.Embedding(widest, labels)
        nn.init.zeros_(self.width.weight)

    def forward(
        self, words: Tensor, longest: int, first: Tensor, last: Tensor, window: Tensor
    ) -> Tensor:
        """`words`: states, `longest` of them to a window. shape: (spans, labels)"""
        ends = self.ends(words).view(-1, longest, 2, self.labels, 2, self.pairs)
        turned = _turn(ends[..., 0, :], ends[..., 1, :], longest)
        begins, finishes = turned.permute(2, 0, 3, 1, 4)  # shape: (windows, labels, words, width)
        table = begins @ finishes.transpose(2, 3) / (2 * self.pairs) ** 0.5
        at = first * longest + last - window * longest
        scores = table.permute(0, 2, 3, 1).reshape(-1, self.labels).index_select(0, at)
        sums = nn.functional.pad(self.inside(words).cumsum(0), (0, 0, 1, 0))
        size = last - first + 1
        inside = sums.index_select(0, last + 1) - sums.index_select(0, first)
        added: Tensor = scores + inside / size[:, None] + self.width(size - 1)
        return added


def _turn(one: Tensor, other: Tensor, longest: int) -> Tensor:
    """Pairs of columns turned by the word's place. shape: (windows, words, 2, labels, width)"""
    half = one.shape[-1]
    slowness = _SLOWEST ** (torch.arange(half) / half)
    angle = (torch.arange(longest)[:, None] / slowness)[None, :, None, None, :]
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([one * cos - other * sin, other * cos + one * sin], dim=-1)
