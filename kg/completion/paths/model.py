"""The path network as a link model: its shape is chosen, it is trained, scores, and is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kg.completion.evaluation import rank_queries
from kg.completion.graph import Adjacency, FloatArray, IntArray, LinkGraph, queries_of
from kg.completion.paths.choosing import Shape, choose_shape
from kg.completion.paths.denormals import FlushedDenormals
from kg.completion.paths.dense import score_densely
from kg.completion.paths.explaining import LinkPath, best_paths, edges_of_paths
from kg.completion.paths.frontier import Bounds, score_by_frontier
from kg.completion.paths.hiding import Hidden
from kg.completion.paths.layer import Trace
from kg.completion.paths.network import PathParameters, Sizes
from kg.completion.paths.priors import Priors
from kg.completion.paths.training import Course, Reciprocals, train
from kg.completion.protocol import Say, say_nothing
from kg.model.errors import BadInput

_MEASURED_AT_MOST = 1_000  # valid triples after each epoch
_WALKED_AT_MOST = 8_000_000  # valid triples by edges: measuring shall cost little beside learning


@dataclass(frozen=True, slots=True)
class PathOptions:
    """What may be set; None is chosen by the graph."""

    seed: int = 0
    epochs: int | None = None
    cpu_seconds: float = 420.0
    shape: Shape | None = None
    course: Course | None = None
    checkpoint: Path | None = None  # where the state after each epoch is kept, and resumed from
    terms: str = ""  # the ontology's version: a checkpoint of another one is refused


class PathNetwork:
    """Relational Bellman-Ford over the paths from a query's entity; inductive."""

    name = "path network"
    is_inductive = True

    def __init__(self, options: PathOptions | None = None) -> None:
        self.options = options or PathOptions()
        self.relations: tuple[str, ...] = ()
        self.shape: Shape | None = None
        self.network: PathParameters | None = None
        self.mean_log_degree = 1.0
        self._priors: Priors | None = None  # of the graph last scored

    @FlushedDenormals()
    def fit(self, graph: LinkGraph, valid: IntArray, say: Say = say_nothing) -> None:
        """Learn from every edge of the graph, hidden in turn; `valid` chooses the epoch."""
        if not len(graph.triples):
            raise BadInput("The graph has no triples: there is nothing to learn links from.")
        options = self.options
        shape = options.shape or choose_shape(graph, valid)
        self.shape, self.relations = shape, graph.relations
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            self.network = PathParameters(
                Sizes(graph.n_relations, shape.dim, shape.layers, shape.depends_on_query)
            )
            degrees = graph.adjacency.degrees
            self.mean_log_degree = float(np.log1p(degrees[degrees > 0]).mean())
            rng = np.random.default_rng(options.seed)
            affordable = max(50, _WALKED_AT_MOST // len(graph.adjacency.ends))
            at_most = min(_MEASURED_AT_MOST, affordable)
            measured = valid[rng.permutation(len(valid))[:at_most]]
            known = graph.with_triples(np.concatenate([graph.triples, valid]))
            queries, answers = queries_of(measured, graph.n_relations)

            def measure() -> Reciprocals:
                ranking = rank_queries(
                    lambda some: self.score(graph, some), queries, answers, known
                )
                return 1 / ranking.ranks

            train(
                self.network,
                graph,
                self._forward,
                options.course or course_for(graph, options, shape.form == "dense"),
                shape.whole_pair,
                measure if len(measured) else None,
                say,
                options.checkpoint,
                options.terms,
            )
        self.network.eval()
        self._priors = None

    @FlushedDenormals()
    def score(self, graph: LinkGraph, queries: IntArray) -> FloatArray:
        network = self._trained(graph)
        network.eval()
        with torch.inference_mode():
            found: FloatArray = self._forward(graph.adjacency, queries, None).numpy()
        return found

    @FlushedDenormals()
    def score_left_out(self, graph: LinkGraph, queries: IntArray, ends: IntArray) -> FloatArray:
        """Scores with each query's own edge to its end hidden, as in training."""
        network, shape = self._trained(graph), self.shape
        assert shape is not None
        network.eval()
        hidden = Hidden(queries[:, 0], queries[:, 1], ends, shape.whole_pair)
        with torch.inference_mode():
            found: FloatArray = self._forward(graph.adjacency, queries, hidden).numpy()
        return found

    @FlushedDenormals()
    def score_over(self, graph: LinkGraph, queries: IntArray, paths: list[LinkPath]) -> FloatArray:
        """Scores where messages go over the statements of some paths alone."""
        network = self._trained(graph)
        network.eval()
        edges = edges_of_paths(graph.adjacency, paths)
        with torch.inference_mode():
            found: FloatArray = self._forward(graph.adjacency, queries, None, None, edges).numpy()
        return found

    @FlushedDenormals()
    def explain(
        self, graph: LinkGraph, query: IntArray, end: int, number: int = 5
    ) -> list[LinkPath]:
        """The paths from the query's entity that most raise the score of `end`, best first."""
        network = self._trained(graph)
        network.eval()
        trace = Trace()
        with torch.enable_grad():
            logits = self._forward(graph.adjacency, query[None], None, trace)
            logits[0, end].backward()  # type: ignore[no-untyped-call]
        network.zero_grad()
        worth = np.zeros(len(graph.adjacency.ends), dtype=np.float32)
        for sent, total, square, (edges, receivers, messages) in zip(
            trace.messages, trace.totals, trace.squares, trace.edges, strict=True
        ):
            by = torch.from_numpy(messages)
            to = torch.from_numpy(receivers)
            if total.grad is None or square.grad is None:
                continue
            flow = total.grad[to] * sent[by] + square.grad[to] * sent[by] ** 2
            np.add.at(worth, edges, flow.sum(1).numpy())
        return best_paths(
            graph.adjacency,
            worth,
            int(query[0]),
            end,
            layers=network.sizes.layers,
            number=number,
        )

    def save(self, path: Path) -> None:
        """Write the weights and all that is needed to score with them, whole or not at all."""
        partial = path.with_suffix(".partial")
        torch.save(self.to_dict(), partial)
        partial.replace(path)

    def to_dict(self) -> dict[str, Any]:
        """All that is needed to score. Raises BadInput where nothing has been trained."""
        if self.network is None or self.shape is None:
            raise BadInput("The path network has not been trained yet.")
        return {
            "relations": list(self.relations),
            "sizes": asdict(self.network.sizes),
            "shape": asdict(self.shape),
            "mean_log_degree": self.mean_log_degree,
            "weights": self.network.state_dict(),
        }

    @classmethod
    def load(cls, path: Path) -> PathNetwork:
        """Read what `save` wrote. Raises BadInput for anything else."""
        try:
            return cls.from_dict(torch.load(path, weights_only=True))
        except FileNotFoundError:
            raise BadInput(f"{path} is not there: train a model first.") from None
        except Exception as error:
            raise BadInput(
                f"{path} is not a path network that this version can read; train it again."
            ) from error

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> PathNetwork:
        """What `to_dict` gave."""
        model = cls()
        model.relations = tuple(kept["relations"])
        shape = kept["shape"]
        model.shape = Shape(**(shape | {"bounds": Bounds(**shape["bounds"])}))
        model.mean_log_degree = kept["mean_log_degree"]
        model.network = PathParameters(Sizes(**kept["sizes"]))
        model.network.load_state_dict(kept["weights"])
        model.network.eval()
        return model

    def _trained(self, graph: LinkGraph) -> PathParameters:
        if self.network is None:
            raise BadInput("The path network has not been trained yet.")
        if graph.relations != self.relations:
            unknown = sorted(set(graph.relations) ^ set(self.relations))
            raise BadInput(
                "The graph's relations are not those that the path network was trained on "
                f"({', '.join(unknown[:3]) or 'another order'}): train it again.",
                ids=unknown,
            )
        return self.network

    def _known_priors(self, adjacency: Adjacency) -> Priors | None:
        """Kept between queries of one graph; never while learning."""
        network = self.network
        if network is None or network.training:
            self._priors = None  # the weights change
            return None
        if self._priors is None or self._priors.adjacency is not adjacency:
            self._priors = Priors(network, adjacency)
        return self._priors

    def _forward(
        self,
        adjacency: Adjacency,
        queries: IntArray,
        hidden: Hidden | None,
        trace: Trace | None = None,
        only: IntArray | None = None,
    ) -> Tensor:
        network, shape = self.network, self.shape
        assert network is not None
        assert shape is not None
        if shape.form == "dense":
            return score_densely(
                network, adjacency, queries, hidden, self.mean_log_degree, trace, only
            )
        return score_by_frontier(
            network,
            adjacency,
            queries,
            hidden,
            self.mean_log_degree,
            shape.bounds,
            trace,
            only,
            self._known_priors(adjacency),
        )


def course_for(graph: LinkGraph, options: PathOptions, is_dense: bool) -> Course:
    """Epochs by size: small graphs are seen often, of a large one a sample.

    Sparse graphs are thinned, so that what is learnt holds in sparser ones too; of a large one a
    lesson sees a small part in any case.
    """
    large = len(graph.triples) > 50_000
    # Every query scores every node: what a lesson remembers is bounded by asking less at once.
    vast = graph.n_entities > 100_000
    course = Course(
        epochs=8 if is_dense or large else 5,
        batch=4 if vast else 8 if large else 16 if len(graph.triples) < 2_000 else 32,
        thinned=0.0 if is_dense or large else 0.5,
        targets=4 if is_dense else 1,
        seed=options.seed,
        cpu_seconds=options.cpu_seconds,
    )
    return course if options.epochs is None else replace(course, epochs=options.epochs)
