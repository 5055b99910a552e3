"""The network: an encoder, a score for every span and label, a score for every pair of spans.

A span is scored by comparing its ends (see `pointing`), or by one hidden layer over its first and
last word, the element-wise maximum of the words inside, its width and the mean of its window, as
SpERT does (Eberts and Ulges, 2020), but with every part projected before the spans are formed.
Pairs are scored likewise from both spans, their labels, their distance and the maximum of the
words between. Maxima over ranges come from a table of maxima over powers of two.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from extraction.learning.accurate.around import NEARS, NESTS, PLACES, Numbers, look_around
from extraction.learning.accurate.pointing import Pointer
from extraction.learning.accurate.windows import WITHIN

Ends = tuple[Numbers, Numbers]  # sources and targets of pairs, in a list of spans
_RARE = 4.0  # logarithm of how much rarer a label is than none, to begin with
_DISTANCES = 24  # buckets of a signed distance on a logarithmic scale


class Batch(NamedTuple):
    """Windows side by side. Words are numbered row by row, `longest` of them to a window."""

    ids: Tensor  # shape: (windows, pieces)
    mask: Tensor  # shape: (windows, pieces), 1 where there is a piece
    places: Tensor  # shape: (word pieces,), in ids.flatten()
    words: Tensor  # shape: (word pieces,), in words of the batch
    lengths: Tensor  # shape: (windows,), words
    longest: int
    within: Tensor  # shape: (windows * longest,), which part of a piece a word is
    first: Tensor  # shape: (spans,), word
    last: Tensor  # shape: (spans,), word
    window: Tensor  # shape: (spans,)


class Shape(NamedTuple):
    """Sizes of the network beside those of its encoder."""

    labels: int
    tie_labels: int
    widest: int
    exclusive: bool  # whether a span has but one label
    hidden: int
    recurrent: int
    pointer: int  # width of what the first and the last word of a span are compared by; 0: not
    dropout: float
    joined: bool = False  # whether a piece may be of several words
    around: bool = False  # whether pairs are told what stands around them


class Network(nn.Module):
    """`encode`, then `score_spans`, then `score_pairs`."""

    def __init__(self, encoder: nn.Module, shape: Shape) -> None:
        super().__init__()
        self.encoder = encoder
        self.shape = shape
        wide = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.within: nn.Embedding | None = nn.Embedding(WITHIN, wide) if shape.joined else None
        self.recurrent: nn.LSTM | None = None
        if shape.recurrent:
            self.recurrent = nn.LSTM(wide, shape.recurrent, batch_first=True, bidirectional=True)
            wide = 2 * shape.recurrent
        hidden = shape.hidden
        self.dropout = nn.Dropout(shape.dropout)
        self.span_parts = nn.Linear(wide, 3 * hidden)
        self.span_context = nn.Linear(wide, hidden)
        self.width = nn.Embedding(shape.widest, hidden)
        self.pointer: Pointer | None = None
        if shape.pointer:
            self.pointer = Pointer(wide, shape.labels, shape.pointer, shape.widest)
        else:
            self.span_output = nn.Linear(hidden, shape.labels + shape.exclusive)
        if shape.tie_labels:
            self.label = nn.Embedding(shape.labels, hidden)
            self.source = nn.Linear(hidden, hidden)
            self.target = nn.Linear(hidden, hidden)
            self.between = nn.Linear(wide, hidden)
            self.pair_context = nn.Linear(wide, hidden)
            self.distance = nn.Embedding(2 * _DISTANCES + 1, hidden)
            self.pair_output = nn.Linear(hidden, shape.tie_labels + 1)
            if shape.around:
                self.nest = nn.Embedding(NESTS, hidden)
                self.place = nn.Embedding(PLACES, hidden)
                self.near = nn.Embedding(NEARS, hidden)
        for module in self.children():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
        with torch.no_grad():  # most spans are none: what is learnt first must not be that
            if self.pointer is not None:
                self.pointer.width.weight.sub_(_RARE)
            elif shape.exclusive:
                self.span_output.bias[0] = _RARE
            else:
                self.span_output.bias.fill_(-_RARE)

    def encode(self, batch: Batch) -> Tensor:
        """States of the words. shape: (windows * longest, width)"""
        states = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        pieces = states.flatten(0, 1).index_select(0, batch.places)
        count = len(batch.lengths) * batch.longest
        words = pieces.new_zeros(count, pieces.shape[1]).index_add(0, batch.words, pieces)
        sizes = pieces.new_zeros(count).index_add(0, batch.words, pieces.new_ones(len(pieces)))
        words = words / sizes.clamp(min=1)[:, None]
        if self.within is not None:
            words = words + self.within(batch.within)
        words = self.dropout(words)
        return self._recur(words, batch) if self.recurrent is not None else words

    def _recur(self, words: Tensor, batch: Batch) -> Tensor:
        assert self.recurrent is not None
        packed = nn.utils.rnn.pack_padded_sequence(
            words.view(len(batch.lengths), batch.longest, -1),
            batch.lengths,
            batch_first=True,
            enforce_sorted=False,
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.recurrent(packed)[0], batch_first=True, total_length=batch.longest
        )
        recurred: Tensor = self.dropout(states.flatten(0, 1))
        return recurred

    def score_spans(self, words: Tensor, batch: Batch) -> Tensor:
        """Scores of all spans of the batch. shape: (spans, outputs)

        Of exclusive labels the first output is for none of them.
        """
        if self.pointer is None:
            states = functional.gelu(self._states(words, batch))
            scores: Tensor = self.span_output(self.dropout(states))
            return scores
        found: Tensor = self.pointer(words, batch.longest, batch.first, batch.last, batch.window)
        return functional.pad(found, (1, 0)) if self.shape.exclusive else found

    def _states(self, words: Tensor, batch: Batch, spans: Tensor | None = None) -> Tensor:
        """States of those spans, or of all. shape: (spans, hidden)"""
        first, last, window = batch.first, batch.last, batch.window
        if spans is not None:
            first, last, window = (part.index_select(0, spans) for part in (first, last, window))
        start, end, inside = self.span_parts(words).chunk(3, dim=1)
        context = self.span_context(self._means(words, batch))
        states: Tensor = (
            start.index_select(0, first)
            + end.index_select(0, last)
            + _maxima(inside, first, last)
            + self.width(last - first)
            + context.index_select(0, window)
        )
        return states

    def score_pairs(self, words: Tensor, batch: Batch, pairs: Pairs) -> Tensor:
        """Scores of ordered pairs of spans, the first output for no tie.

        shape: (pairs, tie labels + 1)
        """
        spans = functional.gelu(self._states(words, batch, pairs.spans))
        spans = spans + self.label(pairs.labels)
        if self.shape.around:
            spans = spans + self.nest(pairs.nest) + self.place(pairs.place)
        spans = self.dropout(spans)
        first = batch.first.index_select(0, pairs.spans)
        last = batch.last.index_select(0, pairs.spans)
        one, other = pairs.source, pairs.target
        low = torch.minimum(last[one], last[other]) + 1
        high = torch.maximum(first[one], first[other]) - 1
        apart = low <= high
        low = torch.where(apart, low, torch.minimum(first[one], first[other]))
        high = torch.where(apart, high, low)
        between = _maxima(self.between(words), low, high) * apart[:, None]
        window = batch.window.index_select(0, pairs.spans)[one]
        context = self.pair_context(self._means(words, batch))
        nested = (first[one] <= last[other]) & (first[other] <= last[one])
        states = (
            self.source(spans)[one]
            + self.target(spans)[other]
            + between
            + context.index_select(0, window)
            + self.distance(_buckets(first[other] - first[one], nested))
        )
        if self.shape.around:
            states = states + self.near(pairs.near)
        scores: Tensor = self.pair_output(self.dropout(functional.gelu(states)))
        return scores

    def _means(self, words: Tensor, batch: Batch) -> Tensor:
        """Mean of every window's words; those that only fill up are left out."""
        shaped = words.view(len(batch.lengths), batch.longest, -1)
        there = torch.arange(batch.longest)[None, :] < batch.lengths[:, None]
        return (shaped * there[:, :, None]).sum(1) / batch.lengths[:, None]


