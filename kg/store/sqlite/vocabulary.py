"""Words similar to a misspelt one, out of a vocabulary of any size.

A fingerprint counts a word's letters, each up to two, in 64 bits. One edit changes at most two
bits (a swap none), so that words whose fingerprints differ in more are left out by arithmetic on
arrays; only the few that remain are read and compared letter by letter.
"""

from __future__ import annotations

import sqlite3
import threading

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from kg.model.text import has_han
from kg.store.sqlite.transaction import select_in

FUZZY_FROM = 4  # characters
FUZZY_TWICE_FROM = 8
_BUCKETS = 32


def fingerprint(word: str) -> int:
    """64 bits: which letters a word has once, and which more often; as SQLite's signed integer."""
    once = twice = 0
    for letter in word:
        bit = 1 << ord(letter) % _BUCKETS
        twice |= once & bit
        once |= bit
    bits = once | twice << _BUCKETS
    return bits - (1 << 64) if bits >> 63 else bits


def allowed_edits(token: str) -> int:
    """How many letters a word may differ from a token of a fuzzy query."""
    if len(token) < FUZZY_FROM or has_han(token):
        return 0
    return 1 if len(token) < FUZZY_TWICE_FROM else 2


class Vocabulary:
    """The fingerprints of all words, 17 bytes each, brought up to date at each use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._lengths: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._prints: NDArray[np.uint64] = np.empty(0, np.uint64)

    def similar(self, connection: sqlite3.Connection, token: str) -> dict[str, int]:
        """Words within the edits that are allowed for `token`, with the edits; not itself."""
        edits = allowed_edits(token)
        if not edits:
            return {}
        with self._lock:
            self._read_new(connection)
            ids, lengths, prints = self._ids, self._lengths, self._prints
        near = np.flatnonzero(np.abs(lengths.astype(np.int16) - min(len(token), 255)) <= edits)
        differing = prints[near] ^ np.array(fingerprint(token), np.int64).view(np.uint64)
        near = near[_count_bits(differing) <= 2 * edits]
        found: dict[str, int] = {}
        sql = "SELECT word FROM words WHERE id IN {ids}"
        for (word,) in select_in(connection, sql, ids[near].tolist()):
            distance = OSA.distance(token, word, score_cutoff=edits)
            if 0 < distance <= edits:
                found[word] = distance
        return found

    def _read_new(self, connection: sqlite3.Connection) -> None:
        last = int(self._ids[-1]) if len(self._ids) else 0
        rows = connection.execute(
            "SELECT id, length, fingerprint FROM words WHERE id > ? ORDER BY id", (last,)
        ).fetchall()
        if not rows:
            return
        ids, lengths, prints = zip(*rows, strict=True)
        self._ids = np.concatenate([self._ids, np.array(ids, np.int64)])
        short = np.minimum(np.array(lengths, np.int64), 255).astype(np.uint8)
        self._lengths = np.concatenate([self._lengths, short])
        self._prints = np.concatenate([self._prints, np.array(prints, np.int64).view(np.uint64)])


def _count_bits(values: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return np.bitwise_count(values)
