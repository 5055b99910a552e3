"""Training: softmax over all entities, the query's own edge hidden, weights averaged over steps.

What is kept are averages of the weights (Polyak and Juditsky 1992), the longest trained ones that
no earlier ones surpass on the held-out links by more than chance.
"""

from __future__ import annotations

import copy
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from kg.completion.graph import Adjacency, IntArray, LinkGraph, queries_of
from kg.completion.paths.hiding import Hidden
from kg.completion.paths.network import PathParameters
from kg.completion.protocol import Say
from kg.model.errors import BadInput

Forward = Callable[[Adjacency, IntArray, Hidden | None], Tensor]
Reciprocals = npt.NDArray[np.float64]
PER_EPOCH_AT_MOST = 20_000
_TRIED = 8  # lessons, to learn how long one takes
_BESIDE = 1.15  # of a lesson's time, with the optimiser and the measuring after each epoch
_SAID_EVERY = 30.0  # CPU seconds
_MEMORY = 0.05  # of all steps: how far back the average of the weights reaches


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast to learn."""

    epochs: int = 10
    batch: int = 32
    rate: float = 3e-3
    decay: float = 1e-6
    patience: int = 4
    seed: int = 0
    cpu_seconds: float = 480.0
    queries_per_epoch: int = PER_EPOCH_AT_MOST
    thinned: float = 0.0  # up to this share of the edges is missing from a lesson's graph
    targets: int = 1  # ends hidden from one query at once, and asked of it


@dataclass(slots=True)
class Chosen:
    """The weights to keep, and what they were chosen by.

    A small held-out part cannot tell neighbouring epochs apart, and later ones generalise better:
    a later epoch is passed over only where its paired difference is beyond one standard error.
    """

    state: dict[str, Tensor]
    values: Reciprocals | None = None  # shape: (n_held_out_queries,), of the kept state
    course: list[float] = field(default_factory=list)  # means, by epoch
    since: int = 0  # epochs since the kept one

    def consider(self, state: dict[str, Tensor], values: Reciprocals) -> None:
        """Keep a copy of `state` unless it is worse than what is kept."""
        self.course.append(float(values.mean()))
        self.since += 1
        if self.values is not None:
            change = values - self.values
            if change.mean() < -change.std() / np.sqrt(len(change)):
                return
        self.state, self.values, self.since = copy.deepcopy(state), values, 0

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Chosen:
        """From a checkpoint."""
        values = kept["values"]
        return cls(**{**kept, "values": None if values is None else values.numpy()})

    def to_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {
            "state": self.state,
            "values": None if self.values is None else torch.from_numpy(self.values),
            "course": self.course,
            "since": self.since,
        }


class Lesson(NamedTuple):
    """Some queries, and the ends that each of them is asked for."""

    queries: IntArray  # shape: (n_queries, 2)
    rows: IntArray  # shape: (n_targets,), whose target
    ends: IntArray  # shape: (n_targets,)


def train(
    network: PathParameters,
    graph: LinkGraph,
    forward: Forward,
    course: Course,
    whole_pair: bool,
    measure: Callable[[], Reciprocals] | None,
    say: Say,
    checkpoint: Path | None = None,
    terms: str = "",
) -> list[float]:
    """Learn in place; the averaged weights of the chosen epoch stay. Returns the course's measure.

    `measure` gives one value (higher is better) for each held-out query. With `checkpoint` the
    state after each epoch is kept there, and an interrupted training of the same graph and course
    goes on from it; the file is gone when the training is done. `terms` names the version of the
    relations' meaning: a checkpoint of another one is refused (BadInput).
    """
    queries, answers = queries_of(graph.triples, graph.n_relations)
    optimiser = torch.optim.Adam(network.parameters(), lr=course.rate, weight_decay=course.decay)
    rng = np.random.default_rng(course.seed)
    planned = course.epochs * len(list(lessons(queries, answers, course, rng)))
    steps = min(planned, _affordable(network, graph, forward, queries, answers, course, whole_pair))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=course.rate, total_steps=steps, pct_start=0.15, final_div_factor=20
    )
    average = {name: value.clone() for name, value in network.state_dict().items()}
    chosen = Chosen(copy.deepcopy(average))
    before, taken = 0.0, 0
    told = (repr(course), graph.triples.shape[0], int(graph.triples.sum()), whole_pair)
    kept = _resume(checkpoint, told, terms)
    if kept is not None:
        network.load_state_dict(kept["network"])
        optimiser.load_state_dict(kept["optimiser"])
        schedule.load_state_dict(kept["schedule"])
        torch.set_rng_state(kept["torch"])
        rng.bit_generator.state = kept["numpy"]
        average, chosen = kept["average"], Chosen.from_dict(kept["chosen"])
        before, taken, steps = kept["cpu_seconds"], kept["taken"], kept["steps"]
        say(f"going on after epoch {len(chosen.course)}")
    started = time.process_time() - before
    said = time.process_time()
    for epoch in range(len(chosen.course), course.epochs):
        network.train()
        total, n_targets = 0.0, 0
        for lesson in lessons(queries, answers, course, rng):
            if taken >= steps:
                break
            taken += 1
            loss = _loss_of(lesson, graph, forward, course, whole_pair, rng)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            if schedule.last_epoch < steps - 1:
                schedule.step()
            # The first steps are forgotten sooner: they are far from where it ends.
            share = max(1 / (_MEMORY * steps + 1), 4 / (taken + 4))
            for name, value in network.state_dict().items():
                average[name].lerp_(value, share)
            total += float(loss.detach()) * len(lesson.ends)
            n_targets += len(lesson.ends)
            if time.process_time() - said > _SAID_EVERY:
                said = time.process_time()
                say(f"lesson {taken:,} of {steps:,}: loss {total / n_targets:.3f}")
        learning = copy.deepcopy(network.state_dict())
        network.load_state_dict(average)
        values = measure() if measure is not None else np.zeros(1)
        network.load_state_dict(learning)
        chosen.consider(average, values)
        spent = time.process_time() - started
        held = f"on the held-out part {values.mean():.4f}, " if measure is not None else ""
        say(
            f"epoch {epoch + 1} of {course.epochs}: loss {total / n_targets:.3f}, "
            f"{held}{spent:.0f} CPU s"
        )
        if checkpoint is not None:
            _keep(
                checkpoint,
                {
                    "told": told,
                    "terms": terms,
                    "network": learning,
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "torch": torch.get_rng_state(),
                    "numpy": rng.bit_generator.state,
                    "average": average,
                    "chosen": chosen.to_dict(),
                    "cpu_seconds": spent,
                    "taken": taken,
                    "steps": steps,
                },
            )
        if chosen.since >= course.patience or taken >= steps:
            break
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    network.load_state_dict(chosen.state)
    return chosen.course


def _affordable(
    network: PathParameters,
    graph: LinkGraph,
    forward: Forward,
    queries: IntArray,
    answers: IntArray,
    course: Course,
    whole_pair: bool,
) -> int:
    """How many lessons fit into the CPU time, by trying some.

    The rate falls to its end by then: a training that is cut off while it is high is half lost.
    The median is not misled by what else the machine does.
    """
    network.train()
    tried = np.random.default_rng(course.seed)
    state = torch.get_rng_state()
    took: list[float] = []
    for lesson in itertools.islice(lessons(queries, answers, course, tried), _TRIED):
        started = time.process_time()
        _loss_of(lesson, graph, forward, course, whole_pair, tried).backward()  # type: ignore[no-untyped-call]
        network.zero_grad()
        took.append(time.process_time() - started)
    torch.set_rng_state(state)
    each = float(np.median(took[1:] or took))  # the first one fills caches
    return max(50, int(course.cpu_seconds / (_BESIDE * each + 1e-6)))


def _loss_of(
    lesson: Lesson,
    graph: LinkGraph,
    forward: Forward,
    course: Course,
    whole_pair: bool,
    rng: np.random.Generator,
) -> Tensor:
    asked = lesson.queries[lesson.rows]
    hidden = Hidden(asked[:, 0], asked[:, 1], lesson.ends, whole_pair)
    shown = thin(graph, asked, lesson.ends, course.thinned, rng)
    logits = forward(shown, lesson.queries, hidden)[torch.from_numpy(lesson.rows)]
    logits = mask_other_answers(logits, graph.adjacency, asked, lesson.ends)
    return cross_entropy(logits, torch.from_numpy(lesson.ends))


def thin(
    graph: LinkGraph, queries: IntArray, ends: IntArray, at_most: float, rng: np.random.Generator
) -> Adjacency:
    """The graph without a random share of its triples, up to `at_most`; those asked for stay.

    New graphs are sparser or denser than the one that is learnt from; a network that has seen many
    densities leans on none (Rong et al. 2020, arXiv:1907.10903). What is asked stays, because it is
    hidden from its own query in any case.
    """
    if not at_most:
        return graph.adjacency
    half, n = graph.n_relations, graph.n_entities
    stays = rng.random(len(graph.triples)) >= at_most * rng.random()
    is_forward = queries[:, 1] < half
    subjects = np.where(is_forward, queries[:, 0], ends)
    objects = np.where(is_forward, ends, queries[:, 0])
    asked = (subjects * half + queries[:, 1] % half) * n + objects
    keys = (graph.triples[:, 0] * half + graph.triples[:, 1]) * n + graph.triples[:, 2]  # ascending
    stays[np.searchsorted(keys, asked)] = True
    return Adjacency.of(graph.triples[stays], n, half)


def _keep(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def _resume(
    path: Path | None, told: tuple[str, int, int, bool], terms: str
) -> dict[str, Any] | None:
    if path is None or not path.exists():
        return None
    try:
        kept: dict[str, Any] = torch.load(path, weights_only=True)
    except Exception as error:
        raise BadInput(
            f"{path} is not a checkpoint that this version can read; delete it to start anew."
        ) from error
    if kept.get("terms", "") != terms:
        raise BadInput(
            f"{path} is the checkpoint of a training with {kept.get('terms') or 'no ontology'}, "
            f"and this plant has {terms or 'none'}; delete it to start anew, or name another file."
        )
    return kept if tuple(kept.get("told", ())) == told else None


def mask_other_answers(
    logits: Tensor, adjacency: Adjacency, queries: IntArray, ends: IntArray
) -> Tensor:
    """Other known ends of a query do not compete with the one that is asked for."""
    known = adjacency.answers(queries)
    rows = np.repeat(np.arange(len(queries)), [len(k) for k in known])
    columns = np.concatenate(known) if known else ends[:0]
    others = columns != ends[rows]
    mask = torch.zeros_like(logits, dtype=torch.bool)
    mask[torch.from_numpy(rows[others]), torch.from_numpy(columns[others])] = True
    return logits.masked_fill(mask, -1e9)


def lessons(
    queries: IntArray, answers: IntArray, course: Course, rng: np.random.Generator
) -> Iterator[Lesson]:
    """Every triple once, both ways, in random order (of many, a random part).

    Up to `course.targets` ends of one query are asked for together.
    """
    chosen = rng.permutation(len(queries))[: course.queries_per_epoch]
    if course.targets == 1:
        for some in _pieces(chosen, course.batch):
            yield Lesson(queries[some], np.arange(len(some)), answers[some])
        return
    chosen = chosen[np.lexsort((queries[chosen, 1], queries[chosen, 0]))]
    starts_anew = np.append(True, (queries[chosen[1:]] != queries[chosen[:-1]]).any(axis=1))
    first = np.flatnonzero(starts_anew)
    within = np.arange(len(chosen)) - first[np.cumsum(starts_anew) - 1]
    cuts = np.flatnonzero(within % course.targets == 0)
    pieces = np.split(chosen, cuts[1:])
    for some in _pieces(rng.permutation(len(pieces)), course.batch):
        members = [pieces[piece] for piece in some]
        yield Lesson(
            queries[[piece[0] for piece in members]],
            np.repeat(np.arange(len(members)), [len(piece) for piece in members]),
            answers[np.concatenate(members)],
        )


def _pieces(chosen: IntArray, size: int) -> Iterator[IntArray]:
    for start in range(0, len(chosen), size):
        yield chosen[start : start + size]
