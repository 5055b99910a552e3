"""Dictionaries of phrases with classes, looked up at every position of many texts at once.

A dictionary learnt from labelled spans must not show a text its own labels while it is learnt
from: `Phrases.tags` leaves out what the text itself contributed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LONGEST = 12  # units of a phrase
_LENGTHS = 3  # lengths that tags tell apart
TAGS = 1 + 4 * _LENGTHS  # nothing, or begin, inside, end, single by length


class Entry(NamedTuple):
    """A phrase as word numbers, the number of its class, and the text that it was marked in."""

    words: tuple[int, ...]
    label: int
    text: int  # -1: it is known from elsewhere


class Phrases:
    """A trie over word numbers as sorted keys, so that it is walked for all positions at once."""

    def __init__(self, entries: Iterable[Entry], labels: int, words: int) -> None:
        self.labels = labels
        self.words = max(words, 1)
        nodes: dict[tuple[int, int], int] = {}
        counts: dict[tuple[int, int], int] = defaultdict(int)
        own: dict[tuple[int, int, int], int] = defaultdict(int)
        for entry in entries:
            if not entry.words or len(entry.words) > LONGEST or min(entry.words) < 0:
                continue
            node = 0
            for word in entry.words:
                node = nodes.setdefault((node, word), len(nodes) + 1)
            counts[node, entry.label] += 1
            if entry.text >= 0:
                own[node, entry.label, entry.text] += 1
        self.keys = np.array(sorted(a * self.words + b for a, b in nodes), dtype=np.int64)
        self.nodes = np.array([nodes[k // self.words, k % self.words] for k in self.keys.tolist()])
        self.nodes = self.nodes.astype(np.int64)
        self.counts = np.zeros((len(nodes) + 1, labels), dtype=np.int64)
        for (node, label), count in counts.items():
            self.counts[node, label] = count
        self._own = dict(own)

    @classmethod
    def of(cls, keys: Ints, nodes: Ints, counts: Ints, words: int) -> Phrases:
        """Phrases that were learnt before."""
        made = cls((), counts.shape[1], words)
        made.keys, made.nodes, made.counts = keys, nodes, counts
        return made

    def tags(self, words: Ints, texts: Ints | None = None) -> Ints:
        """For each position and class how the longest phrase over it covers it.

        `words`: word numbers, below 0 where unknown; phrases do not reach over those. `texts`: the
        text of each position, to leave its own phrases out. shape: (positions, labels)
        """
        tags = np.zeros((len(words), self.labels), dtype=np.int64)
        if not len(self.keys):
            return tags
        known = self.counts > 0
        at = np.flatnonzero(words >= 0)
        node = np.zeros(len(at), dtype=np.int64)
        length = 0
        while len(at) and length < LONGEST:
            inside = at + length < len(words)
            at, node = at[inside], node[inside]
            node = self._step(node, words[at + length])
            found = node > 0
            at, node = at[found], node[found]
            length += 1
            size = min(length, _LENGTHS) - 1
            for label in np.flatnonzero(known[node].any(axis=0)) if len(node) else ():
                hit = known[node, label]
                starts, ends = at[hit], node[hit]
                if texts is not None and self._own:
                    starts = self._of_others(starts, ends, int(label), texts)
                if length == 1:
                    tags[starts, label] = np.maximum(tags[starts, label], 1 + size * 4 + 3)
                    continue
                # a longer phrase overwrites a shorter one
                for inner in range(1, length - 1):
                    tags[starts + inner, label] = 1 + size * 4 + 1
                tags[starts, label] = 1 + size * 4
                tags[starts + length - 1, label] = 1 + size * 4 + 2
        return tags

    def _step(self, node: Ints, word: Ints) -> Ints:
        key = node * self.words + word
        place = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        right = (self.keys[place] == key) & (word >= 0)
        return np.where(right, self.nodes[place], 0)

    def _of_others(self, starts: Ints, nodes: Ints, label: int, texts: Ints) -> Ints:
        total = self.counts[nodes, label]
        of = texts[starts]
        kept = [
            count > self._own.get((node, label, text), 0)
            for node, text, count in zip(nodes.tolist(), of.tolist(), total.tolist(), strict=True)
        ]
        return starts[np.array(kept, dtype=bool)] if kept else starts
