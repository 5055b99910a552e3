"""Diagnosis sessions over HTTP: begun, answered, taken back, handed over, learnt from."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from api.audit import read_all
from api.wiring import Plant
from tests.api.conftest import Sign

SESSIONS, FEEDBACK = "/api/v1/diagnosis/sessions", "/api/v1/diagnosis/feedback"


def begin(client: TestClient, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.post(
        SESSIONS, json={"asset": "EX-12", "symptoms": ["leaking"]}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def test_session_from_start_to_what_was_learnt(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    headers = sign("technician")
    begun = begin(client, headers)
    session = begun["session"]["id"]
    assert begun["diagnosis"]["causes"][0]["named"]["key"] == "cause:worn seal"
    assert begun["next"]["sentence"]["zh"]
    address = f"{SESSIONS}/{session}"
    said = client.post(
        f"{address}/answers", json={"about": "vibration", "answer": "no"}, headers=headers
    )
    assert said.status_code == 201, said.text
    assert len(said.json()["session"]["answers"]) == 2
    undone = client.delete(f"{address}/answers/last", headers=headers).json()
    assert undone["diagnosis"] == begun["diagnosis"]
    moved = client.post(f"{address}/hand-over", json={"to": "wang"}, headers=headers).json()
    assert moved["holder"] == "wang"
    learnt = client.post(
        FEEDBACK, json={"cause": "cause:worn seal", "verdict": "fixed", "session": session},
        headers=headers,
    )  # fmt: skip
    assert learnt.status_code == 201, learnt.text
    after = client.get(address, headers=headers).json()
    assert after["session"]["outcome"] == learnt.json()["id"]
    best, before = after["diagnosis"]["causes"][0], begun["diagnosis"]["causes"][0]
    assert best["probability"] > before["probability"]
    refused = client.post(
        f"{address}/answers", json={"about": "noise", "answer": "yes"}, headers=headers
    )
    assert refused.status_code == 409
    undo = client.delete(f"{FEEDBACK}/{learnt.json()['id']}", headers=headers)
    assert undo.status_code == 200
    again = client.get(address, headers=headers).json()
    assert again["diagnosis"] == begun["diagnosis"]
    actions = [entry.payload["action"] for entry in read_all(plant.store)]
    assert [a for a in actions if a.startswith("diagnosis.")] == [
        "diagnosis.start", "diagnosis.answer", "diagnosis.undo", "diagnosis.hand-over",
        "diagnosis.feedback", "diagnosis.answer", "diagnosis.feedback-undo",
    ]  # fmt: skip


def test_session_wrong_requests(client: TestClient, sign: Sign) -> None:
    headers = sign("technician")
    session = begin(client, headers)["session"]["id"]
    for method, address, body, status in (
        ("post", SESSIONS, {"asset": "EX-99", "symptoms": ["leak"]}, 404),
        ("post", SESSIONS, {"asset": "EX-12", "symptoms": []}, 422),
        ("post", f"{SESSIONS}/{session}/answers", {"about": "noise"}, 400),
        ("post", f"{SESSIONS}/none/answers", {"about": "noise", "answer": "yes"}, 404),
        ("post", FEEDBACK, {"cause": "cause:worn seal", "verdict": "fixed"}, 400),
        ("post", FEEDBACK, {"cause": "x", "verdict": "perhaps"}, 422),
    ):
        assert client.request(method, address, json=body, headers=headers).status_code == status
    assert client.delete(f"{SESSIONS}/{session}/answers/last", headers=headers).status_code == 409
    assert client.delete(f"{FEEDBACK}/none", headers=headers).status_code == 404
    reader = sign("reader")
    assert client.get(f"{SESSIONS}/{session}", headers=reader).status_code == 200
    started = client.post(SESSIONS, json={"asset": "EX-12", "symptoms": ["leak"]}, headers=reader)
    assert started.status_code == 403
