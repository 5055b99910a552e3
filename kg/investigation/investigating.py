"""The join: from what is bad to the assets that made it, and to what happened to these then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from kg.diagnosis.graph import Graph
from kg.diagnosis.terms import Terms
from kg.investigation import wording
from kg.investigation.drift_telling import drifts_looked_at
from kg.investigation.goods import goods_drifts
from kg.investigation.lineup import Lineup, at_origin
from kg.investigation.results import Investigation, SharedThing, Window
from kg.investigation.starting import MAX_ITEMS, Start, read_start
from kg.investigation.wording import HOUR, Clock
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.narration import Named, Phrase, name_in
from kg.store.protocol import Store
from kg.traceability import Exposures, find_exposures, find_inspections
from kg.traceability.factors import factor_relations
from ontology.schema import Schema

BEFORE_HOURS = 7 * 24.0
AFTER_HOURS = 14 * 24.0
_SHARED = 12


def investigate(
    store: Store,
    schema: Schema,
    what: str | Collection[str],
    *,
    before_hours: float = BEFORE_HOURS,
    after_hours: float = AFTER_HOURS,
    zone: str = "UTC",
    view: View = NOW,
    limit: int = 5,
    events_per_suspect: int = 5,
) -> Investigation:
    """Which assets may have made `what` bad, by what happened to them around its production.

    `what` is one or several units, lots, containers, defects, defect types or complaints. For
    each asset and tool in its genealogy, failures, work orders and alarms from `before_hours`
    before an operation to `after_hours` after it are ranked: by closeness in time, by what they
    say, and by whether what they found is known to lead to the defect; then what passed the asset
    in that time is compared with the time before and with what ran beside it. The benches and
    gauges that found the defects are ranked apart. Sentences tell times in `zone`.

    Raises NotFound for unknown keys, BadInput for things that cannot be bad, an unknown zone or a
    window that is none.
    """
    asked = [what] if isinstance(what, str) else list(dict.fromkeys(what))
    if not asked:
        raise BadInput("Say what is bad: a unit, a lot, a defect or a complaint.")
    if before_hours < 0 or after_hours < 0 or limit < 1 or events_per_suspect < 1:
        raise BadInput("The window around production must not be negative, nor a limit below one.")
    graph = Graph(store, schema, Terms.of(schema), view)
    clock = Clock(zone)
    window = int(before_hours * HOUR), int(after_hours * HOUR)
    start = read_start(store, schema, asked, view)
    made = find_exposures(store, schema, start.items, view=view)
    relevant = at_origin(graph, made.exposures, start)
    production = Lineup(
        graph, start, made, relevant, role="production", clock=clock, window=window
    ).rank(limit, events_per_suspect)
    looked = find_inspections(store, schema, start.items, among=start.found_by or None, view=view)
    inspection = Lineup(
        graph, start, looked, looked.exposures, role="inspection", clock=clock, window=window
    ).rank(limit, events_per_suspect)
    goods, looked_at_goods = goods_drifts(graph, start.items, start.found, clock)
    names = _Names(graph)
    items = names(start.items)
    defects = names(start.defect_types)
    reason: Phrase | None = None
    if not production.suspects and not inspection.suspects and not goods:
        reason = _reason(names(start.asked), items, production.assets)
    return Investigation(
        start=names(start.asked),
        items=items,
        defects=defects,
        window=Window(before_hours, after_hours, clock.name, wording.window(*window, clock)),
        suspects=production.suspects,
        inspections=inspection.suspects,
        assets=production.assets,
        operations=len({e.operation for e in relevant}),
        without_events=names(production.quiet),
        goods=goods,
        shared=_shared(graph, start, made, names),
        abstained=reason is not None,
        reason=reason,
        notes=(
            *_notes(start, made),
            *drifts_looked_at([production.looked, inspection.looked, looked_at_goods]),
        ),
    )


class _Names:
    """Names things by their keys."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __call__(self, keys: Collection[str]) -> tuple[Named, ...]:
        nodes = self._graph.nodes(keys)
        return tuple(name_in(self._graph.schema, nodes, key) for key in keys)


class _Behind(NamedTuple):
    key: str
    facet: str
    items: int


def _shared(graph: Graph, start: Start, made: Exposures, names: _Names) -> tuple[SharedThing, ...]:
    """What is behind several of the items: lots, suppliers, people, assets.

    What is behind most of them comes first, and of these what is used least elsewhere: a lot that
    only they have in common tells more than the line that makes everything.
    """
    if len(start.items) < 2:
        return ()
    behind: dict[tuple[str, str], set[str]] = {}
    for e in made.exposures:
        behind.setdefault((e.factor, e.facet), set()).add(e.item)
    for making in made.makings.values():
        for key in making.materials:
            behind.setdefault((key, "material"), set()).add(making.item)
    common = [_Behind(k, facet, len(v)) for (k, facet), v in behind.items() if len(v) > 1]
    relations = {
        *factor_relations(graph.schema),
        *(r.name for r in graph.schema.relations.values() if r.flow is not None),
    }
    uses = dict(
        graph.store.aggregate(
            sorted(relations), "object", objects=[b.key for b in common], view=graph.view
        )
        if common
        else ()
    )
    common.sort(key=lambda b: (-b.items, uses.get(b.key, 0), b.facet, b.key))
    shown = common[:_SHARED]
    return tuple(
        SharedThing(named, b.facet, b.items, uses.get(b.key, 0))
        for named, b in zip(names([b.key for b in shown]), shown, strict=True)
    )


def _reason(start: Sequence[Named], items: Sequence[Named], assets: int) -> Phrase:
    if not items:
        return wording.no_items(start)
    return wording.no_events(assets) if assets else wording.no_operations(items)


def _notes(start: Start, made: Exposures) -> tuple[Phrase, ...]:
    notes: list[Phrase] = []
    if start.is_cut:
        notes.append(
            Phrase(
                f"More than {MAX_ITEMS} things are concerned; the first {MAX_ITEMS} by code were"
                " investigated.",
                f"涉及的对象超过 {MAX_ITEMS} 个，仅调查了按编码排序的前 {MAX_ITEMS} 个。",
            )
        )
    if any(m.is_truncated for m in made.makings.values()):
        notes.append(
            Phrase(
                "A genealogy was too large to be read whole; its nearer part was used.",
                "谱系过大，只使用了较近的部分。",
            )
        )
    undated = sum(not span.is_known for span in made.spans.values())
    if undated:
        notes.append(
            Phrase(
                f"{undated} operations have no time and could not be compared with events.",
                f"{undated} 次作业没有时间，无法与事件比较。",
            )
        )
    if start.found is not None:
        notes.append(
            Phrase(
                "Work after the defects were found was left out.", "缺陷发现之后的作业不予考虑。"
            )
        )
    return tuple(notes)
