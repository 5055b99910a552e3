"""A file beside the store that holds something derived from it, and is never taken for newer or
older than it is.

The file bears a mark that the store knows too. Both change together, in one transaction that also
looks whether the store is still as it was when the file was made; so a file that belongs to another
store, to a copy of this one that went its own way, or to a write that was cut off bears the wrong
mark. Removing documents removes the file in the same transaction.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from kg.store.bulk import Derived
from kg.store.sqlite.edges import read_revision

_MARK = "derived"
_WAIT_SECONDS = 0.5  # for another writer; what is not kept now is kept another time


def derived_path(store: str) -> Path:
    """Where the file of a store is."""
    return Path(f"{store}-adjacency")


def find_derived(connection: sqlite3.Connection, store: str) -> Derived | None:
    """The file and the mark that it has to bear; None where there is none."""
    path = derived_path(store)
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_MARK,)).fetchone()
    return Derived(path, str(row[0])) if row is not None and path.is_file() else None


def keep_derived(store: str, revision: int, write: Callable[[Path, str], None]) -> bool:
    """Let `write` make the file with a mark; kept if the store is at `revision` even then."""
    path, mark = derived_path(store), secrets.token_hex(16)
    fresh = path.with_name(f"{path.name}.{mark[:8]}.tmp")
    try:
        write(fresh, mark)
        os.chmod(fresh, Path(store).stat().st_mode & 0o777)
        with closing(
            sqlite3.connect(store, timeout=_WAIT_SECONDS, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if read_revision(connection) != revision:
                connection.execute("ROLLBACK")
                return False
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_MARK, mark))
            os.replace(fresh, path)
            connection.execute("COMMIT")
            return True
    except (OSError, sqlite3.Error):
        return False  # a disk that is full or may only be read, or a store that is busy
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def drop_derived(connection: sqlite3.Connection, store: str) -> None:
    """Remove the file, within a transaction that removes what it was derived from."""
    connection.execute("DELETE FROM meta WHERE key = ?", (_MARK,))
    with suppress(FileNotFoundError):
        derived_path(store).unlink()
