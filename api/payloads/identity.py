"""Which names mean the same thing, as programs see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.payloads.shape import Payload, example
from kg import model
from kg.model.instants import to_datetime
from kg.model.phrase import Phrase
from kg.resolution.identity import Proposal as FoundProposal


class Proposal(Payload):
    """Two names that may mean the same thing."""

    model_config = example(
        kept="component:HydraulicPump",
        dropped="component:hyd pumps",
        cls="Component",
        names=["hydraulic pump", "hyd pumps"],
        score=1.0,
        how="same",
        labels=[{"en": "hydraulic pump", "zh": "液压泵"}, {"en": "hyd pumps", "zh": "hyd pumps"}],
        reasons=[
            {
                "en": "the names are the same once abbreviations and inflections are written out",
                "zh": "缩写和词形还原后名称相同",
            }
        ],
        is_sure=True,
    )

    kept: str
    dropped: str
    cls: str
    names: Annotated[list[str], Field(description="Of `kept` and of `dropped`: the two alike.")]
    labels: Annotated[list[Phrase], Field(description="What `kept` and `dropped` are called.")]
    score: Annotated[float, Field(description="From 0 to 1; no probability.")]
    how: str
    reasons: list[Phrase]
    is_sure: Annotated[bool, Field(description="May be merged without asking.")]


class Merge(Payload):
    """One thing that is read as another."""

    model_config = example(
        kept="component:HydraulicPump",
        dropped="component:hyd pumps",
        labels=[{"en": "hydraulic pump", "zh": "液压泵"}, {"en": "hyd pumps", "zh": "hyd pumps"}],
        by="li.wei",
        at="2026-03-01T07:30:00Z",
        reason="the same pump",
    )

    kept: str
    dropped: str
    labels: Annotated[list[Phrase], Field(description="What `kept` and `dropped` are called.")]
    by: str
    at: datetime
    reason: str


class MergeRequest(Payload):
    """Two names that a person says mean the same thing; `kept` gives the name."""

    model_config = example(
        kept="component:HydraulicPump", dropped="component:hyd pumps", reason="the same pump"
    )

    kept: str
    dropped: str
    reason: Annotated[str, Field(max_length=2_000)] = ""


class ApartRequest(Payload):
    """Two names that a person says mean different things."""

    model_config = example(
        one="component:brake pad", other="component:brake band", reason="other parts"
    )

    one: str
    other: str
    reason: Annotated[str, Field(max_length=2_000)] = ""


class Apart(Payload):
    """Two things that people told apart."""

    model_config = example(
        one="component:brake band",
        other="component:brake pad",
        labels=[{"en": "brake band", "zh": "制动带"}, {"en": "brake pad", "zh": "制动片"}],
        by="li.wei",
        at="2026-03-01T07:30:00Z",
        reason="other parts",
    )

    one: str
    other: str
    labels: Annotated[list[Phrase], Field(description="What the two are called.")]
    by: str
    at: datetime
    reason: str


def proposal_payload(found: FoundProposal, labels: Mapping[str, Phrase]) -> Proposal:
    """A proposal for programs."""
    return Proposal(
        kept=found.kept,
        dropped=found.dropped,
        cls=found.cls,
        names=list(found.names),
        labels=[labels[found.kept], labels[found.dropped]],
        score=found.score,
        how=found.how,
        reasons=list(found.reasons),
        is_sure=found.is_sure,
    )


def merge_payload(made: model.Merge, labels: Mapping[str, Phrase]) -> Merge:
    """A merge for programs."""
    return Merge(
        kept=made.kept,
        dropped=made.dropped,
        labels=[labels[made.kept], labels[made.dropped]],
        by=made.by,
        at=to_datetime(made.at),
        reason=made.reason,
    )
