"""Who reads: the protocol, and the simplest one, which is this process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

from kg.model.errors import GembaError

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Outcome(NamedTuple, Generic[Item, Result]):
    """What became of an item: its result, or the sentence that says why there is none."""

    item: Item
    result: Result | None
    trouble: str = ""


class Task(Protocol[Item_contra, Result_co]):
    """Something that can be sent to other processes (it pickles) and set up there once."""

    @property
    def digest(self) -> str:
        """What tells two tasks apart."""
        ...

    def open(self) -> Callable[[Item_contra], Result_co]:
        """Load all that is needed; returns what works on one item."""
        ...


class Crew(Protocol):
    """Works on items with a task; few are under way at once, so that memory stays bounded."""

    def run(
        self, task: Task[Item, Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """The outcomes, in the order of the items."""
        ...

    def close(self) -> None:
        """End what was started for it."""
        ...


class Alone:
    """This process, one item after the other."""

    def run(
        self, task: Task[Item, Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        work = task.open()
        for item in items:
            yield attempt(work, item)

    def close(self) -> None:
        """Nothing was started."""


def attempt(work: Callable[[Item], Result], item: Item) -> Outcome[Item, Result]:
    """Work on an item; a failure becomes its trouble and stops nothing else."""
    try:
        return Outcome(item, work(item))
    except GembaError as error:
        return Outcome(item, None, str(error))
    except Exception as error:
        log.error("%s could not be read", item, exc_info=error)
        return Outcome(
            item,
            None,
            f"{item} could not be read through a fault of Gemba ({type(error).__name__}: {error});"
            " please report it.",
        )


def died(item: object) -> str:
    """The trouble of an item whose process ended under it."""
    return (
        f"{item} was left out: the process that read it died, most likely for want of memory; "
        "split the file, or read it on a larger machine."
    )
