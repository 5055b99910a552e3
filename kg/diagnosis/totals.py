"""How often each explanation was found at all, whatever was observed: the base of the priors.

Counted like the records of one observation (`kg.diagnosis.records`), but over every record of the
asset and of its peers that names a cause or a component. Of the rest of the plant only the causes
are counted, each statement as one record: other kinds of assets say little about this one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.diagnosis.graph import Graph
from kg.diagnosis.records import RecordReader
from kg.diagnosis.scope import Scope
from kg.model.instants import Instant

MAX_RECORDS_PER_ASSET = 5_000

NEAREST = ("asset", "class", "plant")


@dataclass(slots=True)
class Total:
    """The explained records of one level."""

    explained: float = 0.0
    weights: dict[str, float] = field(default_factory=dict)  # explanation -> records, shared
    several: int = 0  # records that name two and more causes
    with_cause: int = 0  # records that name any cause
    # component -> records that name no cause beside it
    silent: dict[str, float] = field(default_factory=dict)

    records: dict[str, int] = field(default_factory=dict)  # explanation -> records that name it


class Event(NamedTuple):
    """A cause that a record of the asset or of a peer found, and when."""

    cause: str
    asset: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Totals:
    """The explained records by level; `events` are those of the asset and its peers with a time."""

    levels: dict[str, Total]
    events: tuple[Event, ...] = ()

    @property
    def once(self) -> int:
        """How many explanations one single record of the asset and its peers names."""
        near = [self.levels[level].records for level in ("asset", "class")]
        return sum(
            sum(records.get(key, 0) for records in near) == 1
            for key in {key for records in near for key in records}
        )

    def weight(self, level: str, key: str) -> float:
        """Records of a level that are explained by `key`."""
        total = self.levels.get(level)
        return 0.0 if total is None else total.weights.get(key, 0.0)


def read_totals(graph: Graph, scope: Scope, reader: RecordReader) -> Totals:
    """The explained records of the asset, of its peers, and of the rest of the plant."""
    own = set(reader.own)
    reported = graph.expand(
        scope.peers, graph.terms.reported_on, "in", limit_per_node=MAX_RECORDS_PER_ASSET
    )
    peers = {s.subject for s in reported} - own - reader.without
    found: list[tuple[str, str]] = []  # record, cause
    levels = {
        "asset": _count(graph, own, found),
        "class": _count(graph, peers, found),
    }
    levels["plant"] = _elsewhere(graph, reader.without, levels.values())
    placed = {s.subject: (s.object, s.valid_from) for s in reported}
    for record in own:
        placed[record] = (min(reader.places[record]), reader.times.get(record))
    events = [
        Event(cause, placed[record][0], at)
        for record, cause in found
        if (at := placed[record][1]) is not None
    ]
    return Totals(levels, tuple(sorted(events)))


def _count(graph: Graph, records: Collection[str], found: list[tuple[str, str]]) -> Total:
    """The total of `records`; what each found is added to `found`."""
    t = graph.terms
    causes: dict[str, set[str]] = {}
    components: dict[str, set[str]] = {}
    for s in graph.expand(records, (*t.found_cause, *t.involves)):
        into = causes if s.predicate in t.found_cause else components
        into.setdefault(s.subject, set()).add(s.object)
    found += [(record, cause) for record, listed in causes.items() for cause in listed]
    total = Total(
        with_cause=len(causes), several=sum(len(listed) > 1 for listed in causes.values())
    )
    for record in sorted(causes.keys() | components.keys()):
        explanations = causes.get(record) or components[record]
        total.explained += 1
        for key in explanations:
            share = 1 / len(explanations)
            total.weights[key] = total.weights.get(key, 0.0) + share
            total.records[key] = total.records.get(key, 0) + 1
            if record not in causes:
                total.silent[key] = total.silent.get(key, 0.0) + share
    return total


def _elsewhere(graph: Graph, without: Collection[str], near: Collection[Total]) -> Total:
    relations = graph.terms.found_cause
    if not relations:
        return Total()
    everywhere = graph.store.aggregate(relations, "object", view=graph.view)
    left_out: dict[str, int] = {}
    for s in graph.expand(without, relations):
        left_out[s.object] = left_out.get(s.object, 0) + 1
    total = Total()
    for key, count in everywhere:
        rest = count - left_out.get(key, 0) - sum(n.weights.get(key, 0.0) for n in near)
        if rest > 0:
            total.weights[key] = rest
            total.explained += rest
    return total
