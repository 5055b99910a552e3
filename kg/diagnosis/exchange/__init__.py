"""Models of others, in and out: Bayesian networks (BIF), fault trees, causal graphs with alarms."""

from kg.diagnosis.exchange.bif import parse_bif, read_bif, write_bif
from kg.diagnosis.exchange.causal_graph import read_causal_graph, read_changes
from kg.diagnosis.exchange.reading_text import read_text

__all__ = [
    "parse_bif",
    "read_bif",
    "read_causal_graph",
    "read_changes",
    "read_text",
    "write_bif",
]
