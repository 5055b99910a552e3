"""Statistical process control: charts, run rules, capability, and what was different."""

from kg.traceability.spc.capability import Capability, measure_capability
from kg.traceability.spc.charts import Charted, ChartKind, Panel, Point, chart_counts, chart_values
from kg.traceability.spc.controlling import (
    control_counts,
    control_values,
    strongest_signals,
    subgroup,
    what_differs,
)
from kg.traceability.spc.results import Controlled
from kg.traceability.spc.rules import RULES, RuleSet, check_rules, rules_of

__all__ = [
    "RULES",
    "Capability",
    "ChartKind",
    "Charted",
    "Controlled",
    "Panel",
    "Point",
    "RuleSet",
    "chart_counts",
    "chart_values",
    "check_rules",
    "control_counts",
    "control_values",
    "measure_capability",
    "rules_of",
    "strongest_signals",
    "subgroup",
    "what_differs",
]
