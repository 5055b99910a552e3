"""The API's description: complete, with examples that are true to the shapes."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from api.http.application import ROUTERS
from api.http.description import TAGS, answer_examples
from api.payloads.shape import Payload
from api.reference import api_document
from tests.api.http.make_examples import (
    DRIFTS_QUESTION,
    QUALITY_QUESTIONS,
    QUESTIONS,
    RULES_QUESTION,
    make_examples,
)

DOCUMENT = api_document()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
ROUTES = {
    route.name: route
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
}


@pytest.mark.parametrize(
    ("name", "operation"), OPERATIONS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_operation_is_described(name: str, operation: dict[str, Any]) -> None:
    assert len(operation["summary"]) > 10
    assert "permission" in operation["description"] or "token" in operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in TAGS}
    for parameter in operation.get("parameters", []):
        if parameter["name"] not in {"limit", "newest_first"}:
            assert parameter.get("description"), f"{name}: {parameter['name']}"


@pytest.mark.parametrize(
    ("name", "operation"), OPERATIONS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_operation_has_problems_for_its_errors(name: str, operation: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(operation)
    if "x-permission" in operation:
        assert {"401", "403"} <= operation["responses"].keys()
    for status, response in operation["responses"].items():
        if status.startswith(("4", "5")) and "/health" not in name:
            assert list(response["content"]) == ["application/problem+json"]


def _schemas_of_answers() -> list[tuple[str, str]]:
    found = []
    for name, operation in OPERATIONS:
        for status in ("200", "201"):
            content = operation["responses"].get(status, {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if "$ref" in schema:
                found.append((name, schema["$ref"].rpartition("/")[2]))
    return found


@pytest.mark.parametrize(("name", "schema"), _schemas_of_answers())
def test_answer_has_an_example(name: str, schema: str) -> None:
    """Of its own, in its schema, or (for a page) in the schema of its items."""
    operation = dict(OPERATIONS)[name]
    if operation["operationId"] in answer_examples():
        return
    schemas = DOCUMENT["components"]["schemas"]
    names = [schema, *schemas[schema].get("properties", {})]
    item = schemas[schema].get("properties", {}).get("items", {}).get("items", {}).get("$ref", "")
    names = [schema, item.rpartition("/")[2]]
    parts = [
        part.get("$ref", "").rpartition("/")[2]
        for part in schemas[schema].get("properties", {}).values()
    ]
    assert any("examples" in schemas.get(n, {}) for n in [*names, *parts]), schema


def _payloads(cls: type[Payload] = Payload) -> list[type[Payload]]:
    below = [p for child in cls.__subclasses__() for p in _payloads(child)]
    return [cls, *below]


@pytest.mark.parametrize("payload", _payloads(), ids=lambda p: p.__name__)
def test_example_of_a_payload_is_valid(payload: type[Payload]) -> None:
    extra = payload.model_config.get("json_schema_extra")
    if isinstance(extra, dict):
        for example in extra["examples"]:  # type: ignore[union-attr]
            payload.model_validate(example)


@pytest.mark.parametrize("name", [*QUESTIONS, *QUALITY_QUESTIONS, RULES_QUESTION, DRIFTS_QUESTION])
def test_example_of_an_answer_is_valid(name: str) -> None:
    """Where this fails, run `python -m tests.api.http.make_examples`."""
    shape = TypeAdapter(ROUTES[name].response_model)
    assert shape.validate_python(answer_examples()[name]) is not None


def test_examples_name_every_field_that_answers_have() -> None:
    """Where this fails, run `python -m tests.api.http.make_examples`."""

    def fields(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value) | {f for v in value.values() for f in fields(v)}
        if isinstance(value, list):
            return {f for v in value for f in fields(v)}
        return set()

    now = make_examples()
    assert {name: fields(a) for name, a in now.items()} == {
        name: fields(answer_examples()[name])
        for name in (*QUESTIONS, *QUALITY_QUESTIONS, RULES_QUESTION, DRIFTS_QUESTION)
    }


def test_description_is_served(client: TestClient) -> None:
    served = client.get("/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert served["paths"].keys() == DOCUMENT["paths"].keys()
    assert served["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_every_reading_question_takes_a_date() -> None:
    """Reads of the graph take `as_of`; reads of the service's own state need not."""
    without = {
        name
        for name, operation in OPERATIONS
        if operation.get("x-permission") == "read"
        and "as_of" not in {p["name"] for p in operation.get("parameters", [])}
    }
    assert without == {
        "GET /api/v1/stats",  # counts of now
        "GET /api/v1/diagnosis/sessions",  # as they stand; each can be told as of a date
        "GET /api/v1/diagnosis/feedback",  # what it says is in the graph, and has its date there
        "GET /api/v1/completion/acceptance",  # decisions by month
        "GET /api/v1/runs",
        "GET /api/v1/ontology/terms",
        "GET /api/v1/ontology/terms/{name}",
        # The instant is frozen with a containment, or is now.
        "GET /api/v1/containments",
        "GET /api/v1/containments/recall",
        "GET /api/v1/containments/{containment}",
        "GET /api/v1/containments/{containment}/diff",
        # The standard has its own parameters.
        "GET /api/v1/epcis/capture",
        "GET /api/v1/epcis/capture/{capture}",
        "GET /api/v1/epcis/events",
        "GET /api/v1/epcis/events/{event}",
    }
