"""The words that the graph is made of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, CursorText, Limit, OpenPlant, read_cursor, write_cursor
from api.nearest import nearest_texts
from api.payloads.ontology import Kind, Term, terms_of
from api.payloads.shape import Page
from api.roles import Permission
from kg.model.errors import NotFound

router = APIRouter(
    prefix=PREFIX, tags=["ontology"], responses=problem_responses(400, 401, 403, 404, 422)
)
_READ = [Depends(Needs(Permission.READ))]


@router.get("/ontology/terms", dependencies=_READ)
def list_terms(
    plant: OpenPlant,
    *,
    kind: Annotated[Kind | None, Query(description="Only terms of this kind.")] = None,
    cls: Annotated[
        str | None, Query(alias="class", description="Only concepts of this class.")
    ] = None,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> Page[Term]:
    """List classes, relations, properties and shipped concepts, by kind and name."""
    schema = plant.schema
    after = read_cursor(cursor)
    terms = sorted(
        (
            term
            for term in terms_of(schema)
            if (kind is None or term.kind == kind)
            and (cls is None or (term.kind == "concept" and schema.is_a(term.values[0], cls)))
        ),
        key=_place,
    )
    rest = [term for term in terms if after is None or _place(term) > after]
    return Page(
        items=rest[:limit],
        next_cursor=write_cursor(_place(rest[limit - 1])) if len(rest) > limit else None,
    )


@router.get("/ontology/terms/{name}", dependencies=_READ)
def get_term(
    plant: OpenPlant, name: Annotated[str, Path(description="Its name.", examples=["Asset"])]
) -> Term:
    """Show one term."""
    terms = {term.name: term for term in terms_of(plant.schema)}
    if name not in terms:
        raise NotFound(
            f"The ontology has no term {name!r}.", ids=[name], nearest=nearest_texts(name, terms)
        )
    return terms[name]


def _place(term: Term) -> str:
    return f"{term.kind} {term.name}"
