"""Questions: search, causes, traces, timelines, and from a unit to the assets that made it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, AsOfView, OpenPlant
from api.lookup import known_class
from api.payloads.answers import SearchAnswer
from api.roles import Permission
from kg.search import search

router = APIRouter(
    prefix=PREFIX,
    tags=["answers"],
    dependencies=[],
    responses=problem_responses(400, 401, 403, 404, 422, 503),
)
_READ = [Depends(Needs(Permission.READ))]


@router.get("/search", dependencies=_READ, name="search")
def search_graph(
    plant: OpenPlant,
    view: AsOfView,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=1_000,
            description="Codes, names or words, in either language.",
            examples=["hydraulic leak", "液压泵漏油", "EX-12"],
        ),
    ],
    *,
    cls: Annotated[
        list[str] | None,
        Query(alias="class", description="Only these classes and those below them."),
    ] = None,
    language: Annotated[
        Literal["en", "zh"] | None, Query(description="Only records in this language.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> SearchAnswer:
    """Find things by code, name or words."""
    for name in cls or ():
        known_class(plant.schema, name)
    found = search(plant.store, q, classes=cls or None, language=language, limit=limit, view=view)
    return SearchAnswer(query=q, items=found)
