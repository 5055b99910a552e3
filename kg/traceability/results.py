"""What a trace answers with: plain data for the API, the command line and drawings.

Times are ISO 8601 in UTC, or None. Keys in edges refer to the nodes listed beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kg.narration import Citation, Named, Phrase

Direction = Literal["backward", "forward", "both"]


@dataclass(frozen=True, slots=True)
class TraceNode:
    """Something on the genealogy. `level` counts statements from the start: negative upstream.

    A node of a cycle can lie on both sides of the start; the longer way is then the `other` one.
    `path` are the ids of all edges to it, where the `via` of the nodes between lead another way.
    """

    named: Named
    level: int
    via: str | None  # statement id of the edge by which it was first reached; None at the start
    started: str | None  # of events
    ended: str | None
    other_level: int | None = None
    other_via: str | None = None
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceEdge:
    """A statement along which material moved, from `source` to `target`."""

    id: str
    source: str
    target: str
    predicate: str
    sentence: Phrase
    quantity: float | None
    unit_of_measure: str | None
    valid_from: str | None
    valid_to: str | None
    confidence: float
    evidence_count: int
    evidence: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many things of a class are on the trace."""

    cls: str
    label: Phrase
    upstream: int
    downstream: int


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that operations of the trace have in common: who, on what, by which step."""

    named: Named
    facet: str  # man, machine, material, method, environment, measurement
    predicate: str
    operations: int
    first: str | None
    last: str | None
    upstream: int  # of the operations, those before the start
    downstream: int
    examples: tuple[str, ...]  # keys of a few of the operations


@dataclass(frozen=True, slots=True)
class Consignee:
    """A customer that the traced material reached, with the shipments and what was in them."""

    customer: Named
    shipments: tuple[Named, ...]
    items: dict[str, int]  # number of traced things that went there, by class
    examples: tuple[str, ...]  # keys of a few of them
    first: str | None  # of the shipments
    last: str | None


@dataclass(frozen=True, slots=True)
class DefectFound:
    """A defect on something in the trace."""

    item: str  # key
    defect: Named
    type: Named | None


@dataclass(frozen=True, slots=True)
class Trace:
    """The genealogy of one or more things.

    `nodes` are by level, then key; every edge joins two of them. Where `is_truncated`, more is
    connected than is listed; `reach` then says how much, without regard to time (None: uncounted).
    """

    start: tuple[Named, ...]
    direction: Direction
    nodes: tuple[TraceNode, ...]
    edges: tuple[TraceEdge, ...]
    summary: tuple[ClassCount, ...]
    factors: tuple[Factor, ...]
    consignees: tuple[Consignee, ...]
    defects: tuple[DefectFound, ...]
    cycles: tuple[tuple[str, ...], ...]  # things that by the records are made of themselves
    left_out: int  # statements not followed because their times exclude it
    left_out_examples: tuple[TraceEdge, ...]
    is_truncated: bool
    truncated_by: str  # "", "nodes", "depth" or "links"
    reach: int | None
    reach_is_complete: bool
    notes: tuple[Phrase, ...]

    def node_keys(self) -> set[str]:
        """The keys of all nodes."""
        return {node.named.key for node in self.nodes}

    def path_to(self, key: str) -> tuple[TraceEdge, ...]:
        """The edges from the start to a node, in the order in which they were followed."""
        nodes = {node.named.key: node for node in self.nodes}
        edges = {edge.id: edge for edge in self.edges}
        if key not in nodes:
            return ()
        is_upstream = nodes[key].level < 0
        path: list[TraceEdge] = []
        while key in nodes and nodes[key].level != 0:
            node = nodes[key]
            is_first = (node.level < 0) == is_upstream
            if is_first and node.path:
                path.extend(edges[step] for step in reversed(node.path) if step in edges)
                break
            step = node.via if is_first else node.other_via
            if step is None or step not in edges:
                break  # what is between was left out of the answer
            path.append(edges[step])
            key = edges[step].target if is_upstream else edges[step].source
        return tuple(reversed(path))
