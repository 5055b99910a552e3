"""Models of others, in and out: Bayesian networks (BIF), fault trees, causal graphs with alarms."""

from kg.diagnosis.exchange.bif import parse_bif, read_bif, write_bif
from kg.diagnosis.exchange.causal_graph import read_causal_graph, read_changes
from kg.diagnosis.exchange.fault_tree import (
    FaultTree,
    Gate,
    from_network,
    to_network,
    top_probability,
)
from kg.diagnosis.exchange.open_psa import parse_open_psa, read_open_psa, write_open_psa
from kg.diagnosis.exchange.reading_text import read_text

__all__ = [
    "FaultTree",
    "Gate",
    "from_network",
    "parse_bif",
    "parse_open_psa",
    "read_bif",
    "read_causal_graph",
    "read_changes",
    "read_open_psa",
    "read_text",
    "to_network",
    "top_probability",
    "write_bif",
    "write_open_psa",
]
