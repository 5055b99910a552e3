"""From the graph to a cohort: what was behind every unit, good or bad, at once.

Units are walked backwards together, each node being read once; what is behind which unit then
follows by multiplying sparse matrices. Operations of steps that inspect, and inspections, give
inspection factors; operations after a unit's defect was found are no cause of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.model.errors import BadInput
from kg.model.graph import NOW, Direction, Node, Statement, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import Phrase, Span, class_label, name_in, span_of
from kg.store.protocol import Store
from kg.traceability.commonality.cohort import (
    Cohort,
    Condition,
    Factor,
    FactorRole,
    Parameter,
    make_matrix,
)
from kg.traceability.commonality.columns import is_inspection_text
from kg.traceability.commonality.periods import periods_of
from kg.traceability.commonality.tables import PERIOD_WEIGHT, STEP_WEIGHT
from kg.traceability.factors import facet_of, factor_relations
from kg.traceability.flow import FlowRelations
from ontology.schema import Schema

_PER_READ = 1000
_MAX_DEPTH = 40
_MAX_NODES = 2_000_000
_MOST_TIMED, _LEAST_TIMED = 300, 12
_TIME_BLOCKS = 6


@dataclass(frozen=True, slots=True)
class GenealogyCohort:
    """A cohort from the graph, with the keys behind it."""

    cohort: Cohort
    keys: tuple[str, ...]  # of the units, as in the cohort
    spans: Mapping[str, Span]  # of the events behind them
    notes: tuple[Phrase, ...]


@dataclass(slots=True)
class _Behind:
    """The events and things behind units. Shapes: (units, events), (units, things)."""

    events: list[str]
    things: list[str]
    has_event: sparse.csr_matrix
    has_thing: sparse.csr_matrix
    said: dict[str, list[Statement]] = field(default_factory=dict)


def cohort_of_store(
    store: Store,
    schema: Schema,
    bad: Collection[str],
    good: Collection[str] | None = None,
    *,
    found: Mapping[str, Instant] | None = None,
    ignored_events: Collection[str] = (),
    zone_hours: float = 0.0,
    view: View = NOW,
) -> GenealogyCohort:
    """The cohort of `bad` against `good` things on the flow of material.

    Without `good` it is all others of the classes of the bad ones that were made by some
    operation, as the bad ones were. `found` says when the defects of a bad one were found.
    `zone_hours` is the plant's offset from UTC, for shifts. Raises BadInput where there is nothing
    to compare.
    """
    if not bad:
        raise BadInput("Name the bad units: by their codes, a defect type, or a file of codes.")
    flow = FlowRelations.of(schema)
    bad_keys = sorted(set(bad))
    population = _population(store, schema, bad_keys, good, view)
    behind, spans = _walk(store, schema, flow, population, found or {}, view)
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
    starts = np.array([_start(spans.get(k)) for k in behind.events], dtype=np.float64)
    maker = _Maker(store, schema, population, behind, starts, found or {}, zone_hours, view)
    for event in ignored_events:
        if event in events:
            maker.ignore(events[event])
    maker.add_event_factors()
    maker.add_materials()
    maker.add_periods()
    maker.add_inspections()
    cohort = Cohort(
        tuple(population), is_bad, tuple(maker.factors),
        make_matrix(len(population), maker.pairs, len(maker.factors)),
        (*maker.measurements(), *maker.passing()), maker.strata(),
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
        if after is None or len(found) > _MAX_NODES:
            return sorted(found)


def _walk(
    store: Store, schema: Schema, flow: FlowRelations, units: Sequence[str],
    found: Mapping[str, Instant], view: View,
) -> tuple[_Behind, dict[str, Span]]:  # fmt: skip
    """Everything upstream of the units, packing aside: a box makes nothing bad.

    What came to a bad unit after its defect was found, such as the parts of a rework, is not
    behind it.
    """
    along = [r for r in flow.upstream if r not in flow.stays]
    against = [r for r in flow.downstream if r not in flow.stays]
    number: dict[str, int] = {k: i for i, k in enumerate(units)}
    order = list(units)
    source: list[int] = []
    target: list[int] = []
    frontier = list(units)
    said: dict[str, list[Statement]] = {}
    since: list[float] = []  # when the edge begins, where it is said
    sides: tuple[tuple[list[str], Direction], ...] = ((along, "out"), (against, "in"))
    for _ in range(_MAX_DEPTH):
        fresh: list[str] = []
        for first in range(0, len(frontier), _PER_READ):
            portion = frontier[first : first + _PER_READ]
            for relations, direction in sides:
                if not relations:
                    continue
                for s in store.expand(portion, relations, direction, view=view):
                    near, far = (
                        (s.subject, s.object) if direction == "out" else (s.object, s.subject)
                    )
                    for end in (s.subject, s.object):
                        if kind_of(end) in flow.events:
                            said.setdefault(end, []).append(s)
                    if far not in number:
                        number[far] = len(order)
                        order.append(far)
                        fresh.append(far)
                    source.append(number[near])
                    target.append(number[far])
                    since.append(np.nan if s.valid_from is None else float(s.valid_from))
        frontier = fresh
        if not frontier or len(order) > _MAX_NODES:
            break
    size = len(order)
    ones = np.ones(len(source), dtype=np.int8)
    step = sparse.csr_matrix((ones, (source, target)), shape=(size, size))
    step.data[:] = 1
    spans = _spans(store, [k for k in order if kind_of(k) in flow.events], said, view)
    starts = np.array([_start(spans.get(k)) for k in order])
    limits = np.array([float(found[k]) if k in found else np.inf for k in units])
    own = np.array(source) < len(units) if source else np.zeros(0, dtype=np.bool_)
    too_late = own & (np.array(since) > limits[np.where(own, source, 0)]) if source else own
    early = sparse.csr_matrix(
        (np.ones(int((~too_late).sum()), dtype=np.int8),
         (np.array(source, dtype=np.int64)[~too_late],
          np.array(target, dtype=np.int64)[~too_late])),
        shape=(size, size),
    )  # fmt: skip
    early.data[:] = 1
    reached = _closure(step, early, limits, starts)
    is_event = np.array([kind_of(k) in flow.events for k in order])
    shipments = _shipping_kinds(schema, flow)
    is_event &= np.array([kind_of(k) not in shipments for k in order])
    is_thing = ~np.array([kind_of(k) in flow.events for k in order])
    return _Behind(
        [order[i] for i in np.flatnonzero(is_event)],
        [order[i] for i in np.flatnonzero(is_thing)],
        reached[:, np.flatnonzero(is_event)],
        reached[:, np.flatnonzero(is_thing)],
        said,
    ), spans


def _closure(
    step: sparse.csr_matrix, first_step: sparse.csr_matrix, limits: NDArray[np.float64],
    starts: NDArray[np.float64],
) -> sparse.csr_matrix:  # fmt: skip
    """What each of the first nodes, the units, reaches; shape: (units, nodes).

    `limits` are times after which a unit's events do not count; `starts` those of all nodes.
    """
    size, units = step.shape[0], len(limits)
    seen = sparse.csr_matrix((units, size), dtype=np.int8)
    start = np.arange(units)
    frontier = sparse.csr_matrix((np.ones(units, dtype=np.int8), (start, start)), (units, size))
    for depth in range(_MAX_DEPTH):
        frontier = (frontier @ (step if depth else first_step)).tocoo()
        keep = ~(starts[frontier.col] > limits[frontier.row])
        frontier = sparse.csr_matrix(
            (np.ones(int(keep.sum()), dtype=np.int8), (frontier.row[keep], frontier.col[keep])),
            (units, size),
        )
        frontier = frontier - frontier.multiply(seen)
        frontier.eliminate_zeros()
        if not frontier.nnz:
            break
        seen = seen + frontier
        seen.data[:] = 1
    return seen


def _shipping_kinds(schema: Schema, flow: FlowRelations) -> frozenset[str]:
    """Kinds of events by which goods only move."""
    moved = {d for r in flow.downstream for c in schema.relations[r].range
             for d in schema.descendants(c)}  # fmt: skip
    return frozenset(
        schema.classes[c].kind for c in moved if c in schema.classes and schema.classes[c].is_event
    )


def _spans(
    store: Store, events: Sequence[str], said: Mapping[str, Sequence[Statement]], view: View
) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    for first in range(0, len(events), 5 * _PER_READ):
        portion = events[first : first + 5 * _PER_READ]
        nodes = store.get_nodes(portion, view)
        for key in portion:
            spans[key] = span_of(nodes.get(key), said.get(key, ()))
    return spans


def _start(span: Span | None) -> float:
    if span is None or not span.is_known:
        return float("nan")
    return float(span.start if span.start is not None else span.end or 0)


class _Maker:
    """Collects the factors of a genealogy."""

    def __init__(
        self, store: Store, schema: Schema, units: Sequence[str], behind: _Behind,
        starts: NDArray[np.float64], found: Mapping[str, Instant], zone_hours: float, view: View,
    ) -> None:  # fmt: skip
        self._found = found
        self._store = store
        self._schema = schema
        self._units = units
        self._behind = behind
        self._columns = behind.has_event.tocsc()  # units of an event
        self._starts = starts + zone_hours * 3_600_000
        self._view = view
        self._ignored: set[int] = set()
        self._step: dict[int, str] = {}
        self._looks: set[int] = set()
        self._at: dict[str, list[int]] = {}  # events by asset
        self._things: dict[str, Condition] = {}
        self.factors: list[Factor] = []
        self.pairs: set[tuple[int, int]] = set()

    def ignore(self, event: int) -> None:
        """Leave an event out, such as the one that only booked the defect."""
        self._ignored.add(event)

    def _units_of(self, event: int) -> NDArray[np.int32]:
        found: NDArray[np.int32] = self._columns.indices[
            self._columns.indptr[event] : self._columns.indptr[event + 1]
        ]
        return found

    def add_event_factors(self) -> None:
        """Who, on what, with what, by which step; each also at the step, where it has several."""
        schema = self._schema
        index = {k: i for i, k in enumerate(self._behind.events)}
        relations = factor_relations(schema, {kind_of(k) for k in self._behind.events})
        of_step = schema.subrelations("ofStep")
        said = self._expand(self._behind.events, relations)
        nodes = self._nodes({s.object for s in said})
        steps = {s.object for s in said if s.predicate in of_step}
        looking = {k for k in steps if is_inspection_text(_text_of(nodes.get(k), k))}
        for s in said:
            if s.predicate in of_step:
                self._step[index[s.subject]] = s.object
                if s.object in looking:
                    self._looks.add(index[s.subject])
        plain: dict[tuple[str, FactorRole], set[int]] = {}
        at_step: dict[tuple[str, str, FactorRole], set[int]] = {}
        predicate: dict[str, str] = {}
        facets: dict[str, str] = {}
        for s in said:
            event = index[s.subject]
            node = nodes.get(s.object)
            cls = node.cls if node is not None else schema.class_of_key(s.object)
            facet = facet_of(schema, cls)
            if facet is None or event in self._ignored:
                continue
            role: FactorRole = "inspection" if event in self._looks else "production"
            units = self._units_of(event)
            predicate[s.object], facets[s.object] = s.predicate, facet
            plain.setdefault((s.object, role), set()).update(map(int, units))
            step = self._step.get(event)
            if step is not None and step != s.object:
                at_step.setdefault((s.object, step, role), set()).update(map(int, units))
            if role == "production" and schema.is_a(cls, "Asset"):
                self._at.setdefault(s.object, []).append(event)
        for key, facet in facets.items():
            self._things[key] = self._condition(nodes, key, predicate[key], facet)
        for (key, role), touched in sorted(plain.items()):
            self._add((self._things[key],), role, "value", 1.0, touched)
        for (key, step, role), touched in sorted(at_step.items()):
            if step in self._things and touched != plain[key, role]:
                both = self._things[key], self._things[step]
                self._add(both, role, "step", STEP_WEIGHT, touched)

    def add_materials(self) -> None:
        """Lots, suppliers and products that went in, and the product itself."""
        schema = self._schema
        columns = self._behind.has_thing.tocsc()
        nodes = self._nodes(self._behind.things)
        own = set(self._units)
        for i, key in enumerate(self._behind.things):
            if key in own:
                continue
            node = nodes.get(key)
            facet = facet_of(schema, node.cls if node is not None else schema.class_of_key(key))
            touched = columns.indices[columns.indptr[i] : columns.indptr[i + 1]]
            if facet is not None and len(touched) > 1:
                condition = self._condition(nodes, key, "consumed", facet)
                self._add((condition,), "production", "value", 1.0, set(map(int, touched)))
        number = {k: i for i, k in enumerate(self._units)}
        products: dict[str, set[int]] = {}
        for s in self._expand(self._units, sorted(schema.subrelations("ofProduct"))):
            products.setdefault(s.object, set()).add(number[s.subject])
        nodes = self._nodes(products)
        for key, touched_by in sorted(products.items()):
            condition = self._condition(nodes, key, "ofProduct", "material")
            self._add((condition,), "production", "value", 1.0, touched_by)
        self._products = products

    def add_periods(self) -> None:
        """Shift, weekday and week of the operations."""
        found: dict[tuple[str, str, str], set[int]] = {}
        for event, start in enumerate(self._starts):
            if event in self._looks or event in self._ignored or not np.isfinite(start):
                continue
            units = set(map(int, self._units_of(event)))
            for period in periods_of(int(start)):
                found.setdefault(period, set()).update(units)
        for (column, en, zh), touched in sorted(found.items()):
            condition = Condition(column, en, Phrase(en, zh), "environment")
            self._add((condition,), "production", "period", PERIOD_WEIGHT, touched)

    def add_inspections(self) -> None:
        """Who looked at the units, on which bench, with what."""
        schema = self._schema
        relations = sorted(schema.subrelations("inspected"))
        number = {k: i for i, k in enumerate(self._units)}
        seen: dict[str, set[int]] = {}
        for s in self._expand(self._units, relations, "in"):
            limit = self._found.get(s.object)
            if limit is None or s.valid_from is None or s.valid_from <= limit:
                seen.setdefault(s.subject, set()).add(number[s.object])
        if not seen:
            return
        about = factor_relations(schema, {kind_of(k) for k in seen})
        said = self._expand(sorted(seen), [r for r in about if r not in relations])
        nodes = self._nodes({s.object for s in said})
        found: dict[tuple[str, str, str], set[int]] = {}
        for s in said:
            node = nodes.get(s.object)
            facet = facet_of(schema, node.cls if node is not None else
                             schema.class_of_key(s.object))  # fmt: skip
            if facet is not None:
                found.setdefault((s.object, s.predicate, facet), set()).update(seen[s.subject])
        for (key, predicate, facet), touched in sorted(found.items()):
            condition = self._condition(nodes, key, predicate, facet)
            self._add((condition,), "inspection", "value", 1.0, touched)

    def measurements(self) -> list[Parameter]:
        """Numbers measured in operations: the mean per unit and characteristic."""
        schema = self._schema
        index = {k: i for i, k in enumerate(self._behind.events)}
        said = self._expand(self._behind.events, sorted(schema.subrelations("measured")))
        said = [s for s in said if index[s.subject] not in self._looks | self._ignored]
        if not said:
            return []
        values = self._nodes({s.object for s in said})
        of = {
            s.subject: s.object
            for s in self._expand(sorted(values), sorted(schema.subrelations("ofCharacteristic")))
        }
        sums: dict[str, NDArray[np.float64]] = {}
        counts: dict[str, NDArray[np.float64]] = {}
        for s in said:
            node, characteristic = values.get(s.object), of.get(s.object)
            value = node.props.get("value") if node is not None else None
            if characteristic is None or isinstance(value, bool | str) or value is None:
                continue
            if not isinstance(value, int | float):
                continue
            units = self._units_of(index[s.subject])
            if characteristic not in sums:
                sums[characteristic] = np.zeros(len(self._units))
                counts[characteristic] = np.zeros(len(self._units))
            sums[characteristic][units] += float(value)
            counts[characteristic][units] += 1
        nodes = self._nodes(sums)
        found: list[Parameter] = []
        for key in sorted(sums):
            if (counts[key] > 0).sum() >= _LEAST_TIMED:
                mean = np.where(counts[key] > 0, sums[key] / np.maximum(1, counts[key]), np.nan)
                label = name_in(schema, nodes, key).label
                found.append(Parameter(key, label, "method", mean))
        return found

    def passing(self) -> list[Parameter]:
        """When units passed each asset: an asset is often at fault for some days only."""
        found: list[Parameter] = []
        ranked = sorted(self._at.items(), key=lambda x: (-len(x[1]), x[0]))[:_MOST_TIMED]
        for key, events in sorted(ranked):
            latest = np.full(len(self._units), -np.inf)
            for event in events:
                start = self._starts[event]
                if np.isfinite(start) and event not in self._ignored:
                    units = self._units_of(event)
                    latest[units] = np.maximum(latest[units], start)
            known = np.isfinite(latest)
            if known.sum() >= _LEAST_TIMED:
                thing = self._things[key]
                values = np.where(known, latest, np.nan)
                found.append(
                    Parameter(f"time at {key}", thing.label, thing.facet, values, of=thing)
                )
        return found

    def strata(self) -> dict[str, NDArray[np.int64]]:
        """Like units: by product, and by the time of their first operation."""
        strata: dict[str, NDArray[np.int64]] = {}
        codes = np.zeros(len(self._units), dtype=np.int64)
        for i, (_, touched) in enumerate(sorted(self._products.items()), 1):
            codes[sorted(touched)] = i
        if len(np.unique(codes)) > 1:
            strata["product"] = np.unique(codes, return_inverse=True)[1].astype(np.int64)
        rows = self._columns.tocoo()
        first = np.full(len(self._units), np.inf)
        times = self._starts[rows.col]
        known = np.isfinite(times)
        np.minimum.at(first, rows.row[known], times[known])
        finite = first[np.isfinite(first)]
        if len(np.unique(finite)) >= 2 * _TIME_BLOCKS:
            cuts = np.quantile(finite, np.arange(1, _TIME_BLOCKS) / _TIME_BLOCKS)
            strata["time"] = np.searchsorted(cuts, first).astype(np.int64)
        return strata

    def _add(
        self, conditions: tuple[Condition, ...], role: FactorRole, kind: str, weight: float,
        touched: Collection[int],
    ) -> None:  # fmt: skip
        index = len(self.factors)
        self.factors.append(Factor(conditions, role, kind, weight))  # type: ignore[arg-type]
        self.pairs.update((unit, index) for unit in touched)

    def _condition(
        self, nodes: Mapping[str, Node], key: str, predicate: str, facet: str
    ) -> Condition:
        return Condition(predicate, key, name_in(self._schema, nodes, key).label, facet)

    def _nodes(self, keys: Collection[str]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        listed = sorted(keys)
        for first in range(0, len(listed), 5 * _PER_READ):
            found.update(self._store.get_nodes(listed[first : first + 5 * _PER_READ], self._view))
        return found

    def _expand(
        self, keys: Sequence[str], relations: Sequence[str], direction: Direction = "out"
    ) -> list[Statement]:
        found: list[Statement] = []
        if not relations:
            return found
        for first in range(0, len(keys), _PER_READ):
            portion = keys[first : first + _PER_READ]
            found += self._store.expand(portion, relations, direction, view=self._view)
        return found


def _text_of(node: Node | None, key: str) -> str:
    return f"{node.name} {' '.join(node.aliases)}" if node is not None else key


def class_counts(schema: Schema, keys: Collection[str]) -> Phrase:
    """What kinds of things the units are, for a headline."""
    classes = sorted({schema.class_of_key(k) for k in keys})
    labels = [class_label(schema, c) for c in classes]
    return Phrase(", ".join(p.en for p in labels), "、".join(p.zh for p in labels))
