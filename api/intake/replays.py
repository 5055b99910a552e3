"""The keys of replays: documents that hold rows which passed when they were tried again."""

from __future__ import annotations

from collections.abc import Iterable

from kg.store.protocol import Store

REPLAYED = "#replayed-"  # between a document's key and the number of its replay


def replays_of(store: Store, documents: Iterable[str]) -> list[str]:
    """The keys of what was replayed of these documents, in order."""
    prefixes = tuple(key + REPLAYED for key in documents)
    keys = {version.document.key for version in store.versions()} if prefixes else set()
    return sorted(key for key in keys if key.startswith(prefixes))


def next_replay(store: Store, document: str) -> str:
    """The key of the next replay of a document."""
    numbers = [
        int(number)
        for key in replays_of(store, [document])
        if (number := key.removeprefix(document + REPLAYED)).isdecimal()
    ]
    return f"{document}{REPLAYED}{max(numbers, default=0) + 1}"
