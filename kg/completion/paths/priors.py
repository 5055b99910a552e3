"""What is known of each node before a walk: its type, and how often the relation ends there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

from kg.completion.graph import Adjacency, IntArray
from kg.completion.paths.hiding import Hidden
from kg.completion.paths.network import PathParameters
from kg.completion.paths.products import as_tensor, build_incidence, expand_ranges, sum_messages

_KINDS_AT_MOST = 20_000  # of nodes, that a lesson looks at one by one
_RIVALS = 4_000  # of the busiest nodes, and as many random ones, where there are more kinds
_BARRED = -1e9
_KEPT_BYTES = 64_000_000


@dataclass(slots=True)
class Priors:
    """Scores of all nodes of one graph by relation, kept between queries; never while learning."""

    network: PathParameters
    adjacency: Adjacency
    _units: Tensor | None = None
    _kept: dict[int, Tensor] = field(default_factory=dict)

    @torch.inference_mode()
    def of(self, relations: IntArray) -> Tensor:
        """Shape: (len(relations), n_entities)."""
        wanted = relations.tolist()
        missing = sorted(set(wanted) - set(self._kept))
        if missing:
            if self._units is None:
                self._units = type_units(self.network, self.adjacency)
            if (len(self._kept) + len(missing)) * 4 * self.adjacency.n_entities > _KEPT_BYTES:
                self._kept = {}
                return rate_nodes(self.network, self.adjacency, relations, self._units)
            found = rate_nodes(self.network, self.adjacency, np.array(missing), self._units)
            self._kept.update(zip(missing, found.clone(), strict=True))
        return torch.stack([self._kept[relation] for relation in wanted])


def rate_nodes(
    network: PathParameters, adjacency: Adjacency, relations: IntArray, units: Tensor
) -> Tensor:
    """How likely each node is an end of each relation, paths aside; shape: (len, n_entities).

    `units` are the network's type units of the graph's kinds of nodes.
    """
    asked = torch.from_numpy(relations)
    half = adjacency.n_relations
    counts = torch.from_numpy(adjacency.count_by_relation((relations + half) % (2 * half)))
    kind = adjacency.kinds[1]
    sums, known = usual_units(adjacency, units, kind)
    usual = sums / known.clamp(min=1)
    types = network.type_wanted(asked, usual[asked]) @ units.T
    return types[:, torch.from_numpy(kind)] + network.popularity_scores(
        asked, counts, _degrees(adjacency)
    )


def rate_nodes_in_lesson(
    network: PathParameters,
    adjacency: Adjacency,
    relations: IntArray,
    hidden: Hidden,
    reached: tuple[IntArray, IntArray],
) -> Tensor:
    """The same without each query's hidden edge; shape: (n_queries, n_entities).

    `reached` are the (query, node) pairs of the walk: they compete even where not all nodes do.
    """
    half = adjacency.n_relations
    asked, ends = torch.from_numpy(relations), torch.from_numpy(hidden.ends)
    rows = torch.arange(len(relations))
    inverse = (relations + half) % (2 * half)
    counts = torch.from_numpy(adjacency.count_by_relation(inverse))
    own_count = counts[rows, ends]
    # None at all where a link is asked for that is not stored, such as a rejected one.
    counts = counts.index_put((rows, ends), (own_count - 1).clamp(min=0))
    handicaps: Tensor | None = None
    nodes, place = adjacency.kinds
    if network.training and len(nodes) > _KINDS_AT_MOST:
        rivals, handicaps = choose_rivals(adjacency, reached, hidden.ends)
        nodes = np.unique(np.concatenate([rivals, adjacency.some_ends[1]]))
        place = np.zeros(adjacency.n_entities, dtype=np.int64)
        place[nodes] = np.arange(len(nodes))
    units = network.type_units(profile_nodes(network, adjacency, nodes))
    # An end whose only edge of this kind is the hidden one does not show that it has any.
    lost = (own_count == 1).unsqueeze(1).float()
    without = profile_nodes(network, adjacency, hidden.ends)
    without = without - lost * network.signature(torch.from_numpy(inverse))
    usual = usual_units_without(adjacency, units, place, relations, hidden.ends, lost)
    wanted = network.type_wanted(asked, usual)
    types = wanted @ units.T
    if handicaps is None:
        types = types[:, torch.from_numpy(place)]
    else:
        types = handicaps.index_add(1, torch.from_numpy(nodes), types)
    own = (wanted * network.type_units(without)).sum(1)
    types = types.index_put((rows, ends), own)
    degrees = _degrees(adjacency)
    found = types + network.popularity_scores(asked, counts, degrees)
    # The hidden edge is none of its end's either; on that entry alone, for the rest is one row.
    change = degrees[0, ends].clamp(min=1).log() - (degrees[0, ends] + 1).log()
    less = network.popularity_weights(asked)[:, 2] * change
    return found.index_put((rows, ends), less, accumulate=True)


def usual_units(adjacency: Adjacency, units: Tensor, place: IntArray) -> tuple[Tensor, Tensor]:
    """Units of some ends of each relation summed, and how many; shapes: (n, width), (n, 1).

    The units of a node are at its `place`.
    """
    relations, nodes = adjacency.some_ends
    both = 2 * adjacency.n_relations
    ends = build_incidence(relations, place[nodes], both, len(units))
    counts = np.bincount(relations, minlength=both).astype(np.float32)
    sums = sum_messages(ends.matrix, ends.transposed, units)
    return sums, torch.from_numpy(counts).unsqueeze(1)


def usual_units_without(
    adjacency: Adjacency,
    units: Tensor,
    place: IntArray,
    relations: IntArray,
    ends: IntArray,
    lost: Tensor,
) -> Tensor:
    """Mean units of the ends of each query's relation, its own left out where `lost` is 1.

    Shape: (n_queries, width).
    """
    sums, counts = usual_units(adjacency, units, place)
    keys = adjacency.some_ends[0] * adjacency.n_entities + adjacency.some_ends[1]
    counted = np.isin(relations * adjacency.n_entities + ends, keys)
    lost = lost * torch.from_numpy(counted.astype(np.float32)).unsqueeze(1)
    asked = torch.from_numpy(relations)
    less = sums[asked] - lost * units[torch.from_numpy(place[ends])]
    return less / (counts[asked] - lost).clamp(min=1)


def type_units(network: PathParameters, adjacency: Adjacency) -> Tensor:
    """Of the graph's kinds of nodes: the type score depends on which relations touch a node."""
    return network.type_units(profile_nodes(network, adjacency, adjacency.kinds[0]))


