"""Reading all edges of some relations at once, as numbers, for whoever keeps an adjacency beside
the store.

It is a part of a store of its own because no question needs it: a copy of the edges in memory is
only ever a faster way to an answer that `Store.expand` gives too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

NO_START = -(2**62)  # of a statement that was always so
NO_END = 2**62

# Statement, subject, place of the relation in what was asked for, object, valid from, valid to.
EdgeRow = tuple[int, int, int, int, int, int]


class EdgesChanged(NamedTuple):
    """What became of statements since a revision."""

    revision: int
    statements: list[int]  # each that may be new, different or gone


@runtime_checkable
class ReadsEdges(Protocol):
    """A store whose statements and nodes have numbers, stable for as long as they are there."""

    def revision(self) -> int:
        """Grows with every write that may change what `edges` answers."""
        ...

    def edges(
        self,
        predicates: Sequence[str],
        statements: Collection[int] | None = None,
        *,
        in_pieces: Collection[str] = (),
    ) -> Iterator[list[EdgeRow]]:
        """The statements of `predicates` that are believed now, in portions; with `statements`
        only those of these numbers. Validity without a bound is NO_START or NO_END. A statement
        of a predicate in `in_pieces` has a row for each piece of its validity (see `merged`).

        The first portion is of the state that `revision` told right before, or of a later one;
        all portions are of the same state."""
        ...

    def changed_edges(self, since: int) -> EdgesChanged | None:
        """Which statements were touched after a revision; None where that is not known (any
        more), so that everything has to be read again."""
        ...

    def numbers_of(self, keys: Collection[str]) -> dict[str, int]:
        """The numbers of the nodes that `keys` lead to. Unknown keys are left out."""
        ...

    def keys_of(self, numbers: Collection[int]) -> dict[int, str]:
        """The keys of nodes by their numbers."""
        ...


class Derived(NamedTuple):
    """A file that holds something derived from a store, and the mark that it has to bear."""

    path: Path
    mark: str


@runtime_checkable
class KeepsDerived(Protocol):
    """A store beside whose own file another one can be kept."""

    def derived(self) -> Derived | None:
        """The file, where one was kept and nothing was removed since; a file that does not bear
        the mark is not this store's."""
        ...

    def keep_derived(self, revision: int, write: Callable[[Path, str], None]) -> bool:
        """Let `write` make the file with a mark. It is kept only if the store is still at
        `revision` then; whether it was is the answer."""
        ...


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Half-open spans without those that overlap or meet others: these become one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
