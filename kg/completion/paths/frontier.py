"""The frontier form: only nodes that a query has reached carry a state, and few of them go on.

The work of a query is bounded by `senders` and `edges`, however large the graph is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kg.completion.graph import Adjacency, BoolArray, IntArray
from kg.completion.paths.hiding import Hidden
from kg.completion.paths.layer import Trace
from kg.completion.paths.network import PathParameters
from kg.completion.paths.priors import Priors, rate_nodes, rate_nodes_in_lesson, type_units
from kg.completion.paths.products import build_incidence, expand_ranges


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a query may touch in a layer; both per query."""

    senders: int = 1_000
    edges: int = 100_000


@dataclass(slots=True)
class Reached:
    """What carries a state: one row a (query, node) pair."""

    query: IntArray
    node: IntArray
    states: Tensor  # shape: (rows, dim)


def score_by_frontier(
    network: PathParameters,
    adjacency: Adjacency,
    queries: IntArray,
    hidden: Hidden | None,
    mean_log_degree: float,
    bounds: Bounds,
    trace: Trace | None = None,
    only: IntArray | None = None,
    priors: Priors | None = None,
) -> Tensor:
    """Logits of all entities; shape: (n_queries, n_entities).

    With `only`, messages go over these edges alone; what is known of each node stays. `priors`
    are the network's of this graph, where they are at hand.
    """
    n = adjacency.n_entities
    embedded = network.embed_queries(torch.from_numpy(queries[:, 1]))
    reached = spread(
        network, adjacency, queries, embedded, hidden, mean_log_degree, bounds, trace, only
    )
    places = torch.from_numpy(reached.query), torch.from_numpy(reached.node)
    found = network.readout(torch.cat([reached.states, embedded[places[0]]], dim=1))
    logits = network.unreached.expand(len(queries), n).index_put(places, found.squeeze(1))

    if hidden is not None:
        pairs = reached.query, reached.node
        known = rate_nodes_in_lesson(network, adjacency, queries[:, 1], hidden, pairs)
    elif priors is not None:
        known = priors.of(queries[:, 1])
    else:
        known = rate_nodes(network, adjacency, queries[:, 1], type_units(network, adjacency))
    return logits + known


def spread(
    network: PathParameters,
    adjacency: Adjacency,
    queries: IntArray,
    embedded: Tensor,
    hidden: Hidden | None,
    mean_log_degree: float,
    bounds: Bounds,
    trace: Trace | None = None,
    only: IntArray | None = None,
) -> Reached:
    """Walk from the queries' entities, a step a layer."""
    n = adjacency.n_entities
    n_queries, dim = embedded.shape
    slots = np.full(n_queries * n, -1, dtype=np.int64)
    reached = Reached(np.arange(n_queries), queries[:, 0].copy(), embedded)
    slots[reached.query * n + reached.node] = np.arange(n_queries)
    degrees = adjacency.degrees
    asked = torch.from_numpy(queries[:, 1])
    for number, step in enumerate(network.steps):
        promise = network.promise(number, reached.states)
        going = reached.states * promise
        senders = choose_senders(promise, reached, degrees, n_queries, bounds)
        groups, sender = expand_ranges(adjacency.node_groups, reached.node[senders])
        sender = senders[sender]
        relation = adjacency.group_relation[groups]
        weights = network.weigh_relations(number, asked, embedded)
        by = torch.from_numpy(reached.query[sender])
        sent = going[torch.from_numpy(sender)] * weights[by, torch.from_numpy(relation)]
        edges, message = expand_ranges(adjacency.group_edges, groups)
        ends = adjacency.ends[edges]
        query = reached.query[sender[message]]
        if hidden is not None:
            stays = ~hidden.of_query(
                query, reached.node[sender[message]], relation[message], ends, adjacency.n_relations
            )
            ends, query, message, edges = ends[stays], query[stays], message[stays], edges[stays]
        if only is not None:
            stays = np.isin(edges, only)
            ends, query, message, edges = ends[stays], query[stays], message[stays], edges[stays]
        if not len(ends):
            break
        keys = query * n + ends
        fresh = unique_keys(keys[slots[keys] < 0], len(slots))
        slots[fresh] = len(reached.node) + np.arange(len(fresh))
        reached.query = np.append(reached.query, fresh // n)
        reached.node = np.append(reached.node, fresh % n)
        states = torch.cat([reached.states, torch.zeros(len(fresh), dim)])
        rows = slots[keys]
        touched = unique_keys(rows, len(reached.node))
        place = np.zeros(len(reached.node), dtype=np.int64)
        place[touched] = np.arange(len(touched))
        incidence = build_incidence(place[rows], message, len(touched), len(sender))
        if trace is not None:
            trace.edges.append((edges, place[rows], message))
        at = torch.from_numpy(touched)
        reached.states = states.index_copy(
            0, at, step(states[at], sent, incidence, mean_log_degree, trace)
        )
    return reached


def choose_senders(
    promise: Tensor,
    reached: Reached,
    degrees: IntArray,
    n_queries: int,
    bounds: Bounds,
) -> IntArray:
    """Rows that go on: the most promising of each query, within the bounds."""
    rows = np.arange(len(reached.node))
    per_query = np.bincount(reached.query, minlength=n_queries)
    work = np.bincount(reached.query, weights=degrees[reached.node], minlength=n_queries)
    if (per_query <= bounds.senders).all() and (work <= bounds.edges).all():
        return rows
    order = np.lexsort((-promise.detach().squeeze(1).numpy(), reached.query))
    query = reached.query[order]
    first = np.searchsorted(query, np.arange(n_queries))
    rank = np.arange(len(order)) - first[query]
    total = np.cumsum(degrees[reached.node[order]])
    spent = total - np.where(first > 0, total[first - 1], 0)[query]
    stays: BoolArray = (rank < bounds.senders) & ((spent <= bounds.edges) | (rank == 0))
    return np.sort(order[stays])


def unique_keys(keys: IntArray, bound: int) -> IntArray:
    """Sorted, each once; by marking where that is cheaper than sorting."""
    if bound > 64 * max(1, len(keys)):
        return np.unique(keys)
    mark = np.zeros(bound, dtype=bool)
    mark[keys] = True
    return np.flatnonzero(mark)
