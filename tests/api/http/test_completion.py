"""Suggested links over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.wiring import Plant
from kg.model import Decision, StatementKey, Status
from kg.model.instants import now
from tests.api.conftest import Sign
from tests.kg.completion.test_plant import pumps


def ended(client: TestClient, address: str, headers: dict[str, str]) -> dict[str, Any]:
    """The job once it has ended, asked for as a program would."""
    number = address.rpartition("/")[2]
    client.app.state.jobs.wait(number, 120)  # type: ignore[attr-defined]
    told: dict[str, Any] = client.get(address, headers=headers).json()
    return told


def test_links_are_suggested_decided_and_counted(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    pytest.importorskip("torch_geometric")
    pumps().load(plant.store)
    headers = sign("maintainer")
    wanted = {"relations": ["exhibits"], "limit": 2, "epochs": 2, "min_probability": 0}
    answer = client.post("/api/v1/completion/suggestions", json=wanted, headers=headers)
    assert answer.status_code == 202, answer.text
    job = ended(client, answer.headers["Location"], headers)
    assert job["state"] == "done", job
    assert job["doubts"] is None
    told = job["suggestions"]
    assert told["written"] == len(told["items"]) == 2
    assert told["items"][0]["sentence"]["zh"]
    assert told["items"][0]["effect"]["en"].startswith("Accepting it")
    key = StatementKey.from_id(told["items"][0]["id"])
    plant.store.decide([Decision(key, Status.CONFIRMED, "eva", now())])
    report = client.get("/api/v1/completion/acceptance", headers=headers).json()["items"]
    assert [(r["relation"], r["confirmed"], r["share"]) for r in report] == [("exhibits", 1, 1.0)]


def test_stored_statements_are_doubted_in_a_job(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    pytest.importorskip("torch_geometric")
    pumps().load(plant.store)
    headers = sign("maintainer")
    wanted = {"relations": ["exhibits"], "limit": 3, "epochs": 1}
    answer = client.post("/api/v1/completion/doubts", json=wanted, headers=headers)
    job = ended(client, answer.headers["Location"], headers)
    assert job["state"] == "done", job
    assert job["suggestions"] is None
    scores = [one["score"] for one in job["doubts"]]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert all(one["reasons"] for one in job["doubts"])
    address = "/api/v1/completion/jobs/none"
    assert client.get(address, headers=headers).status_code == 404
    assert client.get(address, headers=sign("reader")).status_code == 403


def test_what_cannot_be_learnt_fails_with_its_sentence(client: TestClient, sign: Sign) -> None:
    pytest.importorskip("torch_geometric")
    headers = sign("maintainer")
    wanted = {"relations": ["monitors"]}
    answer = client.post("/api/v1/completion/suggestions", json=wanted, headers=headers)
    job = ended(client, answer.headers["Location"], headers)
    assert job["state"] == "failed"
    assert "monitors has" in job["error"]
    assert job["suggestions"] is None


def test_only_who_curates_may_suggest_and_bad_relations_are_named(
    client: TestClient, sign: Sign
) -> None:
    address = "/api/v1/completion/suggestions"
    assert client.post(address, json={}, headers=sign("reader")).status_code == 403
    answer = client.post(address, json={"relations": ["noSuchThing"]}, headers=sign("maintainer"))
    assert answer.status_code == 404
    assert "noSuchThing" in answer.json()["detail"]
