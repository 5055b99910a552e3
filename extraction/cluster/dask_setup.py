"""What the workers of a cluster are told: which tasks there are, and how to do one item of one.

Imports Dask, so only `dask_crew` imports this.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from distributed import WorkerPlugin

from extraction.cluster.crew import Outcome, Task, attempt

_KEPT = 4  # tasks that a worker keeps set up

_known: dict[str, Task[Any, Any]] = {}
_opened: OrderedDict[str, Callable[[Any], Any]] = OrderedDict()
_lock = Lock()


class Setup(WorkerPlugin):
    """Gives a task to every worker, those that are started later in place of dead ones, too."""

    def __init__(self, task: Task[Any, Any]) -> None:
        self.task = task
        self.name = f"gemba-{task.digest}"

    def setup(self, worker: Any) -> None:
        """Remember the task; it is opened when the first item comes."""
        del worker
        with _lock:
            _known[self.task.digest] = self.task


def work(digest: str, item: Any) -> Outcome[Any, Any]:
    """Do the task with that digest for one item."""
    with _lock:
        opened = _opened.get(digest)
        if opened is None:
            while len(_opened) >= _KEPT:
                _opened.popitem(last=False)
            opened = _opened[digest] = _known[digest].open()
    return attempt(opened, item)
