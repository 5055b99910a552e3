"""What an investigation answers with: plain data for the API and the command line.

Times are ISO 8601 in UTC, or None. Scores order the answer; they are no probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kg.narration import Cited, Named, Phrase
from kg.traceability import Trace
from kg.traceability.drifts import DriftKind

Position = Literal["before", "during", "after"]
Role = Literal["production", "inspection"]


@dataclass(frozen=True, slots=True)
class Window:
    """How far around production events were looked for."""

    before_hours: float  # events up to so long before the operation began
    after_hours: float  # and after it ended
    zone: str  # of the times in sentences; all other times are UTC
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Drift:
    """A change of level in what was measured on an asset.

    `q` is the share of chance among changes that are at least as clear, given all that were looked
    at (Benjamini and Hochberg); readings beyond the limits alone are a fact and have none.
    """

    kind: DriftKind
    parameter: Named
    source: Named | None  # the sensor, or the process step
    unit: str
    began: str
    ended: str | None  # None: it has not come back as far as was read
    before: float  # level it is measured against
    after: float  # level while it lasted; of a trend where it ended
    low: float | None  # 95 % interval of the change
    high: float | None
    spreads: float | None  # the change in standard deviations of single readings
    readings: int  # that were looked at
    inside: int  # of these, during the drift
    echo: float | None  # correlation of neighbouring points, allowed for
    p: float | None
    q: float | None
    lower_limit: float | None
    upper_limit: float | None
    beyond: int  # readings during the drift that are beyond the limits
    indicates: tuple[Named, ...]  # what the graph says that the parameter is a sign of


@dataclass(frozen=True, slots=True)
class SeenDrift:
    """A drift on an asset or on goods, with measurements that show it."""

    rank: int
    on: Named
    drift: Drift
    sentence: Phrase
    facts: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class SuspectEvent:
    """An event on a suspect asset near production. `terms` multiply to `score`.

    For a drift `named` is the parameter, and `facts` are measurements that show it.
    """

    named: Named
    on: Named  # the asset it was recorded on: the suspect, a part of it, or what it depends on
    started: str | None
    ended: str | None
    position: Position  # seen from the nearest operation
    hours: float  # between the two; 0 during
    operation: Named  # the nearest one
    items: int  # how many of the items were made near it
    score: float
    terms: dict[str, float]  # closeness, severity, relevance
    sentence: Phrase
    description: str
    facts: tuple[Cited, ...]
    relevance_path: tuple[Cited, ...]  # causal statements from what it found to the defect
    shared_words: tuple[str, ...]  # where only words tie the event to the head of that path
    drift: Drift | None = None  # where it is one, and no record


@dataclass(frozen=True, slots=True)
class Comparison:
    """Defects among what passed the asset in the window, against two controls.

    `before`: the asset in the time before, twice as long. `beside`: other assets that ran the same
    steps in the same window.
    """

    since: str
    until: str
    made: int
    bad: int
    before_made: int
    before_bad: int
    beside_made: int
    beside_bad: int
    is_partial: bool  # counted up to a limit
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class FoundCause:
    """A cause that events on the asset found, or that diagnosis ranks first."""

    named: Named
    records: int  # events that found it; 0: from diagnosis
    score: float | None  # of the diagnosis
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Suspect:
    """An asset or tool on which the items were made, with what happened to it at that time."""

    rank: int
    named: Named
    role: Role
    score: float
    items: int  # how many of the items it had a part in
    operations: int
    first: str | None  # of these operations
    last: str | None
    way: tuple[Cited, ...]  # from an item to the operation nearest to the first event, to the asset
    sentence: Phrase
    events: tuple[SuspectEvent, ...]  # best first
    more_events: int
    comparison: Comparison | None
    causes: tuple[FoundCause, ...]


@dataclass(frozen=True, slots=True)
class SharedThing:
    """A lot, supplier, person or the like behind several of the items."""

    named: Named
    facet: str
    items: int
    uses: int  # statements that tie it to any operation or lot: the fewer, the more telling


@dataclass(frozen=True, slots=True)
class Investigation:
    """From defective things back to the assets that made them and what happened to those."""

    start: tuple[Named, ...]  # what was asked about
    items: tuple[Named, ...]  # the units, lots or containers behind it
    defects: tuple[Named, ...]  # types of the defects concerned
    window: Window
    suspects: tuple[Suspect, ...]
    inspections: tuple[Suspect, ...]  # benches and gauges that found the defects: is it them?
    assets: int  # assets and tools that had a part in production
    operations: int
    without_events: tuple[Named, ...]  # assets around which nothing is recorded
    goods: tuple[SeenDrift, ...]  # on the items or what they were packed in
    shared: tuple[SharedThing, ...]  # for several items: what they have in common, most first
    abstained: bool
    reason: Phrase | None
    notes: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class AffectedItem:
    """Something made while an asset was in doubt."""

    named: Named
    operation: Named
    made: str | None
    defects: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """From an asset's failure to what was made then, and where that went."""

    start: Named
    assets: tuple[Named, ...]
    since: str | None
    until: str | None
    sentence: Phrase
    operations: int
    items: tuple[AffectedItem, ...]  # in order of time; at most `limit`
    total: int
    bad: int  # of the total, those with a known defect
    trace: Trace | None  # where the items went; None where there are none
    is_truncated: bool
    notes: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class DriftsFound:
    """What drifted on some assets in a window."""

    start: Named
    assets: tuple[Named, ...]
    since: str
    until: str
    drifts: tuple[SeenDrift, ...]  # surest first, then what was beyond limits
    tested: int  # series of readings
    sentence: Phrase
    notes: tuple[Phrase, ...]
