"""Learning to classify short texts: linear support vector machines, one label against the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extraction.learning.classifier.features import Features, Row
from extraction.learning.classifier.model import Floats, TextClassifier, margins, to_shares
from extraction.learning.evaluating import measure
from extraction.learning.examples import Example, Labelled
from extraction.learning.protocol import Progress, Trained, TrainingOptions
from extraction.learning.settings import settings_of
from kg.model.errors import BadInput

SETTINGS: dict[str, Any] = {
    "c": 1.0,  # how much a wrong side costs
    "lexicon": True,  # whether the ontology's concepts are features
    "label_words": True,  # whether each label's own words are an example of it
    "balanced": False,  # whether a rare label weighs as much as a frequent one
}
_FOLDS = 5


def train(
    train: Sequence[Labelled],
    dev: Sequence[Labelled],
    unlabelled: Sequence[Example],
    options: TrainingOptions,
    progress: Progress,
) -> Trained:
    """Fit on `train`; how sharp the scores are is fitted to folds of it that were held out."""
    del unlabelled
    settings = settings_of(options.settings, SETTINGS)
    counts = Counter(text.label for text in train)
    labels = sorted(counts)
    if len(labels) < 2:
        raise BadInput(
            f"All {len(train)} texts to learn from are labelled {labels[0]!r}; a classifier needs "
            "two labels or more."
        )
    texts = list(train)
    Random(options.seed).shuffle(texts)
    progress("measuring margins on held-out parts", 0.1)
    held_out, right = [], []
    folds = min(_FOLDS, len(texts))
    for fold in range(folds):
        known = [text for n, text in enumerate(texts) if n % folds != fold]
        if len({text.label for text in known}) < 2:
            continue
        features, weights = _fit(known, labels, settings, options.seed)
        for text in texts[fold::folds]:
            held_out.append(margins(features.read(text.text), weights))
            right.append(labels.index(text.label))
        progress(f"fold {fold + 1} of {folds}", (fold + 1) / (folds + 1))
    sharpness = _fit_sharpness(np.array(held_out), np.array(right)) if held_out else 1.0
    features, weights = _fit(texts, labels, settings, options.seed)
    model = TextClassifier(labels, features, weights, sharpness)
    notes = {
        "settings": settings,
        "features": len(features.names),
        "sharpness": round(sharpness, 3),
        "most_frequent_label": counts.most_common(1)[0][0],
        "examples_per_label": dict(counts.most_common()),
    }
    return Trained(model, measure(model, list(dev), notes), notes)


def load(directory: Path, card: dict[str, Any]) -> TextClassifier:
    """The model of a directory."""
    del card
    return TextClassifier.load(directory)


def _fit(
    texts: Sequence[Labelled], labels: Sequence[str], settings: dict[str, Any], seed: int
) -> tuple[Features, Floats]:
    """Features and weights. Shape of the weights: (features + 1, labels)."""
    from sklearn.svm import LinearSVC

    there = sorted({text.label for text in texts})
    examples = [(text.text, text.label) for text in texts]
    if settings["label_words"]:
        examples += [(label.replace("_", " "), label) for label in there]
    features = Features.learn([text for text, _ in examples], bool(settings["lexicon"]))
    machine = LinearSVC(
        C=max(settings["c"], 1e-6),
        class_weight="balanced" if settings["balanced"] else None,
        random_state=seed,
        max_iter=5000,
    )
    rows = [features.read(text) for text, _ in examples]
    machine.fit(_stack(rows, len(features.names)), [there.index(label) for _, label in examples])
    planes = np.vstack([machine.coef_.T, machine.intercept_])
    if len(there) == 2:  # one hyperplane parts two labels
        planes = np.hstack([-planes, planes])
    weights = np.zeros((planes.shape[0], len(labels)), dtype=np.float32)
    weights[-1] = float(planes[-1].min()) - 1.0  # a label without examples is never likeliest
    weights[:, [labels.index(label) for label in there]] = planes
    return features, weights


def _stack(rows: Sequence[Row], width: int) -> Any:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(row.places) for row in rows)], dtype=np.int32)
    return csr_matrix(
        (
            np.concatenate([row.values for row in rows]).astype(np.float64),
            np.concatenate([row.places for row in rows]),
            ends,
        ),
        shape=(len(rows), width),
    )


def _fit_sharpness(distances: Floats, right: NDArray[np.int64]) -> float:
    """The factor under which the shares of the right labels are likeliest.

    Temperature scaling (Guo et al., 2017). Shapes: (texts, labels) and (texts,).
    """
    from scipy.optimize import minimize_scalar

    def loss(log_sharpness: float) -> float:
        shares = to_shares(distances, float(np.exp(log_sharpness)))
        return -float(np.log(shares[np.arange(len(right)), right] + 1e-12).mean())

    found = minimize_scalar(loss, bounds=(-2.0, 4.0), method="bounded")
    return float(np.exp(found.x))
