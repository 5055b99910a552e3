"""Common causes, explanations, control charts and 8D reports over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.http import create_app
from api.settings import Settings
from api.wiring import open_plant
from tests.api.http.press_shop import measured_press_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    path: Path = tmp_path_factory.mktemp("shop") / "plant.db"
    settings = Settings(store=str(path), auth=False)
    with open_plant(settings) as plant:
        measured_press_shop().load(plant.store)
        yield TestClient(create_app(plant), base_url="http://localhost")


def test_causes(shop: TestClient) -> None:
    answer = shop.get("/api/v1/causes", params={"what": "defecttype:crack", "shuffles": 99})
    assert answer.status_code == 200, answer.text
    units = [f"U{i}" for i in range(11, 40, 2)]  # codes will do; an order of the same code is none
    by_code = shop.get("/api/v1/causes", params={"what": units, "shuffles": 99})
    assert by_code.json()["causes"] == answer.json()["causes"]
    found = answer.json()
    assert found["causes"][0]["factor"]["value"] == "asset:P2"
    assert found["inspection"][0]["factor"]["value"] == "person:Zhao"
    assert found["minimum"]["sentence"]["zh"]


def test_explanation_and_report(shop: TestClient) -> None:
    found = shop.get("/api/v1/explain", params={"what": "defecttype:crack"}).json()
    assert found["explanations"][0]["named"]["key"] == "asset:P2"
    report = shop.get("/api/v1/reports/8d", params={"what": "defecttype:crack"}).json()
    assert [d["id"] for d in report["disciplines"]] == [f"D{i}" for i in range(1, 9)]


def test_control_chart(shop: TestClient) -> None:
    found = shop.get("/api/v1/spc", params={"characteristic": "characteristic:CH1"}).json()
    assert found["chart"]["kind"] == "i-mr"
    assert found["capability"]["lower"] == 1.0
    assert len(found["chart"]["panels"][0]["points"]) == 40


def test_what_cannot_be_asked(shop: TestClient) -> None:
    for address, params, status in (
        ("causes", {"what": "asset:P1"}, 400),
        ("causes", {"what": "unit:NONE"}, 404),
        ("spc", {"characteristic": "asset:P1"}, 400),
        ("causes", {"waht": "x"}, 422),
        ("causes", {"alpha": 3}, 422),
    ):
        answer = shop.get(f"/api/v1/{address}", params=params)
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
