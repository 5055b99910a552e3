"""A recogniser that finds what a table tells it to, and an extractor that reads with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from extraction.learning.examples import Example
from extraction.learning.protocol import Reading, ScoredSpan, ScoredTie
from extraction.pipeline import PipelineExtractor, read_configuration
from extraction.pipeline.line import Line
from extraction.pipeline.models import TrainedModel
from extraction.pipeline.stages.recogniser import Recogniser
from ontology.schema import Schema

# The log odds of a score are its log odds: what the model says is taken as its probability.
TRUSTED = {
    "precision": 0.9,
    "curves": {"*": {"kind": "platt", "x": [0.0], "y": [1.0]}},
    "thresholds": {"*": 0.5},
    "report": {},
}
UNTRUSTED = {**TRUSTED, "thresholds": {"*": None}}


class FakeRecogniser:
    """Finds words with labels and scores; ties go by words, too."""

    def __init__(
        self,
        words: Mapping[str, tuple[str, float]],
        ties: Sequence[tuple[str, str, str, float]] = (),
    ) -> None:
        self.words = words
        self.ties = ties
        self.asked: list[str] = []

    @property
    def span_labels(self) -> list[str]:
        return sorted({label for label, _ in self.words.values()})

    @property
    def tie_labels(self) -> list[str]:
        return sorted({label for _, _, label, _ in self.ties})

    def read(self, examples: Sequence[Example]) -> list[Reading]:
        readings = []
        for example in examples:
            self.asked.append(example.text)
            found = {w: example.text.find(w) for w in self.words if w in example.text}
            order = list(found)
            spans = tuple(
                ScoredSpan(at, at + len(word), *self.words[word]) for word, at in found.items()
            )
            ties = tuple(
                ScoredTie(order.index(source), order.index(target), label, score)
                for source, target, label, score in self.ties
                if source in found and target in found
            )
            readings.append(Reading(spans, ties))
        return readings

    def save(self, directory: Path) -> None:
        raise NotImplementedError


def with_model(
    schema: Schema, folder: Path, model: FakeRecogniser, calibration: Any = TRUSTED
) -> PipelineExtractor:
    """The shipped pipeline with `model` in it."""
    line = Line(read_configuration(), schema)
    put_in(line, folder, model, calibration)
    return PipelineExtractor(schema, line=line)


def put_in(line: Line, folder: Path, model: FakeRecogniser, calibration: Any = TRUSTED) -> None:
    """Put `model` into a line whose configuration names none."""
    stage = line.stage(Recogniser)
    assert isinstance(stage, Recogniser)
    card = {"name": "fake", "calibration": {"spans": calibration, "ties": calibration}}
    trained = TrainedModel(folder, model, card, "0" * 16)
    stage.use(trained, line.resources, model.span_labels, model.tie_labels)
    line.working = [stage for stage in line.stages.values() if not stage.is_idle]