class Pairs(NamedTuple):
    """Spans of a batch with a label each, and ordered pairs of them."""

    spans: Tensor  # shape: (chosen,), in spans of the batch
    labels: Tensor  # shape: (chosen,)
    source: Tensor  # shape: (pairs,), in `spans`
    target: Tensor  # shape: (pairs,), in `spans`
    nest: Tensor  # shape: (chosen,); these three as `look_around` tells them
    place: Tensor  # shape: (chosen,)
    near: Tensor  # shape: (pairs,)


def pair_spans(
    batch: Batch, spans: Numbers, labels: Numbers, standing: NDArray[np.bool_], pairs: Ends
) -> Pairs:
    """Spans of a batch, sorted by window, with ordered pairs of them. `standing`: see `around`."""
    first, last = batch.first.numpy()[spans], batch.last.numpy()[spans]
    around = look_around(batch.window.numpy()[spans], first, last, labels, standing, *pairs)
    return Pairs(*(torch.from_numpy(a) for a in (spans, labels, *pairs, *around)))


def _maxima(values: Tensor, first: Tensor, last: Tensor) -> Tensor:
    """Element-wise maximum of the rows from `first` to `last`. shape: (ranges, width)

    Each range is covered by two that overlap and whose length is a power of two.
    """
    if not len(first):
        return values[:0]
    levels = [values]
    widest = int((last - first).max()) + 1
    while 2 ** len(levels) <= widest:
        half = 2 ** (len(levels) - 1)
        low = levels[-1]
        shifted = torch.cat([low[half:], low[-1:].expand(half, -1)]) if half < len(low) else low
        levels.append(torch.maximum(low, shifted))
    level = torch.log2((last - first + 1).float() + 0.5).long()
    table = torch.cat(levels)
    at = level * len(values)
    return torch.maximum(
        table.index_select(0, at + first), table.index_select(0, at + last + 1 - 2**level)
    )


def _buckets(distance: Tensor, nested: Tensor) -> Tensor:
    """Signed distances to 4 one by one, then by factors of the square root of 2; nested ones 0."""
    size = distance.abs()
    far = 4 + torch.log2(size.clamp(min=4).float() / 4).mul(2).long()
    bucket = torch.where(size <= 4, size, far).clamp(max=_DISTANCES)
    bucket = torch.where(nested, bucket.clamp(max=1), bucket + 1).clamp(max=_DISTANCES)
    return torch.where(distance < 0, -bucket, bucket) + _DISTANCES


def probabilities(scores: Tensor, exclusive: bool) -> Tensor:
    """Of each label of each span, from their scores. shape: (spans, labels)"""
    if exclusive:
        return torch.softmax(scores, dim=1)[:, 1:]
    return torch.sigmoid(scores)


def config_of(network: Network) -> dict[str, Any]:
    """The encoder's configuration, as it is written beside the weights."""
    config: dict[str, Any] = network.encoder.config.to_dict()  # type: ignore[union-attr, operator]
    return config
