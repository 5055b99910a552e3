"""Which crew: several processes, a cluster, or this process."""

from __future__ import annotations

from extraction.cluster.crew import Alone, Crew
from extraction.cluster.processes import Processes, available_cores


def open_crew(cluster: str = "", workers: int | None = None) -> Crew:
    """A crew by a scheduler's address (or `local`), else by the number of processes.

    Without either: all cores of this machine. Raises BadInput and MissingExtra.
    """
    if cluster:
        from extraction.cluster.dask_crew import DaskCrew

        return DaskCrew(cluster, workers)
    count = available_cores() if workers is None else workers
    return Processes(count) if count > 1 else Alone()
