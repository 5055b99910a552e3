"""The dense form: every node carries a state for every query. Best for small, dense graphs."""

from __future__ import annotations

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from kg.completion.graph import Adjacency, FloatArray, IntArray
from kg.completion.paths.hiding import Hidden
from kg.completion.paths.layer import Trace
from kg.completion.paths.network import PathParameters
from kg.completion.paths.products import Gathering, as_tensor, build_incidence, sum_messages


def score_densely(
    network: PathParameters,
    adjacency: Adjacency,
    queries: IntArray,
    hidden: Hidden | None,
    mean_log_degree: float,
    trace: Trace | None = None,
    only: IntArray | None = None,
) -> Tensor:
    """Logits of all entities; shape: (n_queries, n_entities).

    `hidden` edges are hidden from all queries of the call: a few hundredths of a dense graph. With
    `only`, messages go over these edges alone; what is known of each node stays.
    """
    n, half = adjacency.n_entities, adjacency.n_relations
    receivers, messages = adjacency.ends, adjacency.edge_group
    if hidden is not None:
        stays = ~hidden.of_all(adjacency)
        receivers, messages = receivers[stays], messages[stays]
    sizes = np.bincount(messages, minlength=len(adjacency.group_node))
    if only is not None:
        receivers, messages = adjacency.ends[only], adjacency.edge_group[only]
    incidence = build_incidence(receivers, messages, n, len(adjacency.group_node))
    asked = torch.from_numpy(queries[:, 1])
    embedded = network.embed_queries(asked)
    profiles = node_profiles(network, adjacency, sizes)

    n_queries, dim = embedded.shape
    places = torch.from_numpy(queries[:, 0]), torch.arange(n_queries)
    states = torch.zeros(n, n_queries, dim).index_put(places, embedded)
    n_groups, width = len(adjacency.group_node), n_queries * dim
    by_node = Gathering.of(adjacency.group_node, n)
    by_relation = Gathering.of(adjacency.group_relation, 2 * half)
    for number, step in enumerate(network.steps):
        if trace is not None:
            trace.edges.append((np.arange(len(messages)), receivers, messages))
        weights = network.weigh_relations(number, asked, embedded).transpose(0, 1)
        chosen = by_relation.pick(weights.reshape(2 * half, width)).view(n_groups, n_queries, dim)
        going = states * network.promise(number, states)
        sent = by_node.pick(going.view(n, width)).view(n_groups, n_queries, dim) * chosen
        states = step(
            states.view(n * n_queries, dim),
            sent.view(n_groups, width),
            incidence,
            mean_log_degree,
            trace,
        ).view(n, n_queries, dim)
    told = torch.cat([states, embedded.unsqueeze(0).expand(n, -1, -1)], dim=2)
    logits: Tensor = network.readout(told).squeeze(2).T
    seen_degrees = np.bincount(adjacency.group_node, weights=sizes, minlength=n)
    degrees = torch.from_numpy(seen_degrees.astype(np.float32)).unsqueeze(0)
    counts = torch.from_numpy(popularity_of(adjacency, sizes, (queries[:, 1] + half) % (2 * half)))
    units = network.type_units(profiles)
    seen = sizes > 0
    ends = build_incidence(
        (adjacency.group_relation[seen] + half) % (2 * half),
        adjacency.group_node[seen],
        2 * half,
        n,
    )
    usual = sum_messages(ends.matrix, ends.transposed, units) / ends.counts.clamp(min=1)[:, None]
    types = network.type_wanted(asked, usual[asked]) @ units.T
    return logits + types + network.popularity_scores(asked, counts, degrees)


def node_profiles(network: PathParameters, adjacency: Adjacency, sizes: IntArray) -> Tensor:
    """Which relations touch a node, as a vector; shape: (n_entities, dim).

    How many of each would tell nodes apart: a network that knows nodes again does not carry over
    to new ones. `sizes` are the edges of each group that may be seen.
    """
    rows = scipy.sparse.csr_matrix(
        (
            (sizes > 0).astype(np.float32),
            (adjacency.group_node, adjacency.group_relation),
        ),
        (adjacency.n_entities, 2 * adjacency.n_relations),
    )
    return sum_messages(as_tensor(rows), as_tensor(rows.T.tocsr()), network.signature.weight)


def popularity_of(adjacency: Adjacency, sizes: IntArray, relations: IntArray) -> FloatArray:
    """Edges that start at each node with each of `relations`; shape: (len, n_entities)."""
    table = scipy.sparse.csr_matrix(
        (sizes.astype(np.float32), (adjacency.group_relation, adjacency.group_node)),
        (2 * adjacency.n_relations, adjacency.n_entities),
    )
    found: FloatArray = table[relations].toarray()
    return found
