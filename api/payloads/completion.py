"""Link completion, as programs see it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.payloads.shape import Payload, example
from kg.narration import Phrase


class SuggestionRequest(Payload):
    """What to suggest. The graph is learnt first, in a job that may take minutes."""

    model_config = example(relations=["exhibits"], limit=20, precision=0.8, dry_run=True)

    relations: tuple[str, ...] = ()
    limit: Annotated[int, Field(ge=1, le=500)] = 20
    precision: Annotated[float, Field(gt=0, lt=1)] = 0.8
    min_probability: Annotated[float | None, Field(ge=0, le=1)] = None
    epochs: Annotated[int, Field(ge=1, le=8)] = 4
    seed: Annotated[int, Field(ge=0)] = 0
    dry_run: bool = False


class SuggestedLink(Payload):
    """A link that is probably missing, and the paths that speak for it."""

    model_config = example(
        id="asset:EX-12~exhibits~mode:Leakage",
        probability=0.87,
        sentence={"en": "EX-12 fails by leakage", "zh": "EX-12出现泄漏"},
        paths=[{"en": "EX-12 has component hydraulic hose; …", "zh": "EX-12有部件液压软管；…"}],
        effect={
            "en": "Accepting it would change nothing in diagnosis.",
            "zh": "接受后，诊断结果不变。",
        },
    )

    id: str
    probability: float
    sentence: Phrase
    paths: list[Phrase]
    effect: Annotated[
        Phrase | None,
        Field(description="What accepting it would change in diagnosis; told of the first 50."),
    ]


class Suggestions(Payload):
    """What was suggested; `written` of it now wait in review."""

    model_config = example(items=[], written=0, dry_run=True)

    items: list[SuggestedLink]
    written: int
    dry_run: bool


class DoubtRequest(Payload):
    """Which stored statements to doubt. The graph is learnt first, in a job."""

    model_config = example(relations=["exhibits"], limit=20)

    relations: tuple[str, ...] = ()
    limit: Annotated[int, Field(ge=1, le=500)] = 20
    epochs: Annotated[int, Field(ge=1, le=8)] = 4
    seed: Annotated[int, Field(ge=0)] = 0


class DoubtedStatement(Payload):
    """A stored statement that is probably wrong; `score` orders, it is no probability."""

    model_config = example(
        id="asset:EX-12~exhibits~mode:Leakage",
        score=1.1,
        sentence={"en": "EX-12 fails by leakage", "zh": "EX-12出现泄漏"},
        reasons=[{"en": "its confidence is only 0.60", "zh": "其置信度仅为 0.60"}],
        rather={"en": "leakage of oil", "zh": "漏油"},
    )

    id: str
    score: float
    sentence: Phrase
    reasons: list[Phrase]
    rather: Annotated[
        Phrase | None, Field(description="The end that would fit better, where there is one.")
    ]


class CompletionJob(Payload):
    """A training and what came of it: ask again until `state` is `done` or `failed`."""

    model_config = example(
        id="5f0c8a7be1d24c39",
        kind="doubts",
        state="running",
        progress="epoch 2 of 4: loss 2.914, 12 CPU s",
        suggestions=None,
        doubts=None,
        error="",
    )

    id: str
    kind: Literal["suggestions", "doubts"]
    state: Literal["waiting", "running", "done", "failed"]
    progress: str
    suggestions: Suggestions | None
    doubts: list[DoubtedStatement] | None
    error: str


class AcceptedShare(Payload):
    """What became of the suggestions of one relation that were decided on in one month."""

    model_config = example(
        relation="exhibits", month="2026-03", confirmed=12, rejected=3, share=0.8
    )

    relation: str
    month: str
    confirmed: int
    rejected: int
    share: float
