"""Models of others, in and out: Bayesian networks (BIF), fault trees, causal graphs with alarms."""

from kg.diagnosis.exchange.bif import parse_bif, read_bif, write_bif

__all__ = ["parse_bif", "read_bif", "write_bif"]
