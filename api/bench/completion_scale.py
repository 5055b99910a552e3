"""The path network on a graph of a million statements: time and memory of a query."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from api.bench.figures import BenchReport
from kg.completion.graph import IntArray, LinkGraph, queries_of

Say = Callable[[str], None]
_RELATIONS = 24


def synthetic_graph(n_triples: int, seed: int = 0) -> LinkGraph:
    """Statements of layered plants: few hubs, many leaves, and relations that imply others."""
    rng = np.random.default_rng(seed)
    n = max(50, n_triples * 3 // 10)
    third = n_triples // 3
    # Ends by a power law, so that hubs are as large as a plant's common codes are.
    hubs = (n * rng.random(2 * third) ** 3).astype(np.int64)
    starts = rng.integers(n, size=2 * third)
    relations = rng.integers(_RELATIONS - 4, size=2 * third)
    first = np.stack([starts, relations, hubs], axis=1)
    # The last relations are two steps of others, so that there is something to learn.
    inner = rng.permutation(2 * third)[:third]
    follow = rng.permutation(2 * third)[:third]
    by_start = follow[np.argsort(starts[follow])]
    at = np.searchsorted(starts[by_start], hubs[inner]).clip(max=third - 1)
    fits = starts[by_start[at]] == hubs[inner]
    implied = np.stack(
        [starts[inner], _RELATIONS - 4 + relations[inner] % 4, hubs[by_start[at]]], axis=1
    )[fits]
    rest = n_triples - len(first) - len(implied)
    more = np.stack(
        [
            rng.integers(n, size=max(0, rest)),
            rng.integers(_RELATIONS - 4, size=max(0, rest)),
            rng.integers(n, size=max(0, rest)),
        ],
        axis=1,
    )
    names = tuple(f"n{i}" for i in range(n))
    relation_names = tuple(f"r{i}" for i in range(_RELATIONS))
    empty = LinkGraph(names, relation_names, np.zeros((0, 3), dtype=np.int64))
    return empty.with_triples(np.concatenate([first, implied, more]))


def measure_scale(report: BenchReport, *, quick: bool, say: Say) -> None:
    """Train on sampled queries and score single ones; the process' peak memory."""
    from kg.completion.paths.choosing import choose_shape
    from kg.completion.paths.model import PathNetwork, PathOptions, course_for

    n_triples = 200_000 if quick else 1_000_000
    say(f"making {n_triples:,} statements")
    graph = synthetic_graph(n_triples)
    rng = np.random.default_rng(1)
    queries, _ = queries_of(graph.triples[rng.integers(len(graph.triples), size=200)], _RELATIONS)
    on = f"{len(graph.triples):,} statements, {graph.n_entities:,} nodes, synthetic, one thread"
    sampled = 240 if quick else 1_600
    shape = choose_shape(graph, graph.triples[:0])
    course = course_for(graph, PathOptions(), shape.form == "dense")
    network = PathNetwork(
        PathOptions(
            shape=shape,
            course=replace(course, epochs=1, queries_per_epoch=sampled, cpu_seconds=86_400),
        )
    )
    started = time.process_time()
    network.fit(graph, graph.triples[:0], say)
    trained = (time.process_time() - started) / sampled
    network.score(graph, queries[:1])
    report.add(
        "a million statements, training" if not quick else "200,000 statements, training",
        1000 * trained,
        "CPU ms a query",
        "lower",
        on=f"{on}; {sampled:,} sampled queries",
    )
    report.add(
        "a million statements, scoring" if not quick else "200,000 statements, scoring",
        float(np.median([_time(network, graph, query) for query in queries[:60]])),
        "CPU ms a query",
        "lower",
        floor=30,
        on=f"{on}; all nodes scored, median of 60",
    )
    report.add(
        "peak memory",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024,
        "GB",
        "lower",
        floor=2,
        on=on,
    )


def _time(network: object, graph: LinkGraph, query: IntArray) -> float:
    started = time.process_time()
    network.score(graph, query[None])  # type: ignore[attr-defined]
    return 1000 * (time.process_time() - started)
