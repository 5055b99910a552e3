"""Questions on the command line: answers for people in two languages, and the service's JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http import create_app
from api.settings import Settings
from api.wiring import load_plant
from tests.api.cli.conftest import Gemba

LEAK = "asset:EX-12~exhibits~mode:Leakage"


@pytest.fixture
def service(small: Gemba) -> Iterator[TestClient]:
    """The service on the same store, without tokens."""
    plant = load_plant(Settings(auth=False))
    with TestClient(create_app(plant), base_url="http://localhost") as client:
        yield client
    plant.close()


@pytest.mark.parametrize(
    ("arguments", "address", "params"),
    [
        (["search", "leak"], "search", {"q": "leak"}),
        (["search", "漏油", "--class", "FailureMode"], "search",
         {"q": "漏油", "class": "FailureMode"}),
        (["why", "EX-12", "leaking"], "why", {"asset": "EX-12", "symptom": "leaking", "limit": 5}),
        (["trace", "back", "SN-1"], "trace", {"item": "SN-1"}),
        (["trace", "forward", "L-1", "L-2", "--depth", "2"], "trace",
         {"item": ["L-1", "L-2"], "direction": "forward", "depth": 2}),
        (["timeline", "EX-12"], "timeline", {"thing": "EX-12"}),
        (["timeline", "EX-12", "--from", "2026-02-10", "--to", "2026-02-12"], "timeline",
         {"thing": "EX-12", "since": "2026-02-10", "until": "2026-02-12"}),
        (["investigate", "SN-1"], "investigate", {"what": "SN-1"}),
        (["affected", "EX-12", "--from", "2026-02-01"], "affected",
         {"thing": "EX-12", "since": "2026-02-01", "limit": 50}),
        (["drifts", "EX-12", "--from", "2026-02-01", "--to", "2026-02-12"], "drifts",
         {"thing": "EX-12", "since": "2026-02-01", "until": "2026-02-12"}),
        (["statements", "show", LEAK], f"statements/{LEAK}", {"evidence": 10}),
        (["stats"], "stats", {}),
        (["documents", "list"], "documents", {}),
        (["documents", "show", "workorders.csv"], "documents/workorders.csv", {}),
        (["runs", "list"], "runs", {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
def test_json_is_what_the_service_answers(
    small: Gemba,
    service: TestClient,
    arguments: list[str],
    address: str,
    params: dict[str, Any],
) -> None:
    ran = small(*arguments, "--json")
    assert ran.code == 0, ran.err
    answered = service.get(f"/api/v1/{address}", params=params)
    assert answered.status_code == 200, answered.text
    expected = answered.json()
    if isinstance(expected, dict) and "next_cursor" in expected:
        expected = expected["items"]
    assert ran.json == expected


def test_search_finds_and_says_when_it_does_not(small: Gemba) -> None:
    found = small("search", "EX-12")
    assert "asset:EX-12" in found.out
    assert "Excavator 12" in found.out
    nothing = small("search", "zzzzqqqq")
    assert (nothing.code, nothing.err) == (0, "")
    assert "Nothing was found" in nothing.out
    assert "没有找到" in small("--lang", "zh", "search", "zzzzqqqq").out


def test_search_refuses_an_unknown_class(small: Gemba) -> None:
    ran = small("search", "x", "--class", "Aset")
    assert ran.code == 1
    assert "Asset" in ran.err
    assert ran.err.count("\n") == 1


def test_show_tells_properties_places_and_statements(small: Gemba) -> None:
    ran = small("show", "ex-12")
    assert ran.code == 0
    for part in ("asset:EX-12", "Northfield", "workorders.csv", LEAK):
        assert part in ran.out
    only = small("show", "EX-12", "--relation", "exhibits", "--json").json
    assert [s["id"] for s in only["statements"]] == [LEAK]
    assert only["node"]["key"] == "asset:EX-12"


def test_unknown_thing_is_one_sentence_with_the_nearest(small: Gemba) -> None:
    for arguments in (
        ["show", "EX-21"],
        ["timeline", "EX-21"],
        ["why", "EX-21", "leak"],
        ["trace", "back", "SN-2"],
        ["investigate", "SN-2"],
    ):
        ran = small(*arguments)
        assert ran.code == 1, arguments
        assert ran.out == ""
        assert ran.err.count("\n") == 1
        nearest = "unit:SN-1" if "SN-2" in arguments else "asset:EX-12"
        assert nearest in ran.err
        assert ran.err.count("Did you mean") == 1


def test_nothing_was_known_before_it_was_recorded(small: Gemba) -> None:
    assert small("show", "EX-12", "--as-of", "2026-02-28").code == 1
    assert small("show", "EX-12", "--as-of", "2026-03-01T00:00:00Z").code == 0
    wrong = small("show", "EX-12", "--as-of", "yesterday")
    assert wrong.code == 2
    assert "yesterday" in wrong.err


def test_why_speaks_both_languages(small: Gemba) -> None:
    english = small("why", "EX-12", "leaking")
    assert english.code == 0
    assert "worn seal" in english.out
    assert "workorders.csv, row:3" in english.out
    chinese = small("why", "EX-12", "漏油", "--lang", "zh")
    assert chinese.code == 0
    assert "泄漏" in chinese.out


def test_why_says_when_it_does_not_know(small: Gemba) -> None:
    ran = small("why", "EX-12", "zzzzqqqq")
    assert ran.code == 0
    assert "not understood" in ran.out


def test_trace_tells_levels_defects_and_customers(small: Gemba) -> None:
    back = small("trace", "back", "SN-1")
    assert back.code == 0
    for part in ("lot:L-1", "lot:L-2", "op:OP-1", "consumed", "scratch"):
        assert part in back.out
    forward = small("trace", "forward", "L-1", "--lang", "zh")
    assert "流向" in forward.out
    assert "Acme" in forward.out


def test_trace_keeps_what_passed_a_place_and_time(small: Gemba) -> None:
    there = small(
        "trace", "back", "SN-1", "--place", "EX-12", "--since", "2026-02-09", "--json"
    ).json
    assert "lot:L-1" in {n["named"]["key"] for n in there["nodes"]}
    later = small(
        "trace", "back", "SN-1", "--place", "EX-12", "--since", "2026-02-20", "--json"
    ).json
    assert "lot:L-1" not in {n["named"]["key"] for n in later["nodes"]}


def test_timeline_goes_on_after_a_page(small: Gemba) -> None:
    first = small("timeline", "EX-12", "--limit", "2", "--json").json
    assert len(first["entries"]) == 2
    rest = small("timeline", "EX-12", "--limit", "2", "--after", first["next_after"], "--json").json
    keys = [e["named"]["key"] for e in first["entries"] + rest["entries"]]
    assert keys == ["wo:WO-2", "op:OP-1", "wo:WO-1"]
    shown = small("timeline", "EX-12", "--oldest-first")
    assert shown.out.index("WO-1") < shown.out.index("WO-2")


def test_investigation_names_the_asset_and_what_happened(small: Gemba) -> None:
    ran = small("investigate", "SN-1", "--before", "240")
    assert ran.code == 0
    assert "EX-12" in ran.out
    assert "WO-1" in ran.out
    affected = small("affected", "WO-1", "--lang", "zh")
    assert affected.code == 0
