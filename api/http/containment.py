"""Containment: frozen sets of suspect things, holds and releases, exports, mock recalls."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from api import containment as doing
from api.http.access import Needs
from api.http.problems import problem_responses
from api.http.reading import PREFIX, Acting, OpenPlant
from api.lookup import known_class, node_called
from api.moments import parse_moment
from api.payloads.shape import Payload, example
from api.roles import Permission
from api.wiring import Plant
from kg.model.instants import to_text
from kg.traceability.containment import (
    Containment,
    ContainmentQuery,
    Member,
    compare_with_now,
    count_customers,
    count_places,
    get_containment,
    list_containments,
    show_members,
)
from kg.traceability.recalling import recall

router = APIRouter(
    prefix=f"{PREFIX}/containments",
    tags=["containment"],
    responses=problem_responses(400, 401, 403, 404, 409, 422, 503),
)
_READ = [Depends(Needs(Permission.READ))]
_DECIDE = [Depends(Needs(Permission.DECIDE))]
_EXPORT = [Depends(Needs(Permission.EXPORT))]
Number = Annotated[str, Path(max_length=64, description="The containment.")]
Way = Literal["forward", "backward", "both"]
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ContainmentRequest(Payload):
    """What to contain."""

    model_config = example(items=["lot:CAST-1"], reason="Porosity in castings.")

    items: Annotated[list[str], Field(min_length=1, description="Keys, codes or identifiers.")]
    reason: Annotated[str, Field(max_length=2_000)] = ""
    direction: Way = "forward"
    classes: Annotated[tuple[str, ...], Field(description="Only these and those below them.")] = ()
    at: Annotated[str | None, Field(description="Look at the start at this time.")] = None
    as_of: Annotated[str | None, Field(description="As was recorded by then; else now.")] = None


class HoldRequest(Payload):
    """A hold or a release."""

    model_config = example(reason="Sort before use.", role="quality")

    items: Annotated[tuple[str, ...], Field(description="Members; none: all of them.")] = ()
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]
    role: Annotated[str, Field(min_length=1, max_length=100)]


@router.post("", dependencies=_DECIDE, name="start_containment", status_code=201)
def start_containment(plant: OpenPlant, actor: Acting, request: ContainmentRequest) -> Any:
    """Freeze everything that suspect things touch, so that the same set can be found again."""
    zone = plant.settings.zone
    query = _query(plant, request.items, request.direction, list(request.classes), request.at)
    made = doing.start(
        plant, actor, query, reason=request.reason,
        as_of=parse_moment(request.as_of, zone, "as_of") if request.as_of else None,
    )  # fmt: skip
    return _shown(plant, made)


@router.get("", dependencies=_READ, name="list_containments")
def list_all(plant: OpenPlant) -> list[dict[str, Any]]:
    """List the containments, newest first, without their members."""
    return [
        {**{k: v for k, v in asdict(c).items() if k not in {"members", "decisions"}},
         "count": len(c.members), "held": len(c.held)}
        for c in list_containments(plant.store)
    ]  # fmt: skip


@router.get("/recall", dependencies=_READ, name="rehearse_recall")
def rehearse(
    plant: OpenPlant,
    item: Annotated[list[str], Query(description="Keys, codes or identifiers.")],
    direction: Annotated[Way, Query(description="What it went into, comes from, or both.")] = (
        "forward"
    ),
    cls: Annotated[list[str] | None, Query(alias="class", description="Only these.")] = None,
) -> Any:
    """Rehearse a recall: trace, locate and time it, and keep nothing."""
    return recall(plant.store, plant.schema, _query(plant, item, direction, cls or [], None))


@router.get("/{containment}", dependencies=_READ, name="show_containment")
def show(plant: OpenPlant, containment: Number) -> Any:
    """Show a containment: its members, where each is now, and what is on hold."""
    return _shown(plant, get_containment(plant.store, containment))


@router.post("/{containment}/hold", dependencies=_DECIDE, name="hold_containment")
def hold(plant: OpenPlant, actor: Acting, containment: Number, request: HoldRequest) -> Any:
    """Put members on hold: none named, all of them."""
    return _decide(plant, actor, containment, "hold", request)


@router.post("/{containment}/release", dependencies=_DECIDE, name="release_containment")
def release(plant: OpenPlant, actor: Acting, containment: Number, request: HoldRequest) -> Any:
    """Release members that are on hold: none named, all of them."""
    return _decide(plant, actor, containment, "release", request)


@router.delete("/{containment}/decisions/{entry}", dependencies=_DECIDE, name="undo_hold")
def undo(
    plant: OpenPlant,
    actor: Acting,
    containment: Number,
    entry: Annotated[int, Path(ge=1, description="The number of the hold or release.")],
) -> Any:
    """Take a hold or a release back; it stays in the list and says so."""
    return _shown(plant, doing.undo(plant, actor, containment, entry))


@router.get("/{containment}/diff", dependencies=_READ, name="compare_containment")
def diff(plant: OpenPlant, containment: Number) -> Any:
    """Show what came to a containment since it was frozen, and whether it can be found again."""
    return compare_with_now(plant.store, plant.schema, get_containment(plant.store, containment))


@router.get("/{containment}/export", dependencies=_EXPORT, name="export_containment")
def export(
    plant: OpenPlant,
    containment: Number,
    form: Annotated[
        Literal["csv", "xlsx", "json"], Query(alias="format", description="The kind of file.")
    ] = "csv",
) -> Response:
    """Take a containment away as a file."""
    found = get_containment(plant.store, containment)
    members = show_members(plant.store, plant.schema, found)
    name = f'attachment; filename="containment-{found.id}.{form}"'
    return Response(
        doing.export(found, members, form), media_type=_TYPES[form],
        headers={"Content-Disposition": name},
    )  # fmt: skip


def _query(
    plant: Plant, items: list[str], direction: Way, classes: list[str], at: str | None
) -> ContainmentQuery:
    moment = parse_moment(at, plant.settings.zone, "at") if at else None
    return ContainmentQuery(
        tuple(node_called(plant.store, text).key for text in items),
        direction,
        tuple(known_class(plant.schema, name).name for name in classes),
        None if moment is None else to_text(moment),
    )


def _decide(
    plant: Plant, actor: Any, number: str, action: Literal["hold", "release"], said: HoldRequest
) -> Any:
    keys = [node_called(plant.store, text).key for text in said.items]
    made = doing.decide(plant, actor, number, action, keys, reason=said.reason, role=said.role)
    return _shown(plant, made)


def _shown(plant: Plant, made: Containment) -> dict[str, Any]:
    members: list[Member] = show_members(plant.store, plant.schema, made)
    return {
        **asdict(made),
        "members": [asdict(member) for member in members],
        "places": count_places(members),
        "customers": count_customers(members),
    }
