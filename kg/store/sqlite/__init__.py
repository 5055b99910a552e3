"""The embedded store: one SQLite file, no server."""

from kg.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
