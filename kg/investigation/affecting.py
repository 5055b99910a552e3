"""The join the other way: from an asset's failure to what was made then, and where that went."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from kg.diagnosis.graph import Graph
from kg.diagnosis.terms import Terms
from kg.investigation import wording
from kg.investigation.comparing import making_only
from kg.investigation.events import parts_of
from kg.investigation.results import Affected, AffectedItem
from kg.investigation.suspecting import maintenance_kinds
from kg.investigation.wording import HOUR, Clock
from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, Statement, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import Phrase, Span, name_in, optional_text, span_of
from kg.search import nearest, raise_not_found
from kg.store.protocol import Store
from kg.traceability import trace_forward
from ontology.schema import Schema

_MAX_OPERATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """Which assets were in doubt, and when (half-open)."""

    assets: tuple[str, ...]
    since: Instant | None
    until: Instant | None


def affected_by(
    store: Store,
    schema: Schema,
    key: str,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    before_hours: float = 7 * 24.0,
    after_hours: float = 0.0,
    zone: str = "UTC",
    view: View = NOW,
    limit: int = 500,
    max_nodes: int = 5000,
) -> Affected:
    """What was made on an asset while it was in doubt, and where it went.

    `key` is an asset or tool, with the half-open window `since`, `until`; or a failure, work order
    or alarm, which then gives the asset, and the window from `before_hours` before it began to
    `after_hours` after it ended. Raises NotFound for an unknown key, BadInput for an event without
    asset or time, or a window that is none.
    """
    if before_hours < 0 or after_hours < 0 or limit < 1:
        raise BadInput("The window around an event must not be negative, nor the limit zero.")
    if since is not None and until is not None and since >= until:
        raise BadInput("The window ends before it begins.")
    graph = Graph(store, schema, Terms.of(schema), view)
    clock = Clock(zone)
    node = store.get_nodes([key], view).get(key)
    if node is None:
        raise_not_found(store, key, nearest(store, key, 5, view=view))
    if kind_of(node.key) in maintenance_kinds(schema):
        reach = int(before_hours * HOUR), int(after_hours * HOUR)
        doubt = doubt_of_event(graph, node, since, until, reach)
    elif schema.is_a(node.cls, "Asset") or schema.is_a(node.cls, "Location"):
        doubt = Doubt(tuple(parts_of(store, schema, [node.key], view)), since, until)
    else:
        raise BadInput(
            f"{node.key} is a {node.cls}; say an asset, a failure, a work order or an alarm."
        )
    operations, is_cut = _operations(graph, doubt)
    made = _made(graph, operations)
    defects = _defects(graph, made)
    ordered = sorted(made, key=lambda k: (operations[made[k]].sort_key, k))
    shown = ordered[:limit]
    trace = (
        trace_forward(store, schema, ordered, view=view, max_nodes=len(ordered) + max_nodes)
        if ordered
        else None
    )
    nodes = graph.nodes(
        {*doubt.assets, *shown, *(made[k] for k in shown), *(d for k in shown for d in defects[k])}
    )
    assets = tuple(name_in(schema, nodes, k) for k in doubt.assets)
    bad = sum(bool(defects[k]) for k in ordered)
    reached = len(trace.consignees) if trace is not None else 0
    when = clock.span(Span(doubt.since, doubt.until))
    notes: list[Phrase] = []
    if is_cut:
        notes.append(
            Phrase(
                f"Only the first {_MAX_OPERATIONS} operations were read; choose a shorter window.",
                f"仅读取了前 {_MAX_OPERATIONS} 次作业，请缩短时间窗口。",
            )
        )
    return Affected(
        start=name_in(schema, {node.key: node}, node.key),
        assets=assets,
        since=optional_text(doubt.since),
        until=optional_text(doubt.until),
        sentence=wording.affected(assets, when, total=len(ordered), bad=bad, reached=reached),
        operations=len(operations),
        items=tuple(
            AffectedItem(
                named=name_in(schema, nodes, k),
                operation=name_in(schema, nodes, made[k]),
                made=optional_text(operations[made[k]].end or operations[made[k]].start),
                defects=tuple(name_in(schema, nodes, d) for d in defects[k]),
            )
            for k in shown
        ),
        total=len(ordered),
        bad=bad,
        trace=trace,
        is_truncated=is_cut or len(shown) < len(ordered),
        notes=tuple(notes),
    )


def doubt_of_event(
    graph: Graph,
    event: Node,
    since: Instant | None,
    until: Instant | None,
    reach: tuple[int, int],
) -> Doubt:
    """The assets of a record and the time from `reach` before it to after it, or as said.

    Raises BadInput where it names no asset, or has no time and none is said.
    """
    statements = graph.expand([event.key], tuple(sorted(graph.schema.relations)))
    kinds = graph.kinds("Asset")
    assets = graph.of_kinds({s.object for s in statements}, kinds)
    reported = graph.of_kinds(
        {s.object for s in statements if s.predicate in graph.terms.reported_on}, kinds
    )
    span = span_of(event, statements)
    if not assets:
        raise BadInput(f"{event.key} names no asset; say the asset and a window.")
    start = span.start if span.start is not None else span.end
    end = span.end if span.end is not None else span.start
    if start is None or end is None:
        raise BadInput(f"{event.key} has no time; say the asset and a window.")
    return Doubt(
        # Production books on the machine, maintenance often on a part of it: both count.
        tuple(sorted(_with_wholes(graph, reported or assets))),
        since if since is not None else start - reach[0],
        until if until is not None else end + reach[1] + 1,
    )


def _with_wholes(graph: Graph, assets: Collection[str]) -> set[str]:
    wholes = graph.closure(assets, graph.terms.has_component, "in", max_depth=3)
    inside = graph.closure(assets, graph.terms.has_component, "out", max_depth=6)
    return graph.of_kinds({*wholes, *inside}, graph.kinds("Asset"))


def _operations(graph: Graph, doubt: Doubt) -> tuple[dict[str, Span], bool]:
    """The operations on the assets in the window, with their times."""
    window = replace(graph, view=replace(graph.view, valid_from=doubt.since, valid_to=doubt.until))
    relations = tuple(
        sorted(graph.schema.subrelations("performedOn") | graph.schema.subrelations("usedTool"))
    )
    found = window.expand(doubt.assets, relations, "in", limit_per_node=_MAX_OPERATIONS)
    about: dict[str, list[Statement]] = {}
    for s in found:
        about.setdefault(s.subject, []).append(s)
    undated = [k for k, listed in about.items() if all(s.valid_from is None for s in listed)]
    nodes = graph.nodes(undated)
    spans: dict[str, Span] = {}
    for key, listed in about.items():
        span = span_of(nodes.get(key), listed)
        if not _is_outside(span, doubt):
            spans[key] = span
    return spans, len(found) >= _MAX_OPERATIONS


def _is_outside(span: Span, doubt: Doubt) -> bool:
    """Whether an operation was surely at another time; without times it may have been then."""
    start = span.start if span.start is not None else span.end
    end = span.end if span.end is not None else span.start
    if start is None or end is None:
        return False
    return (doubt.until is not None and start >= doubt.until) or (
        doubt.since is not None and end < doubt.since
    )


def _made(graph: Graph, operations: Mapping[str, Span]) -> dict[str, str]:
    """What came out of the operations, with the first operation in doubt that each came out of."""
    flow = making_only(graph)
    made: dict[str, str] = {}
    for s in graph.expand(operations, flow.downstream):
        known = made.get(s.object)
        if known is None or (operations[s.subject].sort_key, s.subject) < (
            operations[known].sort_key, known,
        ):  # fmt: skip
            made[s.object] = s.subject
    return made


def _defects(graph: Graph, made: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {key: [] for key in made}
    for s in graph.expand(made, tuple(sorted(graph.schema.subrelations("hasDefect")))):
        found[s.subject].append(s.object)
    return found
