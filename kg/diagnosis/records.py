"""What past records say: which explanations were found where the same was observed.

Records that observed the sign are counted per level: on the asset itself, on other assets of its
class, elsewhere in the plant. The levels do not overlap. A record explains itself by the causes
that were found; where none is written, by the components that it involves. Each record counts as
one, shared among its explanations.

An alarm is seldom written into a work order. The first order on the same asset that was reported
around the time of the alarm, and says what was observed or found, counts as one that observed it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal

from kg.diagnosis.graph import Graph
from kg.diagnosis.observing import Observation
from kg.diagnosis.scope import Scope
from kg.diagnosis.terms import Names
from kg.model.graph import Statement
from kg.model.instants import Instant

Level = Literal["asset", "class", "plant", "related"]
LEVELS: tuple[Level, ...] = ("asset", "class", "plant", "related")  # nearest first

_ENOUGH_NEAR = 8
MAX_RECORDS = 10_000  # per observation, beyond those on the asset itself
_MAX_ALARM_EVENTS = 5_000  # per alarm
_BEFORE_ALARM, _AFTER_ALARM = 24 * 3_600_000, 72 * 3_600_000  # milliseconds


@dataclass(slots=True)
class Counted:
    """The records of one level that observed the same."""

    records: set[str] = field(default_factory=set)
    weights: dict[str, float] = field(default_factory=dict)  # explanation -> records, shared
    by: dict[str, set[str]] = field(default_factory=dict)  # explanation -> records that name it
    against: dict[str, set[str]] = field(default_factory=dict)  # -> records that ruled it out
    causes: set[str] = field(default_factory=set)  # the explanations that were found as causes

    @property
    def explained(self) -> float:
        """How many of the records name any explanation."""
        return sum(self.weights.values())


@dataclass(frozen=True, slots=True)
class Records:
    """The records about one observation, by level."""

    levels: dict[Level, Counted]
    is_cut: bool  # more records exist than were counted
    is_narrowed: bool = False  # only those that involve a component that was named as well

    def explanations(self) -> set[str]:
        """Every cause or component that a record names, for or against."""
        return {k for c in self.levels.values() for k in (*c.by, *c.against)}


class RecordReader:
    """Reads records for the observations of one diagnosis; each record is read once."""

    def __init__(
        self, graph: Graph, scope: Scope, *, without: frozenset[str] = frozenset()
    ) -> None:
        """`without` are records to be left out, as if they had never been written."""
        self._graph = graph
        self._terms = graph.terms
        self.without = without
        self._peers = frozenset(scope.peers)
        self.times: dict[str, Instant | None] = {}  # of the records that were seen
        self.places: dict[str, set[str]] = {}  # the assets that they are about
        own = self._graph.expand(scope.assets, self._terms.reported_on, "in")
        self.alarmed: set[str] = set()  # records that count for an alarm raised around their time
        self.own = {s.subject for s in own} - without  # records on the asset itself
        self._place(own)
        self._known: dict[str, list[Statement]] = {}  # facts by record

    def read(
        self,
        observation: Observation,
        related: Collection[str] = (),
        involving: Collection[str] = (),
    ) -> Records:
        """The records that observed it.

        `related` are modes it points to, for the last level. `involving` are components that were
        named as well: then only records that involve one of them count, if there are any.
        """
        if observation.is_understood:
            seen, is_cut = self._observing(observation.covers)
            alarmed = self._around_alarms(
                {key for key in observation.covers if self._graph.is_a(key, "Alarm")}
            )
            self.alarmed |= alarmed - seen
            seen |= alarmed
        else:
            seen, is_cut = set(observation.records), False
        seen -= self.without
        levels = self._split(seen)
        if related:
            also, cut_too = self._observing(related)
            levels["related"] = self._near(also - seen - self.without)
            is_cut = is_cut or cut_too
        self._load(set().union(*levels.values()))
        named = frozenset(involving)
        if observation.is_component:
            named |= observation.covers
        narrowed = None if observation.is_component or not named else self._narrow(levels, named)
        levels = narrowed or levels
        counted = {level: self._count(records, named) for level, records in levels.items()}
        return Records(counted, is_cut, is_narrowed=narrowed is not None)

    def take(self, records: Collection[str]) -> None:
        """Read some records, whatever they observed."""
        self._place(self._graph.expand(records, self._terms.reported_on))
        self._load(set(records))

    def facts(self, record: str) -> list[Statement]:
        """What a counted record says of signs, causes, components and work."""
        return self._known.get(record, [])

    def _observing(self, keys: Collection[str]) -> tuple[set[str], bool]:
        relations = (*self._terms.observed, *self._terms.involves)
        if not keys or not relations:
            return set(), False
        found = self._graph.expand(keys, relations, "in", limit_per_node=MAX_RECORDS)
        per_key: dict[str, int] = {}
        for s in found:
            per_key[s.object] = per_key.get(s.object, 0) + 1
        records = {s.subject for s in found}
        is_cut = any(count >= MAX_RECORDS for count in per_key.values())
        if is_cut:  # those on the asset itself must not be lost to the limit
            own = self._graph.expand(self.own, relations)
            records |= {s.subject for s in own if s.object in keys}
        return records, is_cut

    def _around_alarms(self, alarms: Collection[str]) -> set[str]:
        """Records that follow up an alarm, or were reported around it on the same asset."""
        t = self._terms
        events = self._graph.expand(alarms, t.of_alarm, "in", limit_per_node=_MAX_ALARM_EVENTS)
        if not events:
            return set()
        occurrences = {s.subject for s in events}
        found = {s.subject for s in self._graph.expand(occurrences, t.follows_up, "in")}
        raised = self._graph.expand(occurrences, t.raised_by)
        reported = self._graph.expand({s.object for s in raised}, t.reported_on, "in")
        told = self._graph.expand({s.subject for s in reported}, (*t.observed, *t.found_cause))
        telling = {s.subject for s in told}
        on_asset: dict[str, list[tuple[Instant, str]]] = {}
        for s in reported:
            if s.subject in telling and s.valid_from is not None:
                on_asset.setdefault(s.object, []).append((s.valid_from, s.subject))
        for listed in on_asset.values():
            listed.sort()
        for s in raised:
            if s.valid_from is None:
                continue
            orders = on_asset.get(s.object, [])
            place = bisect_left(orders, (s.valid_from - _BEFORE_ALARM, ""))
            if place < len(orders) and orders[place][0] <= s.valid_from + _AFTER_ALARM:
                found.add(orders[place][1])
        return found

    def _split(self, records: set[str]) -> dict[Level, set[str]]:
        own = records & self.own
        others = sorted(records - own)
        self._place(self._graph.expand(others, self._terms.reported_on))
        peers = {r for r in others if self.places.get(r, set()) & self._peers}
        return {"asset": own, "class": peers, "plant": set(others) - peers}

    def _place(self, reported: Iterable[Statement]) -> None:
        for s in reported:
            self.places.setdefault(s.subject, set()).add(s.object)
            self.times[s.subject] = s.valid_from

    def _load(self, records: set[str]) -> None:
        t = self._terms
        relations = (*t.observed, *t.found_cause, *t.involves, *t.ruled_out, *t.performed,
                     *t.used_part)  # fmt: skip
        missing = sorted(records - self._known.keys())
        for record in missing:
            self._known[record] = []
        for s in self._graph.expand(missing, relations):
            self._known[s.subject].append(s)

    def _near(self, records: set[str]) -> set[str]:
        """Those on the asset and its peers where these are enough, else all."""
        split = self._split(records)
        near = split["asset"] | split["class"]
        return near if len(near) >= _ENOUGH_NEAR else records

    def _narrow(
        self, levels: dict[Level, set[str]], components: frozenset[str]
    ) -> dict[Level, set[str]] | None:
        """The records that involve one of `components`; None where none does."""
        narrowed = {
            level: {
                record
                for record in records
                if not components.isdisjoint(_objects(self._known[record], self._terms.involves))
            }
            for level, records in levels.items()
        }
        return narrowed if any(narrowed.values()) else None

    def _count(self, records: set[str], named: frozenset[str]) -> Counted:
        t = self._terms
        counted = Counted(records)
        for record in records:
            facts = self._known[record]
            causes = _objects(facts, t.found_cause)
            for key in _objects(facts, t.ruled_out):
                counted.against.setdefault(key, set()).add(record)
            involved = _objects(facts, t.involves)
            # A component that was asked about explains itself only where nothing else is told.
            explanations = causes or involved - named or involved
            counted.causes |= causes
            for key in explanations:
                counted.by.setdefault(key, set()).add(record)
                counted.weights[key] = counted.weights.get(key, 0.0) + 1 / len(explanations)
        return counted


def _objects(facts: Iterable[Statement], relations: Names) -> set[str]:
    return {s.object for s in facts if s.predicate in relations}
