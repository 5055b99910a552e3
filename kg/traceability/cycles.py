"""Cycles in a genealogy: things that, by the records, are made of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.model.graph import Statement
from kg.model.keys import kind_of
from kg.traceability.flow import FlowRelations


def find_cycles(
    statements: Iterable[Statement], flow: FlowRelations
) -> tuple[tuple[str, ...], ...]:
    """Groups of nodes that lie on a common cycle of the flow, each in order of keys.

    An operation that takes a unit in and gives the same unit out is no cycle: work on a unit,
    and rework, look like that.
    """
    edges = {(flow.source_of(s), flow.target_of(s)) for s in statements}
    onward: dict[str, list[str]] = {}
    for source, target in sorted(edges):
        works_on = kind_of(source) in flow.events or kind_of(target) in flow.events
        if not works_on or (target, source) not in edges:
            onward.setdefault(source, []).append(target)
    found = [
        tuple(sorted(group))
        for group in _components(onward)
        if len(group) > 1 or group[0] in onward.get(group[0], ())
    ]
    return tuple(sorted(found))


def _components(onward: Mapping[str, list[str]]) -> Iterable[list[str]]:
    """Strongly connected components by Tarjan's algorithm, without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    for root in onward:
        if root in index:
            continue
        work: list[tuple[str, int]] = [(root, 0)]
        while work:
            node, at = work.pop()
            if at == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            targets = onward.get(node, ())
            descended = False
            for position in range(at, len(targets)):
                target = targets[position]
                if target not in index:
                    work += [(node, position + 1), (target, 0)]
                    descended = True
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            if descended:
                continue
            if low[node] == index[node]:
                group: list[str] = []
                while True:
                    top = stack.pop()
                    on_stack.discard(top)
                    group.append(top)
                    if top == node:
                        break
                yield group
            if work:
                above = work[-1][0]
                low[above] = min(low[above], low[node])
