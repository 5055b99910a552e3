"""Numbers too small to be normal count as zero while a path network computes."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator

import torch

_depth = threading.local()


class FlushedDenormals(ContextDecorator):
    """Flushes denormal numbers to zero within a block, and keeps them again after the outermost.

    States near zero are many, and computing with denormals is ten times slower. The switch is one
    of the whole thread, so others would compute with it, too, were it left on.
    """

    def __enter__(self) -> None:
        _depth.value = getattr(_depth, "value", 0) + 1
        torch.set_flush_denormal(True)

    def __exit__(self, *exc: object) -> None:
        _depth.value -= 1
        if not _depth.value:
            torch.set_flush_denormal(False)
