"""The factors of a genealogy: who, what, with what, when, out of what was behind the units.

Operations of steps that inspect, and inspections, give inspection factors; operations after a
unit's defect was found are no cause of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from kg.model.graph import Direction, Node, Statement, View
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import Phrase, name_in
from kg.store.protocol import Store
from kg.traceability.commonality.cohort import Condition, Factor, FactorRole, Parameter
from kg.traceability.commonality.columns import is_inspection_text
from kg.traceability.commonality.periods import local_times, periods_of
from kg.traceability.commonality.tables import PERIOD_WEIGHT, STEP_WEIGHT
from kg.traceability.commonality.upstream import PER_READ, Behind
from kg.traceability.factors import facet_of, factor_relations
from ontology.schema import Schema

_MOST_TIMED, _LEAST_TIMED = 300, 12
_TIME_BLOCKS = 6


class FactorMaker:
    """Collects the factors of a genealogy."""

    def __init__(
        self, store: Store, schema: Schema, units: Sequence[str], behind: Behind,
        starts: NDArray[np.float64], found: Mapping[str, Instant], zone: tzinfo, view: View,
    ) -> None:  # fmt: skip
        self._found = found
        self._store = store
        self._schema = schema
        self._units = units
        self._behind = behind
        self._columns = behind.has_event.tocsc()  # units of an event
        self._starts = local_times(starts, zone)
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
        for first in range(0, len(listed), 5 * PER_READ):
            found.update(self._store.get_nodes(listed[first : first + 5 * PER_READ], self._view))
        return found

    def _expand(
        self, keys: Sequence[str], relations: Sequence[str], direction: Direction = "out"
    ) -> list[Statement]:
        found: list[Statement] = []
        if not relations:
            return found
        for first in range(0, len(keys), PER_READ):
            portion = keys[first : first + PER_READ]
            found += self._store.expand(portion, relations, direction, view=self._view)
        return found


def _text_of(node: Node | None, key: str) -> str:
    return f"{node.name} {' '.join(node.aliases)}" if node is not None else key
