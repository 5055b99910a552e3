"""The join: from what is bad to the assets that made it, and to what happened to these then."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from kg.diagnosis import rank_causes
from kg.diagnosis.graph import Graph
from kg.diagnosis.terms import Terms
from kg.investigation import wording
from kg.investigation.closeness import hull
from kg.investigation.comparing import Compared, Comparer
from kg.investigation.events import Told, tell_events
from kg.investigation.results import (
    Comparison,
    FoundCause,
    Investigation,
    SharedThing,
    Suspect,
    SuspectEvent,
    Window,
)
from kg.investigation.starting import MAX_ITEMS, Start, read_start
from kg.investigation.suspecting import Candidate, Suspecting, by_factor
from kg.investigation.wording import HOUR, Clock
from kg.model.errors import BadInput
from kg.model.graph import NOW, Node, Statement, View
from kg.model.instants import to_text
from kg.model.keys import StatementKey, kind_of
from kg.narration import Cited, Named, Phrase, cite, name_in, optional_text
from kg.store.protocol import Store
from kg.traceability.exposure import Exposure, Exposures, find_exposures
from ontology.schema import Schema

BEFORE_HOURS = 7 * 24.0
AFTER_HOURS = 14 * 24.0
_SCORED_EVENTS = 3  # of a suspect; more of them do not make it more suspect
_COMPARED = 8  # suspects that are compared with the time before
_DIAGNOSED = 3  # suspects without a found cause that are diagnosed
_CAUSES = 3
_SHARED = 12


@dataclass(slots=True)
class _Suspected:
    """A suspect on the way to the answer."""

    asset: str
    exposures: Sequence[Exposure]
    candidates: list[Candidate]
    compared: Compared | None = None

    @property
    def score(self) -> float:
        """That one of its best events matters, sharpened by the comparison."""
        best = [c.score for c in self.candidates[:_SCORED_EVENTS]]
        score = 1.0 - prod(1.0 - s for s in best)
        if self.compared is not None:
            score = 1.0 - (1.0 - score) ** self.compared.factor
        return score


def investigate(
    store: Store,
    schema: Schema,
    what: str | Collection[str],
    *,
    before_hours: float = BEFORE_HOURS,
    after_hours: float = AFTER_HOURS,
    zone: str = "UTC",
    view: View = NOW,
    limit: int = 5,
    events_per_suspect: int = 5,
) -> Investigation:
    """Which assets may have made `what` bad, by what happened to them around its production.

    `what` is one or several units, lots, containers, defects, defect types or complaints. For
    each asset and tool in its genealogy, failures, work orders and alarms from `before_hours`
    before an operation to `after_hours` after it are ranked: by closeness in time, by what they
    say, and by whether what they found is known to lead to the defect; then what the asset made
    in that time is compared with the time before. Sentences tell times in `zone`.

    Raises NotFound for unknown keys, BadInput for things that cannot be bad, an unknown zone or a
    window that is none.
    """
    asked = [what] if isinstance(what, str) else list(dict.fromkeys(what))
    if not asked:
        raise BadInput("Say what is bad: a unit, a lot, a defect or a complaint.")
    if before_hours < 0 or after_hours < 0 or limit < 1:
        raise BadInput("The window around production must not be negative, nor the limit zero.")
    graph = Graph(store, schema, Terms.of(schema), view)
    clock = Clock(zone)
    start = read_start(store, schema, asked, view)
    exposures = find_exposures(store, schema, start.items, view=view)
    return _Inquiry(
        graph, start, exposures, clock, (int(before_hours * HOUR), int(after_hours * HOUR))
    ).answer(limit, events_per_suspect)


class _Inquiry:
    def __init__(
        self,
        graph: Graph,
        start: Start,
        exposures: Exposures,
        clock: Clock,
        window: tuple[int, int],
    ) -> None:
        self._graph = graph
        self._schema = graph.schema
        self._start = start
        self._all = exposures
        self._clock = clock
        self._before, self._after = window
        self._relevant = _before_found(exposures, start, graph)
        self._factors = by_factor(self._relevant, graph.schema)
        self._suspecting = Suspecting(graph, exposures, before=self._before, after=self._after)
        self._nodes: dict[str, Node] = {}

    def answer(self, limit: int, events_per_suspect: int) -> Investigation:
        suspected = self._suspected()
        ranked = sorted((s for s in suspected if s.candidates), key=lambda s: (-s.score, s.asset))
        self._compare(ranked[:_COMPARED])
        ranked.sort(key=lambda s: (-s.score, s.asset))
        shown = ranked[:limit]
        self._nodes = self._graph.nodes(
            {
                *self._start.asked, *self._start.items, *self._start.defect_types, *self._factors,
                *(e.operation for s in shown for e in s.exposures),
                *(c.on for s in shown for c in s.candidates),
            }
        )  # fmt: skip
        events = [c for s in shown for c in s.candidates[:events_per_suspect]]
        told = tell_events(
            self._graph.store, self._schema, {c.event for c in events},
            {**self._nodes, **self._suspecting.nodes}, self._graph.view,
        )  # fmt: skip
        cited = self._cite(shown, events)
        suspects = tuple(
            self._suspect(rank, s, told, cited, events_per_suspect)
            for rank, s in enumerate(shown, 1)
        )
        items = self._names(self._start.items)
        reason = self._reason(items, suspects)
        quiet = sorted(s.asset for s in suspected if not s.candidates)
        return Investigation(
            start=self._names(self._start.asked),
            items=items,
            defects=self._names(self._start.defect_types),
            window=Window(
                self._before / HOUR, self._after / HOUR, self._clock.name,
                wording.window(self._before, self._after, self._clock),
            ),
            suspects=suspects,
            assets=len(self._factors),
            operations=len({e.operation for e in self._relevant}),
            without_events=self._names(quiet),
            shared=self._shared(),
            abstained=not suspects,
            reason=reason,
            notes=self._notes(),
        )  # fmt: skip

    def _suspected(self) -> list[_Suspected]:
        found = [
            _Suspected(asset, exposures, self._suspecting.around(asset, exposures))
            for asset, exposures in sorted(self._factors.items())
        ]
        self._suspecting.weigh([c for s in found for c in s.candidates], self._start.defect_types)
        for suspected in found:
            suspected.candidates.sort(key=lambda c: (-c.score, c.event))
        return found

    def _compare(self, suspected: Sequence[_Suspected]) -> None:
        kinds = {kind_of(item) for item in self._start.items}
        comparer = Comparer(self._graph, kinds, self._start.defect_types)
        for s in suspected:
            window = s.candidates[0].window
            if window is not None:
                s.compared = comparer.compare(s.asset, window[0], window[1] + 1)

    def _suspect(
        self,
        rank: int,
        s: _Suspected,
        told: Mapping[str, Told],
        cited: Mapping[StatementKey, Cited],
        limit: int,
    ) -> Suspect:
        asset = name_in(self._schema, self._nodes, s.asset)
        best = s.candidates[0]
        nearest = best.nearest
        exposure = nearest[2] if nearest is not None else s.exposures[0]
        events = tuple(self._event(c, told[c.event], cited) for c in s.candidates[:limit])
        spans = [e.span for e in s.exposures]
        span = hull(spans)
        return Suspect(
            rank=rank,
            named=asset,
            score=round(s.score, 6),
            items=len({e.item for e in s.exposures}),
            operations=len({e.operation for e in s.exposures}),
            first=optional_text(span[0] if span else None),
            last=optional_text(span[1] if span else None),
            way=tuple(cited[x.key] for x in (*self._path(exposure), exposure.statement)),
            sentence=wording.suspect(
                name_in(self._schema, self._nodes, exposure.item),
                name_in(self._schema, self._nodes, exposure.operation),
                asset,
                when=self._clock.span(exposure.span),
                told=events[0].sentence if events else None,
                more=len(s.candidates) - 1,
            ),
            events=events,
            more_events=max(0, len(s.candidates) - limit),
            comparison=self._comparison(s.compared, asset),
            causes=self._causes(rank, s),
        )

    def _event(self, c: Candidate, told: Told, cited: Mapping[StatementKey, Cited]) -> SuspectEvent:
        assert c.nearest is not None  # every candidate was near something
        _, near, exposure = c.nearest
        return SuspectEvent(
            named=told.named,
            on=name_in(self._schema, self._nodes, c.on),
            started=optional_text(c.span.start),
            ended=optional_text(c.span.end),
            position=near.position,
            hours=round(near.gap / HOUR, 3),
            operation=name_in(self._schema, self._nodes, exposure.operation),
            items=len(c.items),
            score=round(c.score, 6),
            terms={
                "closeness": round(c.closeness, 6),
                "severity": c.severity,
                "relevance": round(c.relevance, 6),
            },
            sentence=wording.event(near, told.sentence, self._clock.span(c.span), told.description),
            description=told.description,
            facts=told.facts,
            relevance_path=tuple(cited[s.key] for s in c.path.statements) if c.path else (),
        )

    def _comparison(self, compared: Compared | None, asset: Named) -> Comparison | None:
        if compared is None:
            return None
        return Comparison(
            since=to_text(compared.since),
            until=to_text(compared.until),
            made=compared.inside.made,
            bad=compared.inside.bad,
            before_made=compared.before.made,
            before_bad=compared.before.bad,
            is_partial=compared.inside.is_partial or compared.before.is_partial,
            sentence=wording.comparison(compared, asset, self._clock),
        )

    def _causes(self, rank: int, s: _Suspected) -> tuple[FoundCause, ...]:
        """What the events found; where they found nothing, what diagnosis makes of the signs."""
        terms = self._graph.terms
        counts: dict[str, int] = {}
        signs: dict[str, float] = {}
        for c in s.candidates:
            for f in self._suspecting.findings(c.event):
                if f.predicate in terms.found_cause:
                    counts[f.object] = counts.get(f.object, 0) + 1
                else:
                    signs[f.object] = signs.get(f.object, 0.0) + c.score
        if counts:
            best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_CAUSES]
            nodes = self._graph.nodes([key for key, _ in best])
            return tuple(
                FoundCause(named, n, None, wording.found_cause(named, n))
                for key, n in best
                for named in [name_in(self._schema, nodes, key)]
            )
        if rank > _DIAGNOSED or not signs:
            return ()
        worst = sorted(signs, key=lambda k: (-signs[k], k))[:2]
        ranked = rank_causes(
            self._graph.store, self._schema, s.candidates[0].on, worst,
            view=self._graph.view, limit=_CAUSES,
        )  # fmt: skip
        return tuple(FoundCause(c.named, 0, c.score, c.sentence) for c in ranked.causes)

    def _cite(
        self, shown: Sequence[_Suspected], events: Sequence[Candidate]
    ) -> Mapping[StatementKey, Cited]:
        statements = [s for c in events if c.path for s in c.path.statements]
        for s in shown:
            nearest = s.candidates[0].nearest
            exposure = nearest[2] if nearest is not None else s.exposures[0]
            statements += [*self._path(exposure), exposure.statement]
        cited = cite(
            self._graph.store, self._schema, statements, view=self._graph.view, with_time=True
        )
        return cited

    def _path(self, exposure: Exposure) -> tuple[Statement, ...]:
        return self._all.makings[exposure.item].paths[exposure.operation]

    def _names(self, keys: Collection[str]) -> tuple[Named, ...]:
        missing = [k for k in keys if k not in self._nodes]
        if missing:
            self._nodes.update(self._graph.nodes(missing))
        return tuple(name_in(self._schema, self._nodes, k) for k in keys)

    def _shared(self) -> tuple[SharedThing, ...]:
        """What is behind several of the items: lots, suppliers, people, assets; the most first."""
        if len(self._start.items) < 2:
            return ()
        behind: dict[tuple[str, str], set[str]] = {}
        for e in self._all.exposures:
            behind.setdefault((e.factor, e.facet), set()).add(e.item)
        for making in self._all.makings.values():
            for key in making.materials:
                behind.setdefault((key, "material"), set()).add(making.item)
        ranked = sorted(
            ((key, facet, len(items)) for (key, facet), items in behind.items() if len(items) > 1),
            key=lambda x: (-x[2], x[1], x[0]),
        )[:_SHARED]
        names = self._names([key for key, _, _ in ranked])
        return tuple(
            SharedThing(named, facet, items)
            for named, (_, facet, items) in zip(names, ranked, strict=True)
        )

    def _reason(self, items: Sequence[Named], suspects: Sequence[Suspect]) -> Phrase | None:
        if suspects:
            return None
        if not items:
            return wording.no_items(self._names(self._start.asked))
        if not self._factors:
            return wording.no_operations(items)
        return wording.no_events(len(self._factors))

    def _notes(self) -> tuple[Phrase, ...]:
        notes: list[Phrase] = []
        if self._start.is_cut:
            notes.append(
                Phrase(
                    f"More than {MAX_ITEMS} things are concerned; the first {MAX_ITEMS} by code"
                    " were investigated.",
                    f"涉及的对象超过 {MAX_ITEMS} 个，仅调查了按编码排序的前 {MAX_ITEMS} 个。",
                )
            )
        if any(m.is_truncated for m in self._all.makings.values()):
            notes.append(
                Phrase(
                    "A genealogy was too large to be read whole; its nearer part was used.",
                    "谱系过大，只使用了较近的部分。",
                )
            )
        undated = sum(not span.is_known for span in self._all.spans.values())
        if undated:
            notes.append(
                Phrase(
                    f"{undated} operations have no time and could not be compared with events.",
                    f"{undated} 次作业没有时间，无法与事件比较。",
                )
            )
        if self._start.found is not None:
            notes.append(
                Phrase(
                    "Work after the defects were found was left out.",
                    "缺陷发现之后的作业不予考虑。",
                )
            )
        return tuple(notes)


def _before_found(exposures: Exposures, start: Start, graph: Graph) -> list[Exposure]:
    """Exposures that can have made the defects: before these were found, at the known origin."""
    found = [
        e
        for e in exposures.exposures
        if start.found is None or e.span.start is None or e.span.start <= start.found
    ]
    if not start.origins:
        return found
    of_step = graph.expand({e.operation for e in found}, _of_step(graph))
    at_origin = {s.subject for s in of_step if s.object in start.origins} | start.origins
    kept = [e for e in found if e.operation in at_origin]
    return kept or found


def _of_step(graph: Graph) -> tuple[str, ...]:
    return tuple(sorted(graph.schema.subrelations("ofStep")))
