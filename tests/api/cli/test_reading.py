from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.cli.conftest import Gemba


def test_read_shows_what_is_recognised_in_a_text(gemba: Gemba) -> None:
    done = gemba("read", "Hydraulic pump leaking at 12 bar, no noise", "--json")
    shown = json.loads(done.out)
    spans = {(s["quote"], s["kind"], s["assertion"]) for s in shown["spans"]}
    assert {
        ("Hydraulic pump", "component", "asserted"),
        ("12 bar", "quantity", ""),
        ("noise", "mode", "absent"),
    } <= spans
    said = {(s["subject"], s["predicate"], s["object"]) for s in shown["statements"]}
    assert ("component:HydraulicPump", "exhibits", "mode:Leakage") in said
    assert ("wo:this", "ruledOut", "mode:AbnormalNoise") in said
    assert done.code == 0


def test_read_says_where_nothing_was_recognised(gemba: Gemba) -> None:
    assert "Nothing was recognised" in gemba("read", "lorem ipsum").out


def test_read_tells_what_documents_say_and_goes_on_where_it_was(
    gemba: Gemba, tmp_path: Path
) -> None:
    folder = tmp_path / "manuals"
    folder.mkdir()
    for n in range(3):
        (folder / f"m{n}.md").write_text(f"# Pump {n}\n\nThe pump leaks.\n", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno")
    out = tmp_path / "read.jsonl"
    done = gemba("read", str(folder), "--out", str(out), "--workers", "1", "--json")
    assert done.code == 1
    assert "broken.pdf" in done.err
    counts = json.loads(done.out)
    assert (counts["documents"], counts["read"], counts["not_read"]) == (4, 3, 1)
    entries = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sum(len(e.get("statements", ())) for e in entries) == counts["statements"] > 0
    again = gemba("read", str(folder), "--out", str(out), "--workers", "1", "--json")
    counts = json.loads(again.out)
    assert (counts["read_before"], counts.get("read", 0), counts["not_read"]) == (3, 0, 1)


def test_read_refuses_what_is_not_there(gemba: Gemba, tmp_path: Path) -> None:
    done = gemba("read", str(tmp_path), str(tmp_path / "no.pdf"))
    assert done.code == 2
    assert "no.pdf" in done.err


def test_a_model_that_is_none_is_told_in_a_sentence(
    gemba: Gemba, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMBA_MODEL", str(tmp_path))
    done = gemba("read", "pump leaking")
    assert done.code == 2
    assert "no trained model" in done.err