def profile_nodes(network: PathParameters, adjacency: Adjacency, nodes: IntArray) -> Tensor:
    """Which relations touch each of some nodes, as a vector; shape: (len(nodes), dim)."""
    groups, owner = expand_ranges(adjacency.node_groups, nodes)
    touched = scipy.sparse.csr_matrix(
        (
            np.ones(len(groups), dtype=np.float32),
            adjacency.group_relation[groups],
            np.searchsorted(owner, np.arange(len(nodes) + 1)),
        ),
        (len(nodes), 2 * adjacency.n_relations),
    )
    return sum_messages(as_tensor(touched), as_tensor(touched.T.tocsr()), network.signature.weight)


def choose_rivals(
    adjacency: Adjacency, reached: tuple[IntArray, IntArray], ends: IntArray
) -> tuple[IntArray, Tensor]:
    """The nodes that compete in a lesson, and what is added to each score, to bar all others.

    Of a vast graph these are, besides what a query has reached and its own end, the busiest nodes,
    and random ones that stand for the rest: by their weight the sum of the softmax is right on
    average (Bengio and Senecal 2008). Nodes, and handicaps of shape: (n_queries, n_entities).
    """
    busiest, rest = np.split(adjacency.busiest, [_RIVALS])
    chance = np.unique(rest[torch.randint(len(rest), (_RIVALS,)).numpy()])
    handicaps = torch.full((len(ends), adjacency.n_entities), _BARRED)
    handicaps[:, chance] = float(np.log(len(rest) / len(chance)))
    handicaps[:, busiest] = 0
    handicaps[reached] = 0
    handicaps[np.arange(len(ends)), ends] = 0
    return np.unique(np.concatenate([busiest, chance, reached[1], ends])), handicaps


def _degrees(adjacency: Adjacency) -> Tensor:
    return torch.from_numpy(adjacency.degrees.astype(np.float32)).unsqueeze(0)
