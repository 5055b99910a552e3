"""Rejected rows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.intake.rejected import RejectedRow as KeptRow
from api.payloads.shape import Payload, example


class RejectedRow(Payload):
    """A row that could not be used, kept with its reason so that it can be tried again."""

    model_config = example(
        id="workorders.csv#row:7#9f86d0818840",
        document="workorders.csv",
        place="row:7",
        code="bad-date",
        reason="'31.02.2026' is no date.",
        mapping="work-orders",
        row={"Order": "WO-9", "Date": "31.02.2026", "Asset": "EX-12"},
    )

    id: str
    document: str
    place: str
    code: Annotated[str, Field(description="The kind of problem, countable.")]
    reason: str
    mapping: Annotated[str, Field(description="The mapping that it was read by.")]
    row: dict[str, str]


def rejected_payload(kept: KeptRow) -> RejectedRow:
    """A rejected row."""
    return RejectedRow(
        id=kept.id,
        document=kept.document,
        place=kept.place,
        code=kept.code,
        reason=kept.reason,
        mapping=kept.recipe.partition("@")[0],
        row=kept.row,
    )
