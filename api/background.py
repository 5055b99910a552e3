"""Work that takes minutes, done one piece after the other beside the answering of requests."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from kg.model.errors import Conflict, GembaError, NotFound

Say = Callable[[str], None]
Work = Callable[[Say], Any]
State = Literal["waiting", "running", "done", "failed"]
_WAITING_AT_MOST = 8
_KEPT = 50


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of one piece of work; `result` is there once it is done."""

    id: str
    kind: str
    state: State = "waiting"
    progress: str = ""  # the last thing the work said
    result: Any = None
    error: str = ""


class Jobs:
    """One worker, started with the first job. The last jobs are remembered until the process ends.

    The worker is a daemon: a service that is told to stop does not wait for a training.
    """

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: list[tuple[str, Work]] = []
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None

    def submit(self, kind: str, work: Work) -> Job:
        """Put work into the line. Raises Conflict where the line is full."""
        with self._changed:
            if len(self._waiting) >= _WAITING_AT_MOST:
                raise Conflict(
                    f"{_WAITING_AT_MOST} jobs wait already: ask again when some of them are done."
                )
            job = Job(secrets.token_hex(8), kind)
            self._jobs[job.id] = job
            self._waiting.append((job.id, work))
            ended = [one.id for one in self._jobs.values() if one.state in ("done", "failed")]
            for number in ended[: max(0, len(self._jobs) - _KEPT)]:
                del self._jobs[number]
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="jobs", daemon=True)
                self._worker.start()
            self._changed.notify_all()
            return job

    def get(self, number: str) -> Job:
        """Raises NotFound for a job that never was, or that is forgotten."""
        with self._changed:
            if number not in self._jobs:
                raise NotFound(
                    f"There is no job {number}: the service remembers the last {_KEPT} since it "
                    "was started.",
                    ids=[number],
                )
            return self._jobs[number]

    def wait(self, number: str, seconds: float) -> Job:
        """The job once it has ended, or as it is after so many seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._jobs[number].state in ("done", "failed"), timeout=seconds
            )
            return self._jobs[number]

    def _change(self, number: str, **fields: Any) -> None:
        with self._changed:
            self._jobs[number] = replace(self._jobs[number], **fields)
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                number, work = self._waiting.pop(0)
            self._change(number, state="running")
            try:
                result = work(lambda text, number=number: self._change(number, progress=text))  # type: ignore[misc]
            except GembaError as error:
                self._change(number, state="failed", error=str(error))
            except Exception as error:
                self._change(
                    number, state="failed", error=f"The job broke off ({type(error).__name__})."
                )
            else:
                self._change(number, state="done", result=result)
