"""The API's description (OpenAPI), with the permission of each route and problem details."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.http.access import Needs, access_of
from api.http.problems import MEDIA_TYPE

TAGS = (
    {"name": "answers", "description": "Questions to the graph."},
    {"name": "quality", "description": "Common causes, control charts, 8D reports."},
    {"name": "diagnosis", "description": "Sessions, the next check, and what repairs teach."},
    {"name": "graph", "description": "Things and statements, evidence and decisions."},
    {"name": "containment", "description": "Suspect sets, holds and releases, mock recalls."},
    {"name": "epcis", "description": "EPCIS 2.0 events in the standard's own form."},
    {"name": "documents", "description": "What was read, reading more, taking it out again."},
    {"name": "review", "description": "What waits for a person's decision."},
    {"name": "completion", "description": "Links that are probably missing, as suggestions."},
    {"name": "identity", "description": "Which names mean the same thing."},
    {"name": "ontology", "description": "The words that the graph is made of."},
    {"name": "exchange", "description": "The whole graph as a file."},
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
            example = answer_examples().get(operation["operationId"])
            if example is not None:
                operation["responses"]["200"]["content"]["application/json"]["example"] = example
            for response in operation["responses"].values():
                _as_problem(response)
    return document


@cache
def answer_examples() -> dict[str, Any]:
    """Answers of the service on a small plant, by the operation's id."""
    text = files("api.http").joinpath("examples.json").read_text(encoding="utf-8")
    examples: dict[str, Any] = json.loads(text)
    return examples


def _add_access(document: dict[str, Any], route: APIRoute) -> None:
    access = access_of(route)
    for method in route.methods or ():
        operation = document["paths"][route.path_format][method.lower()]
        summary, _, said = operation.get("description", "").partition("\n")
        operation["summary"] = summary.strip().rstrip(".")
        if isinstance(access, Needs):
            operation["x-permission"] = str(access.permission)
            said += f"\nNeeds the permission `{access.permission}`."
        else:
            said += "\nAnswers without a token."
        operation["description"] = said.strip()


def _as_problem(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    ref = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if ref.endswith("/Problem"):
        content[MEDIA_TYPE] = content.pop("application/json")
