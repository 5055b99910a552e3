"""Errors over HTTP: problem details for every one, with what helps to put it right."""

from __future__ import annotations

import logging

import pytest
from fastapi.testclient import TestClient

from api.http.problems import MEDIA_TYPE, Problem, status_of
from api.wiring import Plant
from kg.model import errors
from tests.api.conftest import Sign


def _problem(response) -> Problem:  # type: ignore[no-untyped-def]
    assert response.headers["content-type"] == MEDIA_TYPE
    problem = Problem.model_validate(response.json())
    assert problem.status == response.status_code
    assert problem.request_id == response.headers["x-request-id"]
    assert problem.type.startswith("urn:gemba:problem:")
    return problem


def test_problem_of_an_unknown_address(client: TestClient) -> None:
    problem = _problem(client.get("/nope"))
    assert problem.status == 404
    assert problem.instance == "/nope"
    assert "/docs" in problem.detail


def test_problem_of_a_wrong_method(client: TestClient) -> None:
    problem = _problem(client.put("/health"))
    assert problem.status == 405


def test_problem_of_an_unknown_node_names_the_nearest(client: TestClient, sign: Sign) -> None:
    problem = _problem(client.get("/api/v1/nodes/asset:EX-21", headers=sign("reader")))
    assert problem.status == 404
    assert "asset:EX-12" in problem.nearest
    assert problem.ids == ("asset:EX-21",)


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("/api/v1/nodes?limit=0", "query.limit"),
        ("/api/v1/nodes?limit=x", "query.limit"),
        ("/api/v1/search", "query.q"),
        ("/api/v1/nodes?min_confidence=2", "query.min_confidence"),
    ],
)
def test_problem_of_an_invalid_request_names_the_part(
    client: TestClient, sign: Sign, address: str, where: str
) -> None:
    problem = _problem(client.get(address, headers=sign("reader")))
    assert problem.status == 422
    assert [part.where for part in problem.errors] == [where]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/api/v1/nodes?limit=1e3", "query.limit: this must be a whole number."),
        ("/api/v1/nodes?limit=0", "query.limit: this must be 1 or more."),
        ("/api/v1/nodes?min_confidence=nan", "query.min_confidence: this must be 1 or less."),
        ("/api/v1/search", "query.q: this is missing."),
        ("/api/v1/search?q=", "query.q: this must have 1 or more characters."),
        ("/api/v1/rdf?format=xml", "query.format: this must be 'turtle' or 'json-ld'."),
    ],
)
def test_problem_of_an_invalid_request_is_said_in_our_words(
    client: TestClient, admin: dict[str, str], address: str, message: str
) -> None:
    assert _problem(client.get(address, headers=admin)).detail == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "body: this is not JSON"),
        (b"[]", "body: this must be a JSON object"),
        (b"[" * 100_000, "The body cannot be read; send JSON"),
        (b'{"status": "maybe"}', "body.status: this must be 'confirmed' or 'rejected'."),
    ],
)
def test_problem_of_a_wrong_body_is_said_in_our_words(
    client: TestClient, admin: dict[str, str], content: bytes, message: str
) -> None:
    headers = {**admin, "content-type": "application/json"}
    response = client.post(
        "/api/v1/statements/a~exhibits~b/decisions", headers=headers, content=content
    )
    assert _problem(response).detail.startswith(message)


@pytest.mark.parametrize(
    ("address", "name", "nearest"),
    [
        ("/api/v1/nodes?min_confidnce=0.9", "min_confidnce", "min_confidence"),
        ("/api/v1/search?q=leak&clas=Asset", "clas", "class"),
        ("/api/v1/nodes/EX-12/statements?asof=2026-03-01", "asof", "as_of"),
    ],
)
def test_problem_of_an_unknown_parameter_names_the_nearest(
    client: TestClient, sign: Sign, address: str, name: str, nearest: str
) -> None:
    problem = _problem(client.get(address, headers=sign("reader")))
    assert problem.status == 422
    assert problem.ids == (name,)
    assert problem.nearest[0] == nearest
    assert nearest in problem.detail


