"""Which events around production are suspect, and how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kg.diagnosis.graph import Graph
from kg.investigation.closeness import Near, hull, nearness
from kg.investigation.drifting import DriftEvent, Drifting
from kg.investigation.events import EventLinks, Link, read_links, spans_of
from kg.investigation.relating import NOTHING_KNOWN, Relating, Relation, Said
from kg.model.graph import Node, Statement
from kg.model.instants import Instant
from kg.model.keys import kind_of
from kg.narration import Span, name_in
from kg.traceability.exposure import Exposure, Exposures
from kg.traceability.flow import classes_on_flow
from ontology.schema import Schema

# How much an event weighs by what it says. It is the best of these that counts.
FOUND_CAUSE, SAW_FAILURE, SAW_SIGN, ALARM, ROUTINE = 1.0, 0.85, 0.7, 0.5, 0.25
PART_OF, NEEDED_BY = 0.95, 0.5  # events on a part of the asset, or on what it depends on
LEVEL_FADE = 0.93  # per statement between the item and the operation
_GAP = 30 * 86_400_000  # windows closer than this are read at once


UNRELATED = Relation(NOTHING_KNOWN)


@dataclass(slots=True)
class Candidate:
    """An event near the production of some items on one asset."""

    event: str
    on: str
    span: Span
    closeness: float = 0.0  # mean over the items
    items: frozenset[str] = frozenset()
    exposures: tuple[Exposure, ...] = ()  # the nearest of each item
    nearest: tuple[float, Near, Exposure] | None = None
    severity: float = ROUTINE
    relation: Relation = UNRELATED
    drift: DriftEvent | None = None  # where it is one, and no record

    @property
    def window(self) -> tuple[Instant, Instant] | None:
        """From the first of its operations to the event, or from the event to the last of them."""
        near = self.nearest[1] if self.nearest is not None else None
        spans = [e.span for e in self.exposures]
        if near is not None and near.position == "after":
            spans.append(Span(self.span.start, self.span.start))
        elif near is not None and near.position == "before":
            spans.append(Span(self.span.end, self.span.end))
        return hull(spans)

    @property
    def score(self) -> float:
        """The product of its terms."""
        return self.closeness * self.severity * self.relation.relevance


class Suspecting:
    """Finds and scores the events around exposures."""

    def __init__(
        self, graph: Graph, exposures: Exposures, *, before: Instant, after: Instant
    ) -> None:
        self._graph = graph
        self._links = EventLinks.of(graph.schema)
        self._kinds = maintenance_kinds(graph.schema)
        self._before = before
        self._after = after
        self._items = len(exposures.makings) or 1
        self._drifting = Drifting(graph, before, after)
        self.looked = self._drifting.looked
        self.facts: dict[str, list[Statement]] = {}
        self.nodes: dict[str, Node] = {}

    def around(self, asset: str, exposures: Sequence[Exposure]) -> list[Candidate]:
        """The events near the operations on `asset`, on itself, its parts and what it needs."""
        weights = self._related(asset)
        links = self._read(weights, exposures)
        self._drifting.look(asset, weights, exposures)
        self._load({link.event for link in links})
        spans = spans_of(self.nodes, links)
        found: dict[str, Candidate] = {}
        for link in links:
            event = link.event
            candidate = self._candidate(event, link.thing, spans[event], exposures, weights)
            known = found.get(event)
            if candidate is not None and (
                known is None or candidate.closeness > known.closeness
            ):  # fmt: skip
                candidate.severity = self._severity(event)
                found[event] = candidate
        return list(found.values())

    def drifted(self, behind: Mapping[str, Sequence[Exposure]]) -> dict[str, list[Candidate]]:
        """Drifts near the operations on each asset; once all have been looked `around`, because
        how sure one is depends on how many were looked at."""
        drifts = self._drifting.judge()
        found: dict[str, list[Candidate]] = {}
        for asset, exposures in behind.items():
            weights = self._related(asset) if drifts else {}
            for thing in sorted(weights.keys() & drifts.keys()):
                for drift in drifts[thing]:
                    candidate = self._candidate(drift.key, thing, drift.span, exposures, weights)
                    if candidate is not None:
                        candidate.severity, candidate.drift = drift.severity, drift
                        found.setdefault(asset, []).append(candidate)
        return found

    def _candidate(
        self, event: str, thing: str, span: Span, exposures: Sequence[Exposure],
        weights: Mapping[str, float],
    ) -> Candidate | None:  # fmt: skip
        best = self._nearest(span, exposures, weights[thing])
        if not best:
            return None
        return Candidate(
            event=event,
            on=thing,
            span=span,
            closeness=sum(value for value, _, _ in best.values()) / self._items,
            items=frozenset(best),
            exposures=tuple(exposure for _, _, exposure in best.values()),
            nearest=max(best.values(), key=lambda b: (b[0], b[2].operation)),
        )

    def weigh(self, candidates: Collection[Candidate], defect_types: Collection[str]) -> None:
        """Set how much each has to do with the defects, where anything is known of that."""
        pointed = self._pointed(candidates)
        said = {c.event: self._said(c) for c in candidates}
        relating = Relating(self._graph, defect_types, said)
        for candidate in candidates:
            candidate.relation = relating.relate(candidate.event, pointed[candidate.event])

    def _said(self, candidate: Candidate) -> Said:
        """What an event speaks of, people and what was ruled out aside."""
        if candidate.drift is not None:
            return self._said_by_drift(candidate.on, candidate.drift)
        out = self._graph.terms.ruled_out
        keys = [
            s.object
            for s in self.facts.get(candidate.event, ())
            if s.predicate not in out and not self._graph.is_a(s.object, "Person")
        ]
        own = self.nodes.get(candidate.event)
        text = own.props.get("description") if own is not None else None
        return Said((candidate.on, *keys), (text,) if isinstance(text, str) else ())

    def _said_by_drift(self, on: str, drift: DriftEvent) -> Said:
        parameter = drift.drifted.series.parameter
        label = name_in(self._graph.schema, self._graph.nodes([parameter]), parameter).label
        en, zh = ("high", "高") if drift.drifted.after > drift.drifted.before else ("low", "低")
        return Said((on, parameter), (f"{label.en} {en}", f"{label.zh}{zh}"))

    def findings(self, event: str) -> list[Statement]:
        """What an event observed or found, causes first."""
        terms = self._graph.terms
        order = (*terms.found_cause, *terms.observed)
        own = [s for s in self.facts.get(event, ()) if s.predicate in order]
        return sorted(own, key=lambda s: (order.index(s.predicate), s.object))

    def _related(self, asset: str) -> dict[str, float]:
        """The asset, its parts and what it depends on, with how much their events count."""
        terms, kinds = self._graph.terms, self._graph.kinds("Asset")
        weights = {asset: 1.0}
        inside = self._graph.closure([asset], terms.has_component, "out", max_depth=6)
        for key in self._graph.of_kinds(inside, kinds):
            weights.setdefault(key, PART_OF)
        whole = self._graph.closure([asset], terms.has_component, "in", max_depth=3)
        for key in self._graph.of_kinds(whole, kinds):
            weights.setdefault(key, PART_OF)
        needed = self._graph.closure([asset], terms.depends_on, "out", max_depth=2)
        for key in self._graph.of_kinds(needed, kinds):
            weights.setdefault(key, NEEDED_BY)
        return weights

    def _read(self, things: Collection[str], exposures: Sequence[Exposure]) -> list[Link]:
        links: dict[object, Link] = {}
        for since, until in self._windows(exposures):
            for link in read_links(
                self._graph.store, self._links, things, self._graph.view,
                since=since, until=until, inward_only=True,
            ):  # fmt: skip
                if kind_of(link.event) in self._kinds:
                    links[link.statement.key] = link
        return list(links.values())

    def _windows(self, exposures: Sequence[Exposure]) -> list[tuple[Instant, Instant]]:
        spans = sorted(
            (start - self._before, end + self._after + 1)
            for e in exposures
            if (start := e.span.start if e.span.start is not None else e.span.end) is not None
            and (end := e.span.end if e.span.end is not None else e.span.start) is not None
        )
        merged: list[tuple[Instant, Instant]] = []
        for since, until in spans:
            if merged and since - merged[-1][1] <= _GAP:
                merged[-1] = merged[-1][0], max(merged[-1][1], until)
            else:
                merged.append((since, until))
        return merged

    def _load(self, events: Collection[str]) -> None:
        missing = {e for e in events if e not in self.facts}
        for event in missing:
            self.facts[event] = []
        for s in (
            self._graph.store.expand(sorted(missing), view=self._graph.view) if missing else ()
        ):
            self.facts[s.subject].append(s)
        self.nodes.update(self._graph.nodes(missing))

    def _nearest(
        self, span: Span, exposures: Sequence[Exposure], weight: float
    ) -> dict[str, tuple[float, Near, Exposure]]:
        """By item, the exposure nearest to the event."""
        best: dict[str, tuple[float, Near, Exposure]] = {}
        for exposure in exposures:
            near = nearness(span, exposure.span, self._before, self._after)
            if near is None:
                continue
            value = near.closeness * weight * LEVEL_FADE ** (exposure.level - 1)
            if exposure.item not in best or value > best[exposure.item][0]:
                best[exposure.item] = (value, near, exposure)
        return best

    def _severity(self, event: str) -> float:
        terms = self._graph.terms
        weight = ROUTINE
        for s in self.facts.get(event, ()):
            if s.predicate in terms.found_cause:
                weight = max(weight, FOUND_CAUSE)
            elif s.predicate in terms.observed:
                failed = self._graph.is_a(s.object, "FailureMode", "FailureCause")
                weight = max(weight, SAW_FAILURE if failed else SAW_SIGN)
            elif self._graph.is_a(s.object, "Alarm"):
                weight = max(weight, ALARM)
        if self._graph.schema.is_a(self._graph.schema.class_of_key(event), "FailureEvent"):
            weight = max(weight, SAW_FAILURE)
        return weight

    def _pointed(self, candidates: Collection[Candidate]) -> dict[str, set[str]]:
        """What each event found, and what its signs, alarms and parameters indicate."""
        signs: dict[str, set[str]] = {}
        for candidate in candidates:
            signs[candidate.event] = {
                s.object
                for s in self.facts.get(candidate.event, ())
                if self._graph.is_a(
                    s.object, "FailureMode", "FailureCause", "Symptom", "Alarm", "FailureEffect"
                )
                and s.predicate not in self._graph.terms.ruled_out
            }
        drifts = [c.drift for c in candidates if c.drift is not None]
        for drift in drifts:
            signs[drift.key].add(drift.drifted.series.parameter)
        every = {key for keys in signs.values() for key in keys}
        indicated: dict[str, set[str]] = {}
        for s in self._graph.expand(every, self._graph.terms.indicates, limit_per_node=50):
            indicated.setdefault(s.subject, set()).add(s.object)
        return {
            event: keys.union(*(indicated.get(key, ()) for key in keys))
            for event, keys in signs.items()
        }


def maintenance_kinds(schema: Schema) -> frozenset[str]:
    """Kinds of events that happen to assets: not to material, and not measurements of it.

    Those on the flow of material are production; those with a facet are factors themselves.
    """
    flow = classes_on_flow(schema)
    about_assets: set[str] = set()
    assets = schema.descendants("Asset")
    for relation in schema.relations.values():
        reached = {d for c in relation.range for d in schema.descendants(c)}
        if reached & assets:
            about_assets |= {d for c in relation.domain for d in schema.descendants(c)}
    return frozenset(
        term.kind
        for name, term in schema.classes.items()
        if term.is_event and name in about_assets and name not in flow and term.facet is None
    )


def by_asset(exposures: Sequence[Exposure], schema: Schema) -> Mapping[str, list[Exposure]]:
    """The exposures to each asset or tool."""
    found: dict[str, list[Exposure]] = {}
    for exposure in exposures:
        if schema.is_a(schema.class_of_key(exposure.factor), "Asset"):
            found.setdefault(exposure.factor, []).append(exposure)
    return found
