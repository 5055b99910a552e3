"""Documents and runs over HTTP: lists, as of a date, removal."""

from __future__ import annotations

from fastapi.testclient import TestClient

from api.wiring import Plant
from kg.model.instants import to_text
from tests.api.conftest import Sign
from tests.api.small_plant import GENEALOGY, LOADED, WORK_ORDERS, load_work_orders


def test_documents_are_listed_with_their_readings(client: TestClient, sign: Sign) -> None:
    found = client.get("/api/v1/documents", headers=sign("reader")).json()["items"]
    assert [d["key"] for d in found] == [GENEALOGY, WORK_ORDERS]
    (reading,) = found[1]["readings"]
    assert reading["run"]["by"] == "li.wei"
    assert reading["is_complete"] is True


def test_documents_come_in_pages(client: TestClient, sign: Sign) -> None:
    headers = sign("reader")
    first = client.get("/api/v1/documents?limit=1", headers=headers).json()
    assert [d["key"] for d in first["items"]] == [GENEALOGY]
    cursor = first["next_cursor"]
    second = client.get(f"/api/v1/documents?limit=1&cursor={cursor}", headers=headers).json()
    assert [d["key"] for d in second["items"]] == [WORK_ORDERS]
    assert second["next_cursor"] is None


def test_documents_as_of_a_date_are_those_of_then(client: TestClient, sign: Sign) -> None:
    headers = sign("reader")
    then = to_text(LOADED)
    found = client.get(f"/api/v1/documents?as_of={then}", headers=headers).json()["items"]
    assert [d["key"] for d in found] == [WORK_ORDERS]
    answer = client.get(f"/api/v1/documents/{GENEALOGY}?as_of={then}", headers=headers)
    assert answer.status_code == 404


def test_document_removed_takes_its_statements(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    maintainer = sign("maintainer")
    answer = client.delete(f"/api/v1/documents/{WORK_ORDERS}", headers=maintainer)
    assert answer.status_code == 200
    assert answer.json()["removed"] == [WORK_ORDERS]
    assert answer.json()["changes"]["statements_removed"] == 8
    assert client.get("/api/v1/nodes/wo:WO-1", headers=maintainer).status_code == 404
    assert client.get("/api/v1/nodes/asset:EX-12", headers=maintainer).status_code == 200
    assert client.delete(f"/api/v1/documents/{WORK_ORDERS}", headers=maintainer).status_code == 404
    logged = [e.payload for e in plant.store.read_log("audit")]
    assert logged[-1]["action"] == "documents.remove"
    assert logged[-1]["by"].startswith("a maintainer")


def test_runs_are_listed_latest_first_and_removed(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    maintainer = sign("maintainer")
    runs = client.get("/api/v1/runs", headers=maintainer).json()["items"]
    assert [r["run"]["id"] for r in runs] == ["run-genealogy", "run-orders"]
    first = client.get("/api/v1/runs?limit=1", headers=maintainer).json()
    rest = client.get(
        f"/api/v1/runs?limit=1&cursor={first['next_cursor']}", headers=maintainer
    ).json()
    assert [r["run"]["id"] for r in rest["items"]] == ["run-orders"]
    assert rest["next_cursor"] is None

    removed = client.delete("/api/v1/runs/run-orders", headers=maintainer)
    assert removed.json()["removed"] == [WORK_ORDERS]
    missing = client.delete("/api/v1/runs/run-orders", headers=maintainer)
    assert missing.status_code == 404
    load_work_orders(plant.store)
    assert client.get("/api/v1/nodes/wo:WO-1", headers=maintainer).status_code == 200


def test_run_that_is_not_there_names_the_nearest(client: TestClient, sign: Sign) -> None:
    answer = client.delete("/api/v1/runs/run-order", headers=sign("maintainer"))
    assert answer.status_code == 404
    assert "run-orders" in answer.json()["nearest"]
