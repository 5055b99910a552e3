"""A Dask cluster: a scheduler's address, or one of this machine's own."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from importlib.util import find_spec
from typing import Any

from extraction.cluster.crew import Item, Outcome, Result, Task, died
from kg.model.errors import BadInput, MissingExtra

CONNECT_SECONDS = 10
AHEAD = 3  # items under way for each worker's thread
LOCAL = "local"


class DaskCrew:
    """Sends items to the workers of a scheduler; each sets the task up once.

    The workers need Gemba installed and see the files under the same paths.
    """

    def __init__(self, address: str, workers: int | None = None) -> None:
        """`address`: a scheduler's, or `local` for a cluster of this machine's own processes.

        Raises MissingExtra, and BadInput where no scheduler answers.
        """
        if find_spec("distributed") is None:
            raise MissingExtra(
                "A cluster needs the extra `cluster`: pip install 'gembagraph[cluster]'."
            )
        import distributed

        library: Any = distributed  # it has no types
        self._cluster: Any = None
        where = address
        if address == LOCAL:
            import dask

            with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
                self._cluster = library.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",  # any free port
                    host="127.0.0.1",
                    silence_logs=logging.CRITICAL,
                )
            where = self._cluster.scheduler_address
        try:
            self._client: Any = library.Client(where, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise BadInput(
                f"GEMBA_CLUSTER is {address!r}, but no Dask scheduler answers there "
                f"({type(error).__name__}); give its address, such as tcp://10.0.0.5:8786, or "
                "`local`."
            ) from None

    def run(
        self, task: Task[Item, Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """The outcomes, in the order of the items."""
        import distributed

        from extraction.cluster.dask_setup import Setup, work

        client = self._client
        threads = max(1, sum(client.nthreads().values()))
        # The task may hold a whole ontology: it goes to each worker once, not along with each item.
        setup = Setup(task)
        client.register_plugin(setup)
        waiting: deque[tuple[Item, Any]] = deque()

        def send(item: Item) -> Any:
            key = f"gemba-{uuid.uuid4().hex}"
            return client.submit(work, task.digest, item, key=key, pure=False)

        def take() -> Outcome[Item, Result]:
            item, future = waiting.popleft()
            outcome: Outcome[Item, Result] | None = self._result(item, future)
            if outcome is None:
                # Which of those under way killed the worker? By itself, an item shows it.
                wait_for: Any = distributed.wait
                wait_for([other for _, other in waiting])
                outcome = self._result(item, send(item))
            return outcome or Outcome(item, None, died(item))

        try:
            for item in items:
                waiting.append((item, send(item)))
                if len(waiting) >= threads * AHEAD:
                    yield take()
            while waiting:
                yield take()
        finally:
            for _, future in waiting:
                future.cancel()

    @staticmethod
    def _result(item: Item, future: Any) -> Outcome[Item, Result] | None:
        """The outcome of an item; None where its worker died."""
        from distributed import KilledWorker

        try:
            result: Any = future.result()
            return Outcome(item, result.result, result.trouble)
        except (KilledWorker, CancelledError):
            return None
        finally:
            future.release()

    def close(self) -> None:
        """Leave the cluster; end it where it was this crew's own."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()
