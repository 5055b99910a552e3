"""The core works without the extra, and says what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kg.completion import extra
from kg.completion.extra import require_gnn
from kg.model.errors import MissingExtra


def test_the_core_does_not_import_torch() -> None:
    code = (
        "import sys, kg.completion, kg.completion.calibration, kg.completion.plausibility, "
        "kg.completion.acceptance, kg.completion.plant, api.wiring, api.cli, api.http, "
        "api.bench.completion; "
        "print([m for m in ('torch', 'torch_geometric') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"gembagraph\[gnn\]"):
        require_gnn()
