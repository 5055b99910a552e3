"""Containment over HTTP, with its entries in the audit log, and as files."""

from __future__ import annotations

import csv
import io

from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.wiring import Plant
from tests.api.conftest import Sign

BASE = "/api/v1/containments"


def test_containment_is_started_held_released_and_taken_away(
    client: TestClient, sign: Sign, plant: Plant
) -> None:
    client.headers.update(sign("quality"))
    made = client.post(BASE, json={"items": ["SN-1"], "reason": "leaks", "direction": "both"})
    assert made.status_code == 201, made.text
    number, members = made.json()["id"], made.json()["members"]
    assert "unit:SN-1" in [member["key"] for member in members]
    held = client.post(f"{BASE}/{number}/hold", json={"reason": "sort", "role": "quality"})
    assert all(member["is_held"] for member in held.json()["members"])
    freed = client.post(
        f"{BASE}/{number}/release", json={"items": ["SN-1"], "reason": "ok", "role": "quality"}
    )
    assert [m["key"] for m in freed.json()["members"] if not m["is_held"]] == ["unit:SN-1"]
    undone = client.delete(f"{BASE}/{number}/decisions/2")
    assert all(member["is_held"] for member in undone.json()["members"])
    assert client.get(f"{BASE}/{number}/diff").json()["added"] == []
    assert client.get(BASE).json()[0]["held"] == len(members)
    text = client.get(f"{BASE}/{number}/export").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["key"] for row in rows] == [member["key"] for member in members]
    book = client.get(f"{BASE}/{number}/export", params={"format": "xlsx"}).content
    sheets = load_workbook(io.BytesIO(book))
    assert sheets["Members"].max_row == len(members) + 1
    assert sheets["Decisions"]["B2"].value == "hold"
    actions = [entry.payload["action"] for entry in plant.store.read_log("audit")]
    assert actions[-4:] == ["contain", "hold", "release", "undo-hold"]


def test_a_hold_without_reason_and_an_unknown_containment_are_refused(
    client: TestClient, sign: Sign
) -> None:
    client.headers.update(sign("quality"))
    assert client.get(f"{BASE}/nothing").status_code == 404
    assert client.post(f"{BASE}/x/hold", json={"reason": "", "role": "q"}).status_code == 422
    answer = client.get(f"{BASE}/recall", params={"item": "NOT-THERE"})
    assert answer.status_code == 404


def test_a_reader_may_look_but_not_hold(client: TestClient, sign: Sign) -> None:
    reader = sign("reader")
    found = client.get(f"{BASE}/recall", params={"item": "SN-1"}, headers=reader)
    assert found.json()["total"] >= 1
    answer = client.post(BASE, json={"items": ["SN-1"]}, headers=reader)
    assert answer.status_code == 403
