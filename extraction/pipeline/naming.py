"""Writes what a model's labels stand for into its folder: the table that people then correct."""

from __future__ import annotations

from pathlib import Path

from extraction.learning import read_card, read_corpus
from extraction.learning.examples import Example
from extraction.pipeline.labels import LabelMap, Meaning, read_labels
from extraction.pipeline.proposals import propose_from_texts, propose_ties
from extraction.text import lexicon_extractor
from extraction.text.claiming import LexiconExtractor
from kg.model.errors import BadInput
from ontology.schema import Schema

LABELS = "labels.csv"


def name_labels(
    schema: Schema, model: Path, format_name: str | None = None, texts: Path | None = None
) -> LabelMap:
    """Write `labels.csv` into the folder of a model and return what it says.

    What the table there says already stays. Else: the shipped list, the name of the label, and with
    labelled `texts` where the lexicon finds the same things, and which classes a tie joins. Raises
    BadInput.
    """
    card = read_card(model)
    if card["task"] != "spans":
        raise BadInput(f"{model}: has no spans whose labels could stand for anything.")
    span_labels, tie_labels = list(card["labels"]), list(card.get("tie_labels", ()))
    own = model / LABELS
    labels = read_labels(schema, span_labels, tie_labels, model, LABELS if own.is_file() else None)
    if texts is not None:
        reading = card["reading"] if format_name in (None, card["format"]) else {}
        corpus = read_corpus(format_name or card["format"], texts, **reading)
        examples = [item for item in corpus.items if isinstance(item, Example)]
        labels = improve(schema, labels, span_labels, tie_labels, examples)
    labels.write(own)
    return labels


def improve(
    schema: Schema,
    labels: LabelMap,
    span_labels: list[str],
    tie_labels: list[str],
    examples: list[Example],
) -> LabelMap:
    """`labels` with proposals from labelled texts for what stands for nothing yet."""
    lexicon = lexicon_extractor(schema)
    assert isinstance(lexicon, LexiconExtractor)
    known = {row[0] for row in labels.rows()}
    proposed = propose_from_texts(lexicon.reader, examples)
    classes: dict[str, str | None] = {}
    for label in span_labels:
        classes[label] = labels.class_of(label)
        if classes[label] is None and label in proposed:
            classes[label] = proposed[label][0]
    relations: dict[str, Meaning | None] = {
        label: Meaning(name, turned == "yes") if name else None
        for label, name, turned in labels.rows()
        if label in tie_labels or ">" in label
    }
    for key, found in propose_ties(schema, examples, classes).items():
        source, label, target = key.split(">")
        if found and key not in known and labels.relation_of(label, source, target) is None:
            relations[key] = Meaning(*found)
    return LabelMap(classes, relations)
