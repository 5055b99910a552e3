"""Training a recogniser: from examples to the best network by dev."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from extraction.learning.accurate.batching import shuffle
from extraction.learning.accurate.encoders import (
    Encoder,
    find_encoder,
    is_chinese,
    open_encoder,
)
from extraction.learning.accurate.finding import Thresholds
from extraction.learning.accurate.fitting import Course, fit
from extraction.learning.accurate.lessons import (
    Lesson,
    find_loss,
    find_structure,
    find_widest,
    is_exclusive,
    make_lessons,
    mark,
)
from extraction.learning.accurate.measuring import Dev
from extraction.learning.accurate.network import Network, Shape
from extraction.learning.accurate.recogniser import EncoderRecogniser, Reader
from extraction.learning.accurate.settings import Settings, read_settings
from extraction.learning.accurate.windows import (
    Numbers,
    Pieces,
    Window,
    find_masks,
    make_windows,
    words_of,
)
from extraction.learning.examples import Example, span_labels, tie_labels
from extraction.learning.protocol import Progress, Trained, TrainingOptions
from extraction.learning.scoring import score_spans


def train(
    train: Sequence[Example],
    dev: Sequence[Example],
    unlabelled: Sequence[Example],
    options: TrainingOptions,
    progress: Progress,
) -> Trained:
    """Fit an encoder to the labelled texts; with `unlabelled`, teach it on those in between.

    Raises BadInput for settings and encoders that cannot be used, MissingExtra.
    """
    chinese = is_chinese(example.text for example in train)
    settings = read_settings(options.settings, chinese)
    work = options.work
    name, directory = find_encoder(options.encoder, chinese, work or Path.cwd())
    encoder = open_encoder(name, directory, settings.layers)
    school = School(train, dev, unlabelled, encoder, settings, options, progress)
    return school.teach()


class School:
    """One training: the network, its texts and the courses that it goes through."""

    def __init__(
        self,
        train: Sequence[Example],
        dev: Sequence[Example],
        unlabelled: Sequence[Example],
        encoder: Encoder,
        settings: Settings,
        options: TrainingOptions,
        progress: Progress,
    ) -> None:
        self.settings, self.options, self.progress = settings, options, progress
        self.encoder = encoder
        self.train, self.dev = list(train), list(dev)
        self.labels = tuple(sorted(span_labels(train)))
        self.ties = tuple(sorted(tie_labels(train)))
        texts = [words_of(example) for example in self.train]
        marks = [
            mark(example, text, self.labels, self.ties)
            for example, text in zip(self.train, texts, strict=True)
        ]
        self.structure = find_structure(marks)
        self.shape = Shape(
            labels=len(self.labels),
            tie_labels=len(self.ties),
            widest=find_widest(marks, settings.widest),
            exclusive=is_exclusive(marks),
            hidden=settings.hidden,
            recurrent=settings.recurrent,
            dropout=settings.dropout,
        )
        masks = find_masks(texts)
        self.pieces = Pieces(encoder.tokenizer, encoder.special, masks)
        positions = int(encoder.config.get("max_position_embeddings") or 512) - 4
        self.window = min(settings.window, positions)
        self.margin = min(settings.margin, self.window // 4)
        self.reader = Reader(
            labels=self.labels,
            tie_labels=self.ties,
            shape=self.shape,
            structure=self.structure,
            special=encoder.special,
            masks=tuple(masks),
            window=self.window,
            margin=self.margin,
        )
        dev_texts = [words_of(example) for example in self.dev]
        self.lessons = make_lessons(self.cut(texts), marks, self.shape.widest)
        self.dev_windows = self.cut(dev_texts)
        self.dev_texts = dev_texts
        del unlabelled
        self.vocabulary = Vocabulary(
            encoder.network,
            [lesson.window for lesson in self.lessons] + self.dev_windows,
            encoder.special.padding,
        )
        torch.manual_seed(options.seed)
        self.network = Network(encoder.network, self.shape)
        self.digest = _digest(self.train, self.dev, encoder, settings, options)

    def cut(self, texts: Sequence[Any]) -> list[Window]:
        return make_windows(texts, self.pieces, self.window, self.margin)

    def teach(self) -> Trained:
        """All courses, then the thresholds by dev."""
        measured = self.dev_of()
        notes = self.learn("labelled texts", self.lessons, self.settings.epochs, measured)
        thresholds = measured.settle()
        self.vocabulary.widen()
        recogniser = EncoderRecogniser(self.network, self.pieces, self.reader, thresholds)
        scores = score_spans(self.dev, recogniser.read([e.bare() for e in self.dev]))
        return Trained(recogniser, scores, self._notes(notes, thresholds))

    def dev_of(self) -> Dev:
        marks = [
            mark(example, text, self.labels, self.ties)
            for example, text in zip(self.dev, self.dev_texts, strict=True)
        ]
        return Dev(
            self.network,
            self.vocabulary.narrow(self.dev_windows),
            marks,
            self.encoder.special.padding,
            self.structure,
        )

    def learn(
        self, name: str, lessons: Sequence[Lesson], epochs: int, measured: Dev
    ) -> dict[str, Any]:
        """One course over these lessons."""
        narrow = [
            dataclasses.replace(lesson, window=window)
            for lesson, window in zip(
                lessons,
                self.vocabulary.narrow([lesson.window for lesson in lessons]),
                strict=True,
            )
        ]
        windows = [lesson.window for lesson in narrow]

        def plan(random: np.random.Generator) -> list[list[Lesson]]:
            batches = shuffle(windows, self.settings.batch, self.shape.widest, random)
            return [[narrow[n] for n in batch] for batch in batches]

        course = Course(
            name=name,
            digest=self.digest,
            epochs=epochs,
            seed=self.options.seed,
            plan=plan,
            loss=lambda batch: find_loss(self.network, batch, self.encoder.special.padding),
            measure=measured.measure,
        )
        return fit(
            self.network,
            self.network.encoder,
            course,
            self.settings,
            self.options.work,
            self.progress,
        )

    def _notes(self, course: dict[str, Any], thresholds: Thresholds) -> dict[str, Any]:
        return {
            "encoder": {
                "name": self.encoder.name,
                "sha256": self.encoder.digest,
                "layers": self.encoder.config.get("num_hidden_layers"),
            },
            "course": course,
            "thresholds": dataclasses.asdict(thresholds),
            "structure": dataclasses.asdict(self.structure),
            "widest_span": self.shape.widest,
            "settings": dataclasses.asdict(self.settings),
        }


class Vocabulary:
    """The pieces in use alone are trained: a step over all rows would take most of the time."""

    def __init__(self, encoder: nn.Module, windows: Sequence[Window], padding: int) -> None:
        self.encoder = encoder
        self.full: nn.Embedding = encoder.get_input_embeddings()  # type: ignore[operator]
        used = np.concatenate([np.arange(padding + 1), *(window.pieces for window in windows)])
        self.used: Numbers = np.unique(used)
        self.number = np.zeros(self.full.num_embeddings, np.int64)
        self.number[self.used] = np.arange(len(self.used))
        rows = self.full.weight.detach()[torch.from_numpy(self.used)].clone()
        small = nn.Embedding(len(rows), rows.shape[1], padding_idx=self.full.padding_idx)
        with torch.no_grad():
            small.weight.copy_(rows)
        encoder.set_input_embeddings(small)  # type: ignore[operator]

    def narrow(self, windows: Sequence[Window]) -> list[Window]:
        """The windows with the pieces numbered as they are while training."""
        return [window._replace(pieces=self.number[window.pieces]) for window in windows]

    def widen(self) -> None:
        """Put the trained rows back among all."""
        small: nn.Embedding = self.encoder.get_input_embeddings()  # type: ignore[operator]
        with torch.no_grad():
            self.full.weight[torch.from_numpy(self.used)] = small.weight
        self.encoder.set_input_embeddings(self.full)  # type: ignore[operator]


def _digest(
    train: Sequence[Example],
    dev: Sequence[Example],
    encoder: Encoder,
    settings: Settings,
    options: TrainingOptions,
) -> str:
    """Of all that a training depends on."""
    total = sha256()
    for part in (train, dev):
        for example in part:
            total.update(repr((example.text, example.spans, example.ties, example.tokens)).encode())
        total.update(b"|")
    total.update(repr((encoder.digest, dataclasses.asdict(settings), options.seed)).encode())
    return total.hexdigest()
