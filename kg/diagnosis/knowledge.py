"""What is known in general: paths of causal statements from a sign back to what brings it about.

From a sign the search follows `indicates` to modes and causes, and `causes` against its direction
to what is behind them, over any number of statements up to a limit. What brings about a narrow mode
also brings about the broader one, so a search from a broad sign begins at the narrower ones as
well. The reverse does not hold: what makes oil leak need not make fuel leak. Only a symptom of
which nothing is known is read as the broader one, for less. A path never visits a node twice, so
cycles in the statements are harmless.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kg.diagnosis.graph import Graph
from kg.diagnosis.scope import Scope
from kg.model.graph import Node, Statement
from kg.model.keys import StatementKey
from kg.model.numbers import as_number

MAX_DEPTH = 6
PATH_DECAY = 0.9  # per statement: a long chain is a weaker explanation
BROADER_DECAY = 0.6
_BEAM = 400  # partial paths kept per level
_PATHS_PER_NODE = 3
_LINKS_PER_NODE = 300

# How much a cause matters by what it is said to affect; see `Relevance`.
UNKNOWN_OF_COMPONENT = 0.25  # weight of what nobody has written down about a component
IN_SCOPE, SUPPORTING, UNSTATED, PARTS_UNKNOWN, ELSEWHERE = 1.0, 0.6, 0.4, 0.5, 0.1
OF_PART = 0.5  # what is known of a part, where records name the whole
OTHER_CLASS = 0.3  # said of such a part, but in other kinds of assets


class Path(NamedTuple):
    """Statements from a cause to the sign, cause first; `weight` is between 0 and 1."""

    nodes: tuple[str, ...]  # cause ... sign
    statements: tuple[Statement, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Known:
    """What knowledge says of one candidate."""

    key: str
    paths: tuple[Path, ...]  # best first
    affects: tuple[Statement, ...]  # what the candidate is said to affect, or what exhibits it
    relevance: float
    occurrence: float  # rating of how often, relative to the others; 1 where unrated

    @property
    def weight(self) -> float:
        """Best path, times how much the candidate concerns this asset, times how often it is."""
        return self.paths[0].weight * self.relevance * self.occurrence


def find_paths(
    graph: Graph,
    signs: Iterable[str],
    *,
    max_depth: int = MAX_DEPTH,
    circles: set[StatementKey] | None = None,
) -> dict[str, list[Path]]:
    """The best paths from every mode and cause behind `signs`, by that node.

    Statements that were not followed because they lead back into the path go to `circles`.
    """
    frontier = [Path((sign,), (), 1.0) for sign in sorted(signs)]
    best: dict[str, list[Path]] = {path.nodes[0]: [path] for path in frontier}
    for _ in range(max_depth):
        ends = sorted({path.nodes[0] for path in frontier})
        steps = _steps(graph, ends)
        grown: list[Path] = []
        for path in frontier:
            for behind, statement, decay in steps.get(path.nodes[0], ()):
                if behind in path.nodes:
                    if circles is not None and statement.predicate in graph.terms.causes:
                        circles.add(statement.key)
                    continue
                grown.append(
                    Path(
                        (behind, *path.nodes),
                        (statement, *path.statements),
                        path.weight * statement.confidence * decay,
                    )
                )
        grown.sort(key=lambda p: (-p.weight, p.nodes))
        frontier = []
        for path in grown[:_BEAM]:
            known = best.setdefault(path.nodes[0], [])
            if len(known) < _PATHS_PER_NODE:
                known.append(path)
                frontier.append(path)
        if not frontier:
            break
    return {
        key: sorted(paths, key=lambda p: (-p.weight, p.nodes))
        for key, paths in best.items()
        if paths[0].statements
    }


def _steps(graph: Graph, keys: Sequence[str]) -> dict[str, list[tuple[str, Statement, float]]]:
    """From each key to what is behind it, with the statement and its discount."""
    terms = graph.terms
    found: dict[str, list[tuple[str, Statement, float]]] = {}
    for s in graph.expand(keys, terms.indicates, limit_per_node=_LINKS_PER_NODE):
        found.setdefault(s.subject, []).append((s.object, s, PATH_DECAY))
    for s in graph.expand(keys, terms.causes, "in", limit_per_node=_LINKS_PER_NODE):
        found.setdefault(s.object, []).append((s.subject, s, PATH_DECAY))
    unknown = [key for key in keys if key not in found and graph.is_a(key, "Symptom")]
    for s in graph.expand(unknown, terms.broader, limit_per_node=10):
        found.setdefault(s.subject, []).append((s.object, s, BROADER_DECAY))
    return found


def weigh(graph: Graph, scope: Scope, paths: Mapping[str, Sequence[Path]]) -> dict[str, Known]:
    """The candidates among `paths`, with how much they concern the asset.

    A candidate is a cause, or a mode behind which no cause is known.
    """
    keys = {
        key
        for key, listed in paths.items()
        # What is only the broader word for something is no cause of it.
        if listed[0].statements[0].predicate not in graph.terms.broader
    }
    inner = {node for listed in paths.values() for p in listed for node in p.nodes[1:]}
    candidates = sorted(
        k
        for k in keys
        if graph.is_a(k, "FailureCause") or (graph.is_a(k, "FailureMode") and k not in inner)
    )
    on_paths = sorted({node for k in candidates for p in paths[k] for node in p.nodes})
    said = _said_of(graph, on_paths)
    nodes = graph.nodes(candidates)
    ratings = {k: _rating(nodes.get(k), paths[k]) for k in candidates}
    highest = max((r for r in ratings.values() if r is not None), default=0.0)
    known: dict[str, Known] = {}
    for key in candidates:
        rating = ratings[key]
        known[key] = Known(
            key=key,
            paths=tuple(paths[key]),
            affects=tuple(said.get(key, ())),
            relevance=_relevance(graph, scope, paths[key][0], said),
            occurrence=1.0 if rating is None or highest <= 0 else 0.5 + rating / highest / 2,
        )
    return known


def causes_of_components(
    graph: Graph, scope: Scope, components: Collection[str], known: Mapping[str, Known]
) -> dict[str, dict[str, float]]:
    """What is known to go wrong with each component and to show as observed, as shares.

    Shares of one component sum to less than 1: nobody knows everything. What is known of a broader
    component counts for the narrower one too, and what is known of its parts counts for less.
    """
    by_place: dict[str, dict[str, float]] = {}
    for key, cause in known.items():
        if graph.is_a(key, "FailureCause"):
            weight = cause.paths[0].weight * cause.occurrence
            weight *= _class_fit(graph, scope, key, cause.affects)
            for s in cause.affects:
                place = s.object if s.subject == key else s.subject
                by_place.setdefault(place, {})[key] = weight
    parts: dict[str, set[str]] = {}
    for s in graph.expand(components, graph.terms.has_component, limit_per_node=_LINKS_PER_NODE):
        parts.setdefault(s.subject, set()).add(s.object)
    found: dict[str, dict[str, float]] = {}
    for component in components:
        weights: dict[str, float] = {}
        for place in graph.schema.broader_of(component):
            for key, weight in by_place.get(place, {}).items():
                weights.setdefault(key, weight)
        for part in sorted(parts.get(component, ())):
            for key, weight in by_place.get(part, {}).items():
                weights[key] = max(weights.get(key, 0.0), weight * OF_PART)
        if weights:
            total = sum(weights.values()) + UNKNOWN_OF_COMPONENT
            found[component] = {key: weight / total for key, weight in sorted(weights.items())}
    return found


def concerning(scope: Scope, relevance: Mapping[str, float], near: Collection[str]) -> set[str]:
    """The candidates that may concern the asset: not what is said of other things only.

    `near` are those that records of the asset or its peers name. Of an asset without a class
    nothing is known to lie elsewhere.
    """
    if not scope.classes:
        return set(relevance)
    return {key for key, fit in relevance.items() if key in near or fit > ELSEWHERE}


def relevance_of(graph: Graph, scope: Scope, keys: Collection[str]) -> dict[str, float]:
    """How much each of `keys` concerns the asset, by what is said of it alone.

    Components count as what they are: built in, known to be elsewhere, or unknown.
    """
    said = _said_of(graph, sorted(k for k in keys if not graph.is_a(k, "Component")))
    found: dict[str, float] = {}
    for key in keys:
        if graph.is_a(key, "Component"):
            found[key] = _place_fit(graph, scope, key)
        else:
            found[key] = _own_fit(graph, scope, key, said.get(key, ()))
    return found


def _said_of(graph: Graph, keys: Sequence[str]) -> dict[str, list[Statement]]:
    """Statements on where each of `keys` occurs: what it affects, what exhibits it."""
    said: dict[str, list[Statement]] = {}
    for s in graph.expand(keys, graph.terms.affects, limit_per_node=_LINKS_PER_NODE):
        said.setdefault(s.subject, []).append(s)
    for s in graph.expand(keys, graph.terms.exhibits, "in", limit_per_node=_LINKS_PER_NODE):
        said.setdefault(s.object, []).append(s)
    return said


def _relevance(
    graph: Graph, scope: Scope, path: Path, said: Mapping[str, list[Statement]]
) -> float:
    """How much the candidate at the head of `path` concerns the asset.

    What is said of the candidate itself decides. Where nothing is, a mode on the path that occurs
    on the asset speaks for it; that the mode occurs elsewhere too speaks not against it.
    """
    if own := said.get(path.nodes[0], ()):
        return _own_fit(graph, scope, path.nodes[0], own)
    inner = [
        _fit(graph, scope, node, s) for node in path.nodes[1:-1] or path.nodes[1:]
        for s in said.get(node, ())
    ]  # fmt: skip
    return max((fit for fit in inner if fit > UNSTATED), default=UNSTATED)


def _own_fit(graph: Graph, scope: Scope, key: str, said: Sequence[Statement]) -> float:
    best = max((_fit(graph, scope, key, s) for s in said), default=UNSTATED)
    return best * _class_fit(graph, scope, key, said)


def _class_fit(graph: Graph, scope: Scope, key: str, said: Sequence[Statement]) -> float:
    """1 where `key` is said of the asset's class or of no class; less where of others only."""
    places = {s.object if s.subject == key else s.subject for s in said}
    classes = {place for place in places if graph.is_a(place, "AssetClass")}
    if not classes or not scope.classes or not classes.isdisjoint(scope.classes):
        return 1.0
    return OTHER_CLASS


def _fit(graph: Graph, scope: Scope, node: str, statement: Statement) -> float:
    place = statement.object if statement.subject == node else statement.subject
    return _place_fit(graph, scope, place) * (0.5 + statement.confidence / 2)


def _place_fit(graph: Graph, scope: Scope, place: str) -> float:
    if place in scope.own:
        return IN_SCOPE
    if place in scope.supporting:
        return SUPPORTING
    if not scope.components and graph.is_a(place, "Component"):
        return PARTS_UNKNOWN  # its parts are not on record: it may well have this one
    return ELSEWHERE


def _rating(node: Node | None, paths: Sequence[Path]) -> float | None:
    """The occurrence rating of a cause, from its own properties or the statement it begins."""
    told = [path.statements[0].props for path in paths if path.statements]
    if node is not None:
        told.append(node.props)
    numbers = [as_number(props.get("occurrence")) for props in told]
    return max((n for n in numbers if n is not None), default=None)
