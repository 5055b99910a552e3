"""The accurate classifier: one label for a short text, by a fine-tuned encoder.

A text is the mean of its pieces' states; a label is a vector of the same length, and the score is
the cosine of both, sharpened. A label's vector begins as the mean of its own name's states: a
sentence encoder knows that `rattling` is near `Noise` before it has seen a labelled text.

The shares are the mean of the encoder's and those of the fast classifier, which is trained beside
it in seconds: they err on different texts.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from extraction.learning.accurate.batching import group, shuffle
from extraction.learning.accurate.encoders import (
    Special,
    choose_encoder,
    is_chinese,
)
from extraction.learning.accurate.fitting import FOLDED, LONG, Course, fit
from extraction.learning.accurate.recogniser import fill, open_parts, read_content, save_network
from extraction.learning.accurate.settings import read_settings, share_out
from extraction.learning.accurate.vocabulary import Vocabulary
from extraction.learning.accurate.windows import Pieces, Window, find_masks, make_windows, words_of
from extraction.learning.classifier import train as train_words
from extraction.learning.classifier.model import TextClassifier
from extraction.learning.examples import Example, Labelled
from extraction.learning.protocol import Progress, Trained, TrainingOptions, Verdict
from extraction.learning.scoring import score_labels
from kg.model.errors import BadInput

_DEFAULTS = {"epochs": 14, "averaging": 2.0, "layers": 0, "recurrent": 0}
_SHARPNESS = 12.0  # of the cosines to begin with
_SMOOTHING = 0.05  # share of the target that goes to all labels
_READ_AT_ONCE = 64  # windows
_BY_WORDS = "words"  # the directory of the fast classifier
_WORDS_ALONE = 1  # no spans are looked for


class LabelNetwork(nn.Module):
    """Scores of labels for windows of texts."""

    def __init__(self, encoder: nn.Module, labels: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        wide = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.dropout = nn.Dropout(dropout)
        self.label = nn.Parameter(torch.zeros(labels, wide))
        self.bias = nn.Parameter(torch.zeros(labels))
        self.sharpness = nn.Parameter(torch.tensor(_SHARPNESS))

    def embed(self, windows: Sequence[Window], padding: int) -> Tensor:
        """Mean states of the windows' pieces. shape: (windows, width)"""
        most = max(len(window.pieces) for window in windows)
        ids = np.full((len(windows), most), padding, np.int64)
        mask = np.zeros((len(windows), most), np.int64)
        for n, window in enumerate(windows):
            ids[n, : len(window.pieces)] = window.pieces
            mask[n, : len(window.pieces)] = 1
        there = torch.from_numpy(mask)
        states = self.encoder(input_ids=torch.from_numpy(ids), attention_mask=there)
        weight = there[:, :, None].float()
        mean: Tensor = (states.last_hidden_state * weight).sum(1) / weight.sum(1)
        return mean

    def forward(self, windows: Sequence[Window], padding: int) -> Tensor:
        """shape: (windows, labels)"""
        texts = functional.normalize(self.dropout(self.embed(windows, padding)), dim=1)
        labels = functional.normalize(self.label, dim=1)
        return self.sharpness * texts @ labels.T + self.bias


class EncoderClassifier:
    """Reads a text into one label."""

    def __init__(
        self,
        network: LabelNetwork,
        pieces: Pieces,
        labels: Sequence[str],
        window: int,
        dropout: float,
        words: TextClassifier,
    ) -> None:
        self.network, self.pieces, self.words = network, pieces, words
        self._labels = tuple(labels)
        self.window, self.dropout = window, dropout

    @property
    def labels(self) -> Sequence[str]:
        return self._labels

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """The likeliest label of each text, with its share."""
        windows = cut([Example("", text) for text in texts], self.pieces, self.window)
        shares = find_shares(
            self.network, windows, len(texts), len(self._labels), self.pieces.special.padding
        )
        shares = (shares + by_words(self.words, texts, self._labels)) / 2
        best = shares.argmax(axis=1)
        return [
            Verdict(self._labels[label], round(float(row[label]), 4))
            for label, row in zip(best.tolist(), shares, strict=True)
        ]

    def save(self, directory: Path) -> None:
        """Write the files into an existing directory."""
        content = {
            "labels": self._labels,
            "window": self.window,
            "dropout": self.dropout,
            "special": self.pieces.special._asdict(),
            "masks": self.pieces.masks,
            "joined": self.pieces.joined,
        }
        save_network(directory, self.network, self.pieces, content)
        (directory / _BY_WORDS).mkdir(exist_ok=True)
        self.words.save(directory / _BY_WORDS)


