"""Traceability: the genealogy of units, lots, containers, operations and shipments."""

from kg.traceability.adjacency import Adjacency, Closure, Closures, Factors
from kg.traceability.exposure import (
    Exposure,
    Exposures,
    Making,
    find_exposures,
    find_inspections,
)
from kg.traceability.flow import FlowRelations
from kg.traceability.keeping import adjacency_of
from kg.traceability.results import (
    ClassCount,
    Consignee,
    DefectFound,
    Factor,
    Trace,
    TraceEdge,
    TraceNode,
)
from kg.traceability.tracing import (
    MAX_NODES,
    TraceOptions,
    trace_backward,
    trace_both,
    trace_forward,
)

__all__ = [
    "MAX_NODES",
    "Adjacency",
    "ClassCount",
    "Closure",
    "Closures",
    "Consignee",
    "DefectFound",
    "Exposure",
    "Exposures",
    "Factor",
    "Factors",
    "FlowRelations",
    "Making",
    "Trace",
    "TraceEdge",
    "TraceNode",
    "TraceOptions",
    "adjacency_of",
    "find_exposures",
    "find_inspections",
    "trace_backward",
    "trace_both",
    "trace_forward",
]
