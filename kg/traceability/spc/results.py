"""What statistical process control answers with."""

from __future__ import annotations

from dataclasses import dataclass

from kg.narration import Phrase
from kg.traceability.commonality import CommonCauses
from kg.traceability.spc.capability import Capability
from kg.traceability.spc.charts import Charted


@dataclass(frozen=True, slots=True)
class Controlled:
    """A characteristic under control or not, with what was different where it was not."""

    characteristic: Phrase
    chart: Charted
    values: int
    signals: int  # points that break a rule
    rules: tuple[tuple[str, Phrase], ...]  # of those broken
    capability: Capability | None
    summary: Phrase
    differences: CommonCauses | None  # of the units out of control against the others
    notes: tuple[Phrase, ...]
