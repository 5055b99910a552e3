"""What drifted on an asset, in a window or before a failure."""

from __future__ import annotations

from kg.diagnosis.graph import Graph
from kg.diagnosis.terms import Terms
from kg.investigation.affecting import Doubt, doubt_of_event
from kg.investigation.drift_telling import drifts_looked_at, tell_seen
from kg.investigation.drifting import Drifting
from kg.investigation.events import parts_of
from kg.investigation.results import DriftsFound
from kg.investigation.suspecting import maintenance_kinds
from kg.investigation.wording import HOUR, Clock
from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.model.instants import Instant, to_text
from kg.model.keys import kind_of
from kg.narration import Phrase, Span, count_noun, join, name_in, space_scripts
from kg.search import nearest, raise_not_found
from kg.store.protocol import Store
from ontology.schema import Schema


def drifts_around(
    store: Store,
    schema: Schema,
    key: str,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    before_hours: float = 7 * 24.0,
    zone: str = "UTC",
    view: View = NOW,
    limit: int = 20,
) -> DriftsFound:
    """What drifted on the asset `key` in the half-open window, or before the record `key`.

    Of a failure, work order or alarm it is the assets that it names, from `before_hours` before it
    began to its end. Raises NotFound for an unknown key, BadInput for an asset without a window,
    for a record without asset or time, or a window that is none.
    """
    if before_hours <= 0 or limit < 1:
        raise BadInput("The time before an event must be above zero, and the limit at least one.")
    graph = Graph(store, schema, Terms.of(schema), view)
    clock = Clock(zone)
    node = store.get_nodes([key], view).get(key)
    if node is None:
        raise_not_found(store, key, nearest(store, key, 5, view=view))
    if kind_of(node.key) in maintenance_kinds(schema):
        doubt = doubt_of_event(graph, node, since, until, (int(before_hours * HOUR), 0))
    elif schema.is_a(node.cls, "Asset") or schema.is_a(node.cls, "Location"):
        doubt = Doubt(tuple(parts_of(store, schema, [node.key], view)), since, until)
    else:
        raise BadInput(f"{node.key} is a {node.cls}; say an asset, a failure, a work order or an"
                       " alarm.")  # fmt: skip
    if doubt.since is None or doubt.until is None:
        raise BadInput("Say from when to when to look: an asset has readings of many years.")
    if doubt.since >= doubt.until:
        raise BadInput("The window ends before it begins.")
    window = doubt.since, doubt.until
    drifting = Drifting(graph, doubt.until - doubt.since)
    drifting.look_at(doubt.assets, *window, window, with_operations=doubt.assets)
    events = [
        e for found in drifting.judge().values() for e in found
        if (e.span.end or 0) >= window[0] and (e.span.start or 0) < window[1]
    ]  # fmt: skip
    events.sort(key=lambda e: (e.drifted.q is None, e.drifted.q or 0.0, e.key))
    things = graph.nodes(doubt.assets)
    assets = tuple(name_in(schema, things, k) for k in doubt.assets)
    listed = tell_seen(graph, events[:limit], clock)
    named = join([a.label for a in assets[:3]], ", ", "、")
    when, tested = clock.span(Span(*window)), drifting.looked.tested
    sentence = Phrase(
        f"{count_noun(len(events), 'drift')} in {count_noun(tested, 'series', 'series')} of"
        f" readings of {named.en} in {when} ({clock.name}).",
        space_scripts(
            f"{when}（{clock.name}）期间，{named.zh}的 {tested} 组读数中有 {len(events)} 处漂移。"
        ),
    )
    return DriftsFound(
        name_in(schema, {node.key: node}, node.key), assets, to_text(window[0]), to_text(window[1]),
        listed, tested, sentence, tuple(drifts_looked_at([drifting.looked])),
    )  # fmt: skip
