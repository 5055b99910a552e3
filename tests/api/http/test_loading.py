"""Loading documents over HTTP, and rejected rows."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.wiring import Plant
from tests.api.conftest import Sign
from tests.api.order_files import BROKEN, GOOD, LENIENT, WITH_BAD_ROW, write_mapping

pytestmark = pytest.mark.usefixtures("without_concepts")


@pytest.fixture(autouse=True)
def own_mapping(plant: Plant, tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    write_mapping(folder)
    plant.settings = dataclasses.replace(plant.settings, mappings=(folder,))
    return folder


@pytest.fixture
def maintainer(sign: Sign) -> dict[str, str]:
    return sign("maintainer")


def _send(
    client: TestClient, headers: dict[str, str], name: str, content: str | bytes, **form: Any
) -> Any:
    return client.post(
        "/api/v1/documents",
        headers=headers,
        files={"file": (name, content if isinstance(content, bytes) else content.encode())},
        data=form,
    )


def test_upload_is_loaded_once(
    client: TestClient, maintainer: dict[str, str], plant: Plant
) -> None:
    answer = _send(client, maintainer, "orders.csv", GOOD)
    assert answer.status_code == 200, answer.text
    (file,) = answer.json()["files"]
    assert (file["outcome"], file["document"], file["rows"]) == ("loaded", "orders.csv", 2)
    shown = client.get("/api/v1/nodes/WO-8", headers=maintainer).json()
    assert shown["node"]["props"]["description"] == "泵漏油"
    again = _send(client, maintainer, "orders.csv", GOOD).json()
    assert again["files"][0]["outcome"] == "unchanged"
    (document,) = [v for v in plant.store.versions() if v.document.key == "orders.csv"]
    assert document.run.by.startswith("a maintainer")
    assert document.document.title == "orders.csv"
    metrics = client.get("/metrics", headers=maintainer).text
    assert 'gemba_documents_total{outcome="loaded"} 1.0' in metrics
    assert "gemba_rows_read_total 2.0" in metrics


def test_upload_dry_run_writes_nothing(
    client: TestClient, maintainer: dict[str, str], plant: Plant
) -> None:
    before = plant.store.count()
    answer = _send(client, maintainer, "orders.csv", GOOD, dry_run="true").json()
    assert answer["dry_run"] is True
    assert answer["files"][0]["changes"]["statements_added"] >= 2
    assert plant.store.count() == before


def test_upload_takes_key_mapping_and_encoding(
    client: TestClient, maintainer: dict[str, str]
) -> None:
    answer = _send(
        client,
        maintainer,
        "export.csv",
        GOOD.encode("gb18030"),
        key="erp/orders",
        mapping="own-orders",
        encoding="gb18030",
        time_zone="Asia/Shanghai",
    )
    assert answer.json()["files"][0]["document"] == "erp/orders"
    found = client.get("/api/v1/documents/erp/orders", headers=maintainer)
    assert found.status_code == 200
    shown = client.get("/api/v1/nodes/WO-8", headers=maintainer).json()
    assert shown["node"]["props"]["description"] == "泵漏油"


def test_upload_of_an_archive_loads_what_is_in_it(
    client: TestClient, maintainer: dict[str, str]
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("good.csv", GOOD)
        archive.writestr("bad.csv", BROKEN)
    answer = _send(client, maintainer, "all.zip", packed.getvalue())
    assert answer.status_code == 200
    outcomes = {f["document"]: f["outcome"] for f in answer.json()["files"]}
    assert outcomes == {"all.zip/good.csv": "loaded", "all.zip/bad.csv": "refused"}


@pytest.mark.parametrize(
    ("name", "content", "status", "kind"),
    [
        ("orders.csv", b"", 400, "unreadable-file"),
        ("orders.csv", BROKEN, 400, "unreadable-file"),
        ("orders.csv", b"a,b\n1,2\n", 400, "bad-mapping"),
        ("orders.xlsx", b"PK\x03\x04 no workbook", 400, "unreadable-file"),
        ("orders.zip", b"no archive", 400, "unreadable-file"),
        ("orders.exe", b"MZ", 415, "unsupported-media-type"),
        ("orders", b"a,b", 415, "unsupported-media-type"),
        ("..", b"a,b", 400, "bad-input"),
    ],
)
def test_upload_that_cannot_be_used_is_a_problem(
    client: TestClient,
    maintainer: dict[str, str],
    plant: Plant,
    *,
    name: str,
    content: bytes,
    status: int,
    kind: str,
) -> None:
    before = {v.document.key for v in plant.store.versions()}
    answer = _send(client, maintainer, name, content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"].endswith(f":{kind}")
    assert "gemba-" not in problem["detail"]
    assert "/upload" not in problem["detail"]
    assert {v.document.key for v in plant.store.versions()} - before <= {"gemba:concepts"}


@pytest.mark.parametrize(
    "form",
    [{"mapping": "../../etc/passwd"}, {"mapping": "a/b"}, {"key": "a\nb"}, {"dry_run": "perhaps"}],
)
def test_upload_with_wrong_options_is_refused(
    client: TestClient, maintainer: dict[str, str], form: dict[str, str]
) -> None:
    assert _send(client, maintainer, "orders.csv", GOOD, **form).status_code == 422


def test_upload_never_reads_a_mapping_file_of_the_server(
    client: TestClient, maintainer: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mapping(tmp_path / "elsewhere").rename(tmp_path / "secret.yaml")
    monkeypatch.chdir(tmp_path)
    answer = _send(client, maintainer, "orders.csv", GOOD, mapping="secret.yaml")
    assert answer.status_code == 400


def test_upload_of_megabytes_is_read(client: TestClient, maintainer: dict[str, str]) -> None:
    rows = "".join(f"WO-{n},2026-02-01,P-1,{'leaks ' * 400}\n" for n in range(1_000))
    answer = _send(client, maintainer, "orders.csv", GOOD + rows, dry_run="true")
    assert answer.status_code == 200
    assert answer.json()["files"][0]["rows"] == 1_002


def test_upload_that_would_take_much_away_is_a_conflict(
    client: TestClient, maintainer: dict[str, str]
) -> None:
    rows = "".join(f"WO-{n},2026-02-01,P-{n},leak\n" for n in range(100, 120))
    _send(client, maintainer, "orders.csv", GOOD + rows)
    refused = _send(client, maintainer, "orders.csv", GOOD)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith(":mass-removal")
    assert _send(client, maintainer, "orders.csv", GOOD, replace="true").status_code == 200


def test_rejected_rows_are_listed_and_replayed(
    client: TestClient, maintainer: dict[str, str], own_mapping: Path
) -> None:
    bad = WITH_BAD_ROW + "WO-10,32.02.2026,P-3,seal worn\n"
    _send(client, maintainer, "orders.csv", bad)
    first = client.get("/api/v1/rejected?limit=1", headers=maintainer).json()
    cursor = first["next_cursor"]
    second = client.get(f"/api/v1/rejected?limit=1&cursor={cursor}", headers=maintainer).json()
    rows = first["items"] + second["items"]
    assert {r["place"] for r in rows} == {"row:4", "row:5"}
    assert {r["mapping"] for r in rows} == {"own-orders"}
    assert second["next_cursor"] is None

    write_mapping(own_mapping, LENIENT)
    body = {"document": "orders.csv"}
    replayed = client.post("/api/v1/rejected/replay", headers=maintainer, json=body)
    assert replayed.status_code == 200
    assert replayed.json()["files"][0]["outcome"] == "loaded"
    assert client.get("/api/v1/rejected", headers=maintainer).json()["items"] == []
    assert client.get("/api/v1/nodes/WO-9", headers=maintainer).status_code == 200
