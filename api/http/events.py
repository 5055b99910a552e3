"""EPCIS 2.0 in the standard's own form: capture and query."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi import Path as PathParameter
from starlette.responses import JSONResponse

from api.events import as_query_document, find_events
from api.http.access import Needs
from api.http.problems import TooLarge, problem_responses
from api.http.reading import PREFIX, Acting, OpenPlant
from api.intake import LoadOptions, gather, load_sources
from api.payloads.loads import LoadAnswer
from api.roles import Permission
from extraction.epcis.reading import read_document
from kg.model.errors import BadInput, NotFound

router = APIRouter(
    prefix=f"{PREFIX}/epcis",
    tags=["epcis"],
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
_READ = [Depends(Needs(Permission.READ))]
_JOBS = "capture-job"
_MOST = 200_000_000
_PER_PAGE = 30
_VERSIONS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}
_LD = "application/ld+json"


@router.post(
    "/capture",
    dependencies=[Depends(Needs(Permission.LOAD))],
    status_code=202,
    name="capture_events",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/ld+json": {"schema": {"type": "object"}},
                "application/json": {"schema": {"type": "object"}},
                "application/xml": {"schema": {"type": "string"}},
            },
        }
    },
)
async def capture_events(
    request: Request,
    plant: OpenPlant,
    actor: Acting,
    behaviour: Annotated[
        str,
        Header(alias="GS1-Capture-Error-Behaviour", description="Only `rollback` is done."),
    ] = "rollback",
) -> Any:
    """Capture an EPCIS document or a single event: all of its events, or none.

    The answer names the capture job; nothing of an invalid document is stored.
    """
    if behaviour not in {"rollback", "proceed"}:
        raise BadInput(f"GS1-Capture-Error-Behaviour is {behaviour[:40]!r}; it must be rollback.")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST:
            raise TooLarge(f"The body has more than {_MOST:,} bytes; send it in parts.")
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_capture, plant, actor, bytes(body))


def _capture(plant: Any, actor: Any, content: bytes) -> JSONResponse:
    number = hashlib.sha256(content).hexdigest()[:32]
    name = "capture.xml" if content.lstrip()[:1] == b"<" else "capture.jsonld"
    reading = read_document(content, key="", shown="the document")  # refuses what is invalid
    with tempfile.TemporaryDirectory(prefix="gemba-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        (Path(folder) / "unpacked").mkdir()
        sources = gather([path], Path(folder) / "unpacked", key=f"epcis/{number}", shown=name)
        answer: LoadAnswer = load_sources(
            plant, actor, sources, LoadOptions(label="capture", workers=1)
        )
    (file,) = answer.files
    if file.outcome == "refused":
        raise BadInput(file.error or "The document could not be used.")
    job = {
        "captureID": number,
        "running": False,
        "success": True,
        "captureErrorBehaviour": "rollback",
        "errors": [],
        "events": len(reading.events),
        "findings": [f"{f.code}: {f.count}" for f in file.findings],
    }
    plant.store.put_records(_JOBS, {number: job})
    location = f"{router.prefix}/capture/{number}"
    return JSONResponse(job, 202, headers=_VERSIONS | {"Location": location})


@router.get("/capture", dependencies=_READ, name="list_captures")
def list_captures(plant: OpenPlant) -> Any:
    """List the capture jobs."""
    return JSONResponse(list(plant.store.get_records(_JOBS).values()), headers=_VERSIONS)


@router.get("/capture/{capture}", dependencies=_READ, name="get_capture")
def get_capture(
    plant: OpenPlant,
    capture: Annotated[str, PathParameter(max_length=64, description="The capture job.")],
) -> Any:
    """Show a capture job."""
    found = plant.store.get_records(_JOBS, keys=[capture])
    if capture not in found:
        raise NotFound(f"There is no capture job {capture}.", ids=[capture])
    return JSONResponse(found[capture], headers=_VERSIONS)


@router.get(
    "/events",
    dependencies=_READ,
    name="query_events",
    openapi_extra={"x-any-parameter": True},
)
def query_events(
    request: Request,
    plant: OpenPlant,
    per_page: Annotated[
        int, Query(alias="perPage", ge=1, le=1_000, description="Events on a page.")
    ] = _PER_PAGE,
    token: Annotated[
        str | None, Query(alias="nextPageToken", description="Where the next page begins.")
    ] = None,
) -> Any:
    """Query events with the parameters of the standard, such as `EQ_bizStep` or `MATCH_epc`.

    Several values of one parameter are separated by `|`. A `Link` header names the next page.
    """
    said = request.query_params.multi_items()
    found = find_events(plant.store, said)
    first = _offset(token)
    headers = dict(_VERSIONS)
    if first + per_page < len(found):
        rest = [(name, value) for name, value in said if name != "nextPageToken"]
        address = f"{request.url.path}?{urlencode([*rest, ('nextPageToken', first + per_page)])}"
        headers["Link"] = f'<{address}>; rel="next"'
    page = as_query_document(found[first : first + per_page])
    return JSONResponse(page, headers=headers, media_type=_LD)


@router.get("/events/{event}", dependencies=_READ, name="get_event")
def get_event(
    plant: OpenPlant,
    event: Annotated[str, PathParameter(max_length=500, description="The event's id.")],
) -> Any:
    """Show the event of that id; where it was declared an error, as it was declared."""
    from kg.model.keys import code_key

    key = code_key("traceevent", event)
    found = [orjson.loads(s.evidence.text) for s in plant.store.sightings_of([key]).get(key, ())]
    if not found:
        raise NotFound(f"There is no event {event}.", ids=[event])
    declared = [one for one in found if "errorDeclaration" in one]
    return JSONResponse((declared or found)[0], headers=_VERSIONS, media_type=_LD)


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit():
        raise BadInput(f"nextPageToken {token[:40]!r} was not given by this service.")
    return int(token)
