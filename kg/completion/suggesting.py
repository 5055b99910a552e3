"""Suggestions: probable links with their probability and the paths behind them, never facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from kg.completion.acceptance import EXTRACTOR
from kg.completion.graph import LinkGraph
from kg.completion.learning import Learned, best_candidates
from kg.completion.paths.explaining import LinkPath
from kg.completion.plant import PlantGraph
from kg.ingest.suggested import Proposal, write_proposals
from kg.model.claims import Run
from kg.model.graph import EVERY_STATUS, NOW, Statement, Status, View
from kg.model.keys import StatementKey
from kg.narration import Cited, Phrase, cite, join, name_in, tell
from kg.store.protocol import Changes, Store

DOCUMENT = "gemba:completion/"
_EVERY = View(statuses=EVERY_STATUS)
_SUBJECTS_AT_MOST = 400


@dataclass(frozen=True, slots=True)
class SupportingPath:
    """Statements from the subject to the object, each with its evidence."""

    statements: tuple[Cited, ...]
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A link that is probably missing."""

    key: StatementKey
    probability: float
    sentence: Phrase
    paths: tuple[SupportingPath, ...]

    @property
    def id(self) -> str:
        """The triple as URL-safe text."""
        return self.key.id


def suggest_links(
    store: Store,
    plant: PlantGraph,
    learned: Learned,
    relations: list[int],
    *,
    limit: int = 20,
    min_probability: float | None = None,
    seed: int = 0,
) -> list[Suggestion]:
    """The likeliest missing links, those first; explained by their best paths.

    A relation's own threshold holds, or `min_probability`. What is stored in any status, rejected
    ones above all, is not suggested.
    """
    graph = plant.graph
    refused = refused_triples(store, graph)
    cuts = {graph.relation_index[report.relation]: report.threshold for report in learned.reports}
    rng = np.random.default_rng(seed)
    found: list[tuple[float, int, int, int]] = []
    for relation in relations:
        calibration = learned.calibrations.get(relation)
        cut = min_probability if min_probability is not None else cuts.get(relation)
        if calibration is None or cut is None:
            continue
        subjects = rng.permutation(plant.usual_subjects(relation))[:_SUBJECTS_AT_MOST]
        some = best_candidates(
            plant, learned.network, graph, relation, subjects.tolist(), refused=refused, number=5
        )
        odds = np.array([score for _, _, score in some], dtype=np.float64)
        for (subject, end, _), chance in zip(some, calibration.probability(odds), strict=True):
            if chance >= cut:
                found.append((float(chance), subject, relation, end))
    found.sort(key=lambda one: (-one[0], one[1:]))
    return explain(store, plant, learned, found[:limit])


def refused_triples(store: Store, graph: LinkGraph) -> set[tuple[int, int, int]]:
    """Statements that wait or were rejected, as far as the graph names their ends."""
    refused: set[tuple[int, int, int]] = set()
    keys = {decision.key for decision in store.decisions() if decision.status is Status.REJECTED}
    view = View(statuses=frozenset({Status.SUGGESTED, Status.REJECTED}))
    for name in graph.relations:
        subjects = [key for key, _ in store.aggregate([name], "subject", view=view)]
        keys.update(s.key for s in store.expand(subjects, [name], view=view))
    for key in keys:
        place = (
            graph.entity_index.get(key.subject),
            graph.relation_index.get(key.predicate),
            graph.entity_index.get(key.object),
        )
        if None not in place:
            refused.add(place)  # type: ignore[arg-type]
    return refused


def explain(
    store: Store,
    plant: PlantGraph,
    learned: Learned,
    found: list[tuple[float, int, int, int]],
) -> list[Suggestion]:
    """Suggestions with sentences; the evidence of all paths is read at once."""
    graph = plant.graph
    paths = [
        learned.network.explain(graph, np.array([subject, relation]), end, 3)
        for _, subject, relation, end in found
    ]
    keys = {key for some in paths for path in some for key in _statement_keys(graph, path)}
    statements = store.get_statements(list(keys), NOW)
    cited = cite(store, plant.schema, statements.values(), per_statement=1)
    ends = {graph.entities[end] for one in found for end in (one[1], one[3])}
    nodes = store.get_nodes(ends, _EVERY)
    suggestions: list[Suggestion] = []
    for (chance, subject, relation, end), some in zip(found, paths, strict=True):
        key = StatementKey(graph.entities[subject], graph.relations[relation], graph.entities[end])
        statement = Statement(*key, Status.SUGGESTED, chance, 1, 0)
        suggestions.append(
            Suggestion(
                key,
                round(chance, 4),
                tell(
                    plant.schema,
                    statement,
                    name_in(plant.schema, nodes, key.subject),
                    name_in(plant.schema, nodes, key.object),
                ),
                tuple(
                    told for path in some if (told := _tell_path(graph, path, cited)) is not None
                ),
            )
        )
    return suggestions


def write_suggestions(
    store: Store, suggestions: Collection[Suggestion], run: Run, *, dry_run: bool = False
) -> Changes:
    """Store them for review, as one document of their own that the run can be taken back with."""
    return write_proposals(
        store,
        [Proposal(one.key, one.probability, told_text(one)) for one in suggestions],
        run,
        document=DOCUMENT,
        title="Suggested links",
        extractor=EXTRACTOR,
        dry_run=dry_run,
    )


def told_text(suggestion: Suggestion) -> str:
    """What stands in review: the suggestion and why, in English, then in Chinese."""
    en = [f"{suggestion.sentence.en} (probability {suggestion.probability:.2f})"]
    zh = [f"{suggestion.sentence.zh}（概率 {suggestion.probability:.2f}）"]
    en += [f"because {path.sentence.en}" for path in suggestion.paths]
    zh += [f"依据：{path.sentence.zh}" for path in suggestion.paths]
    return "\n".join([*en, *zh])


def _statement_keys(graph: LinkGraph, path: LinkPath) -> list[StatementKey]:
    keys: list[StatementKey] = []
    for step in path.steps:
        name = graph.relations[step.relation % graph.n_relations]
        is_forward = step.relation < graph.n_relations
        subject, obj = (step.start, step.end) if is_forward else (step.end, step.start)
        keys.append(StatementKey(graph.entities[subject], name, graph.entities[obj]))
    return keys


def _tell_path(
    graph: LinkGraph, path: LinkPath, cited: Mapping[StatementKey, Cited]
) -> SupportingPath | None:
    keys = _statement_keys(graph, path)
    if any(key not in cited for key in keys):
        return None
    told = tuple(cited[key] for key in keys)
    return SupportingPath(told, join(one.sentence for one in told))
