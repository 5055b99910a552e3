"""Training a recogniser: from examples to the best network by dev."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from extraction.learning.accurate.batching import count_spans, shuffle
from extraction.learning.accurate.companion import Companions, ask, learn_companions
from extraction.learning.accurate.encoders import (
    Encoder,
    choose_encoder,
    is_chinese,
)
from extraction.learning.accurate.finding import Thresholds
from extraction.learning.accurate.fitting import FOLDED, LONG, Course, fit
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
from extraction.learning.accurate.settings import Settings, read_settings, share_out
from extraction.learning.accurate.teaching import find_habits, teach_by_hints, teach_by_itself
from extraction.learning.accurate.vocabulary import Vocabulary
from extraction.learning.accurate.windows import (
    Pieces,
    Window,
    find_masks,
    make_windows,
    words_of,
)
from extraction.learning.cards import load_model, read_card
from extraction.learning.examples import (
    Example,
    Span,
    Tie,
    make_example,
    span_labels,
    tie_labels,
)
from extraction.learning.fast.recogniser import FastRecogniser
from extraction.learning.protocol import Progress, Recogniser, Trained, TrainingOptions
from extraction.learning.scoring import score_spans
from kg.model.errors import BadInput


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
    encoder = choose_encoder(options.encoder, chinese, settings.layers, options.work)
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
        chinese = is_chinese(example.text for example in train)
        self.encoder = encoder
        self.train, self.dev = list(train), list(dev)
        self.labels = tuple(sorted(span_labels(train)))
        self.ties = tuple(sorted(tie_labels(train)))
        texts = [words_of(example) for example in self.train]
        self.marks = marks = [
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
            pointer=settings.pointer,
            dropout=settings.dropout,
            joined=chinese,
            around=True,
        )
        masks = find_masks(texts)
        self.pieces = Pieces(encoder.tokenizer, encoder.special, masks, chinese)
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
        self.dev_texts = dev_texts = [words_of(example) for example in self.dev]
        self.dev_marks = [
            mark(example, text, self.labels, self.ties)
            for example, text in zip(self.dev, dev_texts, strict=True)
        ]
        self.lessons = make_lessons(self.cut(texts), marks, self.shape.widest)
        counts = [count_spans(lesson.window.length, self.shape.widest) for lesson in self.lessons]
        self.contrast = 0 < settings.contrast <= sum(counts) / max(1, len(counts))
        self.dev_windows = self.cut(dev_texts)
        self.more = _choose(unlabelled, [*self.train, *self.dev], settings, options.seed)
        self.more_texts = [words_of(example) for example in self.more]
        self.more_windows = self.cut(self.more_texts)
        self.vocabulary = Vocabulary(
            encoder.network,
            [
                *(lesson.window for lesson in self.lessons),
                *self.dev_windows,
                *self.more_windows,
            ],
            encoder.special,
        )
        torch.manual_seed(options.seed)
        self.network = Network(encoder.network, self.shape)
        self.parts, self.folds = self._share_out()
        texts_of = (self.train, self.dev, self.more)
        self.digest = _digest(texts_of, encoder, self.shape, settings, options)

    def cut(self, texts: Sequence[Any]) -> list[Window]:
        return make_windows(texts, self.pieces, self.window, self.margin)

    def teach(self) -> Trained:
        """All courses, then the thresholds by dev."""
        settings = self.settings
        companions = self.learn_companions() if settings.companion else None
        measured = self.dev_of(companions.measured if companions is not None else None)
        notes: dict[str, Any] = {}
        if self.more:
            if self.options.teacher is None:
                notes["teacher"] = self.learn(
                    "teacher", self.lessons, settings.teacher_epochs, measured
                )
                taught = self.label_more()
            else:
                taught = self.ask(self.options.teacher)
            notes["taught"] = self.learn(
                "taught texts", [*taught, *self.lessons], settings.teaching_epochs, measured
            )
            notes["taught_texts"] = len(self.more)
        before = copy.deepcopy(self.network.state_dict())
        reached = measured.measure()[0] if self.more else 0.0
        notes["labelled"] = self.learn("labelled texts", self.lessons, settings.epochs, measured)
        if self.more and measured.measure()[0] < reached:
            # the many texts that a machine labelled had taught more than the few take away
            self.network.load_state_dict(before)
            notes["labelled"]["epoch"] = 0
            self.folds = False
        thresholds = measured.settle()
        self.vocabulary.widen()
        network = copy.deepcopy(self.network) if self.folds else self.network
        recogniser = self._recogniser(network, thresholds, companions and companions.measured)
        scores = score_spans(self.dev, recogniser.read([e.bare() for e in self.dev]))
        if not self.folds:
            return Trained(recogniser, scores, self._notes(notes, thresholds))
        self.vocabulary.go_on()
        self.network.load_state_dict(before)
        lessons = [
            *self.lessons,
            *make_lessons(self.dev_windows, self.dev_marks, self.shape.widest),
        ]
        best = notes["labelled"]["epoch"]
        notes["all_labelled"] = self.learn(FOLDED, lessons, settings.epochs, None, until=best)
        self.vocabulary.widen()
        folded = self._recogniser(self.network, thresholds, companions and companions.final)
        return Trained(folded, scores, self._notes(notes, thresholds), recogniser)

    def _share_out(self) -> tuple[dict[str, tuple[float, float]], bool]:
        """Where each course begins and how much of the whole it is, by the pieces it reads.

        Also says whether there is time for a course on train and dev together.
        """
        settings = self.settings
        known, dev, more = (
            sum(len(window.pieces) for window in windows)
            for windows in (
                [lesson.window for lesson in self.lessons],
                self.dev_windows,
                self.more_windows,
            )
        )
        work = {"teacher": 0, "taught texts": 0, "labelled texts": settings.epochs * known}
        if self.more:
            work["taught texts"] = settings.teaching_epochs * (known + more)
            if self.options.teacher is None:
                work["teacher"] = settings.teacher_epochs * known
        work[FOLDED] = settings.epochs * (known + dev)
        folds = bool(settings.folding) and sum(work.values()) <= LONG
        if not folds:
            del work[FOLDED]
        whole, begun, parts = sum(work.values()), 0, {}
        for name, part in work.items():
            parts[name] = (begun / whole, part / whole)
            begun += part
        return parts, folds

    def label_more(self) -> list[Lesson]:
        """The unlabelled texts as the network reads them now, and as their hints say."""
        padding, confidence = self.encoder.special.padding, self.settings.confidence
        windows = self.vocabulary.narrow(self.more_windows)
        marks = teach_by_itself(
            self.network, windows, len(self.more), padding, self.structure, confidence
        )
        hinted = teach_by_hints(
            self.network,
            windows,
            self.more,
            self.more_texts,
            self.ties,
            padding,
            find_habits(self.marks, len(self.labels), len(self.ties)),
            confidence,
        )
        for n, text in hinted.items():
            marks[n] = text
        self.progress(
            f"labelled {len(marks)} more texts, {len(hinted)} of them by their hints", None
        )
        return make_lessons(self.more_windows, marks, self.shape.widest)

    def ask(self, teacher: Path) -> list[Lesson]:
        """The unlabelled texts as another trained model reads them. Raises BadInput."""
        model, _ = load_model(teacher)
        if not set(getattr(model, "span_labels", ())) & set(self.labels):
            raise BadInput(f"{teacher}: finds none of the labels of the labelled texts.")
        marks = []
        readings = cast(Recogniser, model).read([example.bare() for example in self.more])
        for example, text, reading in zip(self.more, self.more_texts, readings, strict=True):
            spans = [Span(*span[:3]) for span in reading.spans]
            ties = [Tie(*tie[:3]) for tie in reading.ties]
            read = make_example(example.name, example.text, spans, ties, example.tokens)
            marks.append(mark(read, text, self.labels, self.ties))
        return make_lessons(self.more_windows, marks, self.shape.widest)

    def _recogniser(
        self, network: Network, thresholds: Thresholds, companion: FastRecogniser | None
    ) -> EncoderRecogniser:
        return EncoderRecogniser(network, self.pieces, self.reader, thresholds, companion)

    def learn_companions(self) -> Companions:
        """The fast tier's recogniser, from the same texts."""

        def tell(message: str, done: float | None = None) -> None:
            self.progress(f"second opinion: {message}", None)

        return learn_companions(self.train, self.dev, self.more, self.options, self.folds, tell)

    def dev_of(self, companion: FastRecogniser | None = None) -> Dev:
        return Dev(
            self.network,
            self.vocabulary.narrow(self.dev_windows),
            self.dev_marks,
            self.encoder.special.padding,
            self.structure,
            ask(companion, self.dev, self.dev_texts, self.labels),
        )

    def learn(
        self,
        name: str,
        lessons: Sequence[Lesson],
        epochs: int,
        measured: Dev | None,
        until: int = 0,
    ) -> dict[str, Any]:
        """One course over these lessons, ended after the epoch `until`, 0: the last."""
        narrow = [
            dataclasses.replace(lesson, window=window)
            for lesson, window in zip(
                lessons,
                self.vocabulary.narrow([lesson.window for lesson in lessons]),
                strict=True,
            )
        ]
        windows = [lesson.window for lesson in narrow]

        size, often = share_out(self.settings, len(windows), epochs)

        def plan(random: np.random.Generator) -> list[list[Lesson]]:
            batches: list[list[int]] = []
            for _ in range(often):
                batches += shuffle(windows, size, self.shape.widest, random)
            return [[hide(narrow[n], random) for n in batch] for batch in batches]

        def hide(lesson: Lesson, random: np.random.Generator) -> Lesson:
            window = self.vocabulary.hide(lesson.window, self.settings.hiding, random)
            return dataclasses.replace(lesson, window=window)

        course = Course(
            name=name,
            digest=self.digest,
            epochs=epochs,
            seed=self.options.seed,
            plan=plan,
            loss=self._find_loss,
            measure=None if measured is None else measured.measure,
            before=self.parts[name][0],
            share=self.parts[name][1],
            until=until,
        )
        return fit(
            self.network,
            self.network.encoder,
            course,
            self.settings,
            self.options.work,
            self.progress,
        )

    def _find_loss(self, batch: Sequence[Lesson]) -> Tensor:
        padding = self.encoder.special.padding
        return find_loss(self.network, batch, padding, self.contrast)

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
            "by_contrast": self.contrast,
            "settings": dataclasses.asdict(self.settings),
        }


def _choose(
    unlabelled: Sequence[Example], known: Sequence[Example], settings: Settings, seed: int
) -> list[Example]:
    """The unlabelled texts to learn from: each once, and none that is in train or dev."""
    seen = {_plain(example.text) for example in known}
    chosen = []
    for example in unlabelled:
        if (text := _plain(example.text)) not in seen:
            seen.add(text)
            chosen.append(example)
    if len(chosen) > settings.taught:
        random = np.random.default_rng(seed)
        kept = np.sort(random.choice(len(chosen), settings.taught, replace=False))
        chosen = [chosen[n] for n in kept.tolist()]
    return chosen


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


def _digest(
    parts: Sequence[Sequence[Example]],
    encoder: Encoder,
    shape: Shape,
    settings: Settings,
    options: TrainingOptions,
) -> str:
    """Of all that a training depends on."""
    total = sha256()
    for part in parts:
        for example in part:
            total.update(repr(dataclasses.astuple(example)[1:]).encode())
        total.update(b"|")
    if options.teacher is not None:
        total.update(repr(read_card(options.teacher)).encode())
    total.update(repr((encoder.digest, shape, dataclasses.asdict(settings), options.seed)).encode())
    return total.hexdigest()
