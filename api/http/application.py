"""The service as one application: the table of routers, and what surrounds them."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware

from api.background import Jobs
from api.http import (
    answers,
    audit,
    completion,
    containment,
    diagnosis,
    documents,
    events,
    exchange,
    graph,
    identity,
    loading,
    ontology,
    quality,
    rejected,
    review,
    service,
    tokens,
)
from api.http.access import FailureLimit, refuse_undeclared
from api.http.description import describe
from api.http.envelope import Envelope
from api.http.metrics import Metrics
from api.http.parameters import refuse_unknown_parameters
from api.http.problems import add_problem_handlers
from api.wiring import Plant

ROUTERS: tuple[APIRouter, ...] = (
    service.router,
    answers.router,
    quality.router,
    containment.router,
    diagnosis.router,
    events.router,
    graph.router,
    loading.router,
    documents.router,
    rejected.router,
    review.router,
    completion.router,
    identity.router,
    ontology.router,
    exchange.router,
    tokens.router,
    audit.router,
)

_DESCRIPTION = """One graph of a plant's maintenance and production, with the evidence behind every
answer. Send a token: `Authorization: Bearer gemba_…`.

Every read takes `as_of`, so it can be asked what was known at a date. Lists come in pages: give
`next_cursor` as `cursor` to get the next one. Every error is a problem detail (RFC 9457).
Texts for people come in English and Chinese."""


def create_app(plant: Plant) -> FastAPI:
    """The service on an open plant. It does not close it."""
    gemba = version("gembagraph")
    metrics = Metrics(gemba)
    app = FastAPI(
        title="Gemba",
        version=gemba,
        summary="Why does this asset fail, and what does this defect touch?",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(refuse_unknown_parameters)],
        generate_unique_id_function=_operation_id,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.plant = plant
    app.state.metrics = metrics
    app.state.jobs = Jobs()
    app.state.failures = FailureLimit(plant.settings.auth_failures)
    for router in ROUTERS:
        refuse_undeclared(router)
        app.include_router(router)
    app.openapi = partial(_described, app)  # type: ignore[method-assign]
    add_problem_handlers(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(
        Envelope,
        metrics=metrics,
        max_body_bytes=plant.settings.upload_megabytes * 1_000_000,
        only_loopback=not plant.settings.auth,
    )
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = describe(app, ROUTERS)
    return app.openapi_schema


def _operation_id(route: APIRoute) -> str:
    return route.name
