"""Files out of the graph: all of it for another store or as RDF, an FMEA as a workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from api.audit import audited
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, AsOfView, OpenPlant
from api.roles import Permission
from api.tokens import RECORDS

router = APIRouter(
    prefix=PREFIX, tags=["exchange"], responses=problem_responses(400, 401, 403, 409, 422, 503)
)
_EXPORT = [Depends(Needs(Permission.EXPORT))]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RDF = {"turtle": ("ttl", "text/turtle"), "json-ld": ("jsonld", "application/ld+json")}


@router.get(
    "/export",
    dependencies=_EXPORT,
    response_class=FileResponse,
    responses={200: {"content": {"application/gzip": {}}, "description": "The file."}},
)
def export_everything(plant: OpenPlant, actor: Acting) -> FileResponse:
    """Give everything that the store holds as a file that `gemba import` reads.

    History, decisions, merges, rejected rows and logs are in it; tokens are not.
    """
    from kg.store.exchange import export_store

    def write(path: Path) -> None:
        export_store(plant.store, path, without_records=(RECORDS,))

    name = f"gemba-{datetime.now(UTC):%Y%m%d-%H%M%S}.gemba.gz"
    with audited(plant.store, actor, "store.export", name):
        return _file(name, "application/gzip", write)


@router.get(
    "/rdf",
    dependencies=_EXPORT,
    response_class=FileResponse,
    responses={
        200: {
            "content": {"text/turtle": {}, "application/ld+json": {}},
            "description": "The graph.",
        }
    },
)
def export_rdf(
    plant: OpenPlant,
    actor: Acting,
    view: AsOfView,
    format_: Annotated[
        Literal["turtle", "json-ld"], Query(alias="format", description="Of the answer.")
    ] = "turtle",
) -> FileResponse:
    """Give the graph as RDF, its evidence in PROV-O."""
    from kg.store.rdf import write_rdf

    ending, media_type = _RDF[format_]

    def write(path: Path) -> None:
        write_rdf(plant.store, path, format=format_, view=view)

    with audited(plant.store, actor, "store.export", f"graph.{ending}"):
        return _file(f"graph.{ending}", media_type, write)


@router.get(
    "/fmea",
    dependencies=[Depends(Needs(Permission.READ))],
    response_class=FileResponse,
    responses=problem_responses(404)
    | {200: {"content": {_XLSX: {}}, "description": "The workbook."}},
)
def export_fmea(
    plant: OpenPlant,
    view: AsOfView,
    asset_class: Annotated[
        str, Query(alias="class", description="A class of assets: key or name.", max_length=300)
    ],
    *,
    scale: Annotated[
        int, Query(ge=2, le=10, description="The highest rating; action priority needs 10.")
    ] = 10,
    library: Annotated[bool, Query(description="Also what only Gemba's library says.")] = False,
) -> FileResponse:
    """Give an FMEA of a class of assets as a workbook in AIAG-VDA form.

    `POST /documents` reads such a workbook, and others of any scale, back in.
    """
    from api.fmea_file import write_fmea
    from kg.diagnosis.fmea import fmea_rows

    rows = fmea_rows(
        plant.store, plant.schema, asset_class, scale=scale, with_library=library, view=view
    )
    return _file("fmea.xlsx", _XLSX, lambda path: write_fmea(rows, path, scale=scale))


def _file(name: str, media_type: str, write: Callable[[Path], None]) -> FileResponse:
    """What `write` writes, as an answer that deletes its file when it was sent."""
    folder = tempfile.TemporaryDirectory(prefix="gemba-")
    try:
        path = Path(folder.name) / name
        write(path)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        path, media_type=media_type, filename=name, background=BackgroundTask(folder.cleanup)
    )
