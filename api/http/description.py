"""The API's description (OpenAPI), with the permission of each route and problem details."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.http.access import Needs, access_of
from api.http.problems import MEDIA_TYPE

TAGS = (
    {"name": "answers", "description": "Questions to the graph."},
    {"name": "graph", "description": "Things and statements, evidence and decisions."},
    {"name": "documents", "description": "What was read, reading more, taking it out again."},
    {"name": "ontology", "description": "The words that the graph is made of."},
    {"name": "access", "description": "Tokens."},
    {"name": "audit", "description": "Who wrote what."},
    {"name": "service", "description": "The service itself."},
)


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The OpenAPI document of `app`, which consists of `routers`."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        license_info=app.license_info,
        tags=list(TAGS),
        routes=app.routes,
    )
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                _add_access(document, route)
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                _as_problem(response)
    return document


def _add_access(document: dict[str, Any], route: APIRoute) -> None:
    access = access_of(route)
    for method in route.methods or ():
        operation = document["paths"][route.path_format][method.lower()]
        said = operation.get("description", "")
        if isinstance(access, Needs):
            operation["x-permission"] = str(access.permission)
            said += f"\n\nNeeds the permission `{access.permission}`."
        else:
            said += "\n\nAnswers without a token."
        operation["description"] = said.strip()


def _as_problem(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    ref = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if ref.endswith("/Problem"):
        content[MEDIA_TYPE] = content.pop("application/json")
