"""Errors as problem details (RFC 9457): one shape for everything that can go wrong."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.payloads.shape import Payload, example
from kg.model import errors

log = logging.getLogger("gemba.http")
MEDIA_TYPE = "application/problem+json"
_KIND = "urn:gemba:problem:"

_TITLES = {
    400: "The request cannot be used",
    401: "A token is needed",
    403: "The token does not allow this",
    404: "Not found",
    405: "The address does not know this method",
    406: "The answer has no such form",
    409: "The request contradicts the graph",
    413: "The request is too large",
    415: "This kind of file or content is not read",
    422: "The request is incomplete or wrong",
    429: "Too many failed sign-ins",
    500: "Something went wrong inside Gemba",
    501: "An optional part is not installed",
    503: "The store does not answer",
}
_KINDS = {
    400: "bad-input",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
    429: "too-many-requests",
    500: "internal-error",
    501: "missing-extra",
    503: "store-unavailable",
}
# The first that fits counts, so subclasses stand before their bases.
_BY_ERROR: tuple[tuple[type[errors.GembaError], int, str], ...] = (
    (errors.UnreadableFile, 400, "unreadable-file"),
    (errors.BadMapping, 400, "bad-mapping"),
    (errors.BadInput, 400, "bad-input"),
    (errors.NotFound, 404, "not-found"),
    (errors.MassRemoval, 409, "mass-removal"),
    (errors.Conflict, 409, "conflict"),
    (errors.OntologyError, 400, "unknown-term"),
    (errors.StoreUnavailable, 503, "store-unavailable"),
    (errors.MissingExtra, 501, "missing-extra"),
)


class FieldProblem(Payload):
    """What is wrong with one part of a request."""

    where: str
    message: str


class Problem(Payload):
    """Problem details as RFC 9457 has them, with what helps to put it right."""

    model_config = example(
        type="urn:gemba:problem:not-found",
        title="Not found",
        status=404,
        detail="There is no asset EX-1Z.",
        instance="/api/v1/nodes/asset:EX-1Z",
        request_id="9f86d081884c7d65",
        ids=["asset:EX-1Z"],
        nearest=["asset:EX-12", "asset:EX-17"],
        errors=[],
    )

    type: Annotated[str, Field(description="A lasting name of this kind of problem.")]
    title: str
    status: int
    detail: Annotated[str, Field(description="One sentence for people.")]
    instance: Annotated[str, Field(description="The path of the request.")]
    request_id: Annotated[str, Field(description="Find the request in the log by it.")]
    ids: Annotated[tuple[str, ...], Field(description="What it is about.")] = ()
    nearest: Annotated[tuple[str, ...], Field(description="What was meant, perhaps.")] = ()
    errors: Annotated[tuple[FieldProblem, ...], Field(description="Each wrong part.")] = ()


class TooLarge(errors.BadInput):
    """A request body is over the limit (HTTP 413)."""


class UnsupportedMedia(errors.BadInput):
    """A file or body is of a kind that is not read (HTTP 415)."""


class UnknownParameter(errors.NotFound):
    """A query parameter that the address does not have (HTTP 422)."""


def problem_response(
    request: Request,
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    ids: Sequence[str] = (),
    nearest: Sequence[str] = (),
    parts: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem as a response."""
    problem = Problem(
        type=_KIND + (kind or _KINDS.get(status, "error")),
        title=_TITLES.get(status, "The request failed"),
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", ""),
        ids=tuple(ids),
        nearest=tuple(nearest),
        errors=tuple(parts),
    )
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def status_of(error: errors.GembaError) -> tuple[int, str]:
    """HTTP status and kind of an error."""
    if isinstance(error, TooLarge):
        return 413, "too-large"
    if isinstance(error, UnsupportedMedia):
        return 415, "unsupported-media-type"
    if isinstance(error, UnknownParameter):
        return 422, "invalid-request"
    return next(
        ((status, kind) for cls, status, kind in _BY_ERROR if isinstance(error, cls)),
        (400, "bad-input"),
    )


