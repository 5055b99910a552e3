"""Diagnosis: from what was observed on an asset to ranked causes, checks and remedies."""

from kg.diagnosis.asking import Reply, ask
from kg.diagnosis.diagnosing import rank_causes
from kg.diagnosis.feedback import Feedback, list_feedback, record_feedback, undo_feedback
from kg.diagnosis.questions import NextStep
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
    Question,
    RankedCause,
    RecordSupport,
    RepairCard,
    StrengthTold,
    Term,
)
from kg.diagnosis.sessions import Session, SessionState

__all__ = [
    "Advice",
    "AffectedPart",
    "CardPart",
    "CardStep",
    "CausePath",
    "Diagnosis",
    "Drawing",
    "Feedback",
    "LevelCount",
    "NextStep",
    "ObservedSign",
    "PartUsed",
    "PastCase",
    "Question",
    "RankedCause",
    "RecordSupport",
    "RepairCard",
    "Reply",
    "Session",
    "SessionState",
    "StrengthTold",
    "Term",
    "ask",
    "list_feedback",
    "rank_causes",
    "record_feedback",
    "undo_feedback",
]
