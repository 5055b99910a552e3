"""Who is let in: every route against every role, tokens, failed sign-ins, no tokens at all."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.http import create_app
from api.http.access import Anyone, FailureLimit, Needs, access_of, refuse_undeclared
from api.http.application import ROUTERS
from api.roles import ROLES, Permission
from api.wiring import Plant
from tests.api.conftest import Sign

ROUTES = [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
OPEN = {"/health", "/health/live", "/docs", "/docs/{name}", "/openapi.json"}


def _address(route: APIRoute) -> str:
    return re.sub(r"\{[^}]*\}", "nothing", route.path)


def _name(value: object) -> str:
    return value.name if isinstance(value, APIRoute) else str(value)


@pytest.mark.parametrize(("method", "route"), ROUTES, ids=_name)
def test_access_is_declared_by_every_route(method: str, route: APIRoute) -> None:
    access = access_of(route)
    assert isinstance(access, Needs | Anyone)
    assert isinstance(access, Anyone) == (route.path in OPEN)
    if method != "GET":
        assert isinstance(access, Needs)
        assert access.permission not in {Permission.READ, Permission.WATCH}


@pytest.mark.parametrize(("method", "route"), ROUTES, ids=_name)
def test_access_without_token_is_refused(client: TestClient, method: str, route: APIRoute) -> None:
    response = client.request(method, _address(route))
    if route.path in OPEN:
        assert response.status_code in {200, 404}
        return
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["type"] == "urn:gemba:problem:unauthenticated"


@pytest.mark.parametrize("role", ROLES)
def test_access_follows_the_role(client: TestClient, sign: Sign, role: str) -> None:
    """403 exactly where the role lacks the permission; else the route itself answers."""
    headers = sign(role)
    for method, route in ROUTES:
        access = access_of(route)
        if not isinstance(access, Needs):
            continue
        response = client.request(method, _address(route), headers=headers)
        is_refused = response.status_code == 403
        assert is_refused == (access.permission not in ROLES[role]), (method, route.path)
        assert response.status_code != 401
        if is_refused:
            assert str(access.permission) in response.json()["detail"]


def test_access_undeclared_route_stops_the_service() -> None:
    router = APIRouter()

    @router.get("/new")
    def new() -> None: ...

    with pytest.raises(RuntimeError, match="declares no permission"):
        refuse_undeclared(router)


def test_access_revoked_token_is_refused_at_once(
    client: TestClient, sign: Sign, admin: dict[str, str]
) -> None:
    reader = sign("reader")
    assert client.get("/api/v1/me", headers=reader).json()["role"] == "reader"
    tokens = client.get("/api/v1/tokens", headers=admin).json()
    token_id = next(t["id"] for t in tokens if t["role"] == "reader")
    assert client.delete(f"/api/v1/tokens/{token_id}", headers=admin).status_code == 200
    assert client.get("/api/v1/me", headers=reader).status_code == 401


def test_access_new_token_works_and_is_shown_once(
    client: TestClient, admin: dict[str, str]
) -> None:
    made = client.post(
        "/api/v1/tokens", headers=admin, json={"name": "dashboard", "role": "monitor"}
    )
    assert made.status_code == 201
    text = made.json()["text"]
    signed = {"Authorization": f"Bearer {text}"}
    assert client.get("/metrics", headers=signed).status_code == 200
    assert client.get("/api/v1/nodes", headers=signed).status_code == 403
    assert text.split("_", 2)[2] not in client.get("/api/v1/tokens", headers=admin).text


def test_access_failed_sign_ins_are_limited(client: TestClient, sign: Sign) -> None:
    wrong = {"Authorization": "Bearer gemba_000000000000_wrong"}
    seen = [client.get("/api/v1/me", headers=wrong).status_code for _ in range(5)]
    assert seen == [401, 401, 401, 429, 429]
    refused = client.get("/api/v1/me", headers=wrong)
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["content-type"] == "application/problem+json"
    # A token of 256 random bits cannot be guessed, so a good one need not wait.
    assert client.get("/api/v1/me", headers=sign("reader")).status_code == 200


def test_failure_limit_forgets_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("api.http.access.time.monotonic", lambda: clock[0])
    limit = FailureLimit(2)
    limit.note("a")
    limit.note("a")
    assert limit.seconds_to_wait("a") == 61
    assert limit.seconds_to_wait("b") == 0
    clock[0] += 60.5
    assert limit.seconds_to_wait("a") == 0


def test_failure_limit_remembers_few_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.access._ADDRESSES", 3)
    limit = FailureLimit(1)
    for number in range(10):
        limit.note(f"10.0.0.{number}")
    assert len(limit._failures) == 3
    assert limit.seconds_to_wait("10.0.0.9") > 0


@pytest.fixture
def open_client(plant: Plant) -> Iterator[TestClient]:
    """The service with tokens switched off."""
    plant.settings = dataclasses.replace(plant.settings, auth=False)
    app = create_app(plant)
    with TestClient(app, base_url="http://127.0.0.1:8000") as opened:
        yield opened


def test_access_without_tokens_answers_this_machine(open_client: TestClient) -> None:
    assert open_client.get("/api/v1/me").json()["name"] == "anonymous"
    same = {"Origin": "http://127.0.0.1:8000"}
    assert open_client.get("/api/v1/me", headers=same).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_access_without_tokens_refuses_other_sites(
    open_client: TestClient, headers: dict[str, str]
) -> None:
    assert open_client.get("/api/v1/me", headers=headers).status_code == 403
