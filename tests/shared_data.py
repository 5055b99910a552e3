"""Where the benchmark data lies: beside the checkout, or where GEMBA_SHARED_DATA says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(
    os.environ.get("GEMBA_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
)


def shared(path: str) -> Path:
    """A file or folder of the benchmark data; skips the test where it is absent."""
    found = _ROOT / path
    if not found.exists():
        pytest.skip(f"benchmark data {path} is not there (looked beside the checkout)")
    return found
