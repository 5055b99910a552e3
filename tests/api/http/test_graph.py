"""Things and statements over HTTP: pages, views in time, evidence, decisions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from api.wiring import Plant
from kg.model.instants import to_text
from tests.api.conftest import Sign
from tests.api.small_plant import LOADED

LEAK = "asset:EX-12~exhibits~mode:Leakage"


def _pages(client: TestClient, headers: dict[str, str], address: str, **params: Any) -> list[Any]:
    items: list[Any] = []
    cursor = None
    while True:
        given = params | ({"cursor": cursor} if cursor else {})
        answer = client.get(address, params=given, headers=headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= params.get("limit", 1000)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_nodes_come_in_pages_that_add_up(client: TestClient, sign: Sign, limit: int) -> None:
    nodes = _pages(client, sign("reader"), "/api/v1/nodes", limit=limit)
    keys = [node["key"] for node in nodes]
    assert keys == sorted(set(keys))
    assert {"asset:EX-12", "unit:SN-1", "mode:Leakage"} <= set(keys)


def test_nodes_are_chosen_by_class_prefix_and_property(client: TestClient, sign: Sign) -> None:
    headers = sign("reader")
    get = client.get
    lots = get("/api/v1/nodes?class=MaterialLot", headers=headers).json()["items"]
    assert [n["key"] for n in lots] == ["lot:L-1", "lot:L-2"]
    orders = get("/api/v1/nodes?prefix=wo:", headers=headers).json()["items"]
    assert [n["key"] for n in orders] == ["wo:WO-1", "wo:WO-2"]
    made = get("/api/v1/nodes?where=manufacturer%3DNorthfield", headers=headers).json()["items"]
    assert [n["key"] for n in made] == ["asset:EX-12"]
    assert get("/api/v1/nodes?where=manufacturer%3DX", headers=headers).json()["items"] == []


@pytest.mark.parametrize("text", ["asset:EX-12", "EX-12", "ex-12", "Excavator 12"])
def test_node_is_found_by_key_code_and_name(client: TestClient, sign: Sign, text: str) -> None:
    answer = client.get(f"/api/v1/nodes/{text}", headers=sign("reader"))
    assert answer.status_code == 200
    said = answer.json()
    assert said["node"]["key"] == "asset:EX-12"
    assert said["node"]["class_label"]["zh"] != said["node"]["class_label"]["en"]
    assert said["node"]["props"] == {"manufacturer": "Northfield"}
    assert said["sightings"][0]["place"] == "row:2"


def test_node_was_not_there_before_it_was_recorded(client: TestClient, sign: Sign) -> None:
    headers = sign("reader")
    before, after = to_text(LOADED - 1), to_text(LOADED)
    assert (
        client.get(f"/api/v1/nodes/asset:EX-12?as_of={after}", headers=headers).status_code == 200
    )
    assert (
        client.get(f"/api/v1/nodes/asset:EX-12?as_of={before}", headers=headers).status_code == 404
    )
    assert client.get(f"/api/v1/nodes?as_of={before}", headers=headers).json()["items"] == []


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_statements_of_a_node_come_in_pages(client: TestClient, sign: Sign, limit: int) -> None:
    address = "/api/v1/nodes/EX-12/statements"
    found = _pages(client, sign("reader"), address, limit=limit)
    assert [s["id"] for s in found] == [
        LEAK,
        "op:OP-1~performedOn~asset:EX-12",
        "wo:WO-1~reportedOn~asset:EX-12",
        "wo:WO-2~reportedOn~asset:EX-12",
    ]


def test_statements_are_chosen_by_relation_direction_window_and_status(
    client: TestClient, sign: Sign
) -> None:
    headers = sign("reader")

    def ids(query: str, node: str = "EX-12") -> list[str]:
        answer = client.get(f"/api/v1/nodes/{node}/statements?{query}", headers=headers)
        return [s["id"] for s in answer.json()["items"]]

    assert ids("direction=out") == [LEAK]
    assert ids("relation=reportedOn&relation=exhibits&direction=in") == [
        "wo:WO-1~reportedOn~asset:EX-12",
        "wo:WO-2~reportedOn~asset:EX-12",
    ]
    assert ids("relation=reportedOn&valid_from=2026-02-10") == ["wo:WO-2~reportedOn~asset:EX-12"]
    assert ids("relation=reportedOn&valid_at=2026-02-03T00:30Z") == [
        "wo:WO-1~reportedOn~asset:EX-12"
    ]
    assert ids("relation=causes", "mode:Leakage") == ["cause:worn seal~causes~mode:Leakage"]
    assert ids("relation=causes&status=suggested", "mode:Leakage") == [
        "cause:guess~causes~mode:Leakage"
    ]
    assert ids("relation=causes&min_confidence=0.9", "mode:Leakage") == []


def test_statement_shows_its_evidence_in_both_languages(client: TestClient, sign: Sign) -> None:
    answer = client.get(f"/api/v1/statements/{quote(LEAK)}", headers=sign("reader")).json()
    told = answer["statement"]
    assert told["id"] == LEAK
    assert told["evidence_count"] == 2
    assert [e["confidence"] for e in told["evidence"]] == [0.9, 0.8]
    assert "leaking" in told["evidence"][0]["text"]
    assert "泄漏" in told["sentence"]["zh"]
    assert answer["decisions"] == []
    assert answer["recorded"] == "2026-03-01T00:00:00Z"


def test_statement_is_rejected_confirmed_and_given_back(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    technician = sign("technician")
    address = f"/api/v1/statements/{quote(LEAK)}"

    def status() -> str:
        answer = client.get(address, headers=technician).json()
        return str(answer["statement"]["status"])

    for wanted, shown in (("rejected", "rejected"), ("confirmed", "confirmed"), (None, "accepted")):
        made = client.post(
            f"{address}/decisions",
            headers=technician,
            json={"status": wanted, "reason": "seen on site"},
        )
        assert made.status_code == 201
        assert made.json()["by"].startswith("a technician")
        assert status() == shown
    history = client.get(address, headers=technician).json()["decisions"]
    assert [d["status"] for d in history] == ["rejected", "confirmed", None]
    logged = [e.payload for e in plant.store.read_log("audit")]
    assert [e["action"] for e in logged if e["way"] == "http"] == ["statement.decide"] * 3


def test_statement_rejected_leaves_answers(client: TestClient, sign: Sign) -> None:
    headers = sign("technician")
    body = {"status": "rejected"}
    client.post(f"/api/v1/statements/{quote(LEAK)}/decisions", headers=headers, json=body)
    found = client.get("/api/v1/nodes/EX-12/statements?direction=out", headers=headers).json()
    assert found["items"] == []


@pytest.mark.parametrize("status", ["accepted", "suggested", "maybe", 1])
def test_statement_decision_is_a_persons_only(
    client: TestClient, sign: Sign, status: object
) -> None:
    answer = client.post(
        f"/api/v1/statements/{quote(LEAK)}/decisions",
        headers=sign("technician"),
        json={"status": status},
    )
    assert answer.status_code == 422


def test_statement_that_is_not_there_cannot_be_decided(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    answer = client.post(
        "/api/v1/statements/asset:EX-12~exhibits~mode:Nothing/decisions",
        headers=sign("technician"),
        json={"status": "rejected"},
    )
    assert answer.status_code == 404
    assert LEAK in answer.json()["nearest"]
    assert plant.store.decisions() == []
