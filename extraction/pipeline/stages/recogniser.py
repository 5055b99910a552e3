"""A trained recogniser in the pipeline: its spans and ties, with calibrated probabilities."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from extraction.learning.examples import Example
from extraction.learning.protocol import Reading
from extraction.pipeline.draft import Bond, Draft, Found, Page
from extraction.pipeline.labels import LabelMap, read_labels
from extraction.pipeline.models import TrainedModel, open_model
from extraction.pipeline.stage import Resources, Stage

_MODEL, _LABELS = "model", "labels.csv"
BATCH = 256  # texts that a model reads at once


class Recogniser(Stage):
    """Reads texts with the model directory that the configuration names; idle without one.

    `labels` names the table that says what the model's labels stand for in the ontology; without
    it, `labels.csv` in the model's directory counts, then the shipped table, then a proposal.
    `least` drops what is less probable: it would only fill the review queue.
    """

    gives = ("found", "bonds")

    def __init__(
        self, model: str | None = None, labels: str | None = None, least: float = 0.3
    ) -> None:
        self._named = model
        self._labels_named = labels
        self._least = least
        self._model: TrainedModel | None = None
        self._known: dict[str, Reading] = {}
        self.labels: LabelMap = LabelMap({}, {})

    def bind(self, resources: Resources) -> None:
        if self._named is None:
            return
        self._model = open_model(resources.folder, self._named, "spans")
        model: Any = self._model.model
        self.use(self._model, resources, list(model.span_labels), list(model.tie_labels))

    def use(
        self,
        model: TrainedModel,
        resources: Resources,
        span_labels: Sequence[str],
        tie_labels: Sequence[str],
    ) -> None:
        """Read with `model`, whose labels are given."""
        self._model = model
        own = model.directory / _LABELS
        named = self._labels_named or (str(own.resolve()) if own.is_file() else None)
        self.labels = read_labels(
            resources.schema, span_labels, tie_labels, resources.folder, named
        )

    @property
    def is_idle(self) -> bool:
        return self._model is None

    @property
    def model(self) -> TrainedModel | None:
        """The model in use."""
        return self._model

    @property
    def digest(self) -> str:
        return f"{self._model.digest}{self.labels.digest}" if self._model else ""

    def prepare(self, drafts: Sequence[Draft]) -> None:
        """Read many texts at once; what `work` then needs is remembered until the next call."""
        self._known.clear()
        texts = list(dict.fromkeys(draft.text for draft in drafts if draft.text.strip()))
        for text, reading in zip(texts, self.read(texts), strict=True):
            self._known[text] = reading

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """What the model finds in each text."""
        if self._model is None:
            return [Reading((), ()) for _ in texts]
        found: list[Reading] = []
        for first in range(0, len(texts), BATCH):
            examples = [Example("", text) for text in texts[first : first + BATCH]]
            found += self._model.model.read(examples)
        return found

    def work(self, draft: Draft, page: Page) -> None:
        del page
        if self._model is None or not draft.text.strip():
            return
        reading = self._known.get(draft.text)
        if reading is None:
            reading = self.read([draft.text])[0]
        spans, ties = self._model.calibration("spans"), self._model.calibration("ties")
        moved: dict[int, int] = {}
        for n, span in enumerate(reading.spans):
            probability = spans.probability(span.label, span.score)
            if probability < self._least or not 0 <= span.start < span.end <= len(draft.text):
                continue
            moved[n] = len(draft.found)
            draft.found.append(
                Found(
                    span.start,
                    span.end,
                    span.label,
                    probability,
                    spans.accepts(span.label, span.score),
                    self.labels.class_of(span.label),
                )
            )
        for tie in reading.ties:
            probability = ties.probability(tie.label, tie.score)
            if probability < self._least or tie.source not in moved or tie.target not in moved:
                continue
            source, target = moved[tie.source], moved[tie.target]
            meaning = self.labels.relation_of(
                tie.label, draft.found[source].label, draft.found[target].label
            )
            if meaning is not None:
                accepted = ties.accepts(tie.label, tie.score)
                draft.bonds.append(Bond(source, target, *meaning, probability, accepted))

    def save(self, folder: Path) -> None:
        if self._model is None:
            return
        shutil.copytree(self._model.directory, folder / _MODEL, dirs_exist_ok=True)
        self.labels.write(folder / _MODEL / _LABELS)

    def load(self, folder: Path) -> None:
        if (folder / _MODEL).is_dir():
            self._named = str((folder / _MODEL).resolve())
            self._labels_named = None
