"""Investigation: what needs both maintenance and traceability."""

from kg.investigation.accepting import Effect, effects_of
from kg.investigation.affecting import affected_by
from kg.investigation.drifts_around import drifts_around
from kg.investigation.eight_d import EightD, draft_eight_d
from kg.investigation.explaining import Explained, Explanation, explain_defects
from kg.investigation.investigating import AFTER_HOURS, BEFORE_HOURS, investigate
from kg.investigation.results import (
    Affected,
    AffectedItem,
    Comparison,
    Drift,
    DriftsFound,
    FoundCause,
    Investigation,
    SeenDrift,
    SharedThing,
    Suspect,
    SuspectEvent,
    Window,
)
from kg.investigation.timelines import Entry, Timeline, timeline

__all__ = [
    "AFTER_HOURS",
    "BEFORE_HOURS",
    "Affected",
    "AffectedItem",
    "Comparison",
    "Drift",
    "DriftsFound",
    "Effect",
    "EightD",
    "Entry",
    "Explained",
    "Explanation",
    "FoundCause",
    "Investigation",
    "SeenDrift",
    "SharedThing",
    "Suspect",
    "SuspectEvent",
    "Timeline",
    "Window",
    "affected_by",
    "draft_eight_d",
    "drifts_around",
    "effects_of",
    "explain_defects",
    "investigate",
    "timeline",
]
