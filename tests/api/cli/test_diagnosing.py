"""Diagnosis on the command line: sessions, feedback, questions, reliability, in both languages."""

from __future__ import annotations

import sys

import pytest

from tests.api.cli.conftest import Gemba


def test_diagnose_goes_on_over_commands(small: Gemba) -> None:
    begun = small("diagnose", "EX-12", "leaking", "--json")
    assert begun.code == 0, begun.err
    session = begun.json["session"]["id"]
    assert begun.json["diagnosis"]["causes"][0]["named"]["key"] == "cause:worn seal"
    said = small("sessions", "answer", session, "vibration", "no", "--json")
    assert len(said.json["session"]["entries"]) == 2
    back = small("sessions", "undo", session, "--json")
    assert back.json["diagnosis"] == begun.json["diagnosis"]
    assert small("sessions", "hand-over", session, "wang").out == f"{session}: wang\n"
    learnt = small("feedback", "fixed", "cause:worn seal", "--session", session, "--json")
    assert learnt.json["verdict"] == "fixed"
    shown = small("--lang", "zh", "sessions", "show", session)
    assert "worn seal" in shown.out
    assert "下一步" in shown.out or "停止检测" in shown.out or "请求支援" in shown.out
    refused = small("sessions", "answer", session, "noise", "yes")
    assert refused.code == 1
    assert "ended" in refused.err
    assert small("feedback", "undo", learnt.json["id"]).code == 0
    assert small("feedback", "list", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["diagnose"], 2, "Say an asset and what was observed"),
        (["diagnose", "EX-12"], 2, "Say an asset and what was observed"),
        (["diagnose", "EX-99", "leak"], 1, "EX-99"),
        (["diagnose", "EX-12", "leak", "--evidence", "a=b"], 2, "go with --network"),
        (["diagnose", "EX-12", "leak", "--network", "x.bif"], 2, "not both"),
        (["sessions", "show", "none"], 1, "no diagnosis session"),
        (["feedback", "fixed", "cause:worn seal"], 2, "Say on which asset"),
        (["feedback", "undo", "none"], 1, "no feedback"),
        (["ask", " "], 2, "Ask something"),
        (["reliability", "EX-99"], 1, "EX-99"),
        (["calibration"], 2, "records say both"),
        (["fmea", "class:Press", "x.xlsx"], 1, "Press"),
    ],
)
def test_wrong_commands_get_one_sentence(
    small: Gemba, arguments: list[str], code: int, words: str
) -> None:
    ran = small(*arguments)
    assert ran.code == code, ran.err
    assert words in ran.err
    assert ran.err.count("\n") == 1


def test_diagnose_asks_on_a_terminal(small: Gemba, monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter(["something odd", "undo", "show", "fixed cause:worn seal"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_more: next(said))
    ran = small("diagnose", "EX-12", "leaking")
    assert ran.code == 0, ran.err
    assert "Learnt" in ran.out
    assert next(said, None) is None
    assert len(small("feedback", "list", "--json").json) == 1


def test_ask_and_reliability_answer(small: Gemba) -> None:
    assert "worn seal" in small("ask", "why does EX-12 leak?").out
    assert "请问是哪台设备" in small("ask", "为什么漏油").out
    told = small("reliability", "EX-12", "--svg", "pictures")
    assert "MTBF" in told.out
    assert "no distribution is fitted" in told.out
