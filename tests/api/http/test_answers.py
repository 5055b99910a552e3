"""Questions over HTTP: what they ask, as of a date, and many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.model.instants import to_text
from tests.api.conftest import Sign
from tests.api.small_plant import LOADED

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("search", {"q": "EX-12"}),
    ("why", {"asset": "EX-12", "symptom": "leaking"}),
    ("ask", {"q": "why does EX-12 leak?"}),
    ("reliability", {"what": "EX-12"}),
    ("trace", {"item": "unit:SN-1"}),
    ("timeline", {"thing": "EX-12"}),
    ("investigate", {"what": "SN-1"}),
    ("affected", {"thing": "WO-1"}),
]


@pytest.fixture
def ask(client: TestClient, sign: Sign) -> Any:
    headers = sign("reader")

    def get(address: str, **params: Any) -> Any:
        return client.get(f"/api/v1/{address}", params=params, headers=headers)

    return get


@pytest.mark.parametrize(("address", "params"), QUESTIONS)
def test_question_is_answered(ask: Any, address: str, params: dict[str, Any]) -> None:
    answer = ask(address, **params)
    assert answer.status_code == 200, answer.text
    assert "EX-12" in answer.text or "SN-1" in answer.text


@pytest.mark.parametrize(("address", "params"), QUESTIONS)
def test_question_as_of_an_earlier_date_knows_nothing(
    ask: Any, address: str, params: dict[str, Any]
) -> None:
    answer = ask(address, **params, as_of=to_text(LOADED - 1))
    if address == "ask":
        assert answer.json()["ask_back"] is not None
        assert answer.json()["lines"] == []
    elif address == "search":
        assert [f for f in answer.json()["items"] if f["in_graph"]] == []
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("address", "params", "nearest"),
    [
        ("why", {"asset": "EX-21", "symptom": "leak"}, "asset:EX-12"),
        ("trace", {"item": "unit:SN-2"}, "unit:SN-1"),
        ("timeline", {"thing": "EX-21"}, "asset:EX-12"),
        ("investigate", {"what": "SN-2"}, "unit:SN-1"),
        ("affected", {"thing": "WO-3"}, "wo:WO-1"),
    ],
)
def test_question_about_what_is_not_there_names_the_nearest(
    ask: Any, address: str, params: dict[str, Any], nearest: str
) -> None:
    answer = ask(address, **params)
    assert answer.status_code == 404
    assert nearest in answer.json()["nearest"]


@pytest.mark.parametrize(
    ("address", "params"),
    [
        ("trace", {}),
        ("trace", {"item": "SN-1", "direction": "sideways"}),
        ("trace", {"item": "SN-1", "depth": 0}),
        ("why", {"asset": "EX-12"}),
        ("search", {"q": ""}),
        ("search", {"q": "x" * 1_001}),
        ("investigate", {"what": "SN-1", "before_hours": -1}),
        ("timeline", {"thing": "EX-12", "limit": 5_000}),
    ],
)
def test_question_that_is_wrong_is_refused(ask: Any, address: str, params: dict[str, Any]) -> None:
    assert ask(address, **params).status_code == 422


@pytest.mark.parametrize(
    ("address", "params"),
    [
        ("trace", {"item": "SN-1", "since": "soon"}),
        ("timeline", {"thing": "EX-12", "cursor": "bm9wZQ"}),
        ("why", {"asset": "EX-12", "symptom": "  "}),
        ("affected", {"thing": "EX-12", "since": "2026-03-01", "until": "2026-02-01"}),
    ],
)
def test_question_that_cannot_be_used_is_refused(
    ask: Any, address: str, params: dict[str, Any]
) -> None:
    assert ask(address, **params).status_code == 400


def test_why_ranks_the_cause_that_was_found(ask: Any) -> None:
    said = ask("why", asset="EX-12", symptom="漏油").json()
    assert said["causes"][0]["named"]["key"] == "cause:worn seal"
    assert said["abstained"] is False


def test_why_in_a_window_sees_only_its_records(ask: Any) -> None:
    said = ask("why", asset="EX-12", symptom="leaking", valid_to="2026-02-10").json()
    counted = [count["records"] for count in said["counts"]]
    whole = ask("why", asset="EX-12", symptom="leaking").json()
    assert sum(counted) < sum(count["records"] for count in whole["counts"])


def test_trace_goes_both_ways_with_evidence(ask: Any) -> None:
    said = ask("trace", item="SN-1", direction="both", evidence=1).json()
    levels = {n["named"]["key"]: n["level"] for n in said["nodes"]}
    assert levels["unit:SN-1"] == 0
    assert levels["lot:L-1"] < 0 < levels["customer:ACME"]
    assert all(edge["evidence"] for edge in said["edges"])


def test_trace_lists_classes_and_stops_at_a_depth(ask: Any) -> None:
    lots = ask("trace", item="SN-1", **{"class": "MaterialLot"}).json()
    assert {n["named"]["cls"] for n in lots["nodes"]} <= {"MaterialLot", "Unit"}
    near = ask("trace", item="SN-1", depth=1).json()
    assert "lot:L-1" not in {n["named"]["key"] for n in near["nodes"]}


def test_timeline_pages_add_up(ask: Any) -> None:
    keys: list[str] = []
    cursor = None
    while True:
        params = {"cursor": cursor} if cursor else {}
        page = ask("timeline", thing="EX-12", limit=1, newest_first=False, **params).json()
        keys += [entry["named"]["key"] for entry in page["entries"]]
        cursor = page["next_after"]
        if cursor is None:
            break
    assert keys == ["wo:WO-1", "op:OP-1", "wo:WO-2"]


def test_questions_are_answered_at_once(ask: Any) -> None:
    """Threads share the store: every answer is the same as alone."""
    alone = {address: ask(address, **params).json() for address, params in QUESTIONS}
    with ThreadPoolExecutor(8) as pool:
        asked = [(address, pool.submit(ask, address, **p)) for address, p in QUESTIONS * 4]
        for address, answer in asked:
            assert answer.result().json() == alone[address]


def test_ontology_terms_are_listed_in_pages(ask: Any) -> None:
    names: list[str] = []
    cursor = None
    while True:
        params = {"cursor": cursor} if cursor else {}
        page = ask("ontology/terms", kind="class", limit=20, **params).json()
        names += [term["name"] for term in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == sorted(set(names))
    assert {"Asset", "WorkOrder", "Defect"} <= set(names)


def test_ontology_term_is_shown_in_both_languages(ask: Any) -> None:
    term = ask("ontology/terms/FailureMode").json()
    assert term["kind"] == "class"
    assert set(term["label"]) >= {"en", "zh"}
    modes = ask("ontology/terms", **{"class": "FailureMode"}, limit=1_000).json()["items"]
    assert {t["kind"] for t in modes} == {"concept"}
    assert "Leakage" in {t["name"] for t in modes}
    missing = ask("ontology/terms/FailureMod")
    assert missing.status_code == 404
    assert "FailureMode" in missing.json()["nearest"]


def test_stats_count_the_small_plant(ask: Any) -> None:
    said = ask("stats").json()
    assert said["documents"] == 2
    assert said["nodes"]["WorkOrder"] == 2
    assert said["statements"]["consumed"] == 2
