"""Several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from extraction.cluster.crew import Alone, Item, Outcome, Result, Task, attempt, died

AHEAD = 3  # items under way for each process

_work: Callable[[Any], Any] | None = None


def available_cores() -> int:
    """The cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Processes:
    """A pool of processes, each of which sets the task up once.

    An item whose process dies (out of memory, a fault in a library) is told as such; the others of
    the pool that died with it are read again, one by one.
    """

    def __init__(self, workers: int | None = None) -> None:
        """`workers`: None takes all cores."""
        self._workers = max(1, workers if workers is not None else available_cores())
        self._pool: ProcessPoolExecutor | None = None

    def run(
        self, task: Task[Item, Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """The outcomes, in the order of the items. One item alone is worth no new process."""
        several = iter(items)
        first = list(islice(several, 2))
        if len(first) < 2 or self._workers < 2:
            yield from Alone().run(task, _chain(first, several))
            return
        waiting: deque[tuple[Item, Future[Outcome[Item, Result]]]] = deque()
        try:
            for item in _chain(first, several):
                waiting.append((item, self._submit(task, item, self._workers)))
                if len(waiting) >= self._workers * AHEAD:
                    yield self._next(task, waiting)
            while waiting:
                yield self._next(task, waiting)
        finally:
            for _, future in waiting:
                future.cancel()
            self.close()

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _submit(
        self, task: Task[Item, Result], item: Item, workers: int
    ) -> Future[Outcome[Item, Result]]:
        for _ in range(2):
            if self._pool is None:
                # Never forked: threads and open databases of this process do not survive that.
                self._pool = ProcessPoolExecutor(
                    workers,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_open,
                    initargs=(task,),
                )
            try:
                return self._pool.submit(_attempt, item)
            except BrokenProcessPool:
                self.close()
        failed: Future[Outcome[Item, Result]] = Future()
        failed.set_exception(BrokenProcessPool())
        return failed

    def _next(
        self,
        task: Task[Item, Result],
        waiting: deque[tuple[Item, Future[Outcome[Item, Result]]]],
    ) -> Outcome[Item, Result]:
        item, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            return self._recover(task, item, waiting)

    def _recover(
        self,
        task: Task[Item, Result],
        item: Item,
        waiting: deque[tuple[Item, Future[Outcome[Item, Result]]]],
    ) -> Outcome[Item, Result]:
        """Read an item again by itself: nobody knows which of those under way killed the pool."""
        self.close()
        outcome: Outcome[Item, Result]
        try:
            outcome = self._submit(task, item, 1).result()
        except BrokenProcessPool:
            outcome = Outcome(item, None, died(item))
        self.close()
        for n, (other, future) in enumerate(waiting):
            if _is_lost(future):
                waiting[n] = (other, self._submit(task, other, self._workers))
        return outcome


def _is_lost(future: Future[Any]) -> bool:
    return future.cancelled() or (
        future.done() and isinstance(future.exception(), BrokenProcessPool)
    )


def _chain(first: list[Item], rest: Iterator[Item]) -> Iterator[Item]:
    yield from first
    yield from rest


def _open(task: Task[Any, Any]) -> None:
    global _work  # noqa: PLW0603  # one per process, set once
    _work = task.open()


def _attempt(item: Any) -> Outcome[Any, Any]:
    assert _work is not None
    return attempt(_work, item)
