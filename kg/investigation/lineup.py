"""The line-up: the assets behind some bad items, ranked by what happened to them at that time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from kg.diagnosis import rank_causes
from kg.diagnosis.graph import Graph
from kg.investigation import wording
from kg.investigation.closeness import hull
from kg.investigation.comparing import Compared, Comparer
from kg.investigation.drift_telling import ToldDrift, tell_drifts
from kg.investigation.drifting import Looked
from kg.investigation.events import Told, tell_events
from kg.investigation.results import Comparison, FoundCause, Role, Suspect, SuspectEvent
from kg.investigation.starting import Start
from kg.investigation.suspecting import Candidate, Suspecting, by_asset
from kg.investigation.wording import HOUR, Clock
from kg.model.graph import Node, Statement
from kg.model.instants import to_text
from kg.model.keys import StatementKey, kind_of
from kg.narration import Cited, Named, cite, name_in, optional_text
from kg.traceability import Exposure, Exposures

_SCORED_EVENTS = 3  # of a suspect; more of them do not make it more suspect
_COMPARED = 8  # suspects that are compared with the controls
_DIAGNOSED = 3  # suspects without a found cause that are diagnosed
_CAUSES = 3


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
        score = 1.0 - prod(1.0 - c.score for c in self.candidates[:_SCORED_EVENTS])
        if self.compared is not None:
            score = 1.0 - (1.0 - score) ** self.compared.factor
        return score

    @property
    def nearest(self) -> Exposure:
        """The exposure nearest to the best event."""
        near = self.candidates[0].nearest
        return near[2] if near is not None else self.exposures[0]


@dataclass(frozen=True, slots=True)
class Lined:
    """The suspects of one role, and the assets around which nothing happened."""

    suspects: tuple[Suspect, ...]
    quiet: tuple[str, ...]
    assets: int
    looked: Looked  # at what was measured on them


class Lineup:
    """Ranks the assets of one role: those that made the items, or those that inspected them."""

    def __init__(
        self,
        graph: Graph,
        start: Start,
        behind: Exposures,
        relevant: Sequence[Exposure],
        *,
        role: Role,
        clock: Clock,
        window: tuple[int, int],
    ) -> None:
        self._graph = graph
        self._schema = graph.schema
        self._start = start
        self._behind = behind
        self._role = role
        self._clock = clock
        self._assets = by_asset(relevant, graph.schema)
        self._suspecting = Suspecting(graph, behind, before=window[0], after=window[1])
        self._nodes: dict[str, Node] = {}
        self._drifts: dict[str, ToldDrift] = {}

    def rank(self, limit: int, events_per_suspect: int) -> Lined:
        """The best `limit` suspects."""
        suspected = [
            _Suspected(asset, exposures, self._suspecting.around(asset, exposures))
            # Those behind most items first: not the readings of every asset may be looked at.
            for asset, exposures in sorted(
                self._assets.items(), key=lambda x: (-len({e.item for e in x[1]}), x[0])
            )
        ]
        drifts = self._suspecting.drifted(self._assets)
        for s in suspected:
            s.candidates += drifts.get(s.asset, ())
        self._suspecting.weigh(
            [c for s in suspected for c in s.candidates], self._start.defect_types
        )
        for s in suspected:
            s.candidates.sort(key=lambda c: (-c.score, c.event))
        ranked = sorted((s for s in suspected if s.candidates), key=lambda s: (-s.score, s.asset))
        self._compare(ranked[:_COMPARED])
        ranked.sort(key=lambda s: (-s.score, s.asset))
        shown = ranked[:limit]
        return Lined(
            self._tell(shown, events_per_suspect),
            tuple(sorted(s.asset for s in suspected if not s.candidates)),
            len(self._assets),
            self._suspecting.looked,
        )

    def _compare(self, suspected: Sequence[_Suspected]) -> None:
        kinds = {kind_of(item) for item in self._start.items}
        comparer = Comparer(self._graph, kinds, self._start.defect_types)
        for s in suspected:
            window = s.candidates[0].window
            if window is not None:
                s.compared = comparer.compare(s.asset, window[0], window[1] + 1)

    def _tell(self, shown: Sequence[_Suspected], limit: int) -> tuple[Suspect, ...]:
        events = [c for s in shown for c in s.candidates[:limit]]
        self._nodes = self._graph.nodes(
            {
                *self._start.items,
                *(s.asset for s in shown),
                *(s.nearest.operation for s in shown),
                *(c.on for c in events),
                *(c.nearest[2].operation for c in events if c.nearest is not None),
            }
        )
        told = tell_events(
            self._graph.store, self._schema, {c.event for c in events if c.drift is None},
            {**self._nodes, **self._suspecting.nodes}, self._graph.view,
        )  # fmt: skip
        self._drifts = tell_drifts(self._graph, [c.drift for c in events if c.drift is not None])
        told.update((key, one.told) for key, one in self._drifts.items())
        statements = [s for c in events if c.relation.path for s in c.relation.path.statements]
        for s in shown:
            statements += self._way(s)
        cited = cite(
            self._graph.store, self._schema, statements, view=self._graph.view, with_time=True
        )
        return tuple(self._suspect(rank, s, told, cited, limit) for rank, s in enumerate(shown, 1))

    def _way(self, s: _Suspected) -> list[Statement]:
        """From a bad item to its operation to the asset."""
        exposure = s.nearest
        path = self._behind.makings[exposure.item].paths[exposure.operation]
        return [*path, exposure.statement]

    def _suspect(
        self,
        rank: int,
        s: _Suspected,
        told: Mapping[str, Told],
        cited: Mapping[StatementKey, Cited],
        limit: int,
    ) -> Suspect:
        asset = name_in(self._schema, self._nodes, s.asset)
        exposure = s.nearest
        events = tuple(self._event(c, told[c.event], cited) for c in s.candidates[:limit])
        span = hull([e.span for e in s.exposures])
        return Suspect(
            rank=rank,
            named=asset,
            role=self._role,
            score=round(s.score, 6),
            items=len({e.item for e in s.exposures}),
            operations=len({e.operation for e in s.exposures}),
            first=optional_text(span[0] if span else None),
            last=optional_text(span[1] if span else None),
            way=tuple(cited[x.key] for x in self._way(s)),
            sentence=wording.suspect(
                self._role,
                name_in(self._schema, self._nodes, exposure.item),
                name_in(self._schema, self._nodes, exposure.operation),
                asset,
                when=self._clock.span(exposure.span),
                told=events[0].sentence,
                more=len(s.candidates) - 1,
            ),
            events=events,
            more_events=max(0, len(s.candidates) - limit),
            comparison=self._comparison(s.compared, asset),
            causes=self._causes(rank, s),
        )

    def _event(self, c: Candidate, told: Told, cited: Mapping[StatementKey, Cited]) -> SuspectEvent:
        assert c.nearest is not None  # a candidate is one because it was near something
        _, near, exposure = c.nearest
        path = c.relation.path
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
                "relevance": round(c.relation.relevance, 6),
            },
            sentence=wording.event(near, told.sentence, self._clock.span(c.span), told.description),
            description=told.description,
            facts=told.facts,
            drift=self._drifts[c.event].drift if c.drift is not None else None,
            relevance_path=tuple(cited[s.key] for s in path.statements) if path else (),
            shared_words=c.relation.words,
        )

    def _comparison(self, compared: Compared | None, asset: Named) -> Comparison | None:
        if compared is None:
            return None
        inside, before, beside = compared.inside, compared.before, compared.beside
        return Comparison(
            since=to_text(compared.since),
            until=to_text(compared.until),
            made=inside.made,
            bad=inside.bad,
            before_made=before.made,
            before_bad=before.bad,
            beside_made=beside.made,
            beside_bad=beside.bad,
            is_partial=inside.is_partial or before.is_partial or beside.is_partial,
            sentence=wording.comparison(compared, asset, self._clock),
        )

    def _causes(self, rank: int, s: _Suspected) -> tuple[FoundCause, ...]:
        """What the events found; where they found nothing, what diagnosis makes of the signs."""
        terms = self._graph.terms
        counts: dict[str, int] = {}
        weights: dict[str, float] = {}
        signs: dict[str, float] = {}
        for c in s.candidates:
            for f in self._suspecting.findings(c.event):
                if f.predicate in terms.found_cause:
                    counts[f.object] = counts.get(f.object, 0) + 1
                    weights[f.object] = weights.get(f.object, 0.0) + c.score
                else:
                    signs[f.object] = signs.get(f.object, 0.0) + c.score
            told = self._drifts.get(c.event)
            if told is not None and told.drift.indicates:
                key = told.drift.parameter.key
                signs[key] = signs.get(key, 0.0) + c.score
        if counts:
            best = sorted(counts, key=lambda k: (-weights[k], k))[:_CAUSES]
            nodes = self._graph.nodes(best)
            named = {key: name_in(self._schema, nodes, key) for key in best}
            return tuple(
                FoundCause(named[k], counts[k], None, wording.found_cause(named[k], counts[k]))
                for k in best
            )
        if rank > _DIAGNOSED or not signs:
            return ()
        worst = sorted(signs, key=lambda k: (-signs[k], k))[:2]
        ranked = rank_causes(
            self._graph.store, self._schema, s.candidates[0].on, worst,
            view=self._graph.view, limit=_CAUSES,
        )  # fmt: skip
        return tuple(FoundCause(c.named, 0, c.probability, c.sentence) for c in ranked.causes)


def at_origin(graph: Graph, exposures: Collection[Exposure], start: Start) -> list[Exposure]:
    """Exposures that can have made the defects: before these were found, at the known origin."""
    found = [
        e
        for e in exposures
        if start.found is None or e.span.start is None or e.span.start <= start.found
    ]
    if not start.origins:
        return found
    of_step = graph.expand(
        {e.operation for e in found}, tuple(sorted(graph.schema.subrelations("ofStep")))
    )
    there = {s.subject for s in of_step if s.object in start.origins} | start.origins
    return [e for e in found if e.operation in there] or found
