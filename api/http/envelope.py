"""What surrounds every request: its id, limits on its size and origin, headers, figures, a log."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import Metrics
from api.http.problems import problem_response, surprise_response

log = logging.getLogger("gemba.http")
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Content-Security-Policy": API_POLICY,
}


class Envelope:
    """ASGI middleware around the whole service."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, max_body_bytes: int, only_loopback: bool
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._max_body_bytes = max_body_bytes
        self._only_loopback = only_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given_id = headers.get("x-request-id", "")
        request_id = given_id if _GOOD_ID.match(given_id) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        method = scope["method"]
        is_head = method == "HEAD"
        if is_head:
            scope["method"] = "GET"  # whatever can be read can be asked about: the same, no body
        status = 500
        is_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, is_started
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            if message["type"] == "http.response.start":
                is_started = True
                status = message["status"]
                outgoing = MutableHeaders(scope=message)
                outgoing["X-Request-ID"] = request_id
                for name, value in _HEADERS.items():
                    outgoing.setdefault(name, value)
            await send(message)

        started = time.perf_counter()
        self._metrics.in_progress.inc()
        request = Request(scope)
        try:
            refusal = self._refusal(request, headers)
            if refusal is not None:
                await refusal(scope, receive, send_with_headers)
            else:
                await self._app(scope, self._limited(receive), send_with_headers)
        except Exception:
            log.exception("%s %s failed [%s]", request.method, request.url.path, request_id)
            if is_started:
                raise
            await surprise_response(request)(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.in_progress.dec()
            self._note(scope, method, status, seconds, request_id)

    def _refusal(self, request: Request, headers: Headers) -> ASGIApp | None:
        if self._only_loopback and not _is_from_here(headers):
            return problem_response(
                request,
                403,
                "Without tokens the service answers only programs and pages of this machine.",
            )
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_body_bytes:
            return problem_response(request, 413, self._too_large)
        return None

    @property
    def _too_large(self) -> str:
        return (
            f"The request has more than {self._max_body_bytes // 1_000_000} MB; raise "
            "GEMBA_UPLOAD_MEGABYTES, send parts, or load the file with `gemba load`."
        )

    def _limited(self, receive: Receive) -> Receive:
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > self._max_body_bytes:
                    raise HTTPException(413, self._too_large)
            return message

        return receive_counted

    def _note(self, scope: Scope, asked: str, status: int, seconds: float, request_id: str) -> None:
        method = asked if asked in _METHODS else "other"
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        actor = scope.get("state", {}).get("actor")
        log.info(
            "%s %s %d %.0f ms by %s [%s]",
            method,
            _one_line(scope["path"]),
            status,
            seconds * 1000,
            actor.name if actor is not None else "-",
            request_id,
        )


def _one_line(path: str) -> str:
    return path if path.isprintable() else path.encode("unicode_escape").decode("ascii")


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine's own name or address."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_from_here(headers: Headers) -> bool:
    """Whether neither Host nor Origin names another site (DNS rebinding, forms on other pages)."""
    host = urlsplit(f"//{headers.get('host', '')}")
    if not is_loopback(host.hostname or ""):
        return False
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == host.netloc
    return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