def test_problem_repeats_no_endless_text(client: TestClient, sign: Sign) -> None:
    problem = _problem(client.get("/api/v1/nodes/" + "a" * 5_000, headers=sign("reader")))
    assert problem.status == 404
    assert len(problem.detail) < 500


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/nodes?as_of=yesterday",
        "/api/v1/nodes?cursor=%21%21",
        "/api/v1/nodes?cursor=bm9wZQ",
        "/api/v1/audit?cursor=WyJ4Il0",
        "/api/v1/nodes?where=status",
        "/api/v1/nodes?where=rpn%3Dmany",
        "/api/v1/statements/nothing",
        "/api/v1/nodes/EX-12/statements?valid_from=2026-03-02&valid_to=2026-03-01",
        "/api/v1/nodes/EX-12/statements?valid_at=2026-03-02&valid_to=2026-04-01",
    ],
)
def test_problem_of_unusable_input(client: TestClient, sign: Sign, address: str) -> None:
    problem = _problem(client.get(address, headers=sign("admin")))
    assert problem.status == 400
    assert problem.detail.endswith(".")


@pytest.mark.parametrize(
    ("address", "nearest"),
    [
        ("/api/v1/nodes?class=Aset", "Asset"),
        ("/api/v1/nodes/EX-12/statements?relation=exhibit", "exhibits"),
        ("/api/v1/nodes?where=manufactrer%3DX", "manufacturer"),
        ("/api/v1/documents/workorder.csv", "workorders.csv"),
        (
            "/api/v1/statements/asset:EX-12~exhibits~mode:Wear",
            "asset:EX-12~exhibits~mode:Leakage",
        ),
    ],
)
def test_problem_of_unknown_terms_and_ids_names_the_nearest(
    client: TestClient, sign: Sign, address: str, nearest: str
) -> None:
    problem = _problem(client.get(address, headers=sign("reader")))
    assert problem.status == 404
    assert nearest in problem.nearest


def test_problem_of_a_broken_body(client: TestClient, admin: dict[str, str]) -> None:
    headers = {**admin, "content-type": "application/json"}
    problem = _problem(client.post("/api/v1/tokens", headers=headers, content=b"{"))
    assert problem.status == 422
    surplus = {"name": "x", "role": "reader", "is_admin": True}
    problem = _problem(client.post("/api/v1/tokens", headers=admin, json=surplus))
    assert "body.is_admin" in [part.where for part in problem.errors]


def test_problem_of_our_own_fault_says_nothing_inner(
    client: TestClient, sign: Sign, plant: Plant, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    headers = sign("reader")
    caplog.set_level(logging.ERROR)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(plant.store, "find_nodes", broken)
    response = client.get("/api/v1/nodes", headers=headers)
    problem = _problem(response)
    assert problem.status == 500
    assert "secret detail" not in response.text
    assert "nosniff" in response.headers["x-content-type-options"]
    assert problem.request_id in caplog.text
    assert "secret detail" in caplog.text


def test_problem_of_a_store_that_is_down(
    client: TestClient, sign: Sign, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = sign("reader")

    def down(*_: object, **__: object) -> None:
        raise errors.StoreUnavailable("The database is locked.")

    monkeypatch.setattr(plant.store, "find_nodes", down)
    monkeypatch.setattr(plant.store, "read_log", down)
    response = client.get("/api/v1/nodes", headers=headers)
    assert _problem(response).status == 503
    assert response.headers["retry-after"] == "5"
    assert client.get("/health").status_code == 503
    assert client.get("/health").json()["store"] == "unavailable"
    assert client.get("/health/live").status_code == 200


def _every_error(cls: type[errors.GembaError]) -> list[type[errors.GembaError]]:
    return [cls, *(below for child in cls.__subclasses__() for below in _every_error(child))]


@pytest.mark.parametrize("cls", _every_error(errors.GembaError), ids=lambda cls: cls.__name__)
def test_problem_status_is_known_for_every_error(cls: type[errors.GembaError]) -> None:
    status, kind = status_of(cls("no."))
    assert 400 <= status <= 503
    assert status != 500
    assert kind.replace("-", "").isalpha()
