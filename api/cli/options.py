"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from api.moments import parse_view
from api.wiring import Plant
from kg.model.graph import BELIEVED, Status, View

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Answer from what was recorded then, such as 2026-03-01.",
    ),
]
ValidFrom = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Only what was so in the plant from then on."),
]
ValidTo = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Only what was so before then.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")]


def view_of(
    plant: Plant,
    as_of: str | None = None,
    valid_from: str | None = None,
    valid_to: str | None = None,
    statuses: frozenset[Status] = BELIEVED,
) -> View:
    """The view that the options ask for. Raises BadInput."""
    return parse_view(
        plant.settings.zone,
        as_of=as_of,
        valid_from=valid_from,
        valid_to=valid_to,
        statuses=statuses,
    )
