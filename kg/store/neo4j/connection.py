"""Transactions on a Neo4j server: retried where that is safe, errors in plain words.

Queries answer with one list, `RETURN collect([...])`, wherever there may be many rows: a record
of its own for each costs the driver more than all the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import neo4j
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    Neo4jError,
    TransientError,
)

from kg.model.errors import BadInput, Conflict, GembaError, StoreUnavailable

T = TypeVar("T")
Row = list[Any]
RETRY_SECONDS = 15.0
# What the driver has to say comes as errors; nobody's log is set up to hear it twice.
logging.getLogger("neo4j").addHandler(logging.NullHandler())
_TOO_MUCH_MEMORY = "Neo.TransientError.General.MemoryPoolOutOfMemoryError"


class Transaction:
    """One transaction. Query texts are constants of this package or made by `names`; whatever
    comes from outside is a parameter."""

    def __init__(self, transaction: neo4j.ManagedTransaction | neo4j.Transaction) -> None:
        self._transaction = transaction

    def run(self, query: str, /, **parameters: object) -> None:
        """Execute without an answer."""
        self._transaction.run(query, parameters).consume()

    def rows(self, query: str, /, **parameters: object) -> list[Any]:
        """What a query that returns `collect(...)` and nothing else has collected."""
        found: list[Any] = self._transaction.run(query, parameters).single(strict=True)[0]
        return found

    def one(self, query: str, /, **parameters: object) -> Row:
        """The only record of the answer as a list of its values."""
        record = self._transaction.run(query, parameters).single(strict=True)
        return list(record.values())

    def first(self, query: str, /, **parameters: object) -> Row | None:
        """The first record of the answer as a list of its values, if there is any."""
        record = self._transaction.run(query, parameters).peek()
        return None if record is None else list(record.values())


class Connection:
    """The driver of one store object; threads may share it."""

    def __init__(
        self, url: str, *, user: str, password: str, database: str, retry_seconds: float
    ) -> None:
        self.url = url
        self._user = user
        self._database = database
        self._is_closed = False
        with self._errors():
            self._driver = neo4j.GraphDatabase.driver(
                url,
                auth=(user, password),
                connection_timeout=5.0,
                connection_acquisition_timeout=30.0,
                max_transaction_retry_time=retry_seconds,
                notifications_min_severity="OFF",
            )
        try:
            with self._errors(), self._session(neo4j.READ_ACCESS) as session:
                session.run("RETURN 1").consume()  # once, not for as long as a transaction would
        except BaseException:
            self._driver.close()
            raise

    def read(self, work: Callable[[Transaction], T]) -> T:
        """The result of `work` in a reading transaction; it may be run again after a failure."""
        with self._errors(), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(lambda tx: work(Transaction(tx)))

    def write(self, work: Callable[[Transaction], T]) -> T:
        """The result of `work` in a writing transaction: all of it happens, or nothing.

        `work` may be run again, so it must change nothing but the database.
        """
        with self._errors(), self._session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(lambda tx: work(Transaction(tx)))

    @contextmanager
    def unretried(self) -> Iterator[Transaction]:
        """A transaction for several pieces of work; rolled back at the end in any case."""
        with (
            self._errors(),
            self._session(neo4j.WRITE_ACCESS) as session,
            session.begin_transaction() as tx,
        ):
            try:
                yield Transaction(tx)
            finally:
                if not tx.closed():
                    tx.rollback()

    def define(self, statement: str) -> None:
        """Execute one schema statement, which the server wants in a transaction of its own."""
        with self._errors(), self._session(neo4j.WRITE_ACCESS) as session:
            session.execute_write(lambda tx: tx.run(statement).consume())

    def close(self) -> None:
        """Close all connections. Idempotent."""
        self._is_closed = True
        self._driver.close()

    def _session(self, access: str) -> neo4j.Session:
        if self._is_closed:
            raise StoreUnavailable(f"the store {self.url} has been closed; open it again")
        return self._driver.session(
            database=self._database, default_access_mode=access, fetch_size=2_000
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except AuthError as error:
            raise StoreUnavailable(
                f"Neo4j at {self.url} refused user {self._user} and the password given; "
                "check GEMBA_NEO4J_PASSWORD"
            ) from error
        except ConstraintError as error:
            raise Conflict(f"Neo4j at {self.url} refused a duplicate: {error.message}") from error
        except Neo4jError as error:
            said = self._in_words(error)
            if said is None:
                raise
            raise said from error
        except (DriverError, ConfigurationError) as error:
            raise StoreUnavailable(
                f"Neo4j at {self.url} does not answer ({_brief(error)}); "
                "check that the server runs and the address is right"
            ) from error
        except OverflowError as error:
            raise BadInput("a number is too large for the store (64 bits)") from error

    def _in_words(self, error: Neo4jError) -> GembaError | None:
        code = error.code or ""
        if "too large to index" in (error.message or ""):
            return BadInput("a key or code is too long for the store (about 8,000 characters)")
        if code == _TOO_MUCH_MEMORY:
            return StoreUnavailable(
                f"Neo4j at {self.url} has not enough memory for this transaction; raise "
                "dbms.memory.transaction.total.max or the heap of the server"
            )
        if isinstance(error, TransientError):
            return StoreUnavailable(
                f"Neo4j at {self.url} was too busy for too long ({_brief(error)}); try again later"
            )
        if "DatabaseNotFound" in code or "Database.DatabaseUnavailable" in code:
            return StoreUnavailable(
                f"Neo4j at {self.url} has no database {self._database}; name another"
            )
        if not isinstance(error, ClientError):
            return StoreUnavailable(
                f"Neo4j at {self.url} could not do what was asked ({_brief(error)}); "
                "see the log of the server"
            )
        return None  # a query is wrong, which is our fault


def _brief(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
