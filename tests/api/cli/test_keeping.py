"""Documents, runs, statements, tokens and the audit log on the command line."""

from __future__ import annotations

import pytest

from tests.api.cli.conftest import Gemba

LEAK = "asset:EX-12~exhibits~mode:Leakage"


def test_documents_are_listed_shown_and_removed(small: Gemba) -> None:
    listed = small("documents", "list")
    assert "workorders.csv" in listed.out
    assert "run-orders" in small("documents", "show", "workorders.csv").out
    removed = small("documents", "remove", "workorders.csv", "--yes", "--json").json
    assert removed["removed"] == ["workorders.csv"]
    assert "workorders.csv" not in small("documents", "list").out
    assert small("show", "wo:WO-1").code == 1


def test_removal_without_anybody_to_ask_needs_yes(small: Gemba) -> None:
    for arguments in (["documents", "remove", "workorders.csv"], ["runs", "remove", "run-orders"]):
        ran = small(*arguments)
        assert ran.code == 2
        assert "--yes" in ran.err
    assert "workorders.csv" in small("documents", "list").out


def test_removal_that_is_declined_does_nothing(
    small: Gemba, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer._click.termui.visible_prompt_func", lambda _text: "n")
    ran = small("documents", "remove", "workorders.csv")
    assert ran.code == 1
    assert "nothing was done" in ran.err
    assert "workorders.csv" in small("documents", "list").out


def test_document_that_is_not_there_is_refused_before_asking(small: Gemba) -> None:
    ran = small("documents", "remove", "workorder.csv")
    assert ran.code == 1
    assert "workorders.csv" in ran.err


def test_run_is_removed(small: Gemba) -> None:
    assert "run-genealogy" in small("runs", "list").out
    assert small("runs", "remove", "run-genealogy", "--yes").code == 0
    assert small("show", "unit:SN-1").code == 1
    assert small("runs", "remove", "run-genealogy", "--yes").code == 1


def test_statement_is_rejected_and_given_back(small: Gemba) -> None:
    shown = small("statements", "show", LEAK)
    assert "accepted" in shown.out
    assert "leaking" in shown.out
    rejected = small("statements", "reject", LEAK, "--reason", "the other machine")
    assert rejected.code == 0
    assert LEAK not in small("statements", "list", "EX-12").out
    everything = small("statements", "list", "EX-12", "--all")
    assert "rejected" in everything.out
    assert "the other machine" in small("statements", "show", LEAK).out
    assert small("statements", "confirm", LEAK, "--json").json["status"] == "confirmed"
    assert small("statements", "undecide", LEAK).code == 0
    assert small("statements", "show", LEAK, "--json").json["statement"]["status"] == "accepted"


def test_statement_list_is_chosen_by_relation_direction_and_time(small: Gemba) -> None:
    arguments = ["statements", "list", "EX-12", "--relation", "reportedOn", "--direction", "in"]
    assert len(small(*arguments, "--json").json) == 2
    assert len(small(*arguments, "--from", "2026-02-10", "--json").json) == 1
    assert len(small(*arguments, "--to", "2026-02-10", "--json").json) == 1
    assert len(small(*arguments, "--limit", "1", "--json").json) == 1


@pytest.mark.parametrize("text", ["x", "a~b", "a~b~"])
def test_statement_id_that_is_none_is_refused(small: Gemba, text: str) -> None:
    ran = small("statements", "show", text)
    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_statement_that_is_not_there_names_others(small: Gemba) -> None:
    ran = small("statements", "reject", "asset:EX-12~exhibits~mode:Wear")
    assert ran.code == 1
    assert LEAK in ran.err


def test_tokens_are_made_listed_and_revoked(gemba: Gemba) -> None:
    made = gemba("tokens", "create", "dashboard", "--role", "monitor", "--days", "0", "--json").json
    assert made["token"]["expires"] is None
    assert made["text"].startswith(f"gemba_{made['token']['id']}_")
    shown = gemba("tokens", "create", "li.wei", "--role", "quality")
    assert "not shown again" in shown.out
    listed = gemba("tokens", "list")
    assert "dashboard" in listed.out
    assert made["text"].split("_", 2)[2] not in listed.out
    assert gemba("tokens", "revoke", made["token"]["id"]).code == 0
    assert "revoked" in gemba("tokens", "list").out
    assert gemba("tokens", "create", "x", "--role", "king").code == 2
    assert gemba("tokens", "revoke", "nope").code == 1


def test_audit_log_tells_who_did_what(small: Gemba) -> None:
    small("tokens", "create", "x")
    small("statements", "reject", LEAK)
    small("documents", "remove", "workorders.csv", "--yes")
    entries = small("audit", "list", "--json").json
    assert [e["action"] for e in entries] == [
        "token.create",
        "statement.decide",
        "documents.remove",
    ]
    assert {e["by"] for e in entries} == {"tester"}
    assert {e["way"] for e in entries} == {"cli"}
    assert "documents.remove" in small("audit", "list", "--after", "2").out


def test_audit_log_is_verified_and_anchored(small: Gemba) -> None:
    small("tokens", "create", "x")
    whole = small("audit", "verify")
    assert whole.code == 0
    assert "whole: 1 entries" in whole.out
    anchor = small("audit", "verify", "--json").json["anchor"]
    assert anchor in whole.out
    small("tokens", "create", "y")
    assert small("audit", "verify", "--anchor", anchor).code == 0
    other = small("audit", "verify", "--anchor", "9:" + "0" * 64, "--json")
    assert other.code == 1
    assert other.json["is_intact"] is False
    assert small("audit", "verify", "--anchor", "x").code == 2
