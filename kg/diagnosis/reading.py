"""One observation with all that is said of it: known causes behind it, and counted records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kg.diagnosis.graph import Graph
from kg.diagnosis.knowledge import Known, Path, find_paths, weigh
from kg.diagnosis.observing import Observation
from kg.diagnosis.records import RecordReader, Records
from kg.diagnosis.results import ObservedSign
from kg.diagnosis.scope import Scope

_RELATED_BELOW = 20.0  # explained records; with fewer, those of the modes pointed to count too
_OTHER_COMPONENT = 0.25  # knowledge about other parts, where a component was named
_PATHS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation with what knowledge and records say of it."""

    observation: Observation
    sign: ObservedSign
    known: Mapping[str, Known]
    records: Records


def read(graph: Graph, scope: Scope, reader: RecordReader, observation: Observation) -> Reading:
    """What is said of one observation."""
    paths: dict[str, list[Path]] = {}
    if observation.is_component:
        paths = _paths_to_component(graph, observation.covers)
    elif observation.is_understood:
        paths = find_paths(graph, observation.covers)
    known = weigh(graph, scope, paths)
    records = reader.read(observation)
    explained = sum(counted.explained for counted in records.levels.values())
    pointed = {
        key
        for key, listed in paths.items()
        if len(listed[0].statements) == 1
        and listed[0].statements[0].predicate in graph.terms.indicates
    }
    if pointed and explained < _RELATED_BELOW:
        records = reader.read(observation, related=pointed)
    sign = ObservedSign(
        text=observation.text,
        signs=observation.named,
        is_component=observation.is_component,
        similar_records=len(observation.records),
        suggestions=observation.suggestions,
    )
    return Reading(observation, sign, known, records)


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
    """What may be behind it. Where signs were named, a named component only narrows them down."""
    signs = [r for r in readings if not r.observation.is_component] or list(readings)
    found = {key for r in signs for key in r.known}
    found |= {k for r in signs for counted in r.records.levels.values() for k in counted.by}
    return found


def knowledge_for(
    candidates: Collection[str], reading: Reading, readings: Sequence[Reading]
) -> dict[str, float]:
    """How much general knowledge speaks for each candidate, given one observation."""
    weights = {k: known.weight for k, known in reading.known.items() if k in candidates}
    if not reading.observation.is_component:
        return weights
    # A component that was named speaks for causes that affect it, and leaves a little to others.
    elsewhere = {k: known.weight for r in readings for k, known in r.known.items()}
    for key in candidates:
        if key in reading.observation.covers:
            weights[key] = 1.0
        else:
            weights.setdefault(key, _OTHER_COMPONENT * elsewhere.get(key, 0.0))
    return weights
