"""Drifts: whether and when what was measured on an asset changed its level."""

from kg.traceability.drifts.detecting import LEAST_READINGS, Change, find_change
from kg.traceability.drifts.judging import FALSE_SHARE, Drifted, DriftKind, Judged, judge
from kg.traceability.drifts.reading import MOST_READINGS, ReadingsOf
from kg.traceability.drifts.series import Limits, Read, Series

__all__ = [
    "FALSE_SHARE",
    "LEAST_READINGS",
    "MOST_READINGS",
    "Change",
    "DriftKind",
    "Drifted",
    "Judged",
    "Limits",
    "Read",
    "ReadingsOf",
    "Series",
    "find_change",
    "judge",
]
