"""Reading the numbers that were measured on assets, out of the graph.

A measurement tells of an asset because it was measured on it, because a sensor that monitors the
asset took it, or because it belongs to an operation that ran on it. However much is stored, at most
about `MOST_READINGS` are read of an asset: where there are more, short pieces of time, evenly
spread, stand for the whole, and the answer says which share was read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from kg.model.graph import Direction, Node, Statement, View
from kg.model.instants import Instant
from kg.narration import span_of
from kg.store.protocol import GroupBy, Store
from kg.traceability.drifts.series import Limits, Read, Series
from kg.traceability.drifts.shapes import Floats
from kg.traceability.flow import FlowRelations
from ontology.schema import Schema

MOST_READINGS = 6000
_ENOUGH = 48  # readings in the window from which none before it are fetched
_FAR = 180 * 86_400_000  # how far before the window they are fetched
_PIECES, _PILOTS = 48, 6
_KEYS_PER_READ = 2000
_TRIED = 200  # operations that are tried for measurements before all are read
_FEW = 3  # readings of a product from which its level is taken out


class _Reading(NamedTuple):
    key: str
    at: Instant
    value: float
    unit: str


@dataclass(frozen=True)
class _Names:
    measured_on: tuple[str, ...]
    monitors: tuple[str, ...]
    measured: tuple[str, ...]
    performed_on: tuple[str, ...]
    of: tuple[str, ...]
    of_step: tuple[str, ...]
    of_product: tuple[str, ...]
    has_parameter: tuple[str, ...]


class ReadingsOf:
    """Reads series of measured numbers."""

    def __init__(self, store: Store, schema: Schema, view: View) -> None:
        self._store = store
        self._schema = schema
        self._view = view
        self._flow = FlowRelations.of(schema)

        def below(*names: str) -> tuple[str, ...]:
            return tuple(sorted({r for name in names for r in schema.subrelations(name)}))

        self._names = _Names(
            below("measuredOn"), below("monitors"), below("measured"),
            below("performedOn", "usedTool"), below("ofCharacteristic"), below("ofStep"),
            below("ofProduct"), below("hasParameter"),
        )  # fmt: skip

    def read(
        self, thing: str, since: Instant, until: Instant, *, with_operations: bool = True,
        with_inspections: bool = True,
    ) -> Read:  # fmt: skip
        """The series of a thing in a half-open window; of rare readings also some before it.

        What an inspection measured on goods is a finding and no cause: leave it out there.
        """
        found: dict[str, Instant | None] = {}  # measurements, with the time of their operation
        share = 1.0
        sensors = self._sources(self._names.monitors, [thing])
        ways: list[tuple[Collection[str], tuple[str, ...], Direction]] = [
            ([thing], self._names.measured_on, "in"),
            (sensors, self._names.measured, "out"),
        ]
        for keys, relations, direction in ways:
            read, part = self._read_links(keys, relations, direction, since, until)
            ends = [s.subject if direction == "in" else s.object for s in read]
            found.update(dict.fromkeys(ends))
            share = min(share, part)
        if with_operations:
            ran, part = self._read_links([thing], self._names.performed_on, "in", since, until)
            began = {s.subject: s.valid_from for s in ran}
            operations = sorted(began)
            few = self._expand(operations[:_TRIED], self._names.measured)
            if few:
                few += self._expand(operations[_TRIED:], self._names.measured)
                for s in few:
                    found.setdefault(s.object, began[s.subject])
                share = min(share, part)
        if not with_inspections:
            kinds = self._schema.descendants("Inspection")
            for s in self._expand(found, self._names.measured, "in"):
                if self._schema.class_of_key(s.subject) in kinds:
                    found.pop(s.object, None)
        return Read(tuple(self._series(thing, found, since, until)), share)

    # -- links, bounded ------------------------------------------------------------------------

    def _read_links(
        self, keys: Collection[str], relations: tuple[str, ...], direction: Direction,
        since: Instant, until: Instant,
    ) -> tuple[list[Statement], float]:  # fmt: skip
        """Links of a window, or of further back where all are few; and the share that was read."""
        if not keys or not relations:
            return [], 1.0
        at: GroupBy = "object" if direction == "in" else "subject"
        counted = self._store.aggregate(
            relations, at, view=self._view,
            objects=keys if direction == "in" else None,
            subjects=keys if direction == "out" else None,
        )  # fmt: skip
        stored = sum(count for _, count in counted)

        def read(first: Instant, last: Instant) -> list[Statement]:
            view = replace(self._view, valid_from=first, valid_to=last)
            return self._expand(keys, relations, direction, view)

        if stored <= MOST_READINGS:
            return read(since - _FAR, until), 1.0
        share = min(1.0, MOST_READINGS / max(1.0, _expected(read, since, until)))
        if share >= 1.0:
            return read(since, until), 1.0
        width = (until - since) / _PIECES
        piece = max(1, int(width * share))
        found: list[Statement] = []
        for i in range(_PIECES):
            first = since + int(i * width)
            found += read(first, first + piece)
        return found, share

    def _sources(self, relations: tuple[str, ...], keys: Collection[str]) -> list[str]:
        return sorted({s.subject for s in self._expand(keys, relations, "in")})

    def _expand(
        self, keys: Collection[str], relations: tuple[str, ...], direction: Direction = "out",
        view: View | None = None,
    ) -> list[Statement]:  # fmt: skip
        listed = sorted(keys)
        found: list[Statement] = []
        for first in range(0, len(listed) if relations else 0, _KEYS_PER_READ):
            found += self._store.expand(
                listed[first : first + _KEYS_PER_READ], relations, direction,
                view=self._view if view is None else view,
            )  # fmt: skip
        return found

    def _nodes(self, keys: Collection[str]) -> dict[str, Node]:
        listed = sorted(keys)
        found: dict[str, Node] = {}
        for first in range(0, len(listed), _KEYS_PER_READ):
            found.update(self._store.get_nodes(listed[first : first + _KEYS_PER_READ], self._view))
        return found

    # -- numbers -------------------------------------------------------------------------------

    def _series(
        self, thing: str, keys: Mapping[str, Instant | None], since: Instant, until: Instant
    ) -> Iterable[Series]:
        if not keys:
            return
        nodes = self._nodes(keys)
        names = self._names
        about = self._expand(nodes, names.of)
        taken = self._expand(nodes, names.measured, "in")
        parameter = {s.subject: s.object for s in about}
        said: dict[str, list[Statement]] = {}
        for s in (*about, *taken):
            said.setdefault(s.subject if s.subject in nodes else s.object, []).append(s)
        takers = {s.object: s.subject for s in taken}
        cls = self._schema.class_of_key
        sensors = {k for k in takers.values() if self._schema.is_a(cls(k), "Asset")}
        runs = sorted(set(takers.values()) - sensors)
        steps = {s.subject: s.object for s in self._expand(runs, names.of_step)}
        groups: dict[tuple[str, str, str], list[_Reading]] = {}
        for key, node in nodes.items():
            value = node.props.get("value")
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            span = span_of(node, said.get(key, ()))
            at = span.start if span.start is not None else span.end
            at = keys.get(key) if at is None else at
            taker = takers.get(key, "")
            of = parameter.get(key, taker if taker in sensors else "")
            if at is None or not of or at >= until or not np.isfinite(value):
                continue
            unit = node.props.get("unitOfMeasure")
            source = taker if taker in sensors else steps.get(taker, "")
            group = of, source, unit if isinstance(unit, str) else ""
            groups.setdefault(group, []).append(_Reading(key, at, float(value), group[2]))
        limits = self._limits(thing, sensors, {of for of, _, _ in groups})
        products = self._products(runs)
        for (of, source, unit), readings in sorted(groups.items()):
            readings.sort(key=lambda r: (r.at, r.key))
            kept = [r for r in readings if r.at >= since]
            if len(kept) < _ENOUGH:
                kept = readings[-max(_ENOUGH, len(kept)) :]
            values = np.array([r.value for r in kept])
            if not len(values):
                continue
            made = [products.get(takers.get(r.key, ""), "") for r in kept]
            yield Series(
                thing, of, source, unit, tuple(r.key for r in kept),
                np.array([r.at for r in kept], dtype=np.int64), values,
                _level_products(values, made),
                limits.get((source, of)) or limits.get((thing, of)) or limits.get(("", of))
                or Limits(),
            )  # fmt: skip

    def _products(self, runs: Collection[str]) -> dict[str, str]:
        """What each operation made, where that is one product: settings go by it."""
        made = self._expand(runs, tuple(self._flow.downstream))
        of = {
            s.subject: s.object
            for s in self._expand({s.object for s in made}, self._names.of_product)
        }
        return {s.subject: of[s.object] for s in made if s.object in of}

    def _limits(
        self, thing: str, sensors: Collection[str], parameters: Collection[str]
    ) -> dict[tuple[str, str], Limits]:
        """By (asset or sensor, parameter); by ("", parameter) what holds for it anywhere."""
        found: dict[tuple[str, str], Limits] = {}
        for key, node in self._nodes(parameters).items():
            limits = _limits_in(node.props)
            if limits is not None:
                found["", key] = limits
        said = self._expand([thing], self._names.has_parameter)
        said += self._expand(sensors, self._names.monitors)
        for s in said:
            limits = _limits_in(s.props)
            if limits is not None:
                found[s.subject, s.object] = limits
        return found


def _expected(
    read: Callable[[Instant, Instant], list[Statement]], since: Instant, until: Instant
) -> float:
    """About how many links a window holds, by a few short samples of it."""
    width = max(1, (until - since) // (_PILOTS * 200))
    step = (until - since) // _PILOTS
    sampled = sum(len(read(f, f + width)) for f in range(since + step // 2, until, max(1, step)))
    return sampled * (until - since) / (width * _PILOTS)


def _level_products(values: Floats, made: list[str]) -> Floats:
    """Values as if all products had the level of the whole: a change of product is no drift."""
    kinds = set(made)
    if len(kinds) < 2:
        return values
    at = np.array(made)
    levelled = values.copy()
    for kind in kinds:
        own = at == kind
        if own.sum() >= _FEW:
            levelled[own] += np.median(values) - np.median(values[own])
    return levelled


def _limits_in(props: Mapping[str, object] | None) -> Limits | None:
    def number(name: str) -> float | None:
        value = (props or {}).get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) if is_number else None  # type: ignore[arg-type]

    limits = Limits(number("lowerLimit"), number("upperLimit"))
    return None if limits == Limits() else limits
