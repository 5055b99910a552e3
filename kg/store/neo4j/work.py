"""What one write transaction works with, and following redirected keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol, TypeVar

import orjson

from kg.model.claims import Props, Value
from kg.model.errors import BadInput
from kg.model.keys import StatementKey
from kg.store.neo4j.connection import Transaction
from kg.store.neo4j.names import Names, statement_number
from kg.store.protocol import Changes

CHUNK = 5_000  # how many rows go with one query
T = TypeVar("T")


@dataclass(slots=True)
class Ledger:
    """How things were before a removal first touched them, and how they are after it."""

    nodes: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    statements: dict[int, tuple[bool, bool]] = field(default_factory=dict)

    def note_node(self, key: str, before: str | None, after: str | None) -> None:
        """Class, name and properties of a node as one text; None where it is not live."""
        self.nodes[key] = (self.nodes[key][0] if key in self.nodes else before, after)

    def note_statement(self, number: int, before: bool, after: bool) -> None:
        """Whether a statement is live."""
        first = self.statements[number][0] if number in self.statements else before
        self.statements[number] = (first, after)

    def add(self, later: Ledger) -> None:
        """Go on with what happened afterwards."""
        for key, (before, after) in later.nodes.items():
            self.note_node(key, before, after)
        for number, (was_live, is_live) in later.statements.items():
            self.note_statement(number, was_live, is_live)

    def count_in(self, changes: Changes) -> None:
        """Add what it amounts to."""
        for before, after in self.nodes.values():
            changes.nodes_added += before is None and after is not None
            changes.nodes_removed += before is not None and after is None
            changes.nodes_changed += before is not None and after is not None and before != after
        for was_live, is_live in self.statements.values():
            changes.statements_added += is_live and not was_live
            changes.statements_removed += was_live and not is_live


@dataclass(slots=True)
class Work:
    """One write transaction. `changes` is what it did to the graph; where no version is being
    written, what became of nodes and statements is in `ledger` instead."""

    tx: Transaction
    names: Names
    epoch: int = 0  # grows with every write of anybody
    has_merges: bool = True
    has_decisions: bool = True
    version: int | None = None  # the version being written, if any
    trial_numbers: Iterator[int] | None = None  # where nothing will be kept
    changes: Changes = field(default_factory=Changes)
    ledger: Ledger = field(default_factory=Ledger)

    def next_number(self, count: int = 1) -> int:
        """A number above all that were given out; the `count - 1` that follow it are given too."""
        if self.trial_numbers is not None:
            return next(self.trial_numbers)
        row = self.tx.first(
            "MATCH (g:GembaStore {name: 'gemba'}) SET g.counter = g.counter + $count"
            " RETURN g.counter",
            count=count,
        )
        assert row is not None
        return int(row[0]) - count + 1

    def roots(self, keys: Collection[str]) -> Mapping[str, str]:
        """The keys that those of `keys` lead to which were merged into others."""
        return read_roots(self.tx, keys) if self.has_merges else {}


class Writer(Protocol):
    """How one gets at write transactions: each call is one, and may be tried several times."""

    def __call__(self, work: Callable[[Work], T]) -> T: ...


def begin(tx: Transaction, names: Names) -> Work:
    """Wait until nobody else writes, and go on alone until the transaction ends.

    Derived state is computed here from what the database says, so two writers at once could
    overwrite each other's results.
    """
    row = tx.first(
        "MATCH (g:GembaStore {name: 'gemba'}) SET g.locked = true"  # first the lock, then the read
        " WITH g SET g.epoch = g.epoch + 1"
        " RETURN g.epoch, EXISTS { MATCH (:GembaMerge) }, EXISTS { MATCH (:GembaDecision) }"
    )
    assert row is not None
    return Work(tx, names, row[0], row[1], row[2])


def begin_trial(tx: Transaction, names: Names, numbers: Iterator[int]) -> Work:
    """For a transaction that will be rolled back: others may write meanwhile, so the node that all
    writers lock is left alone."""
    return Work(tx, names, trial_numbers=numbers)


def read_roots(tx: Transaction, keys: Collection[str]) -> dict[str, str]:
    """The keys that those of `keys` lead to which were merged into others."""
    return dict(
        tx.rows(
            "MATCH (m:GembaMerge) WHERE m.dropped IN $keys RETURN collect([m.dropped, m.root])",
            keys=list(keys),
        )
    )


def add_changes(a: Changes, b: Changes) -> Changes:
    """The sum of two counts."""
    return Changes(**{name: count + getattr(b, name) for name, count in asdict(a).items()})


def lead(key: StatementKey, roots: Mapping[str, str]) -> StatementKey:
    """The statement that speaks for `key`."""
    if not roots:
        return key
    subject, predicate, obj = key
    return StatementKey(roots.get(subject, subject), predicate, roots.get(obj, obj))


def numbered(keys: Iterable[StatementKey]) -> dict[int, StatementKey]:
    """Statements by the ids of their relationships."""
    return {statement_number(key): key for key in keys}


def chunked(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Pieces of `items` in order."""
    return (items[i : i + size] for i in range(0, len(items), size))


def pack(props: Props | None) -> str | None:
    """Properties as canonical JSON; None where there are none."""
    if not props:
        return None
    try:
        return orjson.dumps(dict(props), option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError as error:
        raise BadInput(f"the properties {', '.join(props)} cannot be kept: {error}") from error


def unpack(text: str | None) -> dict[str, Value]:
    """The properties that `pack` wrote."""
    if not text:
        return {}
    props: dict[str, Value] = orjson.loads(text)
    return props
