"""Form and sizes of a path network, by properties of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kg.completion.graph import IntArray, LinkGraph
from kg.completion.paths.frontier import Bounds

Form = Literal["dense", "frontier"]
_DENSE_ENTITIES, _DENSE_DEGREE = 1_000, 15.0
_HUB = 30  # times the mean degree


@dataclass(frozen=True, slots=True)
class Shape:
    """How the network is laid out for a graph."""

    form: Form
    layers: int
    dim: int
    depends_on_query: bool
    whole_pair: bool
    bounds: Bounds


def choose_shape(graph: LinkGraph, valid: IntArray) -> Shape:
    """Small dense graphs are walked whole, few steps far; sparse ones by their frontier."""
    degree = 2 * len(graph.triples) / max(1, graph.n_entities)
    is_dense = graph.n_entities <= _DENSE_ENTITIES and degree >= _DENSE_DEGREE
    is_large = len(graph.triples) > 50_000
    # Past a hub nearly everything is reached: walk less far, and follow the promising nodes alone.
    has_hubs = (
        not is_dense and len(graph.triples) > 0 and (graph.adjacency.degrees.max() > _HUB * degree)
    )
    return Shape(
        form="dense" if is_dense else "frontier",
        layers=4 if is_dense or is_large or has_hubs or degree > 6 else 5,
        dim=32,
        depends_on_query=graph.n_relations <= 100,
        whole_pair=hides_whole_pairs(graph, valid),
        bounds=Bounds(200, 4_000)
        if is_large
        else Bounds(300, 5_000)
        if has_hubs
        else Bounds(4_000, 60_000),
    )


def hides_whole_pairs(graph: LinkGraph, valid: IntArray) -> bool:
    """Whether a missing link's two ends are rarely joined by another one.

    Some graphs are split so that they never are. Training must then hide all edges of the pair:
    else the network learns to lean on what it will not find.
    """
    if not len(valid):
        return False
    pairs, counts = np.unique(_pairs(graph, graph.triples), return_counts=True)
    own = _pairs(graph, graph.triples)
    shared = float((counts[np.searchsorted(pairs, own)] > 1).mean())
    linked = float(np.isin(_pairs(graph, valid), pairs).mean())
    return linked < shared / 2


def _pairs(graph: LinkGraph, triples: IntArray) -> IntArray:
    first = np.minimum(triples[:, 0], triples[:, 2])
    last = np.maximum(triples[:, 0], triples[:, 2])
    found: IntArray = first * graph.n_entities + last
    return found
