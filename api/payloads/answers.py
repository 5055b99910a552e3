"""Answers to questions. What `kg` answers with is shown as it is; this only frames it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.payloads.shape import Payload
from kg.search import Found


class SearchAnswer(Payload):
    """What a search found, best first."""

    query: str
    items: Annotated[list[Found], Field(description="With the reasons why each was found.")]
