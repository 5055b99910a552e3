"""From what was asked about to bad units, and from these to their common causes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, tzinfo

from kg.model.errors import BadInput
from kg.model.graph import NOW, Direction, View
from kg.model.instants import Instant
from kg.narration import Phrase, span_of
from kg.search import nearest, raise_not_found
from kg.store.protocol import Store
from kg.traceability.commonality.finding import CauseOptions, find_common_causes
from kg.traceability.commonality.genealogy import GenealogyCohort, cohort_of_store
from kg.traceability.commonality.results import CommonCauses
from kg.traceability.flow import classes_on_flow
from ontology.schema import Schema

_PER_READ = 1000


@dataclass(frozen=True, slots=True)
class BadUnits:
    """The bad things behind a question, and when the defects of each were found (where known)."""

    asked: tuple[str, ...]
    units: tuple[str, ...]
    defect_types: tuple[str, ...]
    found: dict[str, Instant]


def read_bad(store: Store, schema: Schema, asked: Collection[str], view: View = NOW) -> BadUnits:
    """The things that `asked` means: units and lots themselves, or those that have the defects.

    A defect type stands for all things with such a defect, a complaint for what it concerns; a
    process step or product stands for nothing here. Nothing asked means every recorded defect.
    Raises NotFound for unknown keys, BadInput for what cannot be bad.
    """
    read = _Reader(store, schema, view)
    nodes = store.get_nodes(asked, view)
    for key in asked:
        if key not in nodes:
            raise_not_found(store, key, nearest(store, key, 5, view=view))
    on_flow = classes_on_flow(schema)
    units: dict[str, None] = {}
    defects: dict[str, None] = {}
    for key in asked:
        node = nodes[key]
        if schema.is_a(node.cls, "DefectType"):
            of_type = read.ends("ofType", [node.key], "in")
            are = [k for k in of_type if schema.is_a(schema.class_of_key(k), "Defect")]
            defects.update(dict.fromkeys(are))
        elif schema.is_a(node.cls, "Defect"):
            defects[node.key] = None
        elif schema.is_a(node.cls, "Complaint"):
            units.update(dict.fromkeys(read.ends("concerns", [node.key], "out")))
        elif node.cls in on_flow and not schema.classes[node.cls].is_event:
            units[node.key] = None
        else:
            raise BadInput(
                f"{node.key} is a {node.cls}; common causes are asked of units, lots, defects,"
                " defect types or complaints."
            )
    if not asked:
        defects.update(dict.fromkeys(read.every("Defect")))
    named = list(units)
    units.update(dict.fromkeys(read.ends("hasDefect", list(defects), "in")))
    # Of things named themselves every defect counts for when it was found.
    if named and not defects:
        defects.update(dict.fromkeys(read.ends("hasDefect", named, "out")))
    return BadUnits(
        tuple(asked),
        tuple(units),
        tuple(sorted(set(read.ends("ofType", list(defects), "out")))),
        read.found_at(list(defects), set(units)),
    )


def common_causes_of(
    store: Store,
    schema: Schema,
    asked: Collection[str],
    *,
    good: Collection[str] | None = None,
    options: CauseOptions | None = None,
    zone: tzinfo = UTC,
    view: View = NOW,
) -> tuple[CommonCauses, GenealogyCohort, BadUnits]:
    """What the bad things have in common, with the cohort that it was found in."""
    bad = read_bad(store, schema, asked, view)
    if not bad.units:
        raise BadInput("No bad unit is known: name units or a defect type, or load defects first.")
    made = cohort_of_store(store, schema, bad.units, good, found=bad.found, zone=zone, view=view)
    notes = list(made.notes)
    if bad.found:
        notes.append(
            Phrase(
                "Operations after a defect was found, such as its rework, are no cause of it and"
                " were left out.",
                "缺陷发现之后的作业（如返工）不是其原因，未予考虑。",
            )
        )
    return find_common_causes(made.cohort, options, notes=notes), made, bad


class _Reader:
    def __init__(self, store: Store, schema: Schema, view: View) -> None:
        self._store = store
        self._schema = schema
        self._view = view

    def ends(self, relation: str, keys: list[str], direction: Direction) -> list[str]:
        relations = sorted(self._schema.subrelations(relation))
        found: dict[str, None] = {}
        for first in range(0, len(keys) if relations else 0, _PER_READ):
            portion = keys[first : first + _PER_READ]
            for s in self._store.expand(portion, relations, direction, view=self._view):
                found[s.object if direction == "out" else s.subject] = None
        return list(found)

    def every(self, cls: str) -> list[str]:
        found: list[str] = []
        after: str | None = None
        while True:
            page = self._store.find_nodes([cls], after=after, limit=5000, view=self._view)
            found += [n.key for n in page.nodes]
            after = page.next_after
            if after is None:
                return found

    def found_at(self, defects: list[str], units: set[str]) -> dict[str, Instant]:
        """The time of the last of its defects, by unit."""
        found: dict[str, Instant] = {}
        relations = sorted(self._schema.subrelations("hasDefect"))
        for first in range(0, len(defects) if relations else 0, _PER_READ):
            portion = defects[first : first + _PER_READ]
            nodes = self._store.get_nodes(portion, self._view)
            for s in self._store.expand(portion, relations, "in", view=self._view):
                span = span_of(nodes.get(s.object), [s])
                when = span.end if span.end is not None else span.start
                if when is not None and s.subject in units:
                    found[s.subject] = max(when, found.get(s.subject, when))
        return found
