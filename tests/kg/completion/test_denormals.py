"""Only a path network's own computing flushes denormal numbers."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kg.completion.paths.denormals import FlushedDenormals  # noqa: E402


def _half_of_the_least() -> float:
    return float(np.float64(np.finfo(np.float64).tiny) / np.float64(2))


def test_denormals_are_kept_again_after_the_outermost_block() -> None:
    if not torch.set_flush_denormal(False):
        pytest.skip("this processor cannot flush denormals")
    with FlushedDenormals():
        with FlushedDenormals():
            pass
        inside = _half_of_the_least()
    assert inside == 0.0
    assert _half_of_the_least() > 0.0
