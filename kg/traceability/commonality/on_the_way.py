"""What sensors measured on goods, or on what they were packed in while they were in it.

A box makes nothing bad, but the warmth in it may have: of each characteristic every unit gets the
highest and the lowest value that it met. What an inspection measured is a finding, not a cause, and
is left out; so is what was measured after a unit's defect was found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.model.graph import Direction, Statement, View
from kg.model.instants import Instant
from kg.narration import Phrase, name_in, span_of
from kg.store.protocol import Store
from kg.traceability.commonality.cohort import Parameter
from kg.traceability.commonality.upstream import PER_READ
from kg.traceability.flow import FlowRelations
from ontology.schema import Schema

Floats = NDArray[np.float64]
MOST_MEASUREMENTS = 300_000
_MOST_LEVELS = 6  # a vial in a box in a case on a pallet in a container
_LEAST_UNITS = 12
_ALWAYS = (-(2**62), 2**62)


class _Stay(NamedTuple):
    """That a unit was in or was a thing, from then (inclusive) to then (exclusive)."""

    unit: int
    since: Instant
    until: Instant


def measured_on_the_way(
    store: Store, schema: Schema, units: Sequence[str], ignored: Collection[str],
    found: Mapping[str, Instant], view: View,
) -> tuple[list[Parameter], Phrase | None]:  # fmt: skip
    """The highest and lowest value of each characteristic by unit, and a note if there were too
    many to read. `ignored` are events whose measurements are known by other ways."""
    on = sorted(schema.subrelations("measuredOn"))
    if not on or not store.aggregate(on, "predicate", view=view, limit=1):
        return [], None
    stays = _stays(store, FlowRelations.of(schema), units, found, view)
    counted = sum(
        count
        for keys in _portions(stays)
        for _, count in store.aggregate(on, "object", objects=keys, view=view)
    )
    if not counted:
        return [], None
    if counted > MOST_MEASUREMENTS:
        note = Phrase(
            f"{counted:,} measurements of goods and what they were packed in are too many to"
            " compare; name fewer units with --good-ids.",
            f"货物及其包装上的 {counted:,} 个测量值过多，未作比较；请用 --good-ids 限定产品。",
        )
        return [], note
    highest: dict[tuple[str, str], Floats] = {}
    lowest: dict[tuple[str, str], Floats] = {}
    for keys in _portions(stays):
        said = store.expand(keys, on, "in", view=view)
        for thing, of, at, value in _values(store, schema, said, ignored, view):
            if of not in highest:
                highest[of] = np.full(len(units), -np.inf)
                lowest[of] = np.full(len(units), np.inf)
            for stay in stays[thing]:
                if stay.since <= at < stay.until:
                    highest[of][stay.unit] = max(highest[of][stay.unit], value)
                    lowest[of][stay.unit] = min(lowest[of][stay.unit], value)
    return _parameters(store, schema, highest, lowest, view), None


def _stays(
    store: Store, flow: FlowRelations, units: Sequence[str], found: Mapping[str, Instant],
    view: View,
) -> dict[str, list[_Stay]]:  # fmt: skip
    """By unit and by what they were packed in, when each unit was in it."""
    stays = {
        key: [_Stay(i, _ALWAYS[0], found.get(key, _ALWAYS[1] - 1) + 1)]
        for i, key in enumerate(units)
    }
    packed = sorted(flow.stays)
    frontier = list(units) if packed else []
    for _ in range(_MOST_LEVELS):
        inside: dict[str, list[_Stay]] = {}
        for keys in _portions(frontier):
            for s in store.expand(keys, packed, "out", view=view):
                since = _ALWAYS[0] if s.valid_from is None else s.valid_from
                until = _ALWAYS[1] if s.valid_to is None else s.valid_to
                for stay in stays[s.subject]:
                    first, last = max(since, stay.since), min(until, stay.until)
                    if first < last:
                        inside.setdefault(s.object, []).append(_Stay(stay.unit, first, last))
        frontier = []
        for key, listed in inside.items():
            known = set(stays.get(key, ()))
            fresh = [stay for stay in dict.fromkeys(listed) if stay not in known]
            if fresh:
                stays.setdefault(key, []).extend(fresh)
                frontier.append(key)
        if not frontier:
            break
    return stays


def _values(
    store: Store, schema: Schema, said: Sequence[Statement], ignored: Collection[str], view: View
) -> Iterable[tuple[str, tuple[str, str], Instant, float]]:
    """(thing, (characteristic, unit of measure), instant, value) of measurements on things."""
    keys = sorted({s.subject for s in said})
    nodes = store.get_nodes(keys, view)
    of: dict[str, str] = {}
    left_out: set[str] = set()
    relations: tuple[tuple[str, Direction], ...] = (("ofCharacteristic", "out"), ("measured", "in"))
    for relation, direction in relations:
        names = sorted(schema.subrelations(relation))
        for s in store.expand(keys, names, direction, view=view) if names else ():
            if direction == "out":
                of[s.subject] = s.object
            elif s.subject in ignored or schema.is_a(
                schema.class_of_key(s.subject), "Inspection"
            ):  # fmt: skip
                left_out.add(s.object)
    for s in said:
        node = nodes.get(s.subject)
        value = None if node is None else node.props.get("value")
        at = span_of(node, [s]).start
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and at is not None and s.subject in of and s.subject not in left_out:
            assert node is not None
            measure = node.props.get("unitOfMeasure")
            yield (
                s.object, (of[s.subject], measure if isinstance(measure, str) else ""), at,
                float(value),  # type: ignore[arg-type]
            )  # fmt: skip


def _parameters(
    store: Store, schema: Schema, highest: Mapping[tuple[str, str], Floats],
    lowest: Mapping[tuple[str, str], Floats], view: View,
) -> list[Parameter]:  # fmt: skip
    nodes = store.get_nodes({key for key, _ in highest}, view)
    found: list[Parameter] = []
    for of in sorted(highest):
        label = name_in(schema, nodes, of[0]).label
        unit = f" ({of[1]})" if of[1] else ""
        for way, values, en, zh in (
            ("highest", highest[of], "highest", "最高"), ("lowest", lowest[of], "lowest", "最低"),
        ):  # fmt: skip
            known = np.isfinite(values)
            if known.sum() >= _LEAST_UNITS:
                found.append(
                    Parameter(
                        f"{way} {of[0]}{unit}",
                        Phrase(f"{en} {label.en} on the way{unit}", f"途中{zh}{label.zh}{unit}"),
                        "environment", np.where(known, values, np.nan),
                    )
                )  # fmt: skip
    return found


def _portions(keys: Collection[str]) -> Iterable[list[str]]:
    listed = sorted(keys)
    for first in range(0, len(listed), PER_READ):
        yield listed[first : first + PER_READ]
