"""What is learnt from texts in units: chains for the layers, the chooser, ties, thresholds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from extraction.learning.fast.chain import ChainData, Ints, Weights, pack, train_chain
from extraction.learning.fast.channels import Channels, Sequences, Words
from extraction.learning.fast.choosing import (
    Chooser,
    ChooserRows,
    Chosen,
    Described,
    Memory,
    describe,
    stems_of,
)
from extraction.learning.fast.finder import Finder, pieces_of
from extraction.learning.fast.keeping import Kept
from extraction.learning.fast.knowledge import KINDS, Known, word_hints
from extraction.learning.fast.layers import (
    UnitSpan,
    allowed_steps,
    inner_layer,
    outer_layer,
    tags_count,
    tags_of,
)
from extraction.learning.fast.pairs import Marked, PairRows, Reach, TieModel
from extraction.learning.fast.phrases import Entry, Phrases
from extraction.learning.fast.recogniser import FastRecogniser
from extraction.learning.fast.settings import Settings
from extraction.learning.fast.texts import Text
from extraction.learning.fast.thresholds import (
    ReadText,
    ReadTie,
    choose_threshold,
    f1_of,
    mean_f1,
    places,
    places_of,
    read_ties,
    tied,
    tied_of,
)
from extraction.learning.fast.units import Splitter, cut
from extraction.learning.fast.wordforms import stem
from extraction.learning.fast.wordvectors import WordVectors, digest
from extraction.learning.protocol import Progress


class Steps:
    """Tells how far a training with many chains is."""

    def __init__(
        self, progress: Progress, chains: int, share: float = 0.9, start: float = 0.0
    ) -> None:
        self.progress = progress
        self.start = start
        self.chains = max(1, chains)
        self.share = share
        self.done = 0

    def begin(self, message: str) -> Callable[[int], None]:
        """The next chain; what is returned is told each of its iterations."""
        begun = self.done
        self.done += 1

        def tell(iteration: int) -> None:
            if iteration % 5 == 0:
                part = iteration / (iteration + 20)
                self.progress(message, self.start + self.share * (begun + part) / self.chains)

        self.progress(message, self.start + self.share * begun / self.chains)
        return tell


class Learner:
    """Everything that is learnt from one set of texts.

    The first `gold` of them were labelled by people (None: all); only these are held out in turn,
    to choose on.
    """

    def __init__(
        self,
        texts: Sequence[Text],
        labels: Sequence[str],
        ties: Sequence[str],
        settings: Settings,
        seed: int,
        vectors: WordVectors | None = None,
        known: Sequence[Known] = (),
        gold: int | None = None,
        work: Path | None = None,
    ) -> None:
        vectors_digest = digest(vectors) if vectors is not None and work is not None else ""
        self.kept = Kept(work, [texts, labels, settings, vectors_digest, known])
        self.texts = list(texts)
        self.gold = len(texts) if gold is None else gold
        self.span_score = self.tie_score = 0.0
        # candidates in labelled texts and then in dev that no chain had learnt from, and what was
        # chosen of them: see `learn`
        self.unseen: list[Described] = []
        self.chosen: list[list[Chosen]] = []
        self.labels = list(labels)
        self.ties = list(ties)
        self.settings = settings
        self.seed = seed
        hints = word_hints(known)
        self.words = Words(
            (w for text in texts for w in text.words), (stem(w) for k in known for w in k.words)
        )
        laid = self.words.lay_out([text.words for text in texts])
        self.starts = laid.starts
        sequences = Sequences(laid.words, self.words.trained, settings.rare)
        learnt = Phrases(self._entries(), len(labels), len(self.words.stem_numbers))
        dictionaries = [learnt]
        if known:
            stems = self.words.stem_numbers
            told = (Entry(tuple(stems[stem(w)] for w in k.words), k.kind, -1) for k in known)
            dictionaries.append(Phrases(told, len(KINDS), len(self.words.stem_numbers)))
        self.channels = Channels(self.words, sequences, dictionaries, vectors, hints)
        of_text = np.repeat(np.arange(len(texts)), np.diff(laid.starts))
        self.table = self.channels.table()
        self.rows = self.channels.rows(laid, of_text)
        self.layers = [outer_layer]
        if any(outer_layer(t.spans) != inner_layer(t.spans) for t in texts):
            self.layers.append(inner_layer)
        self.tags = [
            np.concatenate([tags_of(layer(_unbroken(t)), len(t.words)) for t in texts])
            for layer in self.layers
        ]
        self.longest = _longest(texts)

    def _entries(self) -> Iterator[Entry]:
        numbers, stems = self.words.numbers, self.words.stems
        for n, text in enumerate(self.texts):
            for first, last, label in text.spans:
                phrase = tuple(stems[numbers[word]] for word in text.words[first:last])
                yield Entry(phrase, label, n)

    def learn(
        self,
        splitter: Splitter,
        progress: Progress,
        dev: Sequence[Text],
        without: Callable[[set[int]], Learner],
    ) -> FastRecogniser:
        """All of a recogniser.

        Thresholds are chosen on the labelled texts, each part of them held out once, and on `dev`;
        both count alike, because dev may be fewer texts but nearer to what will be read. `without`
        makes a learner that knows nothing of some of the labelled texts.
        """
        folds = min(self.settings.folds, self.gold)
        steps = Steps(progress, (folds + 1) * (1 + self.has_taught) * len(self.layers), 0.65)
        parts = held_out_parts(self.gold, folds, self.seed) if folds > 1 else []
        unseen = [Described((), ())] * self.gold
        for number, part in enumerate(parts):
            other = without(part)
            found = other.describe_new(
                other.train_all(steps, f"part {number + 1} of {folds}"),
                [self.texts[n] for n in sorted(part)],
            )
            for n, described in zip(sorted(part), found, strict=True):
                unseen[n] = described
        finder = self.train_all(steps, "all texts")
        progress("choosing spans", 0.66)
        self.unseen = [*unseen, *self.describe_new(finder, dev)]
        chooser, chosen, chosen_in_dev = self.learn_chooser(parts, dev)
        self.chosen = [*chosen, *chosen_in_dev]
        progress("learning ties", 0.68)
        in_dev = [_as_read(t, c) for t, c in zip(dev, chosen_in_dev, strict=True)]
        model, threshold, needed = self.learn_ties(chosen, parts, dev, in_dev)
        return FastRecogniser(
            splitter, finder, chooser, model, threshold, needed, self.labels, self.ties
        )

    def learn_like(
        self, first: Learner, measured: FastRecogniser, splitter: Splitter, progress: Progress
    ) -> FastRecogniser | None:
        """A recogniser from the labelled texts of `first` and its dev, which are the first here.

        What is chosen, and the thresholds, come from the candidates that `first` found where its
        chains had not learnt. None where the layers of both differ.
        """
        if len(self.layers) != len(first.layers) or len(first.unseen) != self.gold:
            return None
        steps = Steps(progress, (1 + self.has_taught) * len(self.layers), 0.24, 0.7)
        finder = self.train_all(steps, "train and dev")
        progress("learning from train and dev", 0.95)
        chooser = self._chooser_rows(first.unseen).learn(self.memory)
        chooser.threshold = measured.chooser.threshold
        ties = measured.ties
        if any(text.ties for text in self.texts):
            found = [_as_read(t, c) for t, c in zip(self.texts, first.chosen, strict=False)]
            ties = self._pair_rows(found).learn(set())
        return FastRecogniser(
            splitter,
            finder,
            chooser,
            ties,
            measured.tie_threshold,
            measured.tied_only,
            self.labels,
            self.ties,
        )

    @cached_property
    def memory(self) -> Memory:
        """How often each phrase was marked in all texts."""
        return Memory.learn([(stems_of(text.words), text.spans) for text in self.texts])

    def train_all(self, steps: Steps, what: str) -> Finder:
        """The chains of all texts, those that were labelled by a machine first."""
        taught = range(self.gold, len(self.texts))
        base = self.train_chains(taught, steps, f"{what}: machine-labelled") if taught else []
        chains = self.train_chains(range(len(self.texts)), steps, what, base)
        return Finder(self.channels, len(self.labels), self.longest, chains)

    def describe_new(self, finder: Finder, texts: Sequence[Text]) -> list[Described]:
        """The candidates of texts that nothing here was learnt from."""
        return [
            Described(found, describe(stems_of(text.words), found, self.memory))
            for text, found in zip(texts, finder.find([t.words for t in texts]), strict=True)
        ]

    def _chooser_rows(self, unseen: Sequence[Described]) -> ChooserRows:
        gold = self.texts[: self.gold]
        return ChooserRows([(t.spans, d) for t, d in zip(gold, unseen, strict=False)])

    def _pair_rows(self, found: Sequence[ReadText]) -> PairRows:
        """Pairs of labelled spans of all texts, then of those that reading found."""
        whole = [(Marked(text.words, text.spans), text.ties) for text in self.texts]
        weights = [text.weight for text in self.texts] + [1.0] * len(found)
        return PairRows([*whole, *found], weights, len(self.ties))

    @property
    def has_taught(self) -> bool:
        return self.gold < len(self.texts)

    def train_chains(
        self, texts: Sequence[int], steps: Steps, what: str, base: Sequence[Weights] = ()
    ) -> list[Weights]:
        """The chains of all layers; each starts from `base` or from the layer before."""
        chains: list[Weights] = []
        for layer in range(len(self.layers)):
            start = base[layer] if base else chains[-1] if chains else None
            told = steps.begin(f"{what}, layer {layer + 1} of {len(self.layers)}")
            chains.append(
                self.kept.chain(
                    (list(texts), layer, bool(base)),
                    partial(self.train_chain, layer, texts, told, start),
                )
            )
        return chains

    def learn_chooser(
        self, parts: Sequence[set[int]], dev: Sequence[Text]
    ) -> tuple[Chooser, list[list[Chosen]], list[list[Chosen]]]:
        """The chooser from candidates that no chain had learnt from, and what it chooses there and
        in dev.

        The threshold is the one with the best F1 where each part is judged by a chooser that had
        not seen that part either.
        """
        gold = self.texts[: self.gold]
        rows = self._chooser_rows(self.unseen)
        chooser = rows.learn(self.memory)
        scored: list[list[Chosen]] = [[] for _ in gold]
        for part in parts:
            fitted = rows.learn(self.memory, part)
            for n in sorted(part):
                scored[n] = fitted.score_described(self.unseen[n])
        tried = [chooser.score_described(described) for described in self.unseen[self.gold :]]

        def quality(threshold: float) -> float:
            return mean_f1(
                (places(chooser.choose(of, threshold) for of in scored), places_of(gold)),
                (
                    places(chooser.choose(of, threshold) for of in tried),
                    places_of(dev),
                ),
            )

        chooser.threshold = choose_threshold(quality)
        chosen = [chooser.choose(of) for of in scored]
        self.span_score = f1_of(places(chosen), places_of(gold))
        return chooser, chosen, [chooser.choose(of) for of in tried]

    def learn_ties(
        self,
        chosen: Sequence[Sequence[Chosen]],
        parts: Sequence[set[int]],
        dev: Sequence[Text] = (),
        in_dev: Sequence[ReadText] = (),
    ) -> tuple[TieModel, float, list[int]]:
        """Ties from labelled spans and from those that reading would find.

        Also the threshold with the best F1, and the classes whose spans count only with a tie
        because that reads better.
        """
        if not any(text.ties for text in self.texts):
            return TieModel({}, np.zeros((0, len(self.ties) + 1)), Reach({})), 0.5, []
        found = [_as_read(text, spans) for text, spans in zip(self.texts, chosen, strict=False)]
        rows = self._pair_rows(found)
        count = len(self.texts)
        ties: list[list[ReadTie]] = [[] for _ in found]
        for part in parts:
            fitted = rows.learn(part | {count + n for n in part})
            held = sorted(part)
            for n, of in zip(held, read_ties(fitted, [found[n][0] for n in held]), strict=True):
                ties[n] = of
        model = rows.learn(set())
        tried = read_ties(model, [marked for marked, _ in in_dev])
        gold = self.texts[: self.gold]
        read = [marked.spans for marked, _ in found]
        read_in_dev = [marked.spans for marked, _ in in_dev]

        def quality(threshold: float) -> float:
            return mean_f1(
                (tied(read, ties, threshold), tied_of(gold)),
                (tied(read_in_dev, tried, threshold), tied_of(dev)),
            )

        threshold = choose_threshold(quality)
        self.tie_score = f1_of(tied(read, ties, threshold), tied_of(gold))
        return model, threshold, self._needing_ties(read, ties, threshold)

    def _needing_ties(
        self,
        read: Sequence[Sequence[UnitSpan]],
        ties: Sequence[Sequence[ReadTie]],
        threshold: float,
    ) -> list[int]:
        """Classes that are always tied in the labelled texts, where leaving out others helps."""
        gold = self.texts[: self.gold]
        free = {
            text.spans[n].label
            for text in gold
            for n in {*range(len(text.spans))} - {end for tie in text.ties for end in tie[:2]}
        }
        always = {span.label for text in gold for span in text.spans} - free
        there = {(n, *span) for n, text in enumerate(gold) for span in text.spans}
        plain = {(n, *span) for n, spans in enumerate(read) for span in spans}
        tied = {
            (n, *read[n][end])
            for n, of in enumerate(ties)
            for *ends, _, p in of
            if p >= threshold
            for end in ends
        }
        kept = {span for span in plain if span[3] not in always or span in tied}
        return sorted(always) if f1_of(kept, there) > f1_of(plain, there) else []

    def train_chain(
        self,
        layer: int,
        texts: Sequence[int],
        told: Callable[[int], None] | None = None,
        start: Weights | None = None,
    ) -> Weights:
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
            self.settings.iterations if start is None else (self.settings.iterations + 1) // 2,
            told,
            start,
        )

    def _positions(self, texts: Sequence[int]) -> tuple[Ints, list[tuple[int, int]]]:
        """Positions of some texts, and the pieces that chains run over, counted in those."""
        words = [self.texts[n].words for n in texts]
        sizes = np.array([len(w) for w in words], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        positions = [np.arange(self.starts[n], self.starts[n + 1]) for n in texts]
        pieces, _ = pieces_of(words, starts)
        return np.concatenate(positions), pieces


def held_out_parts(count: int, parts: int, seed: int) -> list[set[int]]:
    """Parts of the texts, each to be held out once.

    Short runs of neighbours are dealt out by chance: neighbours in a file are often alike and stay
    together, and every part has texts from all over the file.
    """
    runs = min(count, parts * _RUNS)
    dealt: list[set[int]] = [set() for _ in range(parts)]
    order = list(range(runs))
    random.Random(seed).shuffle(order)
    for place, run in enumerate(order):
        dealt[place % parts] |= {*range(count * run // runs, count * (run + 1) // runs)}
    return dealt


_RUNS = 8  # of neighbours in a part


def _longest(texts: Sequence[Text]) -> int:
    sizes = sorted(last - first for text in texts for first, last, _ in text.spans)
    return sizes[min(len(sizes) - 1, int(0.999 * len(sizes)))] if sizes else 1


def _unbroken(text: Text) -> list[UnitSpan]:
    """The spans that no cut of a long text goes through."""
    ends = [end for _, end in cut(text.words)]
    return [s for s in text.spans if not any(s.first < end < s.last for end in ends)]


def _as_read(text: Text, chosen: Sequence[Chosen]) -> tuple[Marked, list[tuple[int, int, int]]]:
    """A text with the spans that reading found, and the labelled ties between those."""
    read = [UnitSpan(*span[:3]) for span in chosen]
    place = {span: n for n, span in enumerate(read)}
    ties = [
        (place[text.spans[a]], place[text.spans[b]], label)
        for a, b, label in text.ties
        if text.spans[a] in place and text.spans[b] in place
    ]
    return Marked(text.words, read), ties
