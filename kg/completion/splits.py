"""What is learnt from, chosen on and measured on: read from a folder, or split off a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kg.completion.graph import IntArray, LinkGraph, build_graph, unique_triples
from kg.completion.reading import FILES, find_part, read_part
from kg.model.errors import BadInput

_SPLIT_OFF = 0.1  # of the train part, for a part that is not there


@dataclass(frozen=True, slots=True)
class Split:
    """A graph to see (`graph`, the train part), and triples to choose on and to measure on."""

    graph: LinkGraph
    valid: IntArray  # shape: (n, 3)
    test: IntArray  # shape: (n, 3)
    notes: tuple[str, ...] = ()  # what was done to make it one

    @property
    def known(self) -> LinkGraph:
        """All that is true: what a filtered rank leaves out."""
        return self.graph.with_triples(np.concatenate([self.graph.triples, self.valid, self.test]))


def read_split(folder: Path, *, relations: Sequence[str] | None = None, seed: int = 0) -> Split:
    """A folder with train, valid and test files: a subject, relation, object a line.

    With `relations`, those are the relations of the graph (an inductive folder shares them with
    the one that was trained on). A valid or test part that is not there is split off the train
    part. What stands in an earlier part, too, is left out of a later one: it would be no question.
    Raises BadInput for what cannot be used.
    """
    if find_part(folder, "train") is None:
        raise BadInput(
            f"{folder / FILES[0]} is not there: a data set is a folder with {', '.join(FILES)} "
            "(or .tsv, .csv)."
        )
    parts = {part: read_part(folder, part) for part in ("train", "valid", "test")}
    if not parts["train"]:
        raise BadInput(f"{folder / FILES[0]} has no triples: there is nothing to learn from.")
    try:
        named = build_graph([t for part in parts.values() for t in part], relations=relations)
    except BadInput as error:
        raise BadInput(f"{folder}: {error}", ids=error.ids) from error
    train, valid, test = (unique_triples(named.numbers_of(part)) for part in parts.values())
    graph = named.with_triples(train)
    notes: list[str] = []
    rng = np.random.default_rng(seed)
    for part in ("test", "valid"):
        if find_part(folder, part) is not None:
            continue
        graph, held = hide_share(graph, _SPLIT_OFF, rng)
        valid, test = (held, test) if part == "valid" else (valid, held)
        notes.append(
            f"{folder.name} has no {part} part: {len(held):,} random triples of the train part are "
            "taken instead."
        )
    sizes = len(valid), len(test)
    test = without(test, np.concatenate([graph.triples, valid]))
    valid = without(valid, graph.triples)
    for part, before, after in zip(("valid", "test"), sizes, (valid, test), strict=True):
        if before > len(after):
            notes.append(
                f"{folder.name}: {before - len(after):,} triples of the {part} part stand in an "
                "earlier part, too, and are left out of it."
            )
    return Split(graph, valid, test, tuple(notes))


def without(triples: IntArray, others: IntArray) -> IntArray:
    """The triples that are not among the others."""
    if not len(triples) or not len(others):
        return triples
    _, number = np.unique(np.concatenate([others, triples]), axis=0, return_inverse=True)
    number = number.reshape(-1)
    return triples[~np.isin(number[len(others) :], number[: len(others)])]


def hide_share(
    graph: LinkGraph, share: float, rng: np.random.Generator, *, among: IntArray | None = None
) -> tuple[LinkGraph, IntArray]:
    """The graph without a random share of its triples, and those; at least one stays.

    With `among` (indices of triples) only these may be hidden.
    """
    pool = np.arange(len(graph.triples)) if among is None else among
    number = min(round(share * len(pool)), max(0, len(graph.triples) - 1))
    chosen = rng.choice(pool, size=number, replace=False)
    stays = np.ones(len(graph.triples), dtype=bool)
    stays[chosen] = False
    return graph.with_triples(graph.triples[stays]), graph.triples[~stays]


def split_randomly(graph: LinkGraph, seed: int, *, valid: float = 0.1, test: float = 0.1) -> Split:
    """Random parts of the triples to choose on and to measure on."""
    rng = np.random.default_rng(seed)
    rest, held = hide_share(graph, valid + test, rng)
    rng.shuffle(held)
    cut = round(len(held) * valid / (valid + test))
    return Split(rest, held[:cut], held[cut:])


def split_by_time(
    graph: LinkGraph, moments: Sequence[float], *, valid: float = 0.1, test: float = 0.1
) -> Split:
    """The latest triples are measured on, those before them chosen on.

    `moments` are the triples' times in any unit that grows; equal ones stay together.
    """
    if len(moments) != len(graph.triples):
        raise BadInput("Each triple needs one moment to be split by time.")
    times = np.asarray(moments, dtype=np.float64)
    if not np.isfinite(times).all():
        raise BadInput("A moment to split by is not a finite number.")
    first_valid, first_test = np.quantile(times, [1 - valid - test, 1 - test], method="higher")
    rows = graph.triples
    return Split(
        graph.with_triples(rows[times < first_valid]),
        rows[(times >= first_valid) & (times < first_test)],
        rows[times >= first_test],
    )


def split_by_entity(
    graph: LinkGraph, seed: int, *, share: float = 0.2, asked: float = 0.3
) -> tuple[LinkGraph, LinkGraph, IntArray]:
    """A graph without a random share of the entities, the whole graph without the triples that
    are asked, and these: a share `asked` of the triples that touch an entity never trained on."""
    rng = np.random.default_rng(seed)
    unseen = rng.random(graph.n_entities) < share
    touches = unseen[graph.triples[:, 0]] | unseen[graph.triples[:, 2]]
    context, test = hide_share(graph, asked, rng, among=np.flatnonzero(touches))
    return graph.with_triples(graph.triples[~touches]), context, test
