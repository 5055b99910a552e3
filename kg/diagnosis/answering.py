"""Puts the answer of a diagnosis together, for the causes that are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.diagnosis import wording
from kg.diagnosis.advising import Adviser, CaseTeller
from kg.diagnosis.carding import CardWriter
from kg.diagnosis.drawing import draw
from kg.diagnosis.graph import Graph
from kg.diagnosis.indirect import NEAR
from kg.diagnosis.knowledge import Path
from kg.diagnosis.modelling import Model
from kg.diagnosis.noting import notes_on, usual_signs
from kg.diagnosis.observing import Observation
from kg.diagnosis.posterior import Likelihood, infer
from kg.diagnosis.questions import plan_step
from kg.diagnosis.ranking import Evidence, Ranking, Scored
from kg.diagnosis.reading import Reading
from kg.diagnosis.records import RecordReader
from kg.diagnosis.results import (
    AffectedPart,
    CauseKind,
    CausePath,
    Diagnosis,
    Question,
    RankedCause,
)
from kg.diagnosis.scope import Scope
from kg.diagnosis.supporting import Support
from kg.diagnosis.telling import LookedAt, TermTeller
from kg.model.graph import Node, Statement
from kg.model.keys import StatementKey
from kg.narration import Cited, Named, Phrase, cite, is_general, join, name_in

ENOUGH = 0.05  # a best probability below this is no answer
_SURE = 0.5  # from here on no checks are proposed
_SHOWN = 0.0005  # a candidate below this is not worth a line
_CASES = 3
_PATHS = 3


class Answer:
    """Puts the answer together for the causes that are shown."""

    def __init__(
        self,
        graph: Graph,
        scope: Scope,
        reader: RecordReader,
        observations: Sequence[Observation],
        readings: Sequence[Reading],
        model: Model,
        likelihoods: Mapping[str, Likelihood],
        looked: Sequence[LookedAt] = (),
        implied: Sequence[tuple[str, str]] = (),
        evidence: Evidence | None = None,
    ) -> None:
        self._evidence = evidence or Evidence({}, {})
        self._model = model
        self._likelihoods = likelihoods
        self._looked = looked
        self._implied = implied
        self._graph = graph
        self._schema = graph.schema
        self._terms = graph.terms
        self._scope = scope
        self._reader = reader
        self._readings = readings
        self._support = Support(graph, scope, reader, observations, readings)
        self._writer = CardWriter(graph, scope)

    def build(self, ranking: Ranking, limit: int) -> Diagnosis:
        scored = [s for s in ranking.scored if s.probability > _SHOWN]
        shown = scored[:limit] if scored and scored[0].probability >= ENOUGH else []
        checks = self._checks(ranking)
        classes = self._scope.classes
        nodes = self._graph.nodes({*classes, *(s.key for s in shown), *self._involved(shown)})
        asset = name_in(self._schema, {self._scope.root.key: self._scope.root},
                        self._scope.root.key)  # fmt: skip
        named_classes = tuple(name_in(self._schema, nodes, k) for k in classes)
        causes = self._causes(shown, nodes, asset, named_classes)
        signs = self._support.signs
        reason: Phrase | None = None
        tips: tuple[Phrase, ...] = ()
        usual: tuple[Named, ...] = ()
        if not shown:
            reason = (
                wording.too_weak(asset, scored[0].probability)
                if scored
                else wording.nothing_known(asset, signs)
            )
            if checks:
                reason = wording.with_checks(reason, len(checks))
        if not shown and checks:
            tips = tuple(q.text for q in checks)
        if not checks and (not shown or any(not s.signs for s in signs)):
            usual = usual_signs(self._graph, self._scope, self._reader)
            tips = wording.advice_for_more(
                asset,
                signs,
                has_class=bool(classes),
                has_paths=any(r.known for r in self._readings),
                has_records=any(
                    c.explained for r in self._readings for c in r.records.levels.values()
                ),
                known=usual,
            )
        return Diagnosis(
            asset=asset,
            classes=named_classes,
            observed=tuple(signs),
            causes=causes,
            candidates=len(scored),
            unknown=round(ranking.unknown, 6),
            counts=self._support.counts(asset, named_classes),
            abstained=not shown,
            reason=reason,
            would_help=tips,
            known_signs=usual,
            next_checks=checks,
            drawing=draw(
                causes,
                {k for r in self._readings for k in r.observation.covers},
                self._terms.indicates,
            ),
            open_work=self._writer.open_work(),
            notes=notes_on(
                self._graph,
                self._scope,
                self._reader,
                self._readings,
                self._model,
                self._implied,
                {s.key: self._affects(s.key) for s in shown},
                only_components=all(self._kind(s.key) == "component" for s in shown),
            ),
        )

    def _checks(self, ranking: Ranking) -> tuple[Question, ...]:
        """The three checks that would help most, where the answer is not sure."""
        if not ranking.scored or ranking.scored[0].probability >= _SURE:
            return ()
        posterior = infer(self._model.net, self._evidence.findings, self._evidence.causes)
        done = {(look.check, look.cause) for look in self._looked}
        step = plan_step(
            self._graph, self._model, self._evidence, posterior, {}, done, own=self._scope.own
        )
        return tuple(step.questions[:3])

    def _causes(
        self,
        shown: Sequence[Scored],
        nodes: Mapping[str, Node],
        asset: Named,
        classes: Sequence[Named],
    ) -> tuple[RankedCause, ...]:
        paths = {s.key: self._paths_of(s.key) for s in shown}
        possible = {
            s.key: self._possible_causes(s.key) for s in shown if self._kind(s.key) == "component"
        }
        statements = {
            s.key: s
            for listed in (*paths.values(), *possible.values())
            for p in listed
            for s in p.statements
        }
        affects = {s.key: self._affects(s.key) for s in shown}
        for stated in affects.values():
            statements.update((s.key, s) for s in stated)
        cited = cite(self._graph.store, self._schema, statements.values(), view=self._graph.view)
        matching = {s.key: self._support.records_of(s.key) for s in shown}
        adviser = Adviser(self._graph, self._scope)
        about = {s.key: self._about(s.key, paths[s.key], possible.get(s.key, ())) for s in shown}
        everything = {record for listed in matching.values() for _, record in listed}
        done = {
            f.object
            for record in everything
            for f in self._reader.facts(record)
            if f.predicate in self._terms.performed
        }
        adviser.load({k for keys in about.values() for k in keys}, done)
        adviser.name_parts(everything, self._reader)
        teller = CaseTeller(self._graph, self._reader)
        cases = teller.tell({k: self._support.cases(k, listed) for k, listed in matching.items()})
        writer = self._writer
        telling = TermTeller(self._model, self._readings, self._likelihoods, self._looked)
        found: list[RankedCause] = []
        for rank, s in enumerate(shown, 1):
            kind = self._kind(s.key)
            named = name_in(self._schema, nodes, s.key)
            supports = self._support.by_level(s.key, kind, asset, classes)
            # What the plant's own documents say goes before general knowledge.
            told_paths = [_told(p, cited) for p in paths[s.key]]
            shown_paths = tuple(sorted(told_paths, key=lambda p: p.is_general))
            near = [
                record for _, record in matching[s.key] if self._support.indirect.is_near(record)
            ]
            advised = adviser.advise(about[s.key], near, self._reader, self._focus(s.key))
            found.append(
                RankedCause(
                    rank=rank,
                    named=named,
                    kind=kind,
                    probability=round(s.probability, 9),
                    prior=round(s.prior, 9),
                    terms=telling.terms(s, named),
                    strengths=telling.strengths(s.key),
                    sources={k: round(v, 9) for k, v in s.sources.items()},
                    sentence=wording.finding(
                        named,
                        [x.sentence for x in supports if x.matching and x.level in NEAR],
                        [
                            self._support.through(s.key, nodes, asset, classes),
                            *(x.sentence for x in supports if x.matching and x.level not in NEAR),
                            shown_paths[0].sentence if shown_paths else None,
                        ],
                    ),
                    paths=shown_paths,
                    supports=supports,
                    affects=self._affected(s.key, kind, affects[s.key], cited, nodes),
                    possible_causes=tuple(_told(p, cited) for p in possible.get(s.key, ())),
                    checks=advised.checks,
                    remedies=advised.remedies,
                    done_before=advised.done_before,
                    parts_used=advised.parts_used,
                    cases=tuple(cases.get(s.key, ())),
                    card=writer.write(
                        s.key, advised, self._focus(s.key), near or [r for _, r in matching[s.key]]
                    ),
                )
            )
        return tuple(found)

    def _kind(self, key: str) -> CauseKind:
        if self._graph.is_a(key, "Component"):
            return "component"
        return "mode" if self._graph.is_a(key, "FailureMode") else "cause"

    def _paths_of(self, key: str) -> list[Path]:
        """The best paths from the cause to each of the signs."""
        found = [
            p
            for r in self._readings
            if key in r.known
            for p in self._to_what_was_asked(r, key)[:_PATHS]
        ]
        return sorted(found, key=lambda p: (-p.weight, p.nodes))[: _PATHS * 2]

    def _to_what_was_asked(self, reading: Reading, key: str) -> Sequence[Path]:
        """Paths that end at the sign itself or at a symptom that a document of the plant names,
        where there are any: other narrower signs say less."""
        paths, asked = reading.known[key].paths, reading.observation.keys
        concepts = self._schema.concepts
        return [
            p
            for p in paths
            if (end := p.nodes[-1]) in asked
            or (end not in concepts and self._graph.is_a(end, "Symptom"))
        ] or paths

    def _possible_causes(self, component: str) -> list[Path]:
        """What is known in general to go wrong with a component and lead to the signs."""
        shares: dict[str, float] = {}
        best: dict[str, Path] = {}
        for r in self._readings:
            for key, share in r.through.get(component, {}).items():
                shares[key] = shares.get(key, 0.0) + share
                best.setdefault(key, self._to_what_was_asked(r, key)[0])
        enough = max(shares.values(), default=0.0) / 2
        ranked = sorted((k for k in shares if shares[k] >= enough), key=lambda k: (-shares[k], k))
        return [best[key] for key in ranked[:_PATHS]]

    def _affects(self, key: str) -> list[Statement]:
        """Where the cause is said to occur: on the asset and its parts first, then elsewhere."""
        stated = {s.key: s for r in self._readings if key in r.known for s in r.known[key].affects}
        own = self._scope.own
        ranked = sorted(
            stated.values(),
            key=lambda s: (not own & {s.subject, s.object}, -s.confidence, s.key),
        )
        return ranked[:5]

    def _involved(self, shown: Sequence[Scored]) -> set[str]:
        return {
            f.object
            for s in shown
            for _, record in self._support.records_of(s.key)
            for f in self._reader.facts(record)
            if f.predicate in self._terms.involves
        } | {component for s in shown for component in self._support.indirect.components(s.key)}

    def _focus(self, key: str) -> frozenset[str]:
        """The components that advice should be about, with the broader words for them."""
        places = (
            {key} if self._kind(key) == "component" else set(self._support.indirect.components(key))
        )
        places |= {c for r in self._readings for c in r.named}
        return frozenset(b for place in places for b in self._schema.broader_of(place))

    def _about(self, key: str, paths: Sequence[Path], possible: Sequence[Path]) -> list[str]:
        """The cause, then the modes between it and the signs: where advice is looked for.

        A component is advised on by what is known to go wrong with it.
        """
        signs = {k for r in self._readings for k in r.observation.keys}
        inner = [node for p in paths for node in p.nodes[1:] if node not in signs]
        modes = [k for k in sorted(signs) if self._kind(k) == "mode"]
        return list(dict.fromkeys((key, *(p.nodes[0] for p in possible), *inner, *modes)))

    def _affected(
        self,
        key: str,
        kind: CauseKind,
        stated: Sequence[Statement],
        cited: Mapping[StatementKey, Cited],
        nodes: Mapping[str, Node],
    ) -> tuple[AffectedPart, ...]:
        counts: dict[str, int] = {}
        if kind != "component":
            for _, record in self._support.records_of(key):
                for f in self._reader.facts(record):
                    if f.predicate in self._terms.involves:
                        counts[f.object] = counts.get(f.object, 0) + 1
        found: list[AffectedPart] = []
        for s in stated:
            place = s.object if s.subject == key else s.subject
            told = cited[s.key]
            found.append(
                AffectedPart(
                    told.object if s.subject == key else told.subject,
                    counts.pop(place, 0),
                    told,
                )
            )
        rest = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        found += [AffectedPart(name_in(self._schema, nodes, k), n, None) for k, n in rest[:5]]
        return tuple(found)


def _told(path: Path, cited: Mapping[StatementKey, Cited]) -> CausePath:
    statements = tuple(cited[s.key] for s in path.statements)
    return CausePath(
        statements,
        join([s.sentence for s in statements]),
        round(path.weight, 6),
        is_general(statements),
    )
