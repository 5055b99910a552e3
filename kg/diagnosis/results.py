"""What a diagnosis answers with: plain data for the API and the command line.

Times are ISO 8601 in UTC, or None. `score` is no probability: its calibration is not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kg.narration import Cited, Named, Phrase
from kg.search import Found

CauseKind = Literal["cause", "mode", "component"]


@dataclass(frozen=True, slots=True)
class ObservedSign:
    """How one of the symptoms was understood. Without `signs` it was not."""

    text: str
    signs: tuple[Named, ...]
    is_component: bool
    similar_records: int  # past records of similar text, where the words are not known
    suggestions: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many records were counted at one level for one observation."""

    observation: str
    level: str  # asset, class, plant, related
    assets: int  # of the level; 0 where not bounded
    records: int
    explained: float  # of these, records that name a cause or a component
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class RecordSupport:
    """Counted records behind one cause: `matching` of `total` name it, `against` ruled it out."""

    observation: str
    level: str
    matching: int
    total: int
    against: int
    sentence: Phrase
    examples: tuple[str, ...]  # keys of some of them, latest first


@dataclass(frozen=True, slots=True)
class CausePath:
    """Causal statements from the cause to the sign, with the sentence that they make."""

    statements: tuple[Cited, ...]
    sentence: Phrase
    weight: float
    is_general: bool = False  # general knowledge: no document of the plant says any of it


@dataclass(frozen=True, slots=True)
class AffectedPart:
    """A component or asset that the cause concerns, by statement or by counted records."""

    named: Named
    records: int
    statement: Cited | None


@dataclass(frozen=True, slots=True)
class Advice:
    """A check or a remedy with what it needs, by statement or by what was done before."""

    named: Named
    statement: Cited | None  # None: known from past records only
    parts: tuple[Named, ...]
    tools: tuple[Named, ...]
    records: int  # similar records in which it was done
    minutes: float | None
    is_general: bool = False  # general knowledge: no document of the plant says so


@dataclass(frozen=True, slots=True)
class PartUsed:
    """A spare part used in similar records."""

    named: Named
    records: int


@dataclass(frozen=True, slots=True)
class PastCase:
    """A similar record: what was seen, found and done."""

    named: Named
    at: str | None
    on: tuple[Named, ...]
    level: str
    description: str
    facts: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class RankedCause:
    """One explanation. `sources` add up to `score`."""

    rank: int
    named: Named
    kind: CauseKind
    score: float
    sources: dict[str, float]
    sentence: Phrase  # the finding in one sentence
    paths: tuple[CausePath, ...]
    supports: tuple[RecordSupport, ...]
    affects: tuple[AffectedPart, ...]
    possible_causes: tuple[CausePath, ...]  # of a component: what is known in general
    checks: tuple[Advice, ...]
    remedies: tuple[Advice, ...]
    done_before: tuple[Advice, ...]  # activities in similar records
    parts_used: tuple[PartUsed, ...]
    cases: tuple[PastCase, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Ranked causes of what was observed on an asset; or why there are none, and what would help.

    `unknown` is the score that is left to what nobody has written down.
    """

    asset: Named
    classes: tuple[Named, ...]
    observed: tuple[ObservedSign, ...]
    causes: tuple[RankedCause, ...]
    candidates: int  # how many there are in all
    unknown: float
    counts: tuple[LevelCount, ...]
    abstained: bool
    reason: Phrase | None
    would_help: tuple[Phrase, ...]
    known_signs: tuple[Named, ...]  # what was most often observed on the asset or its class
    notes: tuple[Phrase, ...]
