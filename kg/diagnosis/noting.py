"""What a diagnosis says about itself: what it rests on, what it left out, what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.diagnosis import wording
from kg.diagnosis.graph import Graph
from kg.diagnosis.modelling import PRIOR_TRUST, Model
from kg.diagnosis.reading import Reading
from kg.diagnosis.records import RecordReader
from kg.diagnosis.scope import Scope
from kg.diagnosis.telling import tell_wrong_probabilities
from kg.model.graph import Statement
from kg.narration import Named, Phrase, cite, join, name_in

_DEPENDENCES = 3
_CYCLES = 3


def notes_on(
    graph: Graph,
    scope: Scope,
    reader: RecordReader,
    readings: Sequence[Reading],
    model: Model,
    implied: Sequence[tuple[str, str]],
    affected: Mapping[str, Sequence[Statement]],
    *,
    only_components: bool,
) -> tuple[Phrase, ...]:
    """The notes under an answer. `affected` says where each shown cause is stated to occur."""
    notes: list[Phrase] = []
    if any(r.records.is_cut for r in readings):
        notes.append(
            Phrase(
                "There are more records than were counted; those on the asset itself were all"
                " counted.",
                "记录数量超过统计上限；该设备自身的记录已全部统计。",
            )
        )
    explained = sum(c.explained for r in readings for c in r.records.levels.values())
    if affected and explained < PRIOR_TRUST:
        notes.append(_few_records(explained))
    notes += [wording.implied(said, by) for said, by in implied]
    cut = model.dropped[:_CYCLES]
    nodes = graph.nodes({k for pair in cut for k in pair})
    notes += wording.broken_cycles(
        [
            (name_in(graph.schema, nodes, a).label, name_in(graph.schema, nodes, b).label)
            for a, b in cut
        ]
    )
    notes += _dependence(graph, scope, affected)
    notes += tell_wrong_probabilities(graph, readings)
    if reader.alarmed:
        notes.append(wording.alarmed(len(reader.alarmed)))
    if affected and only_components:
        notes.append(
            Phrase(
                "The records name components but no causes: the ranking says where to look,"
                " not why it failed.",
                "记录只写明部件而没有原因：排序说明该查哪里，而非为何失效。",
            )
        )
    return tuple(notes)


def _dependence(
    graph: Graph, scope: Scope, affected: Mapping[str, Sequence[Statement]]
) -> list[Phrase]:
    """How what a shown cause acts on reaches the asset, which only depends on it."""
    ways = {
        cause: scope.depends[place]
        for cause, statements in affected.items()
        for stated in statements[:1]
        if (place := stated.object if stated.subject == cause else stated.subject) in scope.depends
    }
    steps = {step.key: step for way in ways.values() for step in way}
    cited = cite(graph.store, graph.schema, steps.values(), view=graph.view)
    nodes = graph.nodes(ways)
    return [
        wording.by_dependence(
            name_in(graph.schema, nodes, key).label, join([cited[s.key].sentence for s in way])
        )
        for key, way in list(ways.items())[:_DEPENDENCES]
    ]


def _few_records(explained: float) -> Phrase:
    if explained == 0:
        return Phrase(
            "No record says what was found; the ranking rests on documents and general knowledge.",
            "没有记录写明原因，排序依据文档和一般知识。",
        )
    are = "record says" if explained == 1 else "records say"
    return Phrase(
        f"Only {explained:g} {are} what was found; the ranking rests on documents and general"
        " knowledge.",
        f"只有 {explained:g} 条记录写明了原因，排序主要依据文档和一般知识。",
    )


def usual_signs(graph: Graph, scope: Scope, reader: RecordReader) -> tuple[Named, ...]:
    """What records of the asset, else of its peers, observed most often."""
    if not graph.terms.observed:
        return ()
    records = set(reader.own)
    if not records:
        reported = graph.expand(
            scope.peers[:200], graph.terms.reported_on, "in", limit_per_node=200
        )
        records = {s.subject for s in reported}
    if not records:
        return ()
    counted = graph.store.aggregate(
        graph.terms.observed, "object", subjects=records, view=graph.view, limit=8
    )
    nodes = graph.nodes([key for key, _ in counted])
    return tuple(name_in(graph.schema, nodes, key) for key, _ in counted)
