"""What surrounds every answer: ids, headers, sizes, compression, figures, the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.wiring import Plant
from tests.api.conftest import Sign


def test_envelope_gives_every_request_an_id(client: TestClient) -> None:
    first = client.get("/health").headers["x-request-id"]
    second = client.get("/health").headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}", first)
    assert first != second


def test_envelope_keeps_a_good_id_and_drops_a_bad_one(client: TestClient) -> None:
    kept = client.get("/health", headers={"X-Request-ID": "trace-7.b"})
    assert kept.headers["x-request-id"] == "trace-7.b"
    for bad in ("a b", "x" * 65, 'a"b', ""):
        given = client.get("/health", headers={"X-Request-ID": bad})
        assert given.headers["x-request-id"] != bad


@pytest.mark.parametrize("address", ["/health", "/docs", "/nope", "/api/v1/nodes", "/openapi.json"])
def test_envelope_sets_safe_headers_everywhere(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers


@pytest.mark.parametrize("address", ["/health", "/docs", "/openapi.json", "/nope", "/api/v1/nodes"])
def test_envelope_answers_head_as_get_without_a_body(client: TestClient, address: str) -> None:
    got, head = client.get(address), client.head(address)
    assert head.status_code == got.status_code
    assert got.content
    assert head.content == b""
    for name in ("content-type", "content-length", "content-security-policy"):
        assert head.headers.get(name) == got.headers.get(name)


def test_envelope_refuses_head_where_nothing_can_be_read(client: TestClient) -> None:
    assert client.head("/api/v1/rejected/replay").status_code == 405


def test_envelope_counts_head_as_head(client: TestClient, sign: Sign) -> None:
    client.head("/health")
    figures = client.get("/metrics", headers=sign("admin")).text
    assert re.search(r'method="HEAD",route="/health",status="200"', figures)


def test_envelope_compresses_long_answers(client: TestClient) -> None:
    long = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert long.headers["content-encoding"] == "gzip"
    short = client.get("/health", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in short.headers


@pytest.fixture
def small_limit(plant: Plant, client: TestClient) -> int:
    """A limit that a test can pass: the smallest one there is."""
    from api.http import envelope

    middleware = client.app.middleware_stack  # type: ignore[attr-defined]
    while not isinstance(middleware, envelope.Envelope):
        middleware = middleware.app
    middleware._max_body_bytes = 2_000
    return 2_000


def test_envelope_refuses_a_declared_large_body(
    client: TestClient, admin: dict[str, str], small_limit: int
) -> None:
    headers = {**admin, "content-type": "application/json"}
    response = client.post("/api/v1/tokens", headers=headers, content=b" " * (small_limit + 1))
    assert response.status_code == 413
    assert response.json()["type"] == "urn:gemba:problem:too-large"


def test_envelope_refuses_an_undeclared_large_body(
    client: TestClient, admin: dict[str, str], small_limit: int
) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * 1_000

    headers = {**admin, "content-type": "application/json"}
    response = client.post("/api/v1/tokens", headers=headers, content=parts())
    assert response.status_code == 413
    assert response.json()["status"] == 413


def test_envelope_counts_requests_by_route_not_by_id(client: TestClient, sign: Sign) -> None:
    headers = sign("reader")
    for code in ("EX-12", "EX-13", "EX-14"):
        client.get(f"/api/v1/nodes/{code}", headers=headers)
    client.get("/some/other/address")
    client.request("BREW", "/health")
    text = client.get("/metrics", headers=headers).text
    assert (
        'gemba_http_requests_total{method="GET",route="/api/v1/nodes/{key:path}",status="200"} 1.0'
        in text
    )
    assert 'route="/api/v1/nodes/{key:path}",status="404"} 2.0' in text
    assert 'route="unmatched",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "EX-1" not in text
    assert "/some/other" not in text
    assert "gemba_http_requests_in_progress 1.0" in text


def test_envelope_logs_who_asked_but_not_what(
    client: TestClient, sign: Sign, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gemba.http")
    headers = sign("reader")
    response = client.get("/api/v1/search", params={"q": "private words"}, headers=headers)
    (line,) = [r.getMessage() for r in caplog.records if r.name == "gemba.http"]
    assert "GET /api/v1/search 200" in line
    assert "a reader" in line
    assert response.headers["x-request-id"] in line
    assert "private" not in line
    assert headers["Authorization"][20:] not in line


def test_envelope_log_stays_on_one_line(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gemba.http")
    client.get("/nope%0A2026-01-01 INFO forged")
    (line,) = [r.getMessage() for r in caplog.records if r.name == "gemba.http"]
    assert "\n" not in line


def test_health_says_little_to_strangers(client: TestClient, plant: Plant) -> None:
    said = client.get("/health").json()
    assert said == {"status": "ok", "version": said["version"], "store": "ok"}
    assert plant.settings.store not in client.get("/health").text


def test_docs_page_needs_no_other_machine(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 4
    for link in links:
        if link == "data:,":
            continue
        assert "//" not in link
        part = client.get(f"/{link}")
        assert part.status_code == 200
        assert len(part.content) > 100
    assert "http" not in re.sub(r"<!.*?>", "", page.text)
    assert client.get("/docs/other.js").status_code == 404


def test_docs_page_runs_no_inline_script(client: TestClient) -> None:
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page.text) == ["", ""]
