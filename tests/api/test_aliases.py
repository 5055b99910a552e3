"""The alias table of a plant: editing it, and texts that are read anew with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.cli.conftest import Gemba, gemba

__all__ = ["gemba"]

ORDERS = "Work order,Asset,Date,Description\nWO-1,P-1,2026-03-01,zorpel leaking\n"


def test_an_alias_changes_what_is_read_and_taking_it_out_changes_it_back(
    gemba: Gemba, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMBA_ALIASES", str(tmp_path / "own.csv"))
    orders = tmp_path / "orders.csv"
    orders.write_text(ORDERS)
    assert gemba("load", str(orders)).code == 0
    before = gemba("statements", "list", "wo:WO-1", "--all").out
    assert "HydraulicPump" not in before
    assert gemba("aliases", "add", "zorpel", "hydraulic pump").code == 0
    assert (tmp_path / "own.csv").read_text() == (
        "abbrev,expansion,language\nzorpel,hydraulic pump,en\n"
    )
    assert gemba("load", str(orders)).code == 0
    assert "HydraulicPump" in gemba("statements", "list", "wo:WO-1", "--all").out
    assert gemba("aliases", "remove", "zorpel").code == 0
    assert gemba("load", str(orders)).code == 0
    assert gemba("statements", "list", "wo:WO-1", "--all").out == before


def test_aliases_are_listed_proposed_and_refused(
    gemba: Gemba, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "GEMBA_ALIASES" in gemba("aliases", "add", "hpu", "hydraulic power unit").err
    monkeypatch.setenv("GEMBA_ALIASES", str(tmp_path / "own.csv"))
    texts = tmp_path / "texts.txt"
    texts.write_text("The hydraulic winch unit (HWU) is slow\n")
    (found,) = gemba("aliases", "propose", str(texts), "--json").json
    assert (found["written"], found["meant"]) == ("hwu", "hydraulic winch unit")
    assert gemba("aliases", "refuse", "hwu", "hydraulic winch unit").code == 0
    assert gemba("aliases", "propose", str(texts), "--json").json == []
    gemba("aliases", "add", "hwu", "hydraulic winch unit")
    gemba("aliases", "add", "HWU", "hydraulic winch")
    assert gemba("aliases", "list", "--json").json == [
        {"written": "hwu", "meant": "hydraulic winch", "language": "en"}
    ]
    assert gemba("aliases", "remove", "nothing").code != 0
    assert gemba("aliases", "add", "same", "same").code != 0


def test_a_broken_alias_table_is_told_with_its_row(
    gemba: Gemba, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.csv"
    own.write_text("abbrev,expansion\nhpu,\n")
    monkeypatch.setenv("GEMBA_ALIASES", str(own))
    ran = gemba("aliases", "list")
    assert ran.code != 0
    assert "row 2" in ran.err
    own.write_text("a,b\n1,2\n")
    assert "abbrev" in gemba("aliases", "list").err
    assert json.loads(gemba("aliases", "list", "--json").out or "null") is None
