"""Diagnosis: from what was observed on an asset to ranked causes, checks and remedies."""

from kg.diagnosis.diagnosing import rank_causes
from kg.diagnosis.results import (
    Advice,
    AffectedPart,
    CardPart,
    CardStep,
    CausePath,
    Diagnosis,
    Drawing,
    LevelCount,
    ObservedSign,
    PartUsed,
    PastCase,
    RankedCause,
    RecordSupport,
    RepairCard,
    StrengthTold,
    Term,
)

__all__ = [
    "Advice",
    "AffectedPart",
    "CardPart",
    "CardStep",
    "CausePath",
    "Diagnosis",
    "Drawing",
    "LevelCount",
    "ObservedSign",
    "PartUsed",
    "PastCase",
    "RankedCause",
    "RecordSupport",
    "RepairCard",
    "StrengthTold",
    "Term",
    "rank_causes",
]
