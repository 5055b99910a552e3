"""The rows of an encoder's vocabulary that are trained: those of the pieces in use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from extraction.learning.accurate.encoders import Special
from extraction.learning.accurate.windows import Numbers, Window


class Vocabulary:
    """The pieces in use alone are trained: a step over all rows would take most of the time."""

    def __init__(self, encoder: nn.Module, windows: Sequence[Window], special: Special) -> None:
        self.encoder = encoder
        self.special = special
        self.full: nn.Embedding = encoder.get_input_embeddings()  # type: ignore[operator]
        always = [*range(special.padding + 1), special.hidden]
        used = np.concatenate([np.asarray(always), *(window.pieces for window in windows)])
        self.used: Numbers = np.unique(used)
        self.number = np.zeros(self.full.num_embeddings, np.int64)
        self.number[self.used] = np.arange(len(self.used))
        rows = self.full.weight.detach()[torch.from_numpy(self.used)].clone()
        small = nn.Embedding(len(rows), rows.shape[1], padding_idx=self.full.padding_idx)
        with torch.no_grad():
            small.weight.copy_(rows)
        self.small = small
        encoder.set_input_embeddings(small)  # type: ignore[operator]

    def narrow(self, windows: Sequence[Window]) -> list[Window]:
        """The windows with the pieces numbered as they are while training."""
        return [window._replace(pieces=self.number[window.pieces]) for window in windows]

    def hide(self, window: Window, share: float, random: np.random.Generator) -> Window:
        """The window, as it is while training, with a share of its words hidden."""
        if not share:
            return window
        chosen = random.random(window.length) < share
        pieces = window.pieces.copy()
        pieces[window.places[chosen[window.words]]] = self.number[self.special.hidden]
        return window._replace(pieces=pieces)

    def widen(self) -> None:
        """Put the trained rows back among all."""
        with torch.no_grad():
            self.full.weight[torch.from_numpy(self.used)] = self.small.weight
        self.encoder.set_input_embeddings(self.full)  # type: ignore[operator]

    def go_on(self) -> None:
        """Train the pieces in use alone again, after `widen`."""
        self.encoder.set_input_embeddings(self.small)  # type: ignore[operator]