def load(directory: Path, card: dict[str, Any]) -> EncoderClassifier:
    """The classifier of a model directory."""
    del card
    content = read_content(directory)
    encoder, tokenizer = open_parts(directory)
    network = LabelNetwork(encoder, len(content["labels"]), content["dropout"])
    fill(network, directory)
    special = Special(**content["special"])
    pieces = Pieces(tokenizer, special, content["masks"], content.get("joined", False))
    words = TextClassifier.load(directory / _BY_WORDS)
    return EncoderClassifier(
        network, pieces, content["labels"], content["window"], content["dropout"], words
    )


def cut(examples: Sequence[Example], pieces: Pieces, window: int) -> list[Window]:
    """The windows of the texts; a long text has several, without margins."""
    return make_windows([words_of(example) for example in examples], pieces, window, 0)


def by_words(
    words: TextClassifier, texts: Sequence[str], labels: Sequence[str]
) -> NDArray[np.float64]:
    """Shares of the labels by the fast classifier. shape: (texts, labels)

    A text that has nothing in it says nothing: every label has the same share.
    """
    shares = np.full((len(texts), len(labels)), 1 / len(labels))
    order = [words.labels.index(label) for label in labels]
    for n, text in enumerate(texts):
        if text.strip():
            shares[n] = words.shares(text)[order]
    return shares


def find_shares(
    network: LabelNetwork, windows: Sequence[Window], texts: int, labels: int, padding: int
) -> NDArray[np.float64]:
    """Mean over a text's windows of the shares of the labels. shape: (texts, labels)

    A text without words has the same share of every label.
    """
    network.eval()
    shares = np.zeros((texts, labels))
    counts = np.zeros(texts)
    with torch.inference_mode():
        for numbers in group(windows, _READ_AT_ONCE, _WORDS_ALONE):
            chosen = [windows[n] for n in numbers]
            found = torch.softmax(network(chosen, padding), dim=1).double().numpy()
            of = np.asarray([window.text for window in chosen])
            np.add.at(shares, of, found)
            np.add.at(counts, of, 1)
    shares[counts == 0] = 1 / labels
    return shares / np.maximum(1, counts)[:, None]


