"""What a position sees: the words around it, word sequences, phrases of dictionaries.

Each *channel* gives every position one row of one table. The rows of a word channel are described
by features of the word's letters, so a word that training never saw has a row as well; the rows of
other channels stand for themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from extraction.learning.fast.phrases import TAGS, Phrases
from extraction.learning.fast.wordforms import (
    PAD,
    beside_features,
    far_features,
    near_features,
    stem,
)
from extraction.learning.fast.wordvectors import WordVectors

Ints = NDArray[np.int64]
GAP = 4  # pads between texts: no window reaches from one into the next
REMEMBERED = 100_000  # words beyond those of training that are kept for the next text


class Family(NamedTuple):
    """Word features that are the same at several distances; each distance has its own weights."""

    name: str
    features: Callable[[str], list[str]]
    offsets: tuple[int, ...]
    sees_vectors: bool = True


FAMILIES = (
    Family("near", near_features, (0,)),
    Family("beside", beside_features, (-1, 1)),
    Family("far", far_features, (-3, -2, 2, 3), False),
)
# word sequences: (first, how many)
SEQUENCES = ((-2, 2), (-1, 2), (0, 2), (1, 2), (-2, 3), (-1, 3), (0, 3), (-3, 4), (0, 4))


VECTOR_SIZE = 3.0  # length of a word's vector beside features that are 1


class Texts(NamedTuple):
    """Many texts one behind the other, with pads between.

    `words`: numbers of words; `real`: places of the units in `words`; `starts`: the first unit of
    each text among the real ones, and behind the last the number of units.
    """

    words: Ints
    real: Ints
    starts: Ints


class Words:
    """Numbers of words. 0 is the pad; words from `trained` on were never seen in training.

    `others`: stems that may stand in dictionaries only; they have numbers, too.
    """

    def __init__(self, words: Iterable[str], others: Iterable[str] = ()) -> None:
        self.names = [PAD, *sorted(set(words) - {PAD})]
        self.trained = len(self.names)
        self.numbers = {word: n for n, word in enumerate(self.names)}
        stems: dict[str, int] = {}
        self.stems = [stems.setdefault(stem(word), len(stems)) for word in self.names]
        self.others = sorted(set(others) - set(stems))
        for other in self.others:
            stems[other] = len(stems)
        self.stem_numbers = stems

    def number(self, word: str) -> int:
        """The number of a word; a new one is remembered."""
        known = self.numbers.get(word)
        if known is None:
            known = self.numbers[word] = len(self.names)
            self.names.append(word)
            self.stems.append(self.stem_numbers.get(stem(word), -1))
        return known

    def forget(self) -> None:
        """Drop the words that training did not know."""
        for word in self.names[self.trained :]:
            del self.numbers[word]
        del self.names[self.trained :]
        del self.stems[self.trained :]

    def lay_out(self, texts: Sequence[Sequence[str]]) -> Texts:
        """Texts as numbers."""
        number = self.number
        known = self.numbers
        pads = [0] * GAP
        flat = list(pads)
        starts = []
        lengths = []
        for text in texts:
            starts.append(len(flat))
            lengths.append(len(text))
            flat += [known[w] if w in known else number(w) for w in text]
            flat += pads
        sizes = np.array(lengths, dtype=np.int64)
        ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        shift = np.repeat(np.array(starts, dtype=np.int64) - ends[:-1], sizes)
        real = np.arange(int(ends[-1]), dtype=np.int64) + shift
        return Texts(np.array(flat, dtype=np.int64), real, ends)


class Sequences:
    """Word sequences of 2 to 4 words that occurred often enough, as sorted keys."""

    def __init__(self, words: Ints, trained: int, rare: int) -> None:
        self.trained = trained
        self.keys: dict[int, Ints] = {}
        ids = np.where(words < trained, words, -1)
        before = ids
        for size in (2, 3, 4):
            key = self._key(before, ids, size)
            values, counts = np.unique(key[key >= 0], return_counts=True)
            self.keys[size] = values[counts >= rare]
            before = self._find(key, size)

    @classmethod
    def of(cls, keys: dict[int, Ints], trained: int) -> Sequences:
        """Sequences that were learnt before."""
        made = cls(np.zeros(0, dtype=np.int64), trained, 1)
        made.keys = keys
        return made

    def _key(self, before: Ints, ids: Ints, size: int) -> Ints:
        n = len(ids) - size + 1
        if n <= 0:
            return np.zeros(0, dtype=np.int64)
        first, last = before[:n], ids[size - 1 :]
        return np.where((first >= 0) & (last >= 0), first * self.trained + last, -1)

    def _find(self, key: Ints, size: int) -> Ints:
        keys = self.keys[size]
        if not len(keys):
            return np.full(len(key), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        return np.where(keys[place] == key, place, -1)

    def find(self, words: Ints) -> dict[int, Ints]:
        """For each size the number of the sequence that begins at each place; -1 for none."""
        ids = np.where(words < self.trained, words, -1)
        found = {}
        before = ids
        for size in (2, 3, 4):
            before = self._find(self._key(before, ids, size), size)
            found[size] = np.concatenate([before, np.full(size - 1, -1)])[: len(ids)]
        return found


class Channels:
    """All channels of a model, and the tables that describe their rows by features."""

    def __init__(
        self,
        words: Words,
        sequences: Sequences,
        dictionaries: Sequence[Phrases],
        vectors: WordVectors | None = None,
        hints: dict[str, list[str]] | None = None,
        features: list[dict[str, int]] | None = None,
    ) -> None:
        self.words = words
        self.sequences = sequences
        self.dictionaries = list(dictionaries)
        self.vectors = vectors
        self.hints = hints or {}
        self.features = features if features is not None else self._learn()
        self._tag_widths = [TAGS * d.labels for d in self.dictionaries]

    def _learn(self) -> list[dict[str, int]]:
        learnt = []
        for family in FAMILIES:
            seen = Counter(f for word in self.words.names for f in self._features(family, word))
            kept = sorted(f for f, n in seen.items() if n > 1 or f[:2] in ("w=", "m="))
            learnt.append({f: n for n, f in enumerate(kept)})
        return learnt

    def _features(self, family: Family, word: str) -> list[str]:
        hints = self.hints.get(word) or self.hints.get(stem(word)) if len(word) > 1 else None
        return family.features(word) + (hints or [])

    # -- tables ------------------------------------------------------------------------------

    def describe(self, words: Sequence[str]) -> list[sparse.csr_matrix]:
        """For each family words by features."""
        tables = []
        dense = None
        if self.vectors is not None:
            dense = sparse.csr_matrix(self.vectors.of(words) * np.float32(VECTOR_SIZE))
        for family, known in zip(FAMILIES, self.features, strict=True):
            indices: list[int] = []
            ends = [0]
            for word in words:
                found = {known[f] for f in self._features(family, word) if f in known}
                indices += sorted(found)
                ends.append(len(indices))
            described = sparse.csr_matrix(
                (np.ones(len(indices), dtype=np.float32), indices, ends),
                shape=(len(words), len(known)),
            )
            if dense is not None and family.sees_vectors:
                described = sparse.hstack([described, dense], format="csr")
            tables.append(described)
        return tables

    def table(self) -> sparse.csr_matrix:
        """The rows of the word channels by their features; all other rows are their own."""
        parts: list[Any] = []
        described = self.describe(self.words.names[: self.words.trained])
        for family, part in zip(FAMILIES, described, strict=True):
            parts += [part] * len(family.offsets)
        return sparse.block_diag(parts, format="csr", dtype=np.float32)

    # -- rows --------------------------------------------------------------------------------

    def columns(self, texts: Texts, of_text: Ints | None = None) -> list[tuple[Ints, int]]:
        """For each channel the row of every unit (-1: none) and how many rows it has.

        `of_text`: the text of each unit where these are the texts of training.
        """
        words, real, _ = texts
        trained = self.words.trained
        columns: list[tuple[Ints, int]] = []
        for family in FAMILIES:
            columns += [(words[real + offset], trained) for offset in family.offsets]
        found = self.sequences.find(words)
        for first, size in SEQUENCES:
            columns.append((found[size][real + first], len(self.sequences.keys[size])))
        stems = np.array(self.words.stems, dtype=np.int64)[words]
        stems[words == 0] = -1
        for dictionary, width in zip(self.dictionaries, self._tag_widths, strict=True):
            whole: Ints | None = None
            if of_text is not None:
                whole = np.full(len(words), -1, dtype=np.int64)
                whole[real] = of_text
            tags = dictionary.tags(stems, whole)
            # all classes of a position are one channel each, but for the table they are one block
            for offset in TAG_OFFSETS:
                beside = tags[real + offset]
                for label in range(dictionary.labels):
                    column = np.where(beside[:, label] > 0, beside[:, label] + TAGS * label, -1)
                    columns.append((column, width if label == 0 else 0))
        return columns

    def rows(self, texts: Texts, of_text: Ints | None = None) -> sparse.csr_matrix:
        """Units by table rows, for texts whose words are all of training."""
        parts = []
        base = 0
        held = 0
        for column, width in self.columns(texts, of_text):
            if width:
                held, base = base, base + width
            parts.append(np.where(column >= 0, column + held, -1))
        stacked = np.stack(parts, axis=1)
        kept = stacked >= 0
        ends = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
        indices = stacked[kept]
        return sparse.csr_matrix(
            (np.ones(len(indices), dtype=np.float32), indices, ends),
            shape=(len(stacked), base),
        )


TAG_OFFSETS = (-1, 0, 1)
