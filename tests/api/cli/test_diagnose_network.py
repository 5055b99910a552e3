"""`gemba diagnose --network`: any BIF file to causes, and one sentence for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import main

_BIF = """network pump { }
variable Seal { type discrete [ 2 ] { good, worn }; }
variable Motor { type discrete [ 3 ] { fine, weak, dead }; }
variable Leak { type discrete [ 2 ] { no, yes }; }
variable Flow { type discrete [ 2 ] { ok, none }; }
probability ( Seal ) { table 0.9, 0.1; }
probability ( Motor ) { table 0.9, 0.08, 0.02; }
probability ( Leak | Seal ) { (good) 0.99, 0.01; (worn) 0.2, 0.8; }
probability ( Flow | Motor ) { (fine) 1.0, 0.0; (weak) 0.6, 0.4; (dead) 0.0, 1.0; }
"""


@pytest.fixture
def bif(tmp_path: Path) -> Path:
    path = tmp_path / "pump.bif"
    path.write_text(_BIF, "utf-8")
    return path


def test_causes_posteriors_and_the_next_step(bif: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", "--network", str(bif), "--evidence", "Flow=none", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [c["name"] for c in answer["causes"]] == ["Motor", "Seal"]
    motor = answer["causes"][0]["posterior"]
    assert motor["weak"] == pytest.approx(0.032 / 0.052)
    assert motor["fine"] == pytest.approx(0.0)
    assert answer["exact"] is True
    assert answer["next_check"]["kind"] == "inspect"
    assert answer["next_check"]["name"] == "Motor"


def test_chosen_causes_and_checks(bif: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["diagnose", "--network", str(bif), "-e", "Leak=yes", "--causes", "Seal"]
    assert main([*line, "--observable", "Flow,Leak", "--json"]) == 0
    assert [c["name"] for c in json.loads(capsys.readouterr().out)["causes"]] == ["Seal"]
    assert main(line) == 0
    assert "Seal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("evidence", "words", "code"),
    [
        ("Flwo=none", "no variable 'Flwo'. Did you mean Flow", 1),
        ("Flow=nona", "'Flow' has no state 'nona'. Did you mean none", 1),
        ("Motor=fine,Flow=none,Leak=yes", "Motor = fine and Flow = none cannot", 2),
        ("Flow", "Say which state", 2),
    ],
)
def test_one_sentence_for_wrong_evidence(
    bif: Path, capsys: pytest.CaptureFixture[str], evidence: str, words: str, code: int
) -> None:
    assert main(["diagnose", "--network", str(bif), "--evidence", evidence]) == code
    told = capsys.readouterr().err
    assert words in told
    assert len(told.strip().splitlines()) == 1


def test_a_fault_tree_is_asked_like_a_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trip.xml"
    path.write_text(
        '<opsa-mef><define-fault-tree name="trip"><define-gate name="top"><or>'
        '<basic-event name="motor"/><basic-event name="fuse"/></or></define-gate>'
        '</define-fault-tree><model-data><define-basic-event name="motor"><float value="0.01"/>'
        '</define-basic-event><define-basic-event name="fuse"><float value="0.03"/>'
        "</define-basic-event></model-data></opsa-mef>",
        "utf-8",
    )
    assert main(["diagnose", "--network", str(path), "-e", "top=yes", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [c["name"] for c in answer["causes"]] == ["fuse", "motor"]
    assert answer["evidence_probability"] == pytest.approx(1 - 0.99 * 0.97)
