"""Connections to a store file: one that writes, one reader per thread, errors in plain words."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from kg.model.errors import StoreUnavailable

Durability = Literal["process", "power"]

_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26
_PAGE_BYTES = 8_192  # texts of passages fill a page of the usual 4,096 badly
_CACHE_KIB = {"read": 16_384, "write": 131_072}


class Connections:
    """All connections of one store object.

    `durability` "process" survives the death of the process at any instant; "power" also survives
    the loss of power, at the price of a disk flush per transaction.
    """

    def __init__(self, path: str, *, busy_seconds: float, durability: Durability) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._synchronous = "FULL" if durability == "power" else "NORMAL"
        self._local = threading.local()
        self._write_lock = threading.Lock()
        self._guard = threading.Lock()
        self._all: list[sqlite3.Connection] = []
        self._is_closed = False
        self._writer: sqlite3.Connection | None = None

    def connect(self, purpose: Literal["read", "write"]) -> sqlite3.Connection:
        """A new connection; the caller closes it, or `close` does."""
        if self._is_closed:
            raise StoreUnavailable(f"the store {self.path} has been closed; open it again")
        parent = Path(self.path).parent
        if not parent.is_dir():
            raise StoreUnavailable(
                f"the folder of the store {self.path} does not exist; create it or name another"
            )
        with self.errors():
            connection = sqlite3.connect(
                self.path,
                timeout=self._busy_seconds,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=256,
            )
            try:
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB[purpose]}")
                connection.execute("PRAGMA temp_store = MEMORY")
                connection.execute("PRAGMA secure_delete = OFF")
                connection.execute("PRAGMA wal_autocheckpoint = 8000")
            except sqlite3.Error:
                connection.close()
                raise
        with self._guard:
            self._all.append(connection)
        return connection

    def disconnect(self, connection: sqlite3.Connection) -> None:
        """Close one connection that `connect` gave."""
        with self._guard:
            if connection in self._all:
                self._all.remove(connection)
        connection.close()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """This thread's reader, seeing one unchanging state for as long as the context lasts."""
        connection: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if connection is None or self._is_closed:
            connection = self._local.reader = self.connect("read")
        with self.errors():
            if connection.in_transaction:  # a read inside a read shares its state
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                _end(connection, "COMMIT")

    @contextmanager
    def write(
        self, undone: Callable[[], None], *, erasing: bool = False
    ) -> Iterator[sqlite3.Connection]:
        """The writer inside a transaction: all of it happens, or nothing; then `undone` is called
        before anybody else may write. With `erasing`, what is deleted is overwritten with zeros,
        in the write-ahead log, too, unless a reader still needs that."""
        if not self._write_lock.acquire(timeout=self._busy_seconds):
            raise self._locked()
        try:
            if self._writer is None or self._is_closed:
                self._writer = self.connect("write")
            writer = self._writer
            with self.errors():
                if erasing:
                    writer.execute("PRAGMA secure_delete = ON")
                writer.execute("BEGIN IMMEDIATE")
                try:
                    yield writer
                    writer.execute("COMMIT")
                except BaseException:
                    undone()
                    _end(writer, "ROLLBACK")
                    raise
                finally:
                    if erasing:
                        writer.execute("PRAGMA secure_delete = OFF")
                if erasing:
                    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self._write_lock.release()

    def trial(self) -> sqlite3.Connection:
        """A connection inside a write transaction that the caller never commits.

        Other writers wait meanwhile. Closing it (`disconnect`) takes everything back.
        """
        connection = self.connect("write")
        try:
            with self.errors():
                connection.execute("BEGIN IMMEDIATE")
        except StoreUnavailable:
            self.disconnect(connection)
            raise
        return connection

    @contextmanager
    def exclusive(self) -> Iterator[sqlite3.Connection]:
        """A write transaction that may create the tables. Readers of the file come after it."""
        connection = self.connect("write")
        try:
            with self.errors():
                connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # of a new file
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        finally:
            self.disconnect(connection)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what SQLite reports about the file into StoreUnavailable."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            said = self._in_words(error)
            if said is None:
                raise
            raise said from error

    def close(self) -> None:
        """Close every connection. Idempotent."""
        self._is_closed = True
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _locked(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"the store {self.path} has been locked by another writer for more than "
            f"{self._busy_seconds:g} s; try again when that has finished"
        )

    def _in_words(self, error: sqlite3.DatabaseError) -> StoreUnavailable | None:
        if self._is_closed:
            return StoreUnavailable(f"the store {self.path} has been closed; open it again")
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case code if code in (_BUSY, _LOCKED):
                return self._locked()
            case code if code == _READONLY:
                why = "may not be written; check the rights on the file and its folder"
            case code if code == _IOERR:
                why = "cannot be read or written by the disk; check the disk"
            case code if code == _CORRUPT:
                why = "is damaged; restore it from a backup or an export"
            case code if code == _FULL:
                why = "cannot grow because the disk is full; free some space"
            case code if code == _CANTOPEN:
                why = "cannot be opened; check the path and its rights"
            case code if code == _NOTADB:
                why = "is not a Gemba store but some other kind of file; name another file"
            case _:
                return None
        return StoreUnavailable(f"the store {self.path} {why}")


def _end(connection: sqlite3.Connection, how: Literal["COMMIT", "ROLLBACK"]) -> None:
    if connection.in_transaction:
        connection.execute(how)
