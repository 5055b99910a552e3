"""The parts of a trace's answer: edges with their sentences, counts, defects, notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kg.model.graph import Node, Statement, View
from kg.model.keys import StatementKey, kind_of
from kg.narration import Cited, Phrase, cite, class_label, name_in
from kg.store.protocol import Store
from kg.traceability.flow import FlowRelations
from kg.traceability.results import ClassCount, DefectFound, Trace, TraceEdge
from ontology.schema import Schema

_LEFT_OUT_SHOWN = 5


def edge_of(flow: FlowRelations, statement: Statement, cited: Cited) -> TraceEdge:
    quantity = statement.props.get("quantity")
    unit = statement.props.get("unitOfMeasure")
    return TraceEdge(
        id=cited.id,
        source=flow.source_of(statement),
        target=flow.target_of(statement),
        predicate=statement.predicate,
        sentence=cited.sentence,
        quantity=float(quantity) if isinstance(quantity, int | float) else None,
        unit_of_measure=unit if isinstance(unit, str) else None,
        valid_from=cited.valid_from,
        valid_to=cited.valid_to,
        confidence=cited.confidence,
        evidence_count=cited.evidence_count,
        evidence=cited.evidence,
    )


def summarise(
    schema: Schema,
    nodes: Mapping[str, Node],
    levels: Mapping[str, int],
    seeds: Collection[str],
) -> tuple[ClassCount, ...]:
    up: dict[str, int] = {}
    down: dict[str, int] = {}
    for key, level in levels.items():
        if key in seeds:
            continue
        cls = nodes[key].cls if key in nodes else schema.class_of_key(key)
        side = up if level < 0 else down
        side[cls] = side.get(cls, 0) + 1
    return tuple(
        ClassCount(cls, class_label(schema, cls), up.get(cls, 0), down.get(cls, 0))
        for cls in sorted(up.keys() | down.keys())
    )


def find_defects(
    store: Store,
    schema: Schema,
    keys: Iterable[str],
    nodes: Mapping[str, Node],
    view: View,
) -> tuple[DefectFound, ...]:
    having, typed = sorted(schema.subrelations("hasDefect")), sorted(schema.subrelations("ofType"))
    domain = {d for r in having for c in schema.relations[r].domain for d in schema.descendants(c)}
    items = sorted(k for k in keys if k in nodes and nodes[k].cls in domain)
    if not having or not items:
        return ()
    found = store.expand(items, having, view=view)
    types = {s.subject: s.object for s in store.expand([f.object for f in found], typed, view=view)}
    named = store.get_nodes({f.object for f in found} | set(types.values()), view)
    return tuple(
        DefectFound(
            f.subject,
            name_in(schema, named, f.object),
            name_in(schema, named, types[f.object]) if f.object in types else None,
        )
        for f in found
    )


def show_left_out(
    store: Store,
    schema: Schema,
    flow: FlowRelations,
    refused: Mapping[StatementKey, Statement],
    view: View,
) -> tuple[TraceEdge, ...]:
    shown = [refused[k] for k in sorted(refused)[:_LEFT_OUT_SHOWN]]
    cited = cite(store, schema, shown, view=view, per_statement=0, with_time=True)
    return tuple(edge_of(flow, s, cited[s.key]) for s in shown)


def note(trace: Trace, levels: Mapping[str, int]) -> tuple[Phrase, ...]:
    notes: list[Phrase] = []
    if trace.is_truncated:
        size = f"{trace.reach}" if trace.reach_is_complete else f"more than {trace.reach}"
        size_zh = f"{trace.reach}" if trace.reach_is_complete else f"超过 {trace.reach}"
        why = {
            "nodes": Phrase("the limit of nodes", "节点数上限"),
            "depth": Phrase("the limit of depth", "层数上限"),
            "links": Phrase("the limit of links of one node", "单个节点的连接数上限"),
        }[trace.truncated_by]
        notes.append(
            Phrase(
                f"Shortened by {why.en}: {len(levels)} things are shown, {size} are connected"
                " (counted without regard to time).",
                f"已因{why.zh}截断：显示 {len(levels)} 项，相连的有 {size_zh} 项"
                "（未考虑时间先后）。",
            )
        )
    if trace.left_out:
        notes.append(
            Phrase(
                f"{trace.left_out} statements were not followed because their times exclude it,"
                " such as use before production or shipping after unpacking.",
                f"有 {trace.left_out} 条陈述因时间不符未被追踪，"
                "例如先使用后生产，或取出之后才发货。",
            )
        )
    for cycle in trace.cycles:
        ring = " → ".join((*cycle, cycle[0]))
        notes.append(
            Phrase(
                f"By the records this is made of itself: {ring}.", f"按记录，物料构成循环：{ring}。"
            )
        )
    undated = sum(
        1 for n in trace.nodes if kind_of(n.named.key) == "op" and n.started is None and not n.ended
    )
    if undated:
        notes.append(
            Phrase(
                f"{undated} operations have no time; they were followed whatever the order.",
                f"{undated} 次作业没有时间，追踪时未考虑其先后。",
            )
        )
    return tuple(notes)
