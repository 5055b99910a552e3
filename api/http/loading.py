"""Loading documents over HTTP."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import JSONResponse

from api.http.access import Needs
from api.http.metrics import Metrics
from api.http.problems import (
    UnsupportedMedia,
    problem_response,
    problem_responses,
    status_of_code,
)
from api.http.reading import PREFIX, Acting, OpenPlant
from api.intake import LoadOptions, gather, load_sources
from api.intake.opened import TableOptions
from api.intake.sources import READABLE, safe_name
from api.payloads.loads import LoadAnswer
from api.roles import Permission
from extraction.files import Limits

router = APIRouter(
    prefix=PREFIX,
    tags=["documents"],
    responses=problem_responses(400, 401, 403, 409, 413, 415, 422, 503),
)
_LIMITS = Limits(file_bytes=4_096_000_000, document_bytes=256_000_000, unpacked_bytes=1_000_000_000)
Text = Annotated[str | None, Form(max_length=300)]


@router.post(
    "/documents",
    dependencies=[Depends(Needs(Permission.LOAD))],
    response_model=LoadAnswer,
    name="load_document",
)
def load_document(
    request: Request,
    plant: OpenPlant,
    actor: Acting,
    file: Annotated[
        UploadFile, File(description="A table or a document, or a ZIP archive of them.")
    ],
    *,
    mapping: Annotated[
        str | None,
        Form(max_length=100, pattern=r"^[\w.-]+$", description="Name of the mapping to read by."),
    ] = None,
    key: Annotated[
        str | None,
        Form(
            max_length=300,
            pattern=r"^[^\x00-\x1f]+$",
            description="The document's lasting name; else the file's.",
        ),
    ] = None,
    encoding: Text = None,
    time_zone: Text = None,
    sheet: Text = None,
    dry_run: Annotated[bool, Form(description="Write nothing; say what would change.")] = False,
    replace: Annotated[
        bool, Form(description="Let the file take back most of what it said before.")
    ] = False,
    again: Annotated[
        bool, Form(description="Read it although the same content was read under another key.")
    ] = False,
) -> Any:
    """Read a file into the graph, or say what that would change.

    The answer is a problem where nothing of it could be used.
    """
    name = safe_name(file.filename or "")
    if Path(name).suffix.casefold() not in READABLE | {".zip"}:
        raise UnsupportedMedia(
            f"{name} is of a kind that is not read; send one of "
            f"{', '.join(sorted(READABLE))}, .zip."
        )
    options = LoadOptions(
        table=TableOptions(
            mapping=mapping,
            mapping_files=False,
            encoding=encoding,
            time_zone=time_zone,
            sheet=sheet,
            limits=_LIMITS,
        ),
        dry_run=dry_run,
        replace=replace,
        again=again,
        label=name,
    )
    with tempfile.TemporaryDirectory(prefix="gemba-") as folder:
        path = Path(folder) / "upload" / name
        path.parent.mkdir()
        with path.open("xb") as target:
            shutil.copyfileobj(file.file, target)
        workspace = Path(folder) / "unpacked"
        workspace.mkdir()
        sources = gather([path], workspace, key=key or name, shown=name)
        answer = load_sources(plant, actor, sources, options)
    _count(request.app.state.metrics, answer)
    if answer.files and all(f.outcome == "refused" for f in answer.files):
        return _refusal(request, answer)
    return answer


def _refusal(request: Request, answer: LoadAnswer) -> JSONResponse:
    first = answer.files[0]
    return problem_response(
        request,
        status_of_code(first.error_code),
        " ".join(f.error or "" for f in answer.files[:5]),
        kind=first.error_code,
        ids=[f.document for f in answer.files],
    )


def _count(metrics: Metrics, answer: LoadAnswer) -> None:
    for file in answer.files:
        metrics.documents.labels(file.outcome).inc()
        metrics.rows.inc(file.rows)
        metrics.rejected.inc(sum(problem.count for problem in file.rejected))
