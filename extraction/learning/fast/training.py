"""From labelled texts to a recogniser: chains for the layers, the chooser, ties, thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from extraction.learning.examples import Example, Tie, span_labels, tie_labels
from extraction.learning.fast.chain import ChainData, Ints, Weights, pack, train_chain
from extraction.learning.fast.channels import Channels, Sequences, Words
from extraction.learning.fast.choosing import Chooser, Memory, stems_of
from extraction.learning.fast.finder import Candidate, Finder, pieces_of
from extraction.learning.fast.layers import (
    UnitSpan,
    allowed_steps,
    inner_layer,
    outer_layer,
    tags_count,
    tags_of,
)
from extraction.learning.fast.pairs import Marked, TieModel
from extraction.learning.fast.phrases import Entry, Phrases
from extraction.learning.fast.recogniser import FastRecogniser
from extraction.learning.fast.settings import Settings
from extraction.learning.fast.units import Splitter
from extraction.learning.protocol import Progress, Trained, TrainingOptions
from extraction.learning.scoring import score_spans


class Text(NamedTuple):
    """A labelled text in units. `ties`: (source, target, number of the label), places in spans."""

    words: list[str]
    spans: list[UnitSpan]
    ties: list[tuple[int, int, int]]
    weight: float = 1.0


def train(
    train: Sequence[Example],
    dev: Sequence[Example],
    unlabelled: Sequence[Example],
    options: TrainingOptions,
    progress: Progress,
) -> Trained:
    """Learn spans and ties; thresholds are chosen on texts that the models had not seen."""
    settings = Settings.of(options.settings)
    splitter, astray = Splitter.learn(train)
    labels = sorted(span_labels(train))
    ties = sorted(tie_labels(train))
    texts = [to_text(example, splitter, labels, ties) for example in train]
    learner = Learner(texts, labels, ties, settings, options.seed)
    recogniser = learner.learn(splitter, progress)
    notes: dict[str, Any] = {
        "units": "characters" if splitter.characters else "words",
        "spans_inside_of_units": astray,
        "layers": len(recogniser.finder.chains),
        "span_threshold": recogniser.chooser.threshold,
        "tie_threshold": recogniser.tie_threshold,
        "settings": {name: getattr(settings, name) for name in Settings.__slots__},
    }
    progress("measuring on dev", 0.97)
    scores = score_spans(dev, recogniser.read([example.bare() for example in dev]))
    return Trained(recogniser, scores, notes)


def to_text(
    example: Example, splitter: Splitter, labels: Sequence[str], ties: Sequence[str]
) -> Text:
    """A labelled text in units; labels that are not listed fall away."""
    units = splitter.units_with_spans(example)
    starts = {r[0]: n for n, r in enumerate(units.ranges)}
    ends = {r[1]: n + 1 for n, r in enumerate(units.ranges)}
    numbers = {label: n for n, label in enumerate(labels)}
    tie_numbers = {label: n for n, label in enumerate(ties)}
    kept: dict[int, UnitSpan] = {}
    for n, span in enumerate(example.spans):
        first, last = starts.get(span.start), ends.get(span.end)
        label = numbers.get(span.label)
        if first is not None and last is not None and first < last and label is not None:
            kept[n] = UnitSpan(first, last, label)
    spans = sorted(set(kept.values()))
    place = {span: n for n, span in enumerate(spans)}
    joined = {
        (place[kept[t.source]], place[kept[t.target]], tie_numbers[t.label])
        for t in example.ties
        if _usable(t, kept) and t.label in tie_numbers
    }
    return Text(units.words, spans, sorted(joined))


def _usable(tie: Tie, kept: dict[int, UnitSpan]) -> bool:
    return tie.source in kept and tie.target in kept and kept[tie.source] != kept[tie.target]


class Learner:
    """Everything that is learnt from one set of texts."""

    def __init__(
        self,
        texts: Sequence[Text],
        labels: Sequence[str],
        ties: Sequence[str],
        settings: Settings,
        seed: int,
    ) -> None:
        self.texts = list(texts)
        self.labels = list(labels)
        self.ties = list(ties)
        self.settings = settings
        self.seed = seed
        self.words = Words(word for text in texts for word in text.words)
        laid = self.words.lay_out([text.words for text in texts])
        self.starts = laid.starts
        sequences = Sequences(laid.words, self.words.trained, settings.rare)
        learnt = Phrases(self._entries(), len(labels), len(self.words.stem_numbers))
        self.channels = Channels(self.words, sequences, [learnt])
        of_text = np.repeat(np.arange(len(texts)), np.diff(laid.starts))
        self.table = self.channels.table()
        self.rows = self.channels.rows(laid, of_text)
        self.layers = [outer_layer]
        if any(outer_layer(t.spans) != inner_layer(t.spans) for t in texts):
            self.layers.append(inner_layer)
        self.tags = [
            np.concatenate([tags_of(layer(t.spans), len(t.words)) for t in texts])
            for layer in self.layers
        ]
        self.longest = _longest(texts)
        self.stems = [stems_of(text.words) for text in texts]

    def _entries(self) -> Iterator[Entry]:
        numbers, stems = self.words.numbers, self.words.stems
        for n, text in enumerate(self.texts):
            for first, last, label in text.spans:
                phrase = tuple(stems[numbers[word]] for word in text.words[first:last])
                yield Entry(phrase, label, n)

    def learn(self, splitter: Splitter, progress: Progress) -> FastRecogniser:
        """All of a recogniser."""
        count = len(self.texts)
        folds = min(self.settings.folds, count)
        runs = (folds + 1) * len(self.layers)
        done = 0

        def told(message: str) -> Any:
            def tell(iteration: int) -> None:
                if iteration % 5 == 0:
                    share = min(1.0, iteration / self.settings.iterations)
                    progress(message, 0.9 * (done + share) / runs)

            return tell

        unseen: list[list[Candidate]] = [[] for _ in self.texts]
        for fold, (first, last) in enumerate(blocks(count, folds) if folds > 1 else ()):
            others = [n for n in range(count) if not first <= n < last]
            chains = []
            for layer in range(len(self.layers)):
                message = f"part {fold + 1} of {folds}, layer {layer + 1} of {len(self.layers)}"
                chains.append(self.train_chain(layer, others, told(message)))
                done += 1
            unseen[first:last] = self.find_in_training(chains, range(first, last))
        chains = []
        for layer in range(len(self.layers)):
            message = f"all texts, layer {layer + 1} of {len(self.layers)}"
            chains.append(self.train_chain(layer, range(count), told(message)))
            done += 1
        finder = Finder(self.channels, len(self.labels), self.longest, chains)
        progress("choosing spans", 0.9)
        memory = Memory.learn(
            [(stems, text.spans) for stems, text in zip(self.stems, self.texts, strict=True)]
        )
        chooser = Chooser.learn(
            [
                (stems, text.spans, candidates)
                for stems, text, candidates in zip(self.stems, self.texts, unseen, strict=True)
            ],
            memory,
        )
        progress("learning ties", 0.93)
        model = TieModel.learn(
            [(Marked(text.words, text.spans), text.ties) for text in self.texts],
            len(self.ties),
            1.0,
        )
        return FastRecogniser(splitter, finder, chooser, model, 0.5, self.labels, self.ties)

    def train_chain(self, layer: int, texts: Sequence[int], told: Any = None) -> Weights:
        """A chain for one layer from some of the texts."""
        positions, pieces = self._positions(texts)
        packed = pack(pieces)
        order = positions[packed.order]
        weight = np.repeat(
            np.array([self.texts[n].weight for n in texts], dtype=np.float32),
            [len(self.texts[n].words) for n in texts],
        )
        data = ChainData(
            self.rows[order],
            self.table,
            packed,
            self.tags[layer][order],
            weight[packed.order],
        )
        labels = len(self.labels)
        return train_chain(
            data,
            tags_count(labels),
            allowed_steps(labels),
            self.settings.penalty,
            self.settings.iterations,
            told,
        )

    def _positions(self, texts: Sequence[int]) -> tuple[Ints, list[tuple[int, int]]]:
        """Positions of some texts, and the pieces that chains run over, counted in those."""
        words = [self.texts[n].words for n in texts]
        sizes = np.array([len(w) for w in words], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        positions = [np.arange(self.starts[n], self.starts[n + 1]) for n in texts]
        pieces, _ = pieces_of(words, starts)
        return np.concatenate(positions), pieces

    def find_in_training(
        self, chains: Sequence[Weights], texts: Sequence[int]
    ) -> list[list[Candidate]]:
        """Candidates in texts of this corpus, whose own labels the dictionaries leave out."""
        positions, _ = self._positions(texts)
        finder = Finder(self.channels, len(self.labels), self.longest, chains)
        rows = self.rows[positions] @ self.table
        scores = np.asarray(
            rows @ np.concatenate([w.features for w in chains], axis=1).astype(np.float32)
        )
        return finder.candidates(scores, [self.texts[n].words for n in texts])


def blocks(count: int, parts: int) -> list[tuple[int, int]]:
    """Half-open runs of about equal length: neighbours in a file are alike and stay together."""
    edges = [count * n // parts for n in range(parts + 1)]
    return list(pairwise(edges))


def _longest(texts: Sequence[Text]) -> int:
    sizes = sorted(last - first for text in texts for first, last, _ in text.spans)
    return sizes[min(len(sizes) - 1, int(0.999 * len(sizes)))] if sizes else 1
