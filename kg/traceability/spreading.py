"""The walk of `walking`, on arrays: only who is reached, at which level, but very many at once.

The labels and the rules are those of `walking`. All labels of a level move together. A *state* is
a node as seen from one of the seeds; where only the union of all is asked for, there is one seed
to all of them. Of each state a label is kept that covers most others, and the rest beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kg.traceability.edges import Bools, Ints, ranges
from kg.traceability.flow import BEGINNING, END, Way

_CAPACITY = 1 << 12
_MANY = 20_000  # nodes


class Labels(NamedTuple):
    """Ways in which nodes were reached, see `walking.Label`. shape of each: (labels,)"""

    owner: Ints  # the seed, as counted from 0
    node: Ints
    since: Ints
    until: Ints

    def take(self, which: Ints | Bools) -> Labels:
        """Some of them."""
        return Labels(*(column[which] for column in self))


class Moves(NamedTuple):
    """Edges that labels can leave by. shape of each: (moves,)"""

    rows: Ints  # the label
    far: Ints  # the node that the edge leads to
    start: Ints
    end: Ints
    is_stay: Bools


class _Others(NamedTuple):
    slot: Ints
    since: Ints
    until: Ints


class Reached(NamedTuple):
    """What was reached, level by level. shape of each: (states,)"""

    owner: Ints
    node: Ints
    level: Ints


def spread(
    around: Callable[[Ints], Moves],
    nodes: int,
    seeds: Labels,
    way: Way,
    *,
    is_holder: Bools,
    is_union: bool,
    max_depth: int | None = None,
    respect_time: bool = True,
) -> Reached:
    """Everything reachable from `seeds`, over the edges that `around` finds.

    `nodes` is how many there are; of those that `is_holder` marks it matters, backward, when the
    next movement was. `is_union` says that all seeds have the same owner.
    """
    if is_union and nodes > _MANY:
        # Room for all nodes costs more than a small genealogy.
        few = _spread(
            _SparseKnown(nodes), around, seeds, way, is_holder, max_depth, respect_time, _MANY
        )
        if few is not None:
            return few
    known = _Known(nodes) if is_union else _SparseKnown(nodes)
    found = _spread(known, around, seeds, way, is_holder, max_depth, respect_time, None)
    assert found is not None
    return found


def _spread(
    known: _Known,
    around: Callable[[Ints], Moves],
    seeds: Labels,
    way: Way,
    is_holder: Bools,
    max_depth: int | None,
    respect_time: bool,
    most: int | None,
) -> Reached | None:
    """What `spread` finds; None where that is more than `most`."""
    frontier, fresh = known.admit(seeds)
    reached = 0
    found = [Reached(*frontier.take(fresh)[:2], np.zeros(int(fresh.sum()), np.int64))]
    level = 0
    while len(frontier.node) and (max_depth is None or level < max_depth):
        level += 1
        moves = around(frontier.node)
        labels = frontier.take(moves.rows)
        if respect_time:
            passed = _pass(labels, moves, way, is_holder)
        else:
            passed = labels._replace(node=moves.far)
        if most is not None and len(passed.node) > 4 * most:
            return None
        frontier, fresh = known.admit(passed)
        new = frontier.take(fresh)
        reached += len(new.node)
        if most is not None and reached + len(frontier.node) > most:
            return None
        found.append(Reached(new.owner, new.node, np.full(len(new.node), level, np.int64)))
    return Reached(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def _pass(labels: Labels, moves: Moves, way: Way, is_holder: Bools) -> Labels:
    """The labels at the far ends, without those that time forbids; see `walking._pass`."""
    stay = moves.is_stay
    if way == "forward":
        first = np.maximum(labels.since, moves.start)
        last = np.minimum(labels.until, moves.end)
        possible = first <= last
        last = np.where(stay, last, END)
    else:
        last = np.minimum(labels.until, moves.end)
        inside = np.maximum(labels.since, moves.start)
        outside = np.where(is_holder[moves.far], moves.start, BEGINNING)
        first = np.where(stay, inside, outside)
        possible = np.where(stay, inside <= last, moves.start <= labels.until)
    return Labels(labels.owner, moves.far, first, last).take(possible)


class _Known:
    """The labels known of each state. Slots stand for states; here they are the nodes."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes
        self._others: list[_Others] = []  # sorted by slot, each
        self._room(nodes)

    def _room(self, slots: int) -> None:
        # Memory that is never touched costs nothing.
        self.seen = np.zeros(slots, np.bool_)
        self.has_others = np.zeros(slots, np.bool_)
        self.since, self.until = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        self._least, self._most = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        self._first = np.zeros(slots, np.int64)

    def slots(self, labels: Labels) -> Ints:
        """The slots of the labels' states."""
        return labels.node

    def admit(self, labels: Labels) -> tuple[Labels, Bools]:
        """Those labels that no other one covers, and which of them reach their state first."""
        slots = self.slots(labels)
        covered = self.seen[slots]
        covered &= (self.since[slots] <= labels.since) & (self.until[slots] >= labels.until)
        left = np.flatnonzero(~covered)
        left = left[self._undominated(slots[left], labels.since[left], labels.until[left])]
        left = left[~self._covered_by_others(slots[left], labels.take(left))]
        slots, since, until = slots[left], labels.since[left], labels.until[left]
        places = np.arange(len(left))
        self._first[slots[::-1]] = places[::-1]
        is_first = self._first[slots] == places
        fresh = is_first & ~self.seen[slots]
        wider = (since <= self.since[slots]) & (until >= self.until[slots])
        kept = fresh | (is_first & wider)
        at = slots[kept]
        self.seen[at] = True
        self.since[at], self.until[at] = since[kept], until[kept]
        if not kept.all():
            self._keep_others(slots[~kept], since[~kept], until[~kept])
        return labels.take(left), fresh

    def _keep_others(self, slots: Ints, since: Ints, until: Ints) -> None:
        order = np.argsort(slots, kind="stable")
        self._others.append(_Others(slots[order], since[order], until[order]))
        self.has_others[slots] = True

    def _covered_by_others(self, slots: Ints, labels: Labels) -> Bools:
        """Whether a label is covered by one that was too narrow to be kept as the widest."""
        covered = np.zeros(len(slots), np.bool_)
        asked = np.flatnonzero(self.has_others[slots])
        if not len(asked):
            return covered
        for others in self._others:
            start = np.searchsorted(others.slot, slots[asked], "left")
            counts = np.searchsorted(others.slot, slots[asked], "right") - start
            rows, places = ranges(start, counts)
            which = asked[rows]
            covers = others.since[places] <= labels.since[which]
            covers &= others.until[places] >= labels.until[which]
            covered[which[covers]] = True
        return covered

    def _undominated(self, slots: Ints, since: Ints, until: Ints) -> Ints:
        """Labels of one level without those that another one of the same state covers."""
        if len(slots) < 2:
            return np.arange(len(slots))
        # Nearly always the one that begins first covers all others: no need to sort.
        self._least[slots] = END
        np.minimum.at(self._least, slots, since)
        begins = np.flatnonzero(since == self._least[slots])
        self._most[slots] = BEGINNING
        np.maximum.at(self._most, slots[begins], until[begins])
        begins = begins[until[begins] == self._most[slots[begins]]]
        self._first[slots[begins]] = begins
        first = begins[self._first[slots[begins]] == begins]
        rest = np.flatnonzero(until > self._most[slots])
        if not len(rest):
            return np.asarray(first)
        order = rest[np.lexsort((-until[rest], since[rest], slots[rest]))]
        group = np.cumsum(np.diff(slots[order], prepend=slots[order[0]]) != 0)
        ranks = np.unique(until[order], return_inverse=True)[1]
        height = group * (int(ranks.max()) + 1) + ranks
        highest = np.maximum.accumulate(height)
        keeps = np.ones(len(order), np.bool_)
        same = group[1:] == group[:-1]
        keeps[1:] = ~same | (height[1:] > highest[:-1])
        kept: Ints = np.concatenate((first, order[keeps]))
        return kept


