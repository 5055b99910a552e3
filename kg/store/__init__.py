"""Two real stores behind one protocol: an embedded file and Neo4j."""

from kg.store.opening import open_store
from kg.store.protocol import (
    Changes,
    Counts,
    Dump,
    LoadSession,
    LogEntry,
    Page,
    Range,
    Store,
    TextHit,
    Version,
)

__all__ = [
    "Changes",
    "Counts",
    "Dump",
    "LoadSession",
    "LogEntry",
    "Page",
    "Range",
    "Store",
    "TextHit",
    "Version",
    "open_store",
]
