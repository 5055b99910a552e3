"""What a load did, in numbers that a person can check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.model.claims import NO_SENTENCES, Finding, Rejection, Sentences
from kg.store.protocol import Changes

EXAMPLES = 5  # of each kind of problem that are spelled out


@dataclass(slots=True)
class Problems:
    """Problems counted by code, with the first few of each spelled out."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # (place, sentence)

    def add(self, code: str, place: str, sentence: str) -> None:
        """Count one problem."""
        self.counts[code] += 1
        spelled = self.examples.setdefault(code, [])
        if len(spelled) < EXAMPLES:
            spelled.append((place, sentence))

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Count findings of a reader."""
        for finding in findings:
            self.add(finding.code, finding.place, finding.message)

    def add_rejections(self, rejections: Iterable[Rejection]) -> None:
        """Count refused rows or claims."""
        for rejection in rejections:
            self.add(rejection.code, rejection.place, rejection.reason)

    @property
    def total(self) -> int:
        """How many in all."""
        return self.counts.total()


@dataclass(slots=True)
class Stages:
    """Seconds spent per stage of a load."""

    reading: float = 0.0  # opening, decoding, mapping, text extraction
    resolution: float = 0.0
    gate: float = 0.0
    storing: float = 0.0

    @property
    def total(self) -> float:
        """Seconds in all stages."""
        return self.reading + self.resolution + self.gate + self.storing


@dataclass(slots=True)
class LoadReport:
    """What loading one document did, or with `dry_run` would do.

    Nothing vanishes: every claim read is among `claims_stored` or `claims_rejected`, and every
    sentence of free text among the accepted, queued or rejected ones.
    """

    document: str
    dry_run: bool = False
    unchanged: bool = False  # same content and recipe as before: nothing was read
    duplicate_of: str | None = None  # same content under another key: nothing was read
    rows: int = 0
    sentences: Sentences = NO_SENTENCES  # of free text
    claims_stored: int = 0
    claims_rejected: int = 0
    changes: Changes = field(default_factory=Changes)
    rejected: Problems = field(default_factory=Problems)
    findings: Problems = field(default_factory=Problems)
    stages: Stages = field(default_factory=Stages)
