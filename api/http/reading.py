"""What reading routes have in common: the plant, the view, pages."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

import orjson
from fastapi import Depends, Query, Request

from api.audit import Actor
from api.moments import parse_view
from api.wiring import Plant
from kg.model.errors import BadInput
from kg.model.graph import BELIEVED, Status, View

PREFIX = "/api/v1"


def _plant(request: Request) -> Plant:
    plant: Plant = request.app.state.plant
    return plant


def _actor(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


OpenPlant = Annotated[Plant, Depends(_plant)]
Acting = Annotated[Actor, Depends(_actor)]

AsOfText = Annotated[
    str | None,
    Query(
        alias="as_of",
        description="Answer from what was recorded at this time (ISO 8601; in the plant's time "
        "zone where it names none; a date means its beginning).",
        examples=["2026-03-01T00:00:00Z"],
    ),
]
Confidence = Annotated[
    float, Query(ge=0, le=1, description="Leave out statements with less confidence.")
]


def _as_of_view(plant: OpenPlant, as_of: AsOfText = None, min_confidence: Confidence = 0.0) -> View:
    return parse_view(plant.settings.zone, as_of=as_of, min_confidence=min_confidence)


def _window_view(
    plant: OpenPlant,
    *,
    as_of: AsOfText = None,
    min_confidence: Confidence = 0.0,
    valid_at: Annotated[
        str | None, Query(description="Keep what was so in the plant at this time.")
    ] = None,
    valid_from: Annotated[
        str | None, Query(description="Keep what was so in the plant at or after this time …")
    ] = None,
    valid_to: Annotated[str | None, Query(description="… and before this one.")] = None,
) -> View:
    return parse_view(
        plant.settings.zone,
        as_of=as_of,
        valid_at=valid_at,
        valid_from=valid_from,
        valid_to=valid_to,
        min_confidence=min_confidence,
    )


AsOfView = Annotated[View, Depends(_as_of_view)]
WindowView = Annotated[View, Depends(_window_view)]
Statuses = Annotated[
    list[Status] | None,
    Query(
        alias="status",
        description="Statuses to show; those that are believed (accepted, confirmed) if none.",
    ),
]


def statuses_of(statuses: list[Status] | None) -> frozenset[Status]:
    """The statuses that were asked for."""
    return frozenset(statuses) if statuses else BELIEVED


Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page.")]
CursorText = Annotated[
    str | None, Query(alias="cursor", description="`next_cursor` of the page before.")
]


def write_cursor(after: str | int | None) -> str | None:
    """An opaque cursor for what comes after a key."""
    if after is None:
        return None
    return base64.urlsafe_b64encode(orjson.dumps([after])).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | None:
    """The key in a cursor. Raises BadInput."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        (after,) = orjson.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, TypeError, binascii.Error):
        after = None
    if not isinstance(after, str | int):
        raise BadInput("The cursor is not one that a page gave; start without one.")
    return str(after)


def number_in(cursor: str | None) -> int:
    """The number in a cursor, 0 without one. Raises BadInput."""
    after = read_cursor(cursor)
    if after is None:
        return 0
    if not after.isdecimal():
        raise BadInput("The cursor is not one that a page gave; start without one.")
    return int(after)
