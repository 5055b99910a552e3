"""Which pairs of names are worth comparing: those that share rare beginnings, words or characters.

Comparing everything with everything grows with the square; an inverted index over words' first
letters, whole words and Han pairs leaves a few candidates per name. What a key is shared by too
many names tells nothing and is skipped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from kg.resolution.identity.forms import Form, Forms

_TOO_COMMON = 400  # things that share a key before it is skipped
_CANDIDATES = 40  # per name


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with all its names. `is_concept`: it ships with the ontology or its library."""

    key: str
    cls: str
    names: tuple[str, ...]
    is_concept: bool = False
    mentions: int = 0  # how often it is spoken of


def word_weights(things: Iterable[Named], forms: Forms) -> dict[str, float]:
    """How telling each word is: its inverse document frequency over the things, from 0.3 to 1."""
    seen: dict[str, int] = defaultdict(int)
    total = 0
    for thing in things:
        total += 1
        for word in {word for name in thing.names for word in forms.of(name).words}:
            seen[word] += 1
    scale = log(1 + total)
    return {word: max(0.3, log(1 + total / n) / scale) for word, n in seen.items()} if total else {}


class NamePair(NamedTuple):
    """Two names worth comparing: places of the things and of the names in them."""

    a: int
    b: int  # greater than a
    name_a: str
    name_b: str


def find_candidates(things: Sequence[Named], forms: Forms) -> Iterator[NamePair]:
    """Pairs of names of different things, each once, in order of the things.

    Two concepts of the ontology are never a pair: its authors said that they differ.
    """
    names: list[tuple[int, str]] = []
    keys_of: list[set[str]] = []
    index: dict[str, list[int]] = defaultdict(list)
    for place, thing in enumerate(things):
        for name in thing.names:
            keys = set(_block_keys(forms.of(name)))
            for key in keys:
                index[key].append(len(names))
            names.append((place, name))
            keys_of.append(keys)
    for number, (place, name) in enumerate(names):
        shared: dict[int, float] = defaultdict(float)
        is_concept = things[place].is_concept
        for key in keys_of[number]:
            others = index[key]
            if len(others) > _TOO_COMMON:
                continue
            weight = 1 / len(others)
            for other in others:
                there = names[other][0]
                # A thing that is no concept looks at all others; a concept waits to be found.
                if (
                    there != place
                    and not is_concept
                    and (things[there].is_concept or other > number)
                ):
                    shared[other] += weight
        best = sorted(shared, key=lambda other: (-shared[other], other))[:_CANDIDATES]
        for other in sorted(best):
            there, other_name = names[other]
            if place < there:
                yield NamePair(place, there, name, other_name)
            else:
                yield NamePair(there, place, other_name, name)


def _block_keys(form: Form) -> Iterator[str]:
    yield f"={form.canonical}"
    yield f"~{form.joined[:5]}"
    yield f"~~{form.joined[-5:]}"
    for word in form.words:
        yield f"w{word}"
        # First letter and the next consonants: what an abbreviation or a misspelling keeps.
        consonants = "".join(c for c in word[1:] if c not in "aeiou")
        yield f"a{word[:1]}{consonants[:2]}"
        yield f"p{word[:3]}"
    han = form.han
    yield from (f"h{han[i : i + 2]}" for i in range(len(han) - 1))
    if len(han) >= 4:
        # One wrong character leaves two of three skips standing.
        yield f"s{han[0]}{han[-1]}"
