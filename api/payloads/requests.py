"""What programs send."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.payloads.shape import Payload, example
from kg.model.graph import Status


class DecisionRequest(Payload):
    """A person's decision about a statement."""

    model_config = example(status="rejected", reason="It was the neighbouring machine.")

    status: Annotated[
        Literal[Status.CONFIRMED, Status.REJECTED] | None,
        Field(description="`confirmed`, `rejected`, or null to take decisions back."),
    ]
    reason: Annotated[str, Field(max_length=2_000)] = ""


class TokenRequest(Payload):
    """A token to be made."""

    model_config = example(name="quality dashboard", role="reader", days=365)

    name: Annotated[str, Field(min_length=1, max_length=100, description="Who will bear it.")]
    role: Annotated[
        Literal["monitor", "reader", "technician", "quality", "maintainer", "admin"],
        Field(description="What it will allow."),
    ]
    days: Annotated[
        int | None, Field(ge=1, le=36_500, description="How long it is good; null: for ever.")
    ] = 365


class ReplayRequest(Payload):
    """Which rejected rows to try again."""

    model_config = example(document="workorders.csv", mapping=None, dry_run=False)

    document: Annotated[str | None, Field(description="Only of this document; null: all.")] = None
    mapping: Annotated[
        str | None,
        Field(pattern=r"^[\w.-]+$", description="By this mapping; null: that of the first time."),
    ] = None
    dry_run: bool = False
