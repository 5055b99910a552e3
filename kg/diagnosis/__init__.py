"""Diagnosis: from what was observed on an asset to ranked causes, checks and remedies."""

from kg.diagnosis.diagnosing import rank_causes
from kg.diagnosis.results import (
    Advice,
    AffectedPart,
    CausePath,
    Diagnosis,
    LevelCount,
    ObservedSign,
    PartUsed,
    PastCase,
    RankedCause,
    RecordSupport,
)

__all__ = [
    "Advice",
    "AffectedPart",
    "CausePath",
    "Diagnosis",
    "LevelCount",
    "ObservedSign",
    "PartUsed",
    "PastCase",
    "RankedCause",
    "RecordSupport",
    "rank_causes",
]
