"""The walk along the flow of material that respects time.

A node that was reached carries labels. Forward, a label is the span [since, until] in which the
traced material can be at the node: it can leave along an edge that is open at some time in it.
Moving opens a new span from then on; packing into a container keeps the span within the stay, so
that what is shipped after unpacking is not touched. Backward, a label is the span in which the
next movement happens: what arrived later than that cannot have contributed. Both readings accept
the same paths, so `x` is behind `y` exactly when `y` is ahead of `x`.

Levels are numbers of statements. A node may be reached again on a later level by a label that an
earlier one does not dominate; dominated labels go no further, and so cycles end by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kg.model.graph import Statement
from kg.model.instants import Instant
from kg.model.keys import StatementKey, kind_of
from kg.traceability.flow import BEGINNING, END, Link, Links, Way


class State(NamedTuple):
    """Where a walk is: at a node, having passed an event that was asked for or not yet."""

    node: str
    passed: bool


@dataclass(slots=True)
class Label:
    """A way in which a state was reached."""

    state: State
    since: Instant
    until: Instant
    level: int
    came: Label | None = None  # the label before, None at the start
    by: Link | None = None


@dataclass(slots=True)
class Walk:
    """What a walk found."""

    labels: dict[State, list[Label]] = field(default_factory=dict)
    used: dict[StatementKey, Statement] = field(default_factory=dict)
    refused: dict[StatementKey, Statement] = field(default_factory=dict)  # by time, never used
    hops: dict[tuple[State, State], None] = field(default_factory=dict)
    is_truncated: bool = False
    reason: str = ""  # "nodes", "depth" or "links"

    @property
    def nodes(self) -> set[str]:
        """All nodes that were reached."""
        return {state.node for state in self.labels}

    def first(self, node: str) -> Label | None:
        """The label by which a node was reached first, having passed what was asked for."""
        found = [
            labels[0]
            for passed in (True, False)
            if (labels := self.labels.get(State(node, passed)))
        ]
        return found[0] if found else None


def walk(
    links: Links,
    seeds: Collection[str],
    way: Way,
    *,
    at: Instant | None = None,
    max_depth: int | None = None,
    max_nodes: int | None = None,
    respect_time: bool = True,
    passes: Callable[[Sequence[str]], set[str]] | None = None,
    holders: Collection[str] = (),
    links_per_node: int = 20_000,
) -> Walk:
    """Everything reachable from `seeds`, with how.

    `at` says when the seeds are looked at (contents of a container). `passes` names, of some
    nodes, those that fulfil what the path must pass; without it every path does. Stops after
    `max_depth` statements and at `max_nodes` nodes, and says so.
    """
    since, until = (BEGINNING, END) if at is None else (at, END if way == "forward" else at)
    found = Walk()
    passing = passes(sorted(seeds)) if passes is not None else set(seeds)
    frontier: list[Label] = []
    for seed in sorted(seeds):
        label = Label(State(seed, passes is None or seed in passing), since, until, 0)
        found.labels[label.state] = [label]
        frontier.append(label)
    reached = set(seeds)
    level = 0
    while frontier:
        rules = _Rules(
            way, level + 1, max_nodes, respect_time, passes, frozenset(holders), links_per_node
        )
        if max_depth is not None and level >= max_depth:
            if _leads_on(links, frontier, reached, rules):
                found.is_truncated, found.reason = True, "depth"
            break
        level += 1
        frontier = _step(links, frontier, found, reached, rules)
    found.refused = {k: s for k, s in found.refused.items() if k not in found.used}
    return found


class _Rules(NamedTuple):
    way: Way
    level: int
    max_nodes: int | None
    respect_time: bool
    passes: Callable[[Sequence[str]], set[str]] | None
    holders: frozenset[str]
    links_per_node: int


def _leads_on(links: Links, frontier: list[Label], reached: set[str], rules: _Rules) -> bool:
    """Whether another step would find anything new."""
    by_node = _grouped(frontier)
    for portion in links.around(sorted(by_node), rules.way, rules.links_per_node):
        for link in portion:
            if link.far not in reached and any(
                _pass(label, link, rules) is not None for label in by_node[link.near]
            ):
                return True
    return False


def _step(
    links: Links, frontier: list[Label], found: Walk, reached: set[str], rules: _Rules
) -> list[Label]:
    by_node = _grouped(frontier)
    entered: list[Label] = []
    for portion in links.around(sorted(by_node), rules.way, rules.links_per_node):
        if len(portion) >= rules.links_per_node:
            _note_cut(portion, found, rules)
        fulfilled = (
            rules.passes(sorted({link.far for link in portion})) if rules.passes else frozenset()
        )
        for link in portion:
            if link.far not in reached and (
                rules.max_nodes is not None and len(reached) >= rules.max_nodes
            ):
                found.is_truncated, found.reason = True, "nodes"
                continue
            for label in by_node[link.near]:
                span = _pass(label, link, rules)
                if span is None:
                    found.refused[link.statement.key] = link.statement
                    continue
                state = State(link.far, label.state.passed or link.far in fulfilled)
                found.used[link.statement.key] = link.statement
                found.hops[label.state, state] = None
                reached.add(link.far)
                new = Label(state, *span, rules.level, label, link)
                known = found.labels.setdefault(state, [])
                if not any(_dominates(old, new) for old in known):
                    known.append(new)
                    entered.append(new)
    return _undominated(entered)


def _grouped(labels: Iterable[Label]) -> dict[str, list[Label]]:
    by_node: dict[str, list[Label]] = {}
    for label in labels:
        by_node.setdefault(label.state.node, []).append(label)
    return by_node


def _undominated(labels: list[Label]) -> list[Label]:
    """Labels of one level without those that another one of the same state covers."""
    by_state: dict[State, list[Label]] = {}
    for label in labels:
        by_state.setdefault(label.state, []).append(label)
    kept: list[Label] = []
    for group in by_state.values():
        furthest: Instant | None = None
        for label in sorted(group, key=lambda g: (g.since, -g.until)):
            if furthest is None or label.until > furthest:
                kept.append(label)
                furthest = label.until
    return kept


def _note_cut(portion: Iterable[Link], found: Walk, rules: _Rules) -> None:
    counts: dict[str, int] = {}
    for link in portion:
        counts[link.near] = counts.get(link.near, 0) + 1
    if max(counts.values()) >= rules.links_per_node:
        found.is_truncated, found.reason = True, "links"


def _pass(label: Label, link: Link, rules: _Rules) -> tuple[Instant, Instant] | None:
    """The span with which the far end is reached over `link`; None where time forbids it."""
    if not rules.respect_time:
        return BEGINNING, END
    if rules.way == "forward":
        enter, leave = max(label.since, link.start), min(label.until, link.end)
        if enter > leave:
            return None
        return (enter, leave) if link.is_stay else (enter, END)
    if link.is_stay:
        first, last = max(label.since, link.start), min(label.until, link.end)
        return None if first > last else (first, last)
    if link.start > label.until:
        return None
    # Only in a container does it matter how early the next movement can be.
    first = link.start if kind_of(link.far) in rules.holders else BEGINNING
    return first, min(link.end, label.until)


def _dominates(old: Label, new: Label) -> bool:
    """Whether everything that `new` can still reach, `old` reaches too: its span is wider."""
    return old.since <= new.since and old.until >= new.until


def reaching(walked: Walk) -> set[State]:
    """The states on some path that passed what was asked for: they, and those that lead there."""
    before: dict[State, list[State]] = {}
    for near, far in walked.hops:
        before.setdefault(far, []).append(near)
    good = {state for state in walked.labels if state.passed}
    queue = list(good)
    while queue:
        for state in before.get(queue.pop(), ()):
            if state not in good:
                good.add(state)
                queue.append(state)
    return good
