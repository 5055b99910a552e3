"""From labelled texts to a recogniser, with the help of texts that nobody labelled."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from extraction.learning.examples import Example, span_labels, tie_labels
from extraction.learning.fast.finder import Finder
from extraction.learning.fast.knowledge import Known, known_phrases
from extraction.learning.fast.layers import UnitSpan
from extraction.learning.fast.learner import Learner, Steps
from extraction.learning.fast.settings import Settings
from extraction.learning.fast.teaching import Ends, Taught, teach_from_hints, teach_from_reading
from extraction.learning.fast.texts import Text, to_text
from extraction.learning.fast.units import Splitter
from extraction.learning.fast.wordvectors import WordVectors, digest, find_source, open_vectors
from extraction.learning.protocol import Progress, Trained, TrainingOptions
from extraction.learning.scoring import score_spans
from kg.model.errors import BadInput


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
    labels, ties = sorted(span_labels(train)), sorted(tie_labels(train))
    texts = [to_text(example, splitter, labels, ties) for example in train]
    known = _known(settings)
    vectors = _vectors(train, settings, options)
    make = partial(
        Learner,
        labels=labels,
        ties=ties,
        settings=settings,
        seed=options.seed,
        vectors=vectors,
        known=known,
        work=options.work,
    )
    new = _unmarked(unlabelled, [*train, *dev], settings.unlabelled)
    taught: list[Text] = []
    if new:
        if options.teacher is not None:
            taught = _ask_teacher(options.teacher, new, splitter, labels, ties, progress)
        else:
            taught = _teach_oneself(make(texts), new, splitter, progress)
        texts = [text._replace(weight=settings.gold_weight) for text in texts]

    def without(part: set[int]) -> Learner:
        # the taught texts stay: to have them labelled anew for each part costs much, and measured
        # no better
        others = [text for n, text in enumerate(texts) if n not in part]
        return make([*others, *taught], gold=len(others))

    learner = make([*texts, *taught], gold=len(texts))
    in_dev = [to_text(example, splitter, labels, ties) for example in dev]
    recogniser = learner.learn(splitter, progress, in_dev, without)
    notes: dict[str, Any] = {
        "units": "characters" if splitter.characters else "words",
        "spans_inside_of_units": astray,
        "layers": len(recogniser.finder.chains),
        "machine_labelled_texts": len(taught),
        "word_vectors": f"{vectors.name}, {digest(vectors)[:16]}" if vectors else None,
        "phrases_of_ontology": len(known),
        "span_threshold": recogniser.chooser.threshold,
        "tie_threshold": recogniser.tie_threshold,
        "only_with_a_tie": [labels[n] for n in sorted(recogniser.tied_only)],
        "held_out": {
            "spans_f1": round(learner.span_score, 4),
            "ties_f1_loose": round(learner.tie_score, 4),
            "parts": min(settings.folds, len(texts)),
        },
        "settings": {name: getattr(settings, name) for name in Settings.__slots__},
    }
    progress("measuring on dev", 0.69)
    scores = score_spans(dev, recogniser.read([example.bare() for example in dev]))
    if not settings.folding:
        return Trained(recogniser, scores, notes)
    weight = texts[0].weight
    both = [*texts, *(text._replace(weight=weight) for text in in_dev if text.words)]
    again = make([*both, *taught], gold=len(both))
    folded = again.learn_like(learner, recogniser, splitter, progress)
    if folded is None:
        return Trained(recogniser, scores, notes)
    return Trained(folded, scores, notes, recogniser)


def _known(settings: Settings) -> list[Known]:
    if not settings.dictionary:
        return []
    from ontology import load_schema

    return known_phrases(load_schema())


def _vectors(
    examples: Sequence[Example], settings: Settings, options: TrainingOptions
) -> WordVectors | None:
    if not settings.vectors:
        return None
    source = find_source(options.encoder, [example.text for example in examples])
    if source is None:
        return None
    if options.work is not None:
        return open_vectors(source, settings.vectors, options.work)
    with tempfile.TemporaryDirectory(prefix="gemba-") as work:
        return open_vectors(source, settings.vectors, Path(work))


def _unmarked(
    unlabelled: Sequence[Example], marked: Sequence[Example], limit: int
) -> list[Example]:
    """The texts that nobody labelled, at most so many, picked evenly."""
    labelled = {example.text for example in marked}
    new = [example for example in unlabelled if example.text not in labelled]
    return new if len(new) <= limit else [new[len(new) * n // limit] for n in range(limit)]


def _ask_teacher(
    directory: Path,
    examples: Sequence[Example],
    splitter: Splitter,
    labels: Sequence[str],
    ties: Sequence[str],
    progress: Progress,
) -> list[Text]:
    """Labels by a trained model. Raises BadInput where it knows none of the labels."""
    from extraction.learning.cards import load_model

    teacher, card = load_model(directory)
    if card["task"] != "spans" or not set(card["labels"]) & set(labels):
        raise BadInput(
            f"{directory}: cannot teach this model, it marks {', '.join(card['labels'][:5])} and "
            f"the labelled texts have {', '.join(labels[:5])}."
        )
    found: list[Taught] = []
    at_once = 256
    for at in range(0, len(examples), at_once):
        progress("the teacher labels texts", 0.2 * at / len(examples))
        part = examples[at : at + at_once]
        readings = teacher.read([example.bare() for example in part])  # type: ignore[union-attr]
        found += [
            teach_from_reading(splitter.units(example), reading, example.hints, labels, ties)
            for example, reading in zip(part, readings, strict=True)
        ]
    return [Text(*one) for one in found if one.words]


def _teach_oneself(
    learner: Learner, examples: Sequence[Example], splitter: Splitter, progress: Progress
) -> list[Text]:
    """Labels by a first model from the labelled texts, and by hints where there are."""
    steps = Steps(progress, len(learner.layers), 0.1)
    chains = learner.train_chains(range(len(learner.texts)), steps, "a first model")
    finder = Finder(learner.channels, len(learner.labels), learner.longest, chains)
    ends = Ends(learner.texts, len(learner.labels), learner.ties)
    nests = len(learner.layers) > 1

    def agree(a: UnitSpan, b: UnitSpan) -> bool:
        if a.last <= b.first or b.last <= a.first:
            return True
        if a[:2] == b[:2] or not nests:
            return False
        return (a.first <= b.first and b.last <= a.last) or (
            b.first <= a.first and a.last <= b.last
        )

    units = [splitter.units(example) for example in examples]
    found: list[Taught] = []
    at_once = 256
    for at in range(0, len(units), at_once):
        progress("labelling texts by the first model", 0.1)
        part = units[at : at + at_once]
        for one, example, candidates in zip(
            part,
            examples[at : at + at_once],
            finder.find([u.words for u in part]),
            strict=True,
        ):
            found.append(
                teach_from_hints(
                    one, candidates, example.hints, ends, len(learner.labels), learner.ties, agree
                )
            )
    return [Text(*one) for one in found if one.words]
