"""What a written word may mean, and what speaks for each meaning.

`Knowledge` is everything counted in labelled texts. Features that say how well a meaning is known
are honest only for texts that were not counted: training deals its texts into parts and takes each
part's features from the knowledge of the others.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from extraction.learning.normaliser.memory import Memory, Row, contexts
from extraction.learning.normaliser.parting import Parter
from extraction.learning.normaliser.shapes import Shapes, shape_of
from extraction.learning.normaliser.spelling import Speller
from extraction.text.wordlists import load_word_lists

_SURE = 3  # sightings from which a word is neither cut nor respelt
_WINDOW = 4  # words to either side that may tell meanings apart

Features = list[str]


class Meaning(NamedTuple):
    """A candidate with the features that do not depend on where the word stands."""

    text: str
    features: Features
    generic: str  # the text where it is a mask or falls away, else how it comes about


@dataclass(frozen=True)
class Knowledge:
    """What the labelled texts tell, counted, and the word lists that ship with the product."""

    memory: Memory
    shapes: Shapes
    speller: Speller
    parter: Parter
    pairs: dict[tuple[str, str], int]  # neighbouring meant words
    aliases: Mapping[str, str]  # of the shipped table, lower case: what is written, what is meant
    ordinary: Container[str]  # everyday words

    @classmethod
    def learn(cls, texts: Sequence[Sequence[tuple[str, str]]]) -> Knowledge:
        """From texts of pairs of a written and a meant word."""
        return cls.from_rows(Memory.learn(texts).rows, count_pairs(texts))

    @classmethod
    def from_rows(
        cls,
        rows: Sequence[Row],
        pairs: dict[tuple[str, str], int],
        fixed: Iterable[Row] = (),
    ) -> Knowledge:
        """From the table of replacements; shapes and known words follow from it."""
        memory = Memory(rows, fixed)
        shapes = Shapes.learn((written, memory.most_frequent(written)) for written in memory.alone)
        speller = Speller.learn(
            meant
            for written, meant, count, context in rows
            if not context
            for _ in range(min(count, 1000))
        )
        parter = Parter(memory, shapes, speller)
        lists = load_word_lists()
        return cls(memory, shapes, speller, parter, pairs, lists.aliases, lists.ordinary)

    def means(self, word: str) -> list[Meaning]:
        """What the word may mean, wherever it stands. The word itself is always among them."""
        found: dict[str, Features] = {}
        sort = _sort(word)
        alone, caseless = self.memory.alone.get(word), self.memory.caseless.get(word.lower())
        total = sum(alone.values()) if alone else 0
        known = "seen" if alone else "case" if caseless else "new"
        for text in (word, word.lower(), unicodedata.normalize("NFKC", word)):
            found.setdefault(text, [])
        for name, counts in (("alone", alone), ("case", caseless)):
            if counts:
                of = sum(counts.values())
                for text, count in counts.most_common(8):
                    found.setdefault(text, []).append(f"{name} {_share(count / of)} {_amount(of)}")
        alias = self.aliases.get(word.lower())
        if alias is not None:
            found.setdefault(alias, []).append(f"alias {known}")
        if total < _SURE:
            self._guess(word, known, found)
        for text, (fine, coarse) in self.shapes.read(word).items():
            if total < _SURE or text in found:
                found.setdefault(text, []).append(f"shape {_share(fine)} {known}")
                found[text].append(f"coarse {_share(coarse)} {known}")
        in_vocabulary = _amount(self.speller.frequencies.get(word.lower(), 0))
        if in_vocabulary == "≤0" and word.lower() in self.ordinary:
            in_vocabulary = "ordinary"
        marks = "".join(sorted({c for c in word if not c.isalnum()}))
        return [
            self._meaning(text, features, word, f"{sort} {known}", in_vocabulary, marks)
            for text, features in found.items()
        ]

    def _guess(self, word: str, known: str, found: dict[str, Features]) -> None:
        length = min(len(word), 9)
        ending = _amount(self.speller.ending(word))
        for guess in self.speller.guess(word):
            features = found.setdefault(guess.word, [])
            much = _amount(guess.frequency)
            longer = min(len(guess.word) - len(word), 6)
            first = guess.word[0].lower() == word[0].lower()
            last = guess.word[-1].lower() == word[-1].lower()
            features += [
                f"guess {guess.sort} {guess.edits} {min(length, 6)} {known}",
                f"guess {guess.sort} {longer}",
                f"guess {guess.sort} {min(guess.rank, 2)} {much}",
                f"guess {guess.sort} {guess.edits} {first} {last}",
                f"guess {guess.sort} {length}",
                f"guess {guess.sort} {guess.edits} {longer} {much}",
                f"guess {guess.sort} ends {ending}",
            ]
        for rank, way in enumerate(self.parter.part(word)):
            cost = int(min(way.cost / max(1, way.pieces), 8.0))
            found.setdefault(way.meant, []).extend(
                (
                    f"parted {rank} {cost} {way.inside > 0}",
                    f"parted pieces {min(way.pieces, 4)} {min(way.inside, 2)} {known}",
                    f"parted {min(int(way.cost), 20)}",
                )
            )

    def _meaning(
        self, text: str, features: Features, word: str, sort: str, in_vocabulary: str, marks: str
    ) -> Meaning:
        parted = any(name.startswith("parted") for name in features)
        if not text:
            generic = form = "(none)"
        elif text == word:
            form = "same" if text == text.lower() else "same cased"
            generic = "="
        elif text == word.lower():
            form = generic = "lower"
        else:
            mask = any(name.startswith(("shape", "coarse")) for name in features)
            form = "mask" if mask else "parted" if parted else "spaced" if " " in text else "other"
            generic = text if mask else form
        pieces = text.split()
        unknown = sum(piece not in self.speller.frequencies for piece in pieces)
        features += [
            f"form {form} {sort}",
            f"form {form} vocabulary {in_vocabulary}",
            f"form {form} marks {marks}",
            f"form {form} length {min(len(word), 8)}",
            f"form {form} ends {_amount(self.speller.ending(word))}",
            f"form {form} unknown {min(unknown, 2)} {min(len(pieces), 3)}",
            f"form {form} frequency {_amount(self._frequency(text))}",
            f"gives {generic}" if generic not in {"=", "lower"} else f"gives {form}",
        ]
        if marks:
            features.append(f"form {form} parted {parted} shape {shape_of(word, True)}")
        if any(c.isdigit() for c in word):
            features.append(f"gives {generic} shape {shape_of(word)}")
        return Meaning(text, features, generic)

    def _frequency(self, text: str) -> int:
        return self.speller.frequencies.get(text, 0)

    def here(
        self, words: Sequence[str], n: int, meaning: Meaning, reads: Sequence[str]
    ) -> Features:
        """What the place says of a meaning. `reads`: what the text's words mostly mean."""
        text, generic = meaning.text, meaning.generic
        word = words[n].lower()
        features = []
        for side, context in zip("<>", contexts(words, n), strict=True):
            seen = self.memory.beside.get((word, context))
            if seen:
                of = sum(seen.values())
                features.append(f"beside {side} {_share(seen.get(text, 0) / of)} {_amount(of)}")
        for side, at in (("<", n - 1), (">", n + 1)):
            there = 0 <= at < len(words)
            near = reads[at] if there else "^$"
            pair = (
                (_edge(near, -1), _edge(text, 0))
                if side == "<"
                else (_edge(text, -1), _edge(near, 0))
            )
            much = _amount(self.pairs.get(pair, 0))
            features.append(f"pair {side} {much} {_amount(self._frequency(text))}")
            features.append(f"near {side} {generic} {near}")
            features.append(
                f"shape {side} {generic} {shape_of(words[at], True) if there else '^$'}"
            )
        features.append(f"place {generic} {min(n, 2)} {min(len(words) - 1 - n, 1)}")
        if len(self.memory.caseless.get(word, ())) > 1:
            features.append(f"means {word} {text}")
            near_words = {w.lower() for w in words[max(0, n - _WINDOW) : n + _WINDOW + 1]} - {word}
            features += [f"means {word} {text} near {w}" for w in sorted(near_words)]
        return features


def count_pairs(texts: Iterable[Sequence[tuple[str, str]]]) -> dict[tuple[str, str], int]:
    """How often two meant words stand side by side; a word that falls away does not count."""
    counts: Counter[tuple[str, str]] = Counter()
    for text in texts:
        before = "^$"
        for _, meant in text:
            for word in meant.split():
                counts[before, word] += 1
                before = word
        counts[before, "^$"] += 1
    return dict(counts)


def _edge(text: str, end: int) -> str:
    pieces = text.split()
    return pieces[end] if pieces else ""


def _sort(word: str) -> str:
    if not any(c.isalpha() for c in word):
        return "digits" if any(c.isdigit() for c in word) else "marks"
    mixed = "+9" if any(c.isdigit() for c in word) else ""
    if word.isupper():
        return "upper" + mixed
    if word.islower():
        return "lower" + mixed
    return ("title" if word.istitle() else "mixed") + mixed


def _share(share: float) -> str:
    for bound in (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95):
        if share <= bound:
            return f"≤{bound}"
    return "1" if share >= 0.999 else "<1"


def _amount(count: int) -> str:
    for bound in (0, 1, 2, 5, 20, 100):
        if count <= bound:
            return f"≤{bound}"
    return "more"
