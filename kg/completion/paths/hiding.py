"""What a training query must not see: the edge that answers it, and its shortcuts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kg.completion.graph import Adjacency, BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Hidden:
    """Per target the start, the relation (both directions) and the end that is to be found.

    `whole_pair` hides every edge between the two, not only the one that is asked for: right where
    two entities rarely share two relations, because then such an edge is a restatement.
    """

    starts: IntArray  # shape: (n_targets,)
    relations: IntArray
    ends: IntArray
    whole_pair: bool

    def of_query(
        self, query: IntArray, starts: IntArray, relations: IntArray, ends: IntArray, half: int
    ) -> BoolArray:
        """Which edges are hidden from the query that walks them; all arrays one entry an edge."""
        s, r, e = self.starts[query], self.relations[query], self.ends[query]
        along = (starts == s) & (ends == e)
        back = (starts == e) & (ends == s)
        if not self.whole_pair:
            along &= relations == r
            back &= relations == (r + half) % (2 * half)
        hidden: BoolArray = along | back
        return hidden

    def of_all(self, adjacency: Adjacency) -> BoolArray:
        """Which edges are hidden from all queries together; shape: (n_edges,)."""
        half, n = adjacency.n_relations, adjacency.n_entities
        group = adjacency.edge_group
        starts, relations = adjacency.group_node[group], adjacency.group_relation[group]
        if self.whole_pair:
            own = np.concatenate([self.starts * n + self.ends, self.ends * n + self.starts])
            return np.isin(starts * n + adjacency.ends, own)
        inverse = (self.relations + half) % (2 * half)
        forward = (self.starts * 2 * half + self.relations) * n + self.ends
        backward = (self.ends * 2 * half + inverse) * n + self.starts
        edges = (starts * 2 * half + relations) * n + adjacency.ends  # ascending
        hidden = np.zeros(len(edges), dtype=bool)
        for keys in (forward, backward):
            at = np.searchsorted(edges, keys).clip(max=max(0, len(edges) - 1))
            hidden[at[edges[at] == keys] if len(edges) else at[:0]] = True
        return hidden
