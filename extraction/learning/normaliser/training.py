"""Learning to normalise from texts that people wrote out word by word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from extraction.learning.evaluating import measure
from extraction.learning.examples import Example, Respelt
from extraction.learning.normaliser.candidates import Knowledge
from extraction.learning.normaliser.model import WordNormaliser
from extraction.learning.normaliser.ranking import Choices
from extraction.learning.protocol import Progress, Trained, TrainingOptions
from extraction.learning.settings import settings_of

SETTINGS: dict[str, Any] = {"parts": 10, "strength": 0.3}


def train(
    train: Sequence[Respelt],
    dev: Sequence[Respelt],
    unlabelled: Sequence[Example],
    options: TrainingOptions,
    progress: Progress,
) -> Trained:
    """Count what words mean, then learn whom to believe on texts that were not counted."""
    del unlabelled
    settings = settings_of(options.settings, SETTINGS)
    texts = [text.words for text in train]
    Random(options.seed).shuffle(texts)
    choices = Choices()
    parts = max(1, min(settings["parts"], len(texts)))
    missing = 0
    for part in range(parts):
        progress(f"weighing part {part + 1} of {parts}", part / (parts + 1))
        held = texts[part::parts]
        known = [text for n, text in enumerate(texts) if n % parts != part]
        missing += _add_choices(choices, Knowledge.learn(known or held), held)
    progress("learning whom to believe", parts / (parts + 1))
    ranker = choices.fit(settings["strength"])
    model = WordNormaliser(Knowledge.learn(texts), ranker)
    words = sum(len(text) for text in texts)
    notes = {
        "settings": settings,
        "features": len(ranker.weights),
        "replacements": len(model.knowledge.memory.alone),
        "out_of_reach": round(missing / max(1, words), 4),  # the meant word was no candidate
    }
    return Trained(model, measure(model, list(dev), notes), notes)


def load(directory: Path, card: dict[str, Any]) -> WordNormaliser:
    """The model of a directory."""
    del card
    return WordNormaliser.load(directory)


def _add_choices(
    choices: Choices, knowledge: Knowledge, texts: Sequence[Sequence[tuple[str, str]]]
) -> int:
    """Add every word of the texts to the choices; returns how many had no right candidate."""
    missing = 0
    cache: dict[str, Any] = {}
    for text in texts:
        words = [written for written, _ in text]
        reads = [knowledge.memory.most_frequent(word) for word in words]
        for n, (word, meant) in enumerate(text):
            meanings = cache.get(word)
            if meanings is None:
                meanings = cache[word] = knowledge.means(word)
            right = next((k for k, m in enumerate(meanings) if m.text == meant), None)
            if right is None:
                missing += 1
                continue
            if len(meanings) > 1:
                choices.add(
                    [[*m.features, *knowledge.here(words, n, m, reads)] for m in meanings], right
                )
    return missing
