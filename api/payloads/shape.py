"""What every payload is made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from kg.model.instants import Instant, to_datetime

T = TypeVar("T")


class Payload(BaseModel):
    """Base of all payloads: immutable, and nothing unknown is let in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Payload, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: Annotated[
        str | None,
        Field(description="Give it as `cursor` to get the next page; null on the last one."),
    ] = None


def example(**fields: Any) -> ConfigDict:
    """Model settings with an example for the API's description."""
    return ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [fields]})


def moment(instant: Instant | None) -> datetime | None:
    """An instant as a UTC date-time."""
    return None if instant is None else to_datetime(instant)
