from __future__ import annotations

from pathlib import Path

import pytest

from tests.api.cli.conftest import Gemba, gemba

__all__ = ["gemba"]

ORDERS = """Order number,Functional location,Description,Basic start date
1,P-1,Hydraulic pump leaking. Replaced the seal.,2024-01-02
2,P-1,lorem ipsum dolor,2024-01-03
3,P-1,possible leak,2024-01-04
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_sentence_of_a_load_is_counted(gemba: Gemba, tmp_path: Path, workers: str) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    done = gemba("load", "orders.csv", "--workers", workers, "--json")
    (file,) = done.json["files"]
    assert file["outcome"] == "loaded", done.err
    assert file["sentences"] == {"accepted": 2, "queued": 1, "rejected": 1}
