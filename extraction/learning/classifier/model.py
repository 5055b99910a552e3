"""A linear classifier of short texts: one hyperplane per label, margins turned into shares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extraction.learning.classifier.features import Features, Row
from extraction.learning.protocol import Verdict

_FILE = "classifier.npz"

Floats = NDArray[np.float32]


class TextClassifier:
    """Reads a text into one label; a `Classifier`.

    `weights`: shape (features + 1, labels), the last row being the offsets. A score is the softmax
    of the margins times `sharpness`, which was fitted to texts that the margins had not seen.
    """

    def __init__(
        self, labels: Sequence[str], features: Features, weights: Floats, sharpness: float
    ) -> None:
        self._labels = tuple(labels)
        self._features = features
        self._weights = weights
        self._sharpness = sharpness

    @property
    def labels(self) -> Sequence[str]:
        """All labels, in the order of the weights."""
        return self._labels

    def classify(self, texts: Sequence[str]) -> list[Verdict]:
        """The likeliest label of each text with its score."""
        verdicts = []
        for text in texts:
            shares = self.shares(text)
            best = int(shares.argmax())
            verdicts.append(Verdict(self._labels[best], float(shares[best])))
        return verdicts

    def shares(self, text: str) -> Floats:
        """The score of every label. Shape: (labels,)."""
        return to_shares(margins(self._features.read(text), self._weights), self._sharpness)

    def save(self, directory: Path) -> None:
        """Write labels, features and weights, without pickles."""
        np.savez_compressed(
            directory / _FILE,
            labels=_pack(self._labels),
            names=_pack(self._features.names),
            idf=self._features.weights,
            weights=self._weights,
            sharpness=np.array(self._sharpness),
            lexicon=np.array(self._features.lexicon),
        )

    @classmethod
    def load(cls, directory: Path) -> TextClassifier:
        """Raises OSError, KeyError or ValueError where the file is not what `save` wrote."""
        with np.load(directory / _FILE, allow_pickle=False) as file:
            labels, names = _unpack(file["labels"]), _unpack(file["names"])
            weights, idf = file["weights"], file["idf"]
            if weights.shape != (len(names) + 1, len(labels)) or idf.shape != (len(names),):
                raise ValueError(f"{_FILE}: the sizes of its tables do not fit together")
            features = Features(names, idf, bool(file["lexicon"]))
            return cls(labels, features, weights, float(file["sharpness"]))


def margins(row: Row, weights: Floats) -> Floats:
    """Distances from the hyperplanes. Shape: (labels,)."""
    return np.asarray(row.values @ weights[row.places] + weights[-1])


def to_shares(distances: Floats, sharpness: float) -> Floats:
    """Softmax over the last axis."""
    scaled = distances * sharpness
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _pack(names: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def _unpack(packed: NDArray[np.uint8]) -> list[str]:
    return bytes(packed).decode().split("\n")
