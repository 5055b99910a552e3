"""From the graph to a cohort: what was behind every unit, good or bad, at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

import numpy as np

from kg.model.errors import BadInput
from kg.model.graph import NOW, View
from kg.model.instants import Instant
from kg.narration import Phrase, Span, class_label
from kg.store.protocol import Store
from kg.traceability.commonality.cohort import Cohort, make_matrix
from kg.traceability.commonality.genealogy_factors import FactorMaker
from kg.traceability.commonality.on_the_way import measured_on_the_way
from kg.traceability.commonality.upstream import MAX_NODES, start_of, walk_upstream
from kg.traceability.flow import FlowRelations
from ontology.schema import Schema


@dataclass(frozen=True, slots=True)
class GenealogyCohort:
    """A cohort from the graph, with the keys behind it."""

    cohort: Cohort
    keys: tuple[str, ...]  # of the units, as in the cohort
    spans: Mapping[str, Span]  # of the events behind them
    notes: tuple[Phrase, ...]


def cohort_of_store(
    store: Store,
    schema: Schema,
    bad: Collection[str],
    good: Collection[str] | None = None,
    *,
    found: Mapping[str, Instant] | None = None,
    ignored_events: Collection[str] = (),
    zone: tzinfo = UTC,
    view: View = NOW,
) -> GenealogyCohort:
    """The cohort of `bad` against `good` things on the flow of material.

    Without `good` it is all others of the classes of the bad ones that were made by some
    operation, as the bad ones were. `found` says when the defects of a bad one were found.
    `zone` is that of the plant, for shifts. Raises BadInput where there is nothing
    to compare.
    """
    if not bad:
        raise BadInput("Name the bad units: by their codes, a defect type, or a file of codes.")
    flow = FlowRelations.of(schema)
    bad_keys = sorted(set(bad))
    population = _population(store, schema, bad_keys, good, view)
    behind, spans = walk_upstream(store, schema, flow, population, found or {}, view)
    events = {k: i for i, k in enumerate(behind.events)}
    made = np.asarray(behind.has_event.sum(axis=1)).reshape(-1) > 0
    bad_set = set(bad_keys)
    is_bad = np.array([k in bad_set for k in population])
    notes: list[Phrase] = []
    if good is None and made[is_bad].mean() > 0.5:
        keep = made
        left = int((is_bad & ~made).sum())
        if left:
            notes.append(
                Phrase(
                    f"{left} bad things have no operation behind them and were left out.",
                    f"{left} 个不良对象没有作业记录，未予考虑。",
                )
            )
        population = [k for k, kept in zip(population, keep, strict=True) if kept]
        behind.has_event, behind.has_thing = behind.has_event[keep], behind.has_thing[keep]
        is_bad = is_bad[keep]
    if not is_bad.any() or is_bad.all():
        raise BadInput(
            "There is nothing to compare: no good units of the same kind are in the graph."
            if is_bad.any()
            else "None of the bad things is in the graph with a genealogy."
        )
    starts = np.array([start_of(spans.get(k)) for k in behind.events], dtype=np.float64)
    maker = FactorMaker(store, schema, population, behind, starts, found or {}, zone, view)
    for event in ignored_events:
        if event in events:
            maker.ignore(events[event])
    maker.add_event_factors()
    maker.add_materials()
    maker.add_periods()
    maker.add_inspections()
    met, note = measured_on_the_way(
        store, schema, population, set(behind.events), found or {}, view
    )
    if note is not None:
        notes.append(note)
    cohort = Cohort(
        tuple(population), is_bad, tuple(maker.factors),
        make_matrix(len(population), maker.pairs, len(maker.factors)),
        (*maker.measurements(), *met, *maker.passing()), maker.strata(),
    )  # fmt: skip
    return GenealogyCohort(cohort, tuple(population), spans, tuple(notes))


def _population(
    store: Store, schema: Schema, bad: Sequence[str], good: Collection[str] | None, view: View
) -> list[str]:
    if good is not None:
        return sorted({*bad, *good})
    nodes = store.get_nodes(bad, view)
    classes = sorted({n.cls for n in nodes.values()})
    found: set[str] = set(bad)
    after: str | None = None
    while True:
        page = store.find_nodes(classes, after=after, limit=5000, view=view)
        found.update(n.key for n in page.nodes)
        after = page.next_after
        if after is None or len(found) > MAX_NODES:
            return sorted(found)


def class_counts(schema: Schema, keys: Collection[str]) -> Phrase:
    """What kinds of things the units are, for a headline."""
    classes = sorted({schema.class_of_key(k) for k in keys})
    labels = [class_label(schema, c) for c in classes]
    return Phrase(", ".join(p.en for p in labels), "、".join(p.zh for p in labels))