def train(
    train: Sequence[Labelled],
    dev: Sequence[Labelled],
    unlabelled: Sequence[Example],
    options: TrainingOptions,
    progress: Progress,
) -> Trained:
    """Fit an encoder to the labelled texts, the best epoch by dev; then to both.

    Raises BadInput for settings and encoders that cannot be used and where there is one label.
    """
    del unlabelled
    counts = Counter(text.label for text in train)
    labels = sorted(counts)
    if len(labels) < 2:
        raise BadInput(
            f"All {len(train)} texts to learn from are labelled {labels[0]!r}; a classifier needs "
            "two labels or more."
        )
    chinese = is_chinese(text.text for text in train)
    settings = read_settings({**_DEFAULTS, **options.settings}, chinese)
    encoder = choose_encoder(options.encoder, chinese, settings.layers, options.work)
    texts = [Example(text.name, text.text) for text in train]
    pieces = Pieces(
        encoder.tokenizer,
        encoder.special,
        find_masks(words_of(text) for text in texts),
        chinese,
    )
    positions = int(encoder.config.get("max_position_embeddings") or 512) - 4
    window = min(settings.window, positions)
    learnt = cut(texts, pieces, window)
    measured = cut([Example(text.name, text.text) for text in dev], pieces, window)
    names = cut([Example("", label.replace("_", " ")) for label in labels], pieces, window)
    vocabulary = Vocabulary(encoder.network, [*learnt, *measured, *names], encoder.special)
    learnt, measured, names = (vocabulary.narrow(part) for part in (learnt, measured, names))
    torch.manual_seed(options.seed)
    network = LabelNetwork(encoder.network, len(labels), settings.dropout)
    words = train_words(train, dev, (), TrainingOptions(options.seed), _say_nothing).model
    dev_by_words = by_words(words, [text.text for text in dev], labels)
    padding = encoder.special.padding
    _begin(network, names, padding)
    begun = copy.deepcopy(network.state_dict())
    targets = [labels.index(text.label) for text in train]
    pairs = [(part, targets[part.text]) for part in learnt]
    pairs += [(part, part.text) for part in names]
    gold = [text.label for text in dev]
    control = counts.most_common(1)[0][0]

    def plan(random: np.random.Generator) -> list[list[tuple[Window, int]]]:
        windows = [part for part, _ in pairs]
        batches: list[list[int]] = []
        size, often = share_out(settings, len(windows), settings.epochs)
        for _ in range(often):
            batches += shuffle(windows, size, _WORDS_ALONE, random)
        return [[hide(*pairs[n], random) for n in batch] for batch in batches]

    def hide(part: Window, label: int, random: np.random.Generator) -> tuple[Window, int]:
        return vocabulary.hide(part, settings.hiding, random), label

    def loss(batch: list[tuple[Window, int]]) -> Tensor:
        wanted = torch.tensor([label for _, label in batch])
        scores = network([part for part, _ in batch], padding)
        return functional.cross_entropy(scores, wanted, label_smoothing=_SMOOTHING)

    def measure() -> tuple[float, str]:
        shares = find_shares(network, measured, len(dev), len(labels), padding)
        shares = (shares + dev_by_words) / 2
        given = [labels[n] for n in shares.argmax(axis=1).tolist()]
        accuracy = score_labels(gold, given, control)["accuracy"]
        right = [labels.index(label) if label in counts else -1 for label in gold]
        certain = [shares[n, label] if label >= 0 else 0.0 for n, label in enumerate(right)]
        # accuracy on a few texts is coarse: among equals, how sure the network is decides
        return accuracy + 1e-3 * float(np.mean(certain)), f"accuracy {accuracy:.3f} on dev"

    total = sha256(repr((encoder.digest, settings, options.seed)).encode())
    for part in (train, dev):
        total.update(repr([(text.text, text.label) for text in part]).encode())
    pieces_read = settings.epochs * sum(len(part.pieces) for part in [*learnt, *learnt, *measured])
    folds = bool(settings.folding) and pieces_read <= LONG
    share = 0.5 if folds else 1.0
    course = Course(
        name="labelled texts",
        digest=total.hexdigest(),
        epochs=settings.epochs,
        seed=options.seed,
        plan=plan,
        loss=loss,
        measure=measure,
        share=share,
    )
    found = {"labelled": fit(network, network.encoder, course, settings, options.work, progress)}
    vocabulary.widen()

    def make(network: LabelNetwork) -> EncoderClassifier:
        return EncoderClassifier(network, pieces, labels, window, settings.dropout, words)

    model = make(copy.deepcopy(network) if folds else network)
    given = [verdict.label for verdict in model.classify([text.text for text in dev])]
    folded = None
    if folds:
        vocabulary.go_on()
        network.load_state_dict(begun)
        of_dev = ((part, dev[part.text].label) for part in measured)
        pairs += [(part, labels.index(label)) for part, label in of_dev if label in counts]
        course = dataclasses.replace(course, name=FOLDED, measure=None, before=share)
        found["all_labelled"] = fit(
            network, network.encoder, course, settings, options.work, progress
        )
        vocabulary.widen()
        folded = make(network)
    return Trained(
        folded or model,
        score_labels(gold, given, control),
        {
            "encoder": {"name": encoder.name, "sha256": encoder.digest},
            "course": found,
            "settings": dataclasses.asdict(settings),
            "most_frequent_label": control,
            "examples_per_label": dict(counts.most_common()),
        },
        model if folds else None,
    )


def _say_nothing(message: str, done: float | None = None) -> None:
    del message, done


def _begin(network: LabelNetwork, names: Sequence[Window], padding: int) -> None:
    """Labels begin as the states of their names; one without a word begins at random."""
    network.eval()
    with torch.no_grad():
        nn.init.normal_(network.label)
        if names:
            rows = torch.tensor([part.text for part in names])
            network.label[rows] = network.embed(names, padding)
