"""Edges as arrays: who leads to whom, in both directions, with the time in which each is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]


class Columns(NamedTuple):
    """Edges as they were read, one column each. shape: (edges,)"""

    statement: Ints  # the store's number
    source: Ints  # where material comes from, or the subject
    target: Ints
    relation: Ints
    start: Ints  # the edge is open from here ...
    end: Ints  # ... to here, both included

    def take(self, which: Ints | Bools) -> Columns:
        """Some of the edges, in the order that is asked for."""
        return Columns(*(column[which] for column in self))

    @classmethod
    def joined(cls, parts: Iterable[Columns]) -> Columns:
        """All edges of several parts."""
        listed = list(parts)
        return cls(*(np.concatenate(columns) for columns in zip(*listed, strict=True)))

    @classmethod
    def empty(cls) -> Columns:
        """No edges."""
        none = np.empty(0, np.int64)
        return cls(
            none, none.astype(np.int32), none.astype(np.int32), none.astype(np.int16), none, none
        )


class Found(NamedTuple):
    """Edges at some nodes. shape of both: (found,)"""

    rows: Ints  # which of the nodes that were asked about
    edges: Ints  # places in the columns


@dataclass(frozen=True, slots=True)
class EdgeTable:
    """Edges in compressed sparse rows, by source and (through `into`) by target.

    The pointers of a small table are left out: its edges are found by bisection, so that making
    one costs nothing per node.
    """

    columns: Columns  # sorted by source
    into: Ints  # places in the columns, sorted by target
    targets: Ints  # the targets in that order, where there are no pointers
    out_pointers: Ints  # shape: (nodes + 1,), or (0,)
    in_pointers: Ints

    @classmethod
    def of(cls, columns: Columns, nodes: int | None) -> Self:
        """A table of `columns`; `nodes` is how many there are, None to do without pointers."""
        columns = columns.take(np.argsort(columns.source, kind="stable"))
        into = np.argsort(columns.target, kind="stable").astype(np.int32)
        none = np.empty(0, np.int64)
        if nodes is None:
            return cls(columns, into, columns.target[into], none, none)
        return cls(
            columns,
            into,
            np.empty(0, np.int32),
            _pointers(columns.source, nodes),
            _pointers(columns.target, nodes),
        )

    def __len__(self) -> int:
        return len(self.columns.statement)

    @property
    def nbytes(self) -> int:
        """The memory that the arrays take."""
        arrays = (*self.columns, self.into, self.targets, self.out_pointers, self.in_pointers)
        return sum(array.nbytes for array in arrays)

    def leaving(self, nodes: Ints) -> Found:
        """The edges that have one of `nodes` as source."""
        starts, counts = self._spans(self.out_pointers, self.columns.source, nodes)
        return ranges(starts, counts)

    def entering(self, nodes: Ints) -> Found:
        """The edges that have one of `nodes` as target."""
        starts, counts = self._spans(self.in_pointers, self.targets, nodes)
        found = ranges(starts, counts)
        return Found(found.rows, self.into[found.edges].astype(np.int64))

    def _spans(self, pointers: Ints, sorted_ends: Ints, nodes: Ints) -> tuple[Ints, Ints]:
        if len(pointers) == 0:
            first = np.asarray(np.searchsorted(sorted_ends, nodes, "left"))
            return first, np.asarray(np.searchsorted(sorted_ends, nodes, "right")) - first
        known = np.minimum(nodes, len(pointers) - 2)  # what came later has no edges here
        starts = pointers[known]
        return starts, np.where(nodes == known, pointers[known + 1] - starts, 0)


def _pointers(ends: Ints, nodes: int) -> Ints:
    pointers: Ints = np.zeros(nodes + 1, np.int64)
    pointers[1:] = np.cumsum(np.bincount(ends, minlength=nodes))
    return pointers


def ranges(starts: Ints, counts: Ints) -> Found:
    """All numbers from each start on, `counts` of them."""
    rows = np.repeat(np.arange(len(counts)), counts)
    before = np.cumsum(counts) - counts
    return Found(rows, np.arange(len(rows)) + (starts - before)[rows])
