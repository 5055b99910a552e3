"""The queries whose latency is measured, drawn at random from what the store holds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time

from api.bench.figures import BenchReport, median, percentile
from kg.model import Direction, Node
from kg.model.text import has_han
from kg.store import Store

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Query:
    """One kind of query: a name, its aim in milliseconds at p95, and draws to run."""

    name: str
    aim_ms: float
    calls: Sequence[Callable[[], object]]


def sample_nodes(
    store: Store, classes: Sequence[str] | None, count: int, chance: random.Random
) -> list[Node]:
    """Up to `count` nodes of `classes`, uniformly at random, by one pass over all of them."""
    chosen: list[Node] = []
    for seen, node in enumerate(_all_nodes(store, classes)):
        if len(chosen) < count:
            chosen.append(node)
        elif (place := chance.randrange(seen + 1)) < count:
            chosen[place] = node
    chance.shuffle(chosen)
    return chosen


def _all_nodes(store: Store, classes: Sequence[str] | None) -> Iterator[Node]:
    after: str | None = None
    while True:
        page = store.find_nodes(classes, after=after, limit=PAGE)
        yield from page.nodes
        after = page.next_after
        if after is None:
            return


def flow_steps(store: Store, towards: str) -> list[tuple[str, Direction]]:
    """The steps that follow material `towards` upstream or downstream."""
    return sorted(
        (relation.name, "out" if relation.flow == towards else "in")
        for relation in store.schema.relations.values()
        if relation.flow is not None
    )


def draw_queries(store: Store, count: int, seed: int) -> list[Query]:
    """`count` draws of each kind of query. Equal stores and seeds give equal draws."""
    from kg.search import search
    from kg.store.walks import shortest_path

    chance = random.Random(seed)
    anything = sample_nodes(store, None, count, chance)
    causal = [r.name for r in store.schema.relations.values() if r.is_causal]
    modes = sample_nodes(store, ["FailureMode", "FailureCause", "Symptom"], count, chance)
    ends = sample_nodes(
        store, ["FailureMode", "FailureEffect", "Symptom", "Component"], count, chance
    )
    pairs = [(chance.choice(modes), chance.choice(ends)) for _ in range(count)] if modes else []
    items = sample_nodes(store, ["Unit", "MaterialLot"], count, chance)
    upstream, downstream = flow_steps(store, "upstream"), flow_steps(store, "downstream")
    named = sample_nodes(
        store, ["WorkOrder", "Component", "FailureMode", "Asset"], 6 * count, chance
    )
    english = [w for n in named if (w := _word(n, chance, han=False))][:count]
    chinese = [w for n in named if (w := _word(n, chance, han=True))][:count]
    typos = [_with_typo(w, chance) for w in english if len(w) >= 5]
    words = [*english[: count // 2], *chinese[: count // 2], *typos[: count // 4]]
    return [
        Query(
            "neighbourhood",
            1.0,
            [lambda k=n.key: store.expand([k], None, "both", limit_per_node=100) for n in anything],  # type: ignore[misc]
        ),
        Query(
            "cause path of up to 4 hops",
            10.0,
            [
                lambda a=a.key, b=b.key: shortest_path(store, a, b, causal, "both", max_hops=4)  # type: ignore[misc]
                for a, b in pairs
            ],
        ),
        Query(
            "closure of 10 hops",
            50.0,
            [
                lambda k=n.key, s=s: store.closure([k], s, max_depth=10)  # type: ignore[misc]
                for i, n in enumerate(items)
                for s in (upstream if i % 2 else downstream,)
            ],
        ),
        Query(
            "text search in both languages",
            50.0,
            [lambda w=w: search(store, w, limit=20) for w in words],  # type: ignore[misc]
        ),
    ]


def _word(node: Node, chance: random.Random, *, han: bool) -> str | None:
    """A word of the node's text: a Latin word of four letters and more, or two Han characters."""
    text = f"{node.name} {node.props.get('description', '')}"
    if han:
        runs = [text[i : i + 2] for i in range(len(text) - 1) if all(map(has_han, text[i : i + 2]))]
        return chance.choice(runs) if runs else None
    words = [w for w in text.split() if w.isascii() and w.isalpha() and len(w) >= 4]
    return chance.choice(words) if words else None


def _with_typo(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def measure_queries(report: BenchReport, store: Store, on: str, *, count: int, seed: int) -> None:
    """Add median and p95 of each kind of query to `report`."""
    embedded = "://" not in store.url
    for query in draw_queries(store, count, seed):
        name = f"{query.name}, p95"
        if not query.calls:
            report.missing(name, "ms", "lower", "nothing in the store to draw from", on=on)
            continue
        for call in query.calls[:5]:
            call()  # the first calls open connections and fill caches
        took = []
        used = []  # by this process; what a busy machine makes of the time does not count in it
        for call in query.calls:
            started, cpu = perf_counter(), process_time()
            call()
            took.append(1000 * (perf_counter() - started))
            used.append(1000 * (process_time() - cpu))
        report.add(
            name,
            percentile(took, 0.95),
            "ms",
            "lower",
            aim=query.aim_ms if embedded else None,
            control={"CPU ms": round(percentile(used, 0.95), 3)} if embedded else None,
            on=f"{on}; {len(took)} draws",
            seeds=[seed],
        )
        report.add(f"{query.name}, median", median(took), "ms", "lower", on=on, seeds=[seed])
