"""An open plant, and the service on it, for the tests of the command line and the service."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.audit import Actor
from api.http import create_app
from api.settings import Settings
from api.tokens import create_token
from api.wiring import Plant, load_plant
from tests.api.small_plant import load_small_plant

TESTER = Actor("tester", "service")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for field in dataclasses.fields(Settings):
        monkeypatch.delenv(field.metadata["variable"], raising=False)
    monkeypatch.setenv("GEMBA_USER", "tester")


@pytest.fixture
def without_concepts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first load brings in the ontology's concepts; tests of other things need not wait."""
    monkeypatch.setattr(Plant, "load_concepts", lambda _plant, _by: None)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "plant.db"


@pytest.fixture
def plant(store_path: Path) -> Iterator[Plant]:
    """The small plant, open."""
    opened = load_plant(Settings(store=str(store_path), user="tester", auth_failures=3))
    load_small_plant(opened.store)
    yield opened
    opened.close()


@pytest.fixture
def client(plant: Plant) -> Iterator[TestClient]:
    """The service on the small plant, without a token."""
    app = create_app(plant)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as opened:
        yield opened


Sign = Callable[[str], dict[str, str]]


@pytest.fixture
def sign(plant: Plant) -> Sign:
    """Headers with a new token of a role."""

    def headers(role: str) -> dict[str, str]:
        _, text = create_token(plant.store, TESTER, f"a {role}", role)
        return {"Authorization": f"Bearer {text}"}

    return headers


@pytest.fixture
def admin(sign: Sign) -> dict[str, str]:
    return sign("admin")
