"""Suggested links over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.wiring import Plant
from kg.model import Decision, StatementKey, Status
from kg.model.instants import now
from tests.api.conftest import Sign
from tests.kg.completion.test_plant import pumps


def test_links_are_suggested_decided_and_counted(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    pytest.importorskip("torch_geometric")
    pumps().load(plant.store)
    headers = sign("maintainer")
    wanted = {"relations": ["exhibits"], "limit": 2, "epochs": 2, "min_probability": 0}
    answer = client.post("/api/v1/completion/suggestions", json=wanted, headers=headers)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["written"] == len(told["items"]) == 2
    assert told["items"][0]["sentence"]["zh"]
    key = StatementKey.from_id(told["items"][0]["id"])
    plant.store.decide([Decision(key, Status.CONFIRMED, "eva", now())])
    report = client.get("/api/v1/completion/acceptance", headers=headers).json()["items"]
    assert [(r["relation"], r["confirmed"], r["share"]) for r in report] == [("exhibits", 1, 1.0)]


def test_only_who_curates_may_suggest_and_bad_relations_are_named(
    client: TestClient, sign: Sign
) -> None:
    address = "/api/v1/completion/suggestions"
    assert client.post(address, json={}, headers=sign("reader")).status_code == 403
    answer = client.post(address, json={"relations": ["noSuchThing"]}, headers=sign("maintainer"))
    assert answer.status_code == 404
    assert "noSuchThing" in answer.json()["detail"]
