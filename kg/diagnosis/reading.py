"""One observation with all that is said of it: known causes behind it, and counted records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kg.diagnosis.graph import Graph
from kg.diagnosis.knowledge import Known, Path, causes_of_components, find_paths, weigh
from kg.diagnosis.observing import Observation
from kg.diagnosis.records import Level, RecordReader, Records
from kg.diagnosis.scope import Scope
from kg.model.keys import StatementKey
from kg.search import lexicon_of

_RELATED_BELOW = 20.0  # explained records; with fewer, those of the modes pointed to count too
OTHER_COMPONENT = 0.2  # knowledge about other parts, where a component was named
_PATHS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation with what knowledge and records say of it."""

    observation: Observation
    known: Mapping[str, Known]
    records: Records
    named: frozenset[str]  # components that were named beside the sign
    pointed: frozenset[str]  # modes whose records were counted as related
    through: Mapping[str, Mapping[str, float]]  # component of records -> its causes, with shares
    circles: frozenset[StatementKey] = frozenset()  # statements that lead back into their own path
    concerned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    # ... symptom -> the components in its name, where components were named


def read_all(
    graph: Graph, scope: Scope, reader: RecordReader, observations: Sequence[Observation]
) -> list[Reading]:
    """What is said of each observation. A component named beside signs narrows these down."""
    components = [o for o in observations if o.is_component]
    signs = [o for o in observations if not o.is_component]
    if not signs:
        return [_read(graph, scope, reader, o, frozenset()) for o in components]
    named = frozenset(key for o in components for key in o.covers)
    return [_read(graph, scope, reader, o, named) for o in signs]


def _read(
    graph: Graph,
    scope: Scope,
    reader: RecordReader,
    observation: Observation,
    named: frozenset[str],
) -> Reading:
    paths: dict[str, list[Path]] = {}
    circles: set[StatementKey] = set()
    if observation.is_component:
        paths = _paths_to_component(graph, observation.covers)
    elif observation.is_understood:
        paths = find_paths(graph, observation.covers, circles=circles)
    known = weigh(graph, scope, paths)
    records = reader.read(observation, involving=named)
    explained = sum(counted.explained for counted in records.levels.values())
    pointed = frozenset(
        key
        for key, listed in paths.items()
        if len(listed[0].statements) == 1
        and listed[0].statements[0].predicate in graph.terms.indicates
    )
    if explained >= _RELATED_BELOW:
        pointed = frozenset()
    else:
        pointed |= modes_above(graph, observation.keys)
    if pointed:
        records = reader.read(observation, related=pointed, involving=named)
    components = {
        key
        for counted in records.levels.values()
        for key in counted.weights
        if graph.is_a(key, "Component")
    }
    through = causes_of_components(graph, scope, components, known)
    ends = {path.nodes[-1] for listed in paths.values() for path in listed} if named else set()
    return Reading(
        observation, known, records, named, pointed, through, frozenset(circles),
        _components_named_by(graph, ends),
    )  # fmt: skip


def modes_above(graph: Graph, signs: Collection[str]) -> frozenset[str]:
    """The modes that symptoms of documents are put below: records rather name these."""
    symptoms = {key for key in signs if graph.is_a(key, "Symptom")}
    above = graph.expand(symptoms, graph.terms.broader, limit_per_node=10)
    return frozenset(s.object for s in above if graph.is_a(s.object, "FailureMode"))


def _components_named_by(graph: Graph, signs: Collection[str]) -> dict[str, frozenset[str]]:
    """The components that the names of symptoms name: "compressor will not start"."""
    lexicon = lexicon_of(graph.schema)
    found: dict[str, frozenset[str]] = {}
    for key, node in graph.nodes({key for key in signs if graph.is_a(key, "Symptom")}).items():
        mentions = lexicon.mentions(
            node.name, accept=lambda term: graph.schema.is_a(term.cls, "Component")
        )
        found[key] = frozenset(t.key for m in mentions for t in m.terms if t.key is not None)
    return found


def _paths_to_component(graph: Graph, components: Collection[str]) -> dict[str, list[Path]]:
    """What is known to go wrong with components: causes that affect them, modes they exhibit."""
    paths: dict[str, list[Path]] = {}
    for s in graph.expand(components, graph.terms.affects, "in", limit_per_node=500):
        path = Path((s.subject, s.object), (s,), s.confidence * 0.9)
        paths.setdefault(s.subject, []).append(path)
    shown = graph.expand(components, graph.terms.exhibits, limit_per_node=100)
    behind = find_paths(graph, {s.object for s in shown}) if shown else {}
    for s in shown:
        paths.setdefault(s.object, []).append(Path((s.object, s.subject), (s,), s.confidence * 0.9))
        for key, found in behind.items():
            paths.setdefault(key, []).extend(
                Path((*p.nodes, s.subject), (*p.statements, s), p.weight * s.confidence * 0.9)
                for p in found
                if p.nodes[-1] == s.object
            )
    return {
        key: sorted(found, key=lambda p: (-p.weight, p.nodes))[:_PATHS]
        for key, found in paths.items()
    }


def candidates_of(readings: Sequence[Reading]) -> set[str]:
    """What may be behind it: known causes, and what records found or involve."""
    found = {key for r in readings for key in r.known}
    return found | {
        k for r in readings for counted in r.records.levels.values() for k in counted.by
    }


def named_near(readings: Sequence[Reading]) -> set[str]:
    """What records of the asset itself or its peers name."""
    near: tuple[Level, ...] = ("asset", "class")
    levels = [r.records.levels[level] for r in readings for level in near
              if level in r.records.levels]  # fmt: skip
    return {key for counted in levels for key in (*counted.by, *counted.against)}
