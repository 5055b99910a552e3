"""What a diagnosis answers with: plain data for the API and the command line.

Times are ISO 8601 in UTC, or None. `probability` is the posterior of a network whose numbers come
from counted records and stated knowledge; `kg.diagnosis.calibrating` measures how good it is.
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
class Term:
    """One addend of the log-odds of a cause: what one source, or one observation, adds."""

    # knowledge, plant, class, asset, ruled out, renewal, years, place, links, observation, check
    source: str
    about: str  # the observation or check, as it was said; else empty
    log_odds: float
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class StrengthTold:
    """How often a cause shows by one observation. `terms` add up to `value`."""

    observation: str
    value: float
    terms: dict[str, float]  # by source


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
class CardPart:
    """A spare part for the repair: what the stock says of it and how often it was used."""

    named: Named
    code: str
    is_required: bool  # by a statement; else used in similar records
    records: int
    in_stock: float | None
    lead_days: float | None


@dataclass(frozen=True, slots=True)
class CardStep:
    """One step of the repair, with the statement or the count that it comes from."""

    kind: str  # secure, check, repair, procedure, test
    text: Phrase
    procedure: Named | None
    statement: Cited | None
    records: int
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A safety notice with what it must be heeded for."""

    named: Named
    level: str
    statement: Cited


@dataclass(frozen=True, slots=True)
class Downtime:
    """Hours of standstill in similar records: the middle one, and where half of them lie."""

    records: int
    median_hours: float
    low_hours: float  # first quartile
    high_hours: float  # third quartile
    level: str  # cause: records that found it; asset: any failure of the asset
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Another order on the asset that is not closed."""

    named: Named
    status: str
    due: str | None
    description: str


@dataclass(frozen=True, slots=True)
class RepairCard:
    """What to do about a cause, on one page."""

    steps: tuple[CardStep, ...]
    parts: tuple[CardPart, ...]
    tools: tuple[Named, ...]
    notices: tuple[Notice, ...]
    downtime: Downtime | None
    warnings: tuple[Phrase, ...]  # what the card cannot say, such as a lock-out instruction


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node of the drawing. Layers go from causes (0) to what was observed (the highest)."""

    key: str
    label: Phrase
    kind: str  # its class
    layer: int
    rank: int | None  # of a cause that is shown
    probability: float | None
    is_observed: bool


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge of the drawing: a statement, pointing from cause to what it brings about."""

    source: str
    target: str
    statement: str  # its id
    predicate: str
    confidence: float
    is_general: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The paths of the shown causes as one layered graph."""

    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]


QuestionKind = Literal["sign", "check"]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that can be looked for, with what it is worth. Costs are in one unit of money."""

    kind: QuestionKind
    named: Named  # the sign, or the check
    about: Named | None  # the cause that a check tells
    text: Phrase
    cost: float
    saving: float  # what it is expected to save over inspecting at once, its own cost taken off
    yes: float  # the probability of the answer yes
    reason: Phrase


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
    """One explanation.

    `terms` add up to the log-odds of `probability`: 1 / (1 + exp(-sum)) gives it again. `sources`
    say whose numbers it rests on and add up to `probability`.
    """

    rank: int
    named: Named
    kind: CauseKind
    probability: float
    prior: float  # before anything was observed
    terms: tuple[Term, ...]
    strengths: tuple[StrengthTold, ...]
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
    card: RepairCard


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Ranked causes of what was observed on an asset; or why there are none, and what would help.

    `unknown` is the probability that none of the candidates is behind it. Causes may be there at
    the same time and bring each other about, so that probabilities need not add up to one.
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
    next_checks: tuple[Question, ...]  # that would help most, where the answer is not sure
    drawing: Drawing
    open_work: tuple[OpenWork, ...]  # other orders on the asset that are not closed
    notes: tuple[Phrase, ...]
