"""Labelled texts, whatever file they came from: spans and ties with character offsets.

Everything that learns and everything that measures speaks these four words: an `Example` is a text
with the `Span`s that people marked in it and the `Tie`s between them; a `Labelled` is a text with
one label for the whole; a `Respelt` is a text word by word as it was written and as it is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar


class Span(NamedTuple):
    """A labelled stretch of a text: half-open character offsets. Spans may nest and overlap."""

    start: int
    end: int
    label: str


class Tie(NamedTuple):
    """A labelled relation from one span of an example to another, by their positions in it."""

    source: int
    target: int
    label: str


class Hint(NamedTuple):
    """A relation that a machine or a graph claims for a text, by words and not by place."""

    label: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Example:
    """A text, what is marked in it, and the tokens it came in (None: it came as plain text).

    `spans` are sorted and differ; `tokens` are half-open character ranges in order.
    """

    name: str  # file and place, for messages
    text: str
    spans: tuple[Span, ...] = ()
    ties: tuple[Tie, ...] = ()
    tokens: tuple[tuple[int, int], ...] | None = None
    hints: tuple[Hint, ...] = ()

    def bare(self) -> Example:
        """The same text with nothing marked."""
        return Example(self.name, self.text, tokens=self.tokens)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A short text with one label."""

    name: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Respelt:
    """A text word by word: as it was written, and as it is meant ("" where it falls away)."""

    name: str
    words: tuple[tuple[str, str], ...]


Item = Example | Labelled | Respelt
T_co = TypeVar("T_co", bound=Item, covariant=True)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in a file of labelled texts that could not be used as it stands."""

    place: str  # file and line, entry or text
    message: str


@dataclass(frozen=True, slots=True)
class Corpus(Generic[T_co]):
    """The texts of one file, in its order, and what was wrong in it."""

    path: Path
    digest: str  # SHA-256 of the file, hexadecimal
    items: tuple[T_co, ...]
    notices: tuple[Notice, ...] = ()


def span_labels(examples: Iterable[Example]) -> Counter[str]:
    """How often each label marks a span."""
    return Counter(span.label for example in examples for span in example.spans)


def tie_labels(examples: Iterable[Example]) -> Counter[str]:
    """How often each label marks a tie."""
    return Counter(tie.label for example in examples for tie in example.ties)


def make_example(
    name: str,
    text: str,
    spans: Iterable[Span],
    ties: Iterable[Tie] = (),
    tokens: tuple[tuple[int, int], ...] | None = None,
    hints: Iterable[Hint] = (),
) -> Example:
    """An example with its spans sorted and made unique, and the ties pointing to where they went.

    Ties are given by positions in `spans` as passed. A tie of a span to itself falls away.
    """
    given = list(spans)
    unique = sorted(set(given))
    place = {span: n for n, span in enumerate(unique)}
    moved = {
        Tie(place[given[tie.source]], place[given[tie.target]], tie.label)
        for tie in ties
        if given[tie.source] != given[tie.target]
    }
    return Example(name, text, tuple(unique), tuple(sorted(moved)), tokens, tuple(hints))
