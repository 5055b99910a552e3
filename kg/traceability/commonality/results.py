"""What the search for common causes answers with: plain data for the API and the command line.

P-values are one-sided: more bad units than by chance. `p_corrected` allows for all factors looked
at; the others do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.narration import Phrase
from kg.traceability.commonality.cohort import Condition, FactorKind, FactorRole
from kg.traceability.commonality.effects import Effect


@dataclass(frozen=True, slots=True)
class FactorShown:
    """A factor by its words. `same` lists what touches the very same units and so means the same.

    `column` and `value` are those of its first condition, for programs.
    """

    label: Phrase
    facet: str
    kind: FactorKind
    role: FactorRole
    column: str
    value: str
    low: float | None
    high: float | None
    conditions: tuple[Condition, ...]
    same: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class StratifiedCheck:
    """Whether a cause holds when units are compared only within the same route, time or the like.

    `p` is None where no stratum has units to compare.
    """

    by: str
    strata: int
    p: float | None
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """The cause with what sharpens it: of the units that meet all conditions, most are bad."""

    conditions: tuple[Condition, ...]
    label: Phrase
    units: int
    bad: int
    p_corrected: float  # of the last condition, over all that could have been added
    effect: Effect


@dataclass(frozen=True, slots=True)
class Rival:
    """A factor that these data cannot tell from the cause: given one, the other says nothing."""

    factor: FactorShown
    exposed: int
    exposed_bad: int
    p: float


@dataclass(frozen=True, slots=True)
class Cause:
    """A factor that goes with being bad, beyond chance, in the sets that explain it best."""

    rank: int
    factor: FactorShown
    support: float  # share of the weight of all sets of factors that has it, 0 to 1
    p: float  # mid-p given the causes before it
    p_corrected: float
    p_fisher: float  # of the plain table, conservative
    p_given_others: float
    effect: Effect
    checks: tuple[StratifiedCheck, ...]
    rule: Rule | None
    rivals: tuple[Rival, ...]
    newly: int  # bad units with it that no cause before it has
    examples: tuple[str, ...]  # bad units with it
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class RankedFactor:
    """A factor on its own, before others are taken into account."""

    rank: int
    factor: FactorShown
    exposed: int
    exposed_bad: int
    p: float  # mid-p
    q_bh: float  # Benjamini and Hochberg
    q_by: float  # Benjamini and Yekutieli, whatever the dependence
    odds_ratio: float | None  # half a unit added to each cell


@dataclass(frozen=True, slots=True)
class Needed:
    """How many bad units it takes to find a factor that touches a share of all units, at best.

    None where so few units have it that it cannot be found.
    """

    share: float
    bad_units: int | None


@dataclass(frozen=True, slots=True)
class Minimum:
    """What could be found at all with so many bad units."""

    p_to_reach: float
    largest_share: float | None  # a cause that touches more of all units than this stays unseen
    needed: tuple[Needed, ...]
    is_enough: bool
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that is no factor, and why."""

    column: str
    reason: str  # outcome, leak, identifier, constant, text, time, empty, asked
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class CommonCauses:
    """What bad units have in common that good ones have not."""

    units: int
    bad: int
    good: int
    factors: int  # looked at, identical ones counted once
    merged: int  # factors that had the same units as another one
    summary: Phrase
    causes: tuple[Cause, ...]
    ranking: tuple[RankedFactor, ...]  # every factor on its own, the strongest first
    inspection: tuple[RankedFactor, ...]  # who and what found the bad ones: never causes
    inspection_note: Phrase | None
    explained: int  # bad units that have one of the causes
    unexplained: tuple[str, ...]  # some of the others
    minimum: Minimum
    left_out: tuple[LeftOut, ...]
    stratified_by: tuple[str, ...]
    alpha: float
    shuffles: int
    seed: int
    notes: tuple[Phrase, ...]
