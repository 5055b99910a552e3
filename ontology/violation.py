"""What a check found wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ontology.constraints import Severity

Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that one thing or statement breaks.

    `statement` is the triple to blame where there is one, else the node claims of `focus` are.
    `code` is short and countable: `shape:WorkOrder-reportedOn`, `subject:consumed`.
    """

    focus: str  # node key
    statement: Triple | None
    path: str | None  # name of the relation or attribute
    severity: Severity
    message: Mapping[str, str]  # one sentence each in "en" and "zh"
    shape: str  # name of the SHACL shape, or of the rule drawn from the terms
    code: str
