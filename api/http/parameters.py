"""Query parameters that no route has: a misspelt one must not be passed over in silence."""

from __future__ import annotations

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from rapidfuzz import process

from api.http.problems import UnknownParameter
from api.http.reading import PREFIX

_NEAR = 60  # of 100


def refuse_unknown_parameters(request: Request) -> None:
    """Dependency of every route of the API. Raises UnknownParameter with the nearest."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not request.url.path.startswith(PREFIX):
        return
    if (route.openapi_extra or {}).get("x-any-parameter"):
        return  # a standard's own form of query, which the route reads and refuses itself
    known = _parameters(route)
    for name in request.query_params:
        if name not in known:
            near = process.extract(name, known, limit=3, score_cutoff=_NEAR)
            hint = f"it takes {', '.join(known)}" if known else "it takes none"
            raise UnknownParameter(
                f"{request.url.path} has no parameter {name[:80]!r}; {hint}.",
                ids=[name[:80]],
                nearest=[found for found, *_ in near],
            )


def _parameters(route: APIRoute) -> tuple[str, ...]:
    """The names of a route's query parameters, those of its dependencies included."""
    return tuple(dict.fromkeys(_of(route.dependant)))


def _of(dependant: Dependant) -> list[str]:
    names = [field.alias for field in dependant.query_params]
    for below in dependant.dependencies:
        names += _of(below)
    return names
