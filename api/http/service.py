"""The service itself: is it well, its figures, its description."""

from __future__ import annotations

import mimetypes
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from api.http.access import Anyone, Needs
from api.http.metrics import Metrics
from api.http.problems import problem_responses
from api.payloads.shape import Payload, example
from api.roles import Permission
from api.wiring import Plant
from kg.model.errors import GembaError

router = APIRouter(tags=["service"])
_OPEN = [Depends(Anyone())]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gemba API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
"""
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
_ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js")


class Health(Payload):
    """Whether the service can answer."""

    model_config = example(status="ok", version="0.1.0", store="ok")

    status: Literal["ok", "unavailable"]
    version: str
    store: Annotated[
        Literal["ok", "unavailable", "not asked"], Field(description="Whether the store answers.")
    ]


@router.get("/health/live", dependencies=_OPEN)
def is_alive(request: Request) -> Health:
    """Say that the process answers, without asking the store."""
    return Health(status="ok", version=request.app.version, store="not asked")


@router.get(
    "/health",
    dependencies=_OPEN,
    responses={503: {"model": Health, "description": "The store does not answer."}},
    response_model=Health,
)
def is_ready(request: Request) -> Any:
    """Say whether the service can answer questions: the store is asked."""
    plant: Plant = request.app.state.plant
    metrics: Metrics = request.app.state.metrics
    try:
        plant.store.read_log("audit", limit=1)
    except GembaError:
        metrics.store_up.set(0)
        bad = Health(status="unavailable", version=request.app.version, store="unavailable")
        return JSONResponse(bad.model_dump(), status_code=503)
    metrics.store_up.set(1)
    return Health(status="ok", version=request.app.version, store="ok")


@router.get(
    "/metrics",
    dependencies=[Depends(Needs(Permission.WATCH))],
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **problem_responses(401, 403),
    },
)
def show_metrics(request: Request) -> Response:
    """Give the service's own figures in the text format of Prometheus."""
    metrics: Metrics = request.app.state.metrics
    return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/openapi.json", dependencies=_OPEN, include_in_schema=False)
def describe_api(request: Request) -> JSONResponse:
    """Give the description of the API."""
    return JSONResponse(request.app.openapi())


@router.get("/docs", dependencies=_OPEN, include_in_schema=False)
def show_docs() -> Response:
    """Show the API's page; nothing on it comes from another machine."""
    return Response(
        _PAGE,
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _PAGE_POLICY},
    )


@router.get("/docs/{name}", dependencies=_OPEN, include_in_schema=False)
def get_docs_part(name: Annotated[str, Path()]) -> Response:
    """Give a part of the API's page."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript; charset=utf-8")
    if name not in _ASSETS:
        raise HTTPException(404)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(
        _asset(name),
        media_type=f"{media_type}; charset=utf-8",
        headers={"Cache-Control": "public, max-age=86400"},
    )


@cache
def _asset(name: str) -> bytes:
    return files("fastapi_offline").joinpath("static", name).read_bytes()
