"""The paths of the shown causes as data for a drawing: nodes in layers, edges from cause on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kg.diagnosis.results import CausePath, Drawing, DrawnEdge, DrawnNode, RankedCause
from kg.narration import Named


def draw(
    causes: Sequence[RankedCause], observed: Collection[str], indicates: Collection[str]
) -> Drawing:
    """One graph of all paths.

    `observed` are the keys of what was seen, `indicates` the relations that point from a sign to
    what is behind it: their edges are turned round. A node stands one layer before the nearest of
    what follows from it, seen from the signs; where statements form a circle, the shortest way
    counts.
    """
    named: dict[str, Named] = {}
    edges: dict[tuple[str, str], DrawnEdge] = {}
    for cause in causes:
        named[cause.named.key] = cause.named
        for path in (*cause.paths, *cause.possible_causes):
            _add(path, named, edges, indicates)
    height = _heights(named, edges)
    top = max(height.values(), default=0)
    ranked = {c.named.key: c for c in causes}
    nodes = [
        DrawnNode(
            key=key,
            label=thing.label,
            kind=thing.cls,
            layer=top - height[key],
            rank=ranked[key].rank if key in ranked else None,
            probability=ranked[key].probability if key in ranked else None,
            is_observed=key in observed,
        )
        for key, thing in named.items()
    ]
    nodes.sort(key=lambda n: (n.layer, n.rank or 10**6, n.key))
    return Drawing(tuple(nodes), tuple(edges[ends] for ends in sorted(edges)))


def _add(
    path: CausePath,
    named: dict[str, Named],
    edges: dict[tuple[str, str], DrawnEdge],
    indicates: Collection[str],
) -> None:
    for s in path.statements:
        named.setdefault(s.subject.key, s.subject)
        named.setdefault(s.object.key, s.object)
        source, target = s.subject.key, s.object.key
        if s.predicate in indicates:
            source, target = target, source
        edges.setdefault(
            (source, target),
            DrawnEdge(source, target, s.id, s.predicate, s.confidence, path.is_general),
        )


def _heights(named: Collection[str], edges: Collection[tuple[str, str]]) -> dict[str, int]:
    """Statements to the nearest node from which nothing follows; breadth first."""
    behind: dict[str, list[str]] = {}
    has_more = set()
    for source, target in sorted(edges):
        behind.setdefault(target, []).append(source)
        has_more.add(source)
    height = {key: 0 for key in sorted(named) if key not in has_more}
    queue = list(height)
    for key in queue:
        for source in behind.get(key, ()):
            if source not in height:
                height[source] = height[key] + 1
                queue.append(source)
    return {key: height.get(key, 0) for key in named}