def status_of_code(code: str | None) -> int:
    """The HTTP status of an error's code, as `FileLoad.error_code` has it."""
    if code == _KINDS[500]:
        return 500
    return next((status for _, status, kind in _BY_ERROR if kind == code), 400)


async def _on_gemba_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.GembaError)
    status, kind = status_of(error)
    nearest = error.nearest if isinstance(error, errors.NotFound) else ()
    headers = {"Retry-After": "5"} if status == 503 else {}
    if status >= 500:
        log.warning("%s %s: %s", request.method, request.url.path, error)
    return problem_response(
        request, status, str(error), kind=kind, ids=error.ids, nearest=nearest, headers=headers
    )


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == 404 and detail == "Not Found":
        detail = f"There is nothing at {request.url.path}; /docs lists the addresses."
    elif error.status_code == 405:
        detail = f"{request.url.path} does not take {request.method}; /docs lists what it takes."
    elif detail == "There was an error parsing the body":
        detail = "The body cannot be read; send JSON, or a form with a file."
    elif not detail.endswith("."):
        detail += "."
    return problem_response(request, error.status_code, detail, headers=error.headers)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    parts = [_field_problem(e) for e in error.errors()]
    detail = "; ".join(f"{part.where}: {part.message}" for part in parts[:3]) + "."
    return problem_response(request, 422, detail, parts=parts)


_SENTENCES = {
    "missing": "this is missing",
    "extra_forbidden": "there is no such part",
    "int_parsing": "this must be a whole number",
    "int_type": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "float_parsing": "this must be a number",
    "float_type": "this must be a number",
    "finite_number": "this must be a number",
    "bool_parsing": "this must be true or false",
    "bool_type": "this must be true or false",
    "string_type": "this must be text",
    "list_type": "this must be a list",
    "greater_than_equal": "this must be {ge} or more",
    "greater_than": "this must be more than {gt}",
    "less_than_equal": "this must be {le} or less",
    "less_than": "this must be less than {lt}",
    "string_too_short": "this must have {min_length} or more characters",
    "string_too_long": "this must have {max_length} or fewer characters",
    "too_short": "this must have {min_length} or more items",
    "too_long": "this must have {max_length} or fewer items",
    "literal_error": "this must be {expected}",
    "enum": "this must be {expected}",
    "json_invalid": "this is not JSON ({error})",
    "model_attributes_type": "this must be a JSON object, sent as Content-Type: application/json",
    "model_type": "this must be a JSON object",
}


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """One finding of pydantic in our words, where we have some."""
    kind = error["type"]
    context = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in (error.get("ctx") or {}).items()
    }
    where = [str(part) for part in error["loc"]]
    if kind == "json_invalid":
        where = where[:1]  # the rest is a place in the text
    elif kind in {"literal_error", "enum"} and isinstance(error.get("input"), str):
        context["expected"] = _plain(str(context.get("expected", "")))
    sentence = _SENTENCES.get(kind)
    try:
        message = sentence.format(**context) if sentence else str(error["msg"])
    except (KeyError, IndexError):
        message = str(error["msg"])
    return FieldProblem(where=".".join(where), message=message)


def _plain(expected: str) -> str:
    """`<Status.REJECTED: 'rejected'>` as `'rejected'`."""
    return re.sub(r"<\w+\.\w+: ('[^']*')>", r"\1", expected)


def surprise_response(request: Request) -> JSONResponse:
    """The answer to a request that failed through a fault of ours."""
    return problem_response(
        request,
        500,
        "This is a fault of Gemba, not of the request; the service's log says more under the "
        "request's id.",
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of `app` answer with problem details."""
    app.add_exception_handler(errors.GembaError, _on_gemba_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route says about its errors in the API's description."""
    return {
        status: {"model": Problem, "description": _TITLES[status]} for status in sorted(statuses)
    }
