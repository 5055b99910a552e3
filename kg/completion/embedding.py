"""ComplEx with N3: the simple second model, which knows each entity by heart but no new ones.

Trouillon et al. 2016 (arXiv:1606.06357); the nuclear 3-norm, reciprocal relations and the softmax
over all entities are those of Lacroix et al. 2018 (arXiv:1806.07297).
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from kg.completion.evaluation import rank_queries
from kg.completion.graph import FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.protocol import Say, say_nothing
from kg.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class EmbeddingOptions:
    """Sizes and course; `weights` of the N3 penalty are tried one after the other."""

    rank: int = 128  # complex numbers an entity
    members: int = 6  # at most, from different starts, whose log probabilities are averaged
    weights: tuple[float, ...] = (0.005, 0.03)
    epochs: int = 45
    batch: int = 256
    rate: float = 0.1
    seed: int = 0
    cpu_seconds: float = 150.0  # of all trainings; one gets two fifths
    entities_at_most: int = 50_000


class ComplEx:
    """Scores by the real part of a trilinear product of complex vectors."""

    name = "ComplEx"
    is_inductive = False

    def __init__(self, options: EmbeddingOptions | None = None) -> None:
        self.options = options or EmbeddingOptions()
        self.entities: tuple[str, ...] = ()
        self.relations: tuple[str, ...] = ()
        self.tables: list[tuple[Tensor, Tensor]] = []  # one a member

    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Learn; the weight and the epoch that do best on `valid` are kept."""
        if not len(graph.triples):
            raise BadInput("The graph has no triples: there is nothing to learn links from.")
        if graph.n_entities > self.options.entities_at_most:
            raise BadInput(
                f"ComplEx keeps a vector for each entity and learns on all of them at once; "
                f"{graph.n_entities:,} are more than {self.options.entities_at_most:,}. The path "
                "network has no such bound."
            )
        weights = self.options.weights if len(valid) else self.options.weights[:1]
        started = time.process_time()
        found = [(*self._fit_with(graph, valid, weight, 0, say), weight) for weight in weights]
        _, tables, weight = max(found, key=lambda one: one[0])
        self.tables = [tables]
        for member in range(1, self.options.members):
            spent = time.process_time() - started
            if spent * (1 + 1 / (len(weights) + member - 1)) > self.options.cpu_seconds:
                break
            _, tables = self._fit_with(graph, valid, weight, member, say)
            self.tables.append(tables)
        self.entities, self.relations = graph.entities, graph.relations

    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        if not self.tables:
            raise BadInput("ComplEx has not been trained yet.")
        if graph.entities != self.entities or graph.relations != self.relations:
            raise BadInput(
                "ComplEx can only score the entities and relations that it was trained on; "
                "use the path network for new ones."
            )
        with torch.no_grad():
            asked = torch.from_numpy(queries)
            told = [
                _logits(entities, entities[asked[:, 0]], relations[asked[:, 1]])
                for entities, relations in self.tables
            ]
            found: FloatArray = torch.stack([log_softmax(one, 1) for one in told]).mean(0).numpy()
        return found

    def _fit_with(
        self,
        graph: LinkGraph,
        valid: IntArray,
        weight: float,
        member: int,
        say: Say,
    ) -> tuple[float, tuple[Tensor, Tensor]]:
        options = self.options
        generator = torch.Generator().manual_seed(options.seed + 1_000 * member)
        shape = graph.n_entities, 2 * options.rank
        entities = nn.Parameter(nn.init.xavier_uniform_(torch.empty(shape), generator=generator))
        relations = nn.Parameter(
            nn.init.xavier_uniform_(
                torch.empty(2 * graph.n_relations, 2 * options.rank), generator=generator
            )
        )
        optimiser = torch.optim.Adagrad([entities, relations], lr=options.rate)
        queries, answers = queries_of(graph.triples, graph.n_relations)
        asked, ends = torch.from_numpy(queries), torch.from_numpy(answers)
        known = graph.with_triples(np.concatenate([graph.triples, valid]))
        started = time.process_time()
        kept: tuple[Tensor, Tensor] = (entities, relations)
        best, since = -1.0, 0
        for epoch in range(options.epochs):
            order = torch.randperm(len(asked), generator=generator)
            for some in torch.split(order, options.batch):
                start, relation = entities[asked[some, 0]], relations[asked[some, 1]]
                end = entities[ends[some]]
                loss = cross_entropy(_logits(entities, start, relation), ends[some])
                penalty = sum(_cubes(part) for part in (start, relation, end))
                loss = loss + weight * penalty / len(some)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            spent = time.process_time() - started
            out_of_time = spent > 0.4 * options.cpu_seconds
            if len(valid) and (epoch % 3 == 2 or out_of_time or epoch == options.epochs - 1):
                tables = entities.detach(), relations.detach()
                value = _measure(tables, valid, known)
                since += 1
                if value > best:
                    best, kept, since = value, copy.deepcopy(tables), 0
                say(f"ComplEx, N3 {weight}, epoch {epoch + 1}: MRR {value:.4f}, {spent:.0f} CPU s")
                if since >= 4:
                    break
            if out_of_time:
                break
        return best, (kept[0].detach(), kept[1].detach())


def _logits(entities: Tensor, start: Tensor, relation: Tensor) -> Tensor:
    """Scores of all entities; shape: (n, n_entities)."""
    real, imaginary = start.chunk(2, dim=1)
    relation_real, relation_imaginary = relation.chunk(2, dim=1)
    turned = torch.cat(
        [
            real * relation_real - imaginary * relation_imaginary,
            real * relation_imaginary + imaginary * relation_real,
        ],
        dim=1,
    )
    return turned @ entities.T


def _cubes(vectors: Tensor) -> Tensor:
    """The third powers of the moduli, summed."""
    real, imaginary = vectors.chunk(2, dim=1)
    return (real**2 + imaginary**2 + 1e-12).pow(1.5).sum()


def _measure(tables: tuple[Tensor, Tensor], valid: IntArray, known: LinkGraph) -> float:
    entities, relations = tables
    queries, answers = queries_of(valid, known.n_relations)

    def score(some: IntArray) -> FloatArray:
        asked = torch.from_numpy(some)
        found: FloatArray = _logits(entities, entities[asked[:, 0]], relations[asked[:, 1]]).numpy()
        return found

    return rank_queries(score, queries, answers, known).mrr
