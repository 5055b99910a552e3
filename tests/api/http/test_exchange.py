"""The whole graph as a file over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.settings import Settings
from api.wiring import Plant, open_plant
from kg.model.instants import to_text
from tests.api.conftest import Sign
from tests.api.small_plant import LOADED


@pytest.fixture
def quality(sign: Sign) -> dict[str, str]:
    return sign("quality")


def _everything(plant: Plant) -> dict[str, Any]:
    nodes = plant.store.find_nodes(limit=1_000).nodes
    statements = plant.store.expand([node.key for node in nodes], direction="out")
    return {
        "nodes": nodes,
        "statements": statements,
        "evidence": plant.store.evidence_of([s.key for s in statements]),
        "versions": plant.store.versions(),
    }


def test_export_is_read_into_another_store(
    client: TestClient, quality: dict[str, str], plant: Plant, tmp_path: Path
) -> None:
    from kg.store.exchange import import_store

    answer = client.get("/api/v1/export", headers=quality)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/gzip"
    assert "attachment" in answer.headers["content-disposition"]
    file = tmp_path / "plant.gemba.gz"
    file.write_bytes(answer.content)
    with open_plant(Settings(store=str(tmp_path / "other.db"))) as other:
        import_store(other.store, file)
        assert _everything(other) == _everything(plant)
        assert other.store.get_records("token") == {}
    entry = plant.store.read_log("audit")[-1].payload
    assert (entry["action"], entry["outcome"]) == ("store.export", "done")


@pytest.mark.parametrize(
    ("form", "media_type", "rdflib_format"),
    [("turtle", "text/turtle", "turtle"), ("json-ld", "application/ld+json", "json-ld")],
)
def test_rdf_is_read_by_others(
    client: TestClient, quality: dict[str, str], *, form: str, media_type: str, rdflib_format: str
) -> None:
    from rdflib import Graph

    answer = client.get("/api/v1/rdf", params={"format": form}, headers=quality)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(media_type)
    graph = Graph().parse(data=answer.content, format=rdflib_format)
    assert len(graph) > 50
    assert "Excavator 12" in {str(value) for value in graph.objects()}


def test_rdf_as_of_an_earlier_date_holds_nothing(
    client: TestClient, quality: dict[str, str]
) -> None:
    params = {"as_of": to_text(LOADED - 1)}
    answer = client.get("/api/v1/rdf", params=params, headers=quality)
    assert answer.status_code == 200
    assert "Excavator 12" not in answer.text


def test_export_leaves_no_file_behind(
    client: TestClient, quality: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert client.get("/api/v1/export", headers=quality).status_code == 200
    assert list((tmp_path / "temporary").iterdir()) == []


def test_export_is_not_for_readers(client: TestClient, sign: Sign) -> None:
    for address in ("export", "rdf"):
        assert client.get(f"/api/v1/{address}", headers=sign("reader")).status_code == 403


_FMEA = (
    "Equipment class,Component,Failure mode,Failure effect,Severity (S) of FE,Failure cause,"
    "Occurrence (O) of FC,Current detection control (DC) of FC or FM,Detection (D) of FC/FM\n"
    "Hydraulic press,Seal,Leakage,oil on the floor,7,seal wear,6,look for the leak point,5\n"
)


def test_an_fmea_goes_in_and_comes_out_as_a_workbook(
    client: TestClient, sign: Sign, tmp_path: Path
) -> None:
    loaded = client.post(
        "/api/v1/documents",
        files={"file": ("fmea.csv", _FMEA.encode(), "text/csv")},
        headers=sign("maintainer"),
    )
    assert loaded.status_code == 200, loaded.text
    asked = {"class": "Hydraulic press"}
    assert client.get("/api/v1/fmea", params=asked).status_code == 401
    answer = client.get("/api/v1/fmea", params=asked, headers=sign("reader"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    file = tmp_path / "out.xlsx"
    file.write_bytes(answer.content)
    header, *rows = load_workbook(file).worksheets[0].iter_rows(values_only=True)
    told = [dict(zip(header, row, strict=True)) for row in rows]
    row = next(r for r in told if "seal" in str(r["Failure cause"]))
    assert (row["Severity (S) of FE"], row["Occurrence (O) of FC"]) == (7, 6)
    assert row["FMEA AP"] in ("H", "M", "L")


@pytest.mark.parametrize(
    ("params", "status"), [({"class": "no such class"}, 404), ({"class": "x", "scale": 1}, 422)]
)
def test_an_fmea_that_cannot_be_given_is_a_problem(
    client: TestClient, sign: Sign, params: dict[str, Any], status: int
) -> None:
    answer = client.get("/api/v1/fmea", params=params, headers=sign("reader"))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
