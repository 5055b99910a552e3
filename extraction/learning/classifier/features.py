"""What a short text is judged by: its characters, its words, and the concepts that it speaks of.

Three blocks, each a bag of names weighted by (1 + log frequency) × inverse document frequency and
brought to length one: pieces of 2 to 5 characters that do not cross words, words and pairs of
neighbouring words (a Han character is a word), and what the ontology's lexicon finds, with the
concepts above it and their codes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from extraction.text.tokens import is_han, tokenize

_SHORTEST, _LONGEST = 2, 5

Bag = Counter[str]


class Row:
    """A text as positions and values of features. Shape of both: (number of features,)."""

    __slots__ = ("places", "values")

    def __init__(self, places: NDArray[np.int32], values: NDArray[np.float32]) -> None:
        self.places = places
        self.values = values


class Features:
    """The known features with their inverse document frequencies, in the blocks' order."""

    def __init__(self, names: Sequence[str], weights: NDArray[np.float32], lexicon: bool) -> None:
        self.names = names
        self.weights = weights
        self.lexicon = lexicon
        self._places = {name: n for n, name in enumerate(names)}

    @classmethod
    def learn(cls, texts: Sequence[str], lexicon: bool) -> Features:
        """All features of the texts; idf = ln((1 + texts) / (1 + texts with it)) + 1."""
        counts: Counter[str] = Counter()
        for text in texts:
            for bag in split_text(text, lexicon):
                counts.update(bag.keys())
        names = sorted(counts)
        idf = [np.log((1 + len(texts)) / (1 + counts[name])) + 1 for name in names]
        return cls(names, np.array(idf, dtype=np.float32), lexicon)

    def read(self, text: str) -> Row:
        """The features of a text; unknown ones fall away."""
        places: list[int] = []
        values: list[float] = []
        for bag in split_text(text, self.lexicon):
            known = [(self._places[f], n) for f, n in bag.items() if f in self._places]
            weights = [(1 + np.log(n)) * self.weights[place] for place, n in known]
            length = float(np.sqrt(sum(w * w for w in weights))) or 1.0
            places += [place for place, _ in known]
            values += [float(w) / length for w in weights]
        return Row(np.array(places, dtype=np.int32), np.array(values, dtype=np.float32))


@lru_cache(maxsize=20_000)  # training reads each text once per fold
def split_text(text: str, lexicon: bool) -> tuple[Bag, ...]:
    """The bags of a text, one per block; do not change them. Their names do not collide."""
    words = tokenize(text).words
    pieces: Counter[str] = Counter()
    for word in _chunks(words):
        padded = f" {word} "
        for size in range(_SHORTEST, _LONGEST + 1):
            if size >= len(padded):
                pieces["c" + padded] += 1
                break
            pieces.update("c" + padded[n : n + size] for n in range(len(padded) - size + 1))
    bags = [
        pieces,
        Counter(
            ["w" + word for word in words] + [f"w{left} {right}" for left, right in pairwise(words)]
        ),
    ]
    if lexicon:
        bags.append(Counter("k" + name for name in _concepts()(text)))
    return tuple(bags)


def _chunks(words: Sequence[str]) -> list[str]:
    """Words, with neighbouring Han characters put together again."""
    chunks: list[str] = []
    for word in words:
        if chunks and is_han(word[0]) and is_han(chunks[-1][-1]):
            chunks[-1] += word
        else:
            chunks.append(word)
    return chunks


@lru_cache(maxsize=1)
def _concepts() -> Callable[[str], list[str]]:
    """A function from a text to the names of what the ontology's lexicon finds in it."""
    from extraction.learning.lexicon import shipped_lexicon
    from extraction.text.lexicon import TERM_KINDS

    lexicon = shipped_lexicon()

    def find(text: str) -> list[str]:
        names: list[str] = []
        for hit in lexicon.find(lexicon.encode(text)):
            for sense in hit.senses:
                if sense.kind not in TERM_KINDS:
                    names.append(f"cue {sense.kind}")
                    continue
                names += [sense.value, f"kind {sense.kind}"]
                concept = lexicon.schema.concepts.get(sense.value)
                if concept is not None:
                    names += [f"above {key}" for key in concept.broader]
                    names += [f"code {code}" for code in concept.codes]
        return names or ["nothing"]

    return find
