"""What can be learnt from labelled texts: three tasks, each with one interface and its tiers.

`spans`      an `Example` is read into spans and ties: a `Recogniser`
`normalise`  a text's words are read into the words that are meant: a `Normaliser`
`classify`   a text is read into one label: a `Classifier`

A trained model lives in a directory: `card.json` (what it is, see `cards`), `README.md` (the same
for people) and the files of its kind. Only the module of a kind knows its files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from extraction.learning.examples import Example

TaskName = Literal["spans", "normalise", "classify"]
Tier = Literal["fast", "accurate"]


class ScoredSpan(NamedTuple):
    """A span that a model found; `score` in [0, 1], called a probability only once calibrated."""

    start: int
    end: int
    label: str
    score: float


class ScoredTie(NamedTuple):
    """A tie between two spans of a reading, by their positions in it."""

    source: int
    target: int
    label: str
    score: float


class Reading(NamedTuple):
    """What a recogniser found in one text. Offsets are characters of the text."""

    spans: tuple[ScoredSpan, ...]
    ties: tuple[ScoredTie, ...]


class Recogniser(Protocol):
    """Finds spans and the ties between them; nested and overlapping ones, too."""

    @property
    def span_labels(self) -> Sequence[str]: ...

    @property
    def tie_labels(self) -> Sequence[str]: ...

    def read(self, examples: Sequence[Example]) -> list[Reading]:
        """One reading per example, in order.

        Looks at text and tokens only, never at what is marked; an example without tokens is
        tokenized as in training.
        """
        ...

    def save(self, directory: Path) -> None:
        """Write the files of this kind into an existing directory, without pickles."""
        ...


class ScoredWord(NamedTuple):
    """The word that is meant ("" where the written one falls away), with its score in [0, 1]."""

    text: str
    score: float


class Normaliser(Protocol):
    """Reads words into the words that are meant."""

    def propose(self, texts: Sequence[Sequence[str]]) -> list[list[ScoredWord]]:
        """For each text one meant word per written word, with scores."""
        ...

    def normalise(self, texts: Sequence[Sequence[str]]) -> list[list[str]]:
        """For each text one meant word per written word ("" where it falls away)."""
        ...

    def most_frequent(self, texts: Sequence[Sequence[str]]) -> list[list[str]]:
        """The control: each word's most frequent replacement in training, else the word."""
        ...

    def save(self, directory: Path) -> None: ...


class Verdict(NamedTuple):
    """A label with its score in [0, 1]."""

    label: str
    score: float


class Classifier(Protocol):
    """Reads a text into one label."""

    @property
    def labels(self) -> Sequence[str]: ...

    def classify(self, texts: Sequence[str]) -> list[Verdict]: ...

    def save(self, directory: Path) -> None: ...


Model = Recogniser | Normaliser | Classifier


class Progress(Protocol):
    """Told how far a training is. Raising from it interrupts the training."""

    def __call__(self, message: str, done: float | None = None) -> None:
        """`done`: share of the whole in [0, 1], None where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a training is told beside its texts."""

    seed: int = 0
    work: Path | None = None  # where a long training keeps what it needs to be resumed
    teacher: Path | None = None  # a directory with an accurate model that labels the unlabelled
    encoder: Path | None = None  # a directory with a pretrained encoder; None: the default one
    settings: dict[str, Any] = field(default_factory=dict)  # of the kind; unknown names are refused


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with what its training measured on dev and chose there."""

    model: Any  # a Recogniser, Normaliser or Classifier
    scores: dict[str, Any]  # of dev, as `evaluate` gives them
    notes: dict[str, Any] = field(default_factory=dict)  # thresholds, epochs, encoder and its hash
    measured: Any = None  # the model that was measured, where `model` has learnt from dev, too


class Trainer(Protocol):
    """Learns one kind of model. `unlabelled` may hold hints and machine-made labels."""

    def __call__(
        self,
        train: Sequence[Any],
        dev: Sequence[Any],
        unlabelled: Sequence[Example],
        options: TrainingOptions,
        progress: Progress,
    ) -> Trained: ...


Loader = Callable[[Path, dict[str, Any]], Any]  # directory, card -> model
