"""Documents and the runs that read them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.documents import document_versions, remove_documents, remove_run
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import (
    PREFIX,
    Acting,
    AsOfView,
    CursorText,
    Limit,
    OpenPlant,
    read_cursor,
    write_cursor,
)
from api.intake.supply_chain import settle_events
from api.payloads.documents import (
    Document,
    Removal,
    RunSummary,
    documents_payload,
    runs_payload,
)
from api.payloads.shape import Page
from api.roles import Permission
from kg.model.errors import NotFound

router = APIRouter(
    prefix=PREFIX, tags=["documents"], responses=problem_responses(400, 401, 403, 404, 422, 503)
)
_READ = [Depends(Needs(Permission.READ))]
_REMOVE = [Depends(Needs(Permission.REMOVE))]
DocumentKey = Annotated[str, Path(description="The document's key.", examples=["workorders.csv"])]


@router.get("/documents", dependencies=_READ)
def list_documents(
    plant: OpenPlant, view: AsOfView, limit: Limit = 100, cursor: CursorText = None
) -> Page[Document]:
    """List documents in order of their keys, with every reading of each."""
    after = read_cursor(cursor)
    documents = documents_payload(plant.store.versions(), view.as_of)
    rest = [d for d in documents if after is None or d.key > after]
    return Page(
        items=rest[:limit],
        next_cursor=write_cursor(rest[limit - 1].key) if len(rest) > limit else None,
    )


@router.get("/documents/{document:path}", dependencies=_READ)
def get_document(plant: OpenPlant, document: DocumentKey, view: AsOfView) -> Document:
    """Show one document with every reading."""
    versions = document_versions(plant.store, document)
    found = documents_payload(versions, view.as_of)
    if not found:
        raise NotFound(f"The document {document!r} was not there yet.", ids=[document])
    return found[0]


@router.delete("/documents/{document:path}", dependencies=_REMOVE)
def remove_document(plant: OpenPlant, actor: Acting, document: DocumentKey) -> Removal:
    """Forget a document: the graph is then as if it had never been read."""
    removal = remove_documents(plant.store, actor, [document])
    settle_events(plant, actor.name)
    return removal


@router.get("/runs", dependencies=_READ)
def list_runs(plant: OpenPlant, limit: Limit = 100, cursor: CursorText = None) -> Page[RunSummary]:
    """List runs, the latest first."""
    runs = runs_payload(plant.store.versions())
    after = read_cursor(cursor)
    start = 0
    if after is not None:
        start = next((i + 1 for i, r in enumerate(runs) if r.run.id == after), len(runs))
    shown = runs[start : start + limit]
    more = start + limit < len(runs)
    return Page(items=shown, next_cursor=write_cursor(shown[-1].run.id) if more else None)


@router.delete("/runs/{run}", dependencies=_REMOVE, name="remove_run")
def run_remove(
    plant: OpenPlant,
    actor: Acting,
    run: Annotated[str, Path(description="Its id.", examples=["5f0c11d2a9b4"])],
) -> Removal:
    """Forget what one run read."""
    removal = remove_run(plant.store, actor, run)
    settle_events(plant, actor.name)
    return removal
