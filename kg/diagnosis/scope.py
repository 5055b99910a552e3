"""What belongs to the asset in question: its parts, its class, its peers, what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kg.diagnosis.graph import Graph
from kg.model.graph import Node, Statement

_MAX_PEERS = 2000
PLACES = (("Asset",), ("AssetClass", "Location"))  # what may be asked about, first choice first
_BUILT_IN_DEPTH = 6
_DEPENDS_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Keys around one asset (or asset class, or component)."""

    root: Node
    assets: tuple[str, ...]  # the asset with those built into it; empty for a class
    components: frozenset[str]  # kinds of parts that it or its class is known to have
    classes: tuple[str, ...]  # its classes, nearest first, with broader ones
    peers: tuple[str, ...]  # other assets of its nearest classes
    supporting: frozenset[str]  # what it or its parts depend on, and their components
    depends: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    # ... for each of these the shortest way there, from the asset's side

    @property
    def own(self) -> frozenset[str]:
        """Everything that is the asset itself, a part of it, or its class."""
        return frozenset((self.root.key, *self.assets, *self.components, *self.classes))


def read_scope(graph: Graph, root: Node) -> Scope:
    """The scope of `root`: bounded, a handful of reads."""
    terms = graph.terms
    is_class = graph.schema.is_a(root.cls, "AssetClass")
    asset_kinds = graph.kinds("Asset") | graph.kinds("Location")
    nearest = (
        [root.key]
        if is_class
        else list(dict.fromkeys(s.object for s in graph.expand([root.key], terms.of_class)))
    )
    classes = _with_broader(graph, nearest)
    parts = graph.closure([root.key], terms.has_component, "out", max_depth=_BUILT_IN_DEPTH)
    by_class = graph.closure(classes, terms.has_component, "out", max_depth=_BUILT_IN_DEPTH)
    inside = parts.keys() | by_class.keys()
    assets = set() if is_class else graph.of_kinds(parts, asset_kinds)
    members = graph.expand(nearest, terms.of_class, "in", limit_per_node=_MAX_PEERS)
    ways = _depended_on(graph, {*(assets or [root.key]), *inside, *classes})
    behind = graph.closure(list(ways), terms.has_component, "out", max_depth=2)
    return Scope(
        root=root,
        assets=tuple(sorted(assets)),
        components=frozenset(inside - graph.of_kinds(inside, asset_kinds) - set(classes)
                             - {root.key}),
        classes=tuple(classes),
        peers=tuple(sorted({s.subject for s in members} - assets - {root.key})),
        supporting=frozenset(behind) - inside,
        depends=ways,
    )  # fmt: skip


def _depended_on(graph: Graph, begun: set[str]) -> dict[str, tuple[Statement, ...]]:
    """What `begun` depend on, up to a few steps away, with the shortest way to each.

    What was reached already is not gone through again: a circle of things that depend on each
    other ends where it closes.
    """
    ways: dict[str, tuple[Statement, ...]] = {}
    ends: dict[str, tuple[Statement, ...]] = dict.fromkeys(begun, ())
    for _ in range(_DEPENDS_DEPTH):
        reached: dict[str, tuple[Statement, ...]] = {}
        for s in sorted(graph.expand(ends, graph.terms.depends_on), key=lambda s: s.key):
            if s.object not in ways and s.object not in begun:
                reached.setdefault(s.object, (*ends[s.subject], s))
        ways |= reached
        ends = reached
    return ways


def _with_broader(graph: Graph, classes: Sequence[str]) -> list[str]:
    found = dict.fromkeys(classes)
    found.update(dict.fromkeys(graph.closure(classes, graph.terms.broader, "out")))
    for key in list(found):
        found.update(dict.fromkeys(graph.schema.broader_of(key)))
    return list(found)
