"""What is learnt from, chosen on and measured on: read from a folder, or split off a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kg.completion.graph import IntArray, LinkGraph, Triple, build_graph
from kg.model.errors import BadInput, UnreadableFile

FILES = ("train.txt", "valid.txt", "test.txt")


@dataclass(frozen=True, slots=True)
class Split:
    """A graph to see (`graph`, the train part), and triples to choose on and to measure on."""

    graph: LinkGraph
    valid: IntArray  # shape: (n, 3)
    test: IntArray  # shape: (n, 3)

    @property
    def known(self) -> LinkGraph:
        """All that is true: what a filtered rank leaves out."""
        return self.graph.with_triples(np.concatenate([self.graph.triples, self.valid, self.test]))


def read_split(folder: Path, *, relations: Sequence[str] | None = None) -> Split:
    """A folder with train.txt, valid.txt and test.txt: a subject, relation, object a line.

    With `relations`, those are the relations of the graph (an inductive folder shares them with
    the one that was trained on). Raises BadInput for what cannot be used.
    """
    parts = [read_triples(folder / name) for name in FILES]
    if not parts[0]:
        raise BadInput(f"{folder / FILES[0]} has no triples: there is nothing to learn from.")
    everything = [triple for part in parts for triple in part]
    try:
        named = build_graph(everything, relations=relations)
    except BadInput as error:
        raise BadInput(f"{folder}: {error}", ids=error.ids) from error
    train, valid, test = (named.numbers_of(part) for part in parts)
    return Split(named.with_triples(train), valid, test)


def read_triples(path: Path) -> list[Triple]:
    """Tab separated triples, one a line; empty lines are skipped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(
            f"{path} is not there: a data set is a folder with {', '.join(FILES)}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read as UTF-8 text: {error}.") from error
    found: list[Triple] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if len(cells) != 3 or not all(cells):
            raise BadInput(
                f"{path}, line {number}: a triple has three cells (subject, relation, object) "
                f"with tabs between them, this line has {len([c for c in cells if c])}."
            )
        found.append((cells[0], cells[1], cells[2]))
    return found


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
