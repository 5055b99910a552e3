"""The parameters of a path network. None belongs to an entity: new ones are scored at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kg.completion.paths.layer import PathConvolution


@dataclass(frozen=True, slots=True)
class Sizes:
    """Everything that fixes the parameters."""

    n_relations: int  # in one direction
    dim: int = 32
    layers: int = 5
    depends_on_query: bool = True
    dropout: float = 0.1
    n_features: int = 0  # of nodes, beside their relations


class PathParameters(nn.Module):
    """What both forms of the network share."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        both, dim = 2 * sizes.n_relations, sizes.dim
        # What all relations share, and what is special about each: little, where examples are few.
        self.any_query = nn.Parameter(torch.randn(dim))
        self.query = nn.Embedding(both, dim)
        nn.init.normal_(self.query.weight, std=0.3)
        self.steps = nn.ModuleList(PathConvolution(dim, sizes.dropout) for _ in range(sizes.layers))
        self.relation = nn.ParameterList(
            nn.Parameter(torch.ones(both, dim) + 0.1 * torch.randn(both, dim))
            for _ in range(sizes.layers)
        )
        self.matching = nn.ParameterList(
            nn.Parameter(torch.zeros(2, dim)) for _ in range(sizes.layers)
        )
        self.by_query = nn.ModuleList(
            nn.Linear(dim, both * dim, bias=False) if sizes.depends_on_query else nn.Identity()
            for _ in range(sizes.layers)
        )
        for part in self.by_query:
            if isinstance(part, nn.Linear):
                nn.init.normal_(part.weight, std=0.5 / dim)
        self.follow = nn.ModuleList(nn.Linear(dim, 1) for _ in range(sizes.layers))
        for gate in self.follow:
            if isinstance(gate, nn.Linear):
                nn.init.constant_(gate.bias, 2.0)
        self.signature = nn.Embedding(both, dim)
        nn.init.normal_(self.signature.weight, std=0.1)
        self.readout = nn.Sequential(nn.Linear(2 * dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, 1))
        self.forget = nn.Dropout(0.2)
        self.type_hidden = nn.Linear(dim, 2 * dim)
        self.type_query = nn.Embedding(both, 2 * dim)
        nn.init.zeros_(self.type_query.weight)
        self.type_alike = nn.Linear(2 * dim, 2 * dim, bias=False)
        nn.init.zeros_(self.type_alike.weight)
        # Of log count, of being counted at all, and of log degree: common, and by relation.
        self.popularity = nn.Parameter(torch.tensor([0.5, 1.0, 0.0]))
        self.popularity_of = nn.Embedding(both, 3)
        nn.init.zeros_(self.popularity_of.weight)
        self.unreached = nn.Parameter(torch.tensor(-1.0))

    def weigh_relations(self, layer: int, relations: Tensor, queries: Tensor) -> Tensor:
        """Weights of messages; shape: (n_queries, both directions of relations, dim).

        `relations` are asked, `queries` are their vectors. Edges of the very relation that is
        asked, and of its inverse, weigh more or less by what all relations share: that holds for
        relations with few examples, too.
        """
        both = 2 * self.sizes.n_relations
        own = self.relation[layer].unsqueeze(0).expand(len(queries), -1, -1)
        if self.sizes.depends_on_query:
            own = own + self.by_query[layer](queries).view(own.shape)
        rows = torch.arange(len(queries)).repeat(2)
        inverse = (relations + both // 2) % both
        alike = self.matching[layer].repeat_interleave(len(queries), dim=0)
        found: Tensor = own.index_put(
            (rows, torch.cat([relations, inverse])), alike, accumulate=True
        )
        return found

    def embed_queries(self, relations: Tensor) -> Tensor:
        """Shape: (n_queries, dim)."""
        found: Tensor = self.any_query + self.query(relations)
        return found

    def promise(self, layer: int, states: Tensor) -> Tensor:
        """How much of a row's message goes on, from 0 to 1; shape: (rows, 1).

        What is pruned are the rows of least promise, so that pruning changes least.
        """
        found: Tensor = torch.sigmoid(self.follow[layer](states))
        return found

    def type_units(self, profiles: Tensor) -> Tensor:
        """What profiles have to say of types; shape: (n, 2 * dim)."""
        return torch.relu(self.type_hidden(self.forget(profiles)))

    def type_wanted(self, relations: Tensor, usual: Tensor) -> Tensor:
        """What units suit the end of each relation; shape: (n, 2 * dim).

        `usual` (shape: (n, 2 * dim)) are the mean units of the relation's known ends: a relation
        with few examples to learn from may have many where it is asked.
        """
        found: Tensor = self.type_query(relations) + self.type_alike(usual)
        return found

    def popularity_weights(self, relations: Tensor) -> Tensor:
        """Of log count, of being counted at all and of log degree; shape: (n_queries, 3)."""
        found: Tensor = self.popularity + self.popularity_of(relations)
        return found

    def popularity_scores(self, relations: Tensor, counts: Tensor, degrees: Tensor) -> Tensor:
        """What the number of times a relation ended at a node adds to its score.

        The query's own edge is in neither. `counts` have shape (n_queries, n_entities), as what is
        returned; `degrees` too, or one row for all.
        """
        weights = self.popularity_weights(relations)
        how_often, at_all, degree = weights.unsqueeze(2).unbind(1)
        found: Tensor = how_often * (counts + 1).log() + at_all * (counts > 0)
        found = found + degree * (degrees + 1).log()
        return found
