"""Deciding on many suggestions, over the command line and HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.audit import Actor
from api.review import decide_waiting, read_filters
from api.wiring import Plant
from kg.model.errors import BadInput, NotFound
from kg.model.graph import Status
from kg.review import Filters, backlog, waiting
from tests.api.conftest import Sign
from tests.kg.review.test_queue import suggest


def test_bulk_decisions_are_recorded_one_by_one(plant: Plant) -> None:
    suggest(plant.store)
    before = backlog(plant.store).total
    filters = read_filters(plant.schema, relations=["exhibits"], documents=["facts.csv"])
    found = decide_waiting(
        plant.store, Actor("li.wei", "cli"), filters, Status.REJECTED, "not seen on site"
    )
    assert len(found) == 2
    assert backlog(plant.store).total == before - 2
    made = plant.store.decisions([s.key for s in found])
    assert {(d.by, d.status, d.reason) for d in made} == {
        ("li.wei", Status.REJECTED, "not seen on site")
    }


def test_deciding_on_everything_blindly_is_refused(plant: Plant) -> None:
    suggest(plant.store)
    actor = Actor("li.wei", "cli")
    with pytest.raises(BadInput, match="Say which"):
        decide_waiting(plant.store, actor, Filters(), Status.CONFIRMED)
    with pytest.raises(BadInput, match="confirm or reject"):
        decide_waiting(plant.store, actor, Filters(relations=("exhibits",)), Status.SUGGESTED)
    with pytest.raises(NotFound):
        read_filters(plant.schema, relations=["exhibit"])
    assert len(waiting(plant.store, Filters(documents=("facts.csv",)))) == 3


def test_review_over_http(client: TestClient, sign: Sign, plant: Plant) -> None:
    suggest(plant.store)
    technician, maintainer = sign("technician"), sign("maintainer")
    assert client.get("/api/v1/review/summary", headers=sign("reader")).status_code == 403
    summary = client.get("/api/v1/review/summary", headers=technician).json()
    assert {g["relation"] for g in summary["groups"]} >= {"exhibits", "hasComponent"}
    query = {"relation": "exhibits", "document": "facts.csv", "limit": 1}
    (first,) = client.get("/api/v1/review/statements", params=query, headers=technician).json()[
        "items"
    ]
    assert first["status"] == "suggested"
    assert first["evidence"][0]["document"] == "facts.csv"
    request = {"status": "confirmed", "relations": ["exhibits"], "dry_run": True}
    url = "/api/v1/review/decisions"
    assert client.post(url, json=request, headers=technician).status_code == 403
    counted = client.post(url, json=request, headers=maintainer).json()["statements"]
    done = client.post(url, json={**request, "dry_run": False}, headers=maintainer).json()
    assert done == {"statements": counted, "dry_run": False}
    left = client.get("/api/v1/review/statements", params=query, headers=technician).json()["items"]
    assert left == []


def test_what_accepting_would_change_is_told_over_http(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    suggest(plant.store)
    headers = sign("technician")
    url = "/api/v1/review/effects"
    listed = client.get("/api/v1/review/statements", headers=headers).json()["items"]
    ids = [one["id"] for one in listed if one["predicate"] in ("exhibits", "hasComponent")]
    told = client.get(url, params={"statement": ids}, headers=headers).json()["items"]
    assert [one["statement"] for one in told] == ids
    assert all(one["sentence"]["en"].startswith("Accepting it") for one in told)
    assert all(one["sentence"]["zh"].startswith("接受后") for one in told)
    for known, code in (("asset:A~exhibits~mode:Vibration", 404), ("nonsense", 400)):
        assert client.get(url, params={"statement": known}, headers=headers).status_code == code
    assert client.get(url, headers=headers).status_code == 422
    assert client.get(url, params={"statement": ids * 30}, headers=headers).status_code == 422
    assert client.get(url, params={"statement": ids}, headers=sign("reader")).status_code == 403
