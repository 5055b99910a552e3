"""The rows of an encoder's vocabulary that are trained: those of the pieces in use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from extraction.learning.accurate.windows import Numbers, Window


class Vocabulary:
    """The pieces in use alone are trained: a step over all rows would take most of the time."""

    def __init__(self, encoder: nn.Module, windows: Sequence[Window], padding: int) -> None:
        self.encoder = encoder
        self.full: nn.Embedding = encoder.get_input_embeddings()  # type: ignore[operator]
        used = np.concatenate([np.arange(padding + 1), *(window.pieces for window in windows)])
        self.used: Numbers = np.unique(used)
        self.number = np.zeros(self.full.num_embeddings, np.int64)
        self.number[self.used] = np.arange(len(self.used))
        rows = self.full.weight.detach()[torch.from_numpy(self.used)].clone()
        small = nn.Embedding(len(rows), rows.shape[1], padding_idx=self.full.padding_idx)
        with torch.no_grad():
            small.weight.copy_(rows)
        encoder.set_input_embeddings(small)  # type: ignore[operator]

    def narrow(self, windows: Sequence[Window]) -> list[Window]:
        """The windows with the pieces numbered as they are while training."""
        return [window._replace(pieces=self.number[window.pieces]) for window in windows]

    def widen(self) -> None:
        """Put the trained rows back among all."""
        small: nn.Embedding = self.encoder.get_input_embeddings()  # type: ignore[operator]
        with torch.no_grad():
            self.full.weight[torch.from_numpy(self.used)] = small.weight
        self.encoder.set_input_embeddings(self.full)  # type: ignore[operator]