class _SparseKnown(_Known):
    """Slots are given to states as they come: there are far more states than are reached."""

    def __init__(self, nodes: int) -> None:
        super().__init__(0)
        self.nodes = nodes
        self._states = np.empty(0, np.int64)  # sorted
        self._slots = np.empty(0, np.int64)  # of these
        self._room(_CAPACITY)

    def slots(self, labels: Labels) -> Ints:
        states = labels.owner * self.nodes + labels.node
        distinct, back = np.unique(states, return_inverse=True)
        places = np.asarray(np.searchsorted(self._states, distinct))
        known = np.zeros(len(distinct), np.bool_)
        inside = places < len(self._states)
        known[inside] = self._states[places[inside]] == distinct[inside]
        new = np.flatnonzero(~known)
        count = len(self._states)
        given = np.empty(len(distinct), np.int64)
        given[new] = np.arange(count, count + len(new))
        self._grow(count + len(new))
        given[known] = self._slots[places[known]]
        self._states = np.insert(self._states, places[new], distinct[new])
        self._slots = np.insert(self._slots, places[new], given[new])
        slots: Ints = given[back]
        return slots

    def _grow(self, slots: int) -> None:
        before = len(self.seen)
        if slots <= before:
            return
        old = self.seen, self.has_others, self.since, self.until
        self._room(max(slots, 2 * before))
        new = self.seen, self.has_others, self.since, self.until
        for array, filled in zip(new, old, strict=True):
            array[:before] = filled
