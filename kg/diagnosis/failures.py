"""Which records are failures: neither planned work nor a second order for the same failure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kg.diagnosis.graph import Graph
from kg.diagnosis.scope import PLACES, read_scope
from kg.model.graph import Node
from kg.model.instants import Instant, parse_instant
from kg.model.keys import normal_name
from kg.model.numbers import as_number
from kg.search import require_first

APART_HOURS = 24.0
HOUR = 3_600_000  # milliseconds
_KEYS_PER_READ = 2_000
_PLANNED = frozenset(
    (
        "preventive", "planned", "pm", "calibration", "inspection", "improvement", "modification",
        "预防保养", "预防性维修", "保养", "计划", "点检", "校准", "改造",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reported:
    """A record on an asset."""

    record: str
    asset: str
    at: Instant
    is_planned: bool


@dataclass(slots=True)
class Failure:
    """A failure of an asset, with how long it stood (None where that is not said)."""

    record: str
    asset: str
    at: Instant
    hours: float | None


def find_root(graph: Graph, what: str) -> Node:
    """The asset, class or place that is meant. Raises NotFound."""
    key = require_first(graph.store, what, PLACES, view=graph.view)
    return graph.nodes([key]).get(key) or Node(key, graph.schema.class_of_key(key), what)


def assets_of(graph: Graph, root: Node) -> set[str]:
    """The assets of a class, or an asset or place with what is built into it or stands in it."""
    scope = read_scope(graph, root)
    if graph.is_a(root.key, "AssetClass"):
        return set(scope.peers)
    return {*scope.assets, *graph.closure([root.key], graph.terms.located_in, "in")}


def reported_assets(graph: Graph) -> set[str]:
    """Everything that a record is about."""
    relations = graph.terms.reported_on
    return {key for key, _ in graph.store.aggregate(relations, "object", view=graph.view)}


def read_reported(graph: Graph, assets: Collection[str]) -> list[Reported]:
    """Every record on `assets` that has a time, in order of time."""
    reported = [
        s for s in graph.expand(assets, graph.terms.reported_on, "in")
        if s.valid_from is not None and graph.is_a(s.subject, "WorkOrder", "FailureEvent")
    ]  # fmt: skip
    nodes = read_nodes(graph, {s.subject for s in reported})
    found = [
        Reported(s.subject, s.object, s.valid_from or 0, is_planned(nodes.get(s.subject)))
        for s in reported
    ]
    return sorted(found, key=lambda r: (r.at, r.record))


def read_nodes(graph: Graph, keys: Collection[str]) -> dict[str, Node]:
    """The nodes of many keys, in portions."""
    listed = sorted(keys)
    nodes: dict[str, Node] = {}
    for first in range(0, len(listed), _KEYS_PER_READ):
        nodes.update(graph.nodes(listed[first : first + _KEYS_PER_READ]))
    return nodes


def is_planned(node: Node | None) -> bool:
    """Whether a work order's type says that it was no failure."""
    kind = node.props.get("workOrderType") if node is not None else None
    return isinstance(kind, str) and normal_name(kind) in _PLANNED


def list_failures(
    records: Sequence[Reported],
    begun: Mapping[str, Instant],
    end: Instant,
    apart_hours: float = APART_HOURS,
) -> list[Failure]:
    """The failures among `records` from each asset's beginning to `end`."""
    last: dict[str, Instant] = {}
    found: list[Failure] = []
    for r in records:
        if r.is_planned or r.asset not in begun or not begun[r.asset] <= r.at <= end:
            continue
        if r.asset in last and r.at - last[r.asset] < apart_hours * HOUR:
            continue
        last[r.asset] = r.at
        found.append(Failure(r.record, r.asset, r.at, None))
    return found


def downtime_hours(graph: Graph, records: Collection[str]) -> dict[str, float]:
    """How long the asset stood, of the records that say it."""
    found: dict[str, float] = {}
    for key, node in read_nodes(graph, records).items():
        hours = as_number(node.props.get("downtimeHours"))
        if hours is not None:
            found[key] = hours
    return found


def commissioned(asset: Node | None) -> Instant | None:
    """When an asset was put into operation; None where that is not said as a date."""
    begun = asset.props.get("commissionedOn") if asset is not None else None
    if not isinstance(begun, str):
        return None
    try:
        return parse_instant(begun)
    except ValueError:
        return None
