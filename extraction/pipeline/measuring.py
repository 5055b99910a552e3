"""Day one, before anybody has labelled a text of the plant: how right are the statements?

Each statement that the pipeline accepts is held against texts that people labelled. One about a
record or an asset is right where a label that stands for the same sort of thing shares a character
with its quote; one between two things, where people tied two such labels within its quote. Labels
and ties mean what the shipped table of labels says, so that any labelled set can be measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from extraction.learning.examples import Example
from extraction.pipeline.labels import LabelMap, read_labels
from extraction.text.protocol import TextContext, TextExtractor
from kg.model import Claim
from ontology.schema import Schema

CONTEXT = TextContext(record="wo:measured", asset="asset:measured", role="description")
SORTS = ("component", "finding", "activity")
_SORT_OF_CLASS = {
    "Component": "component",
    "FailureMode": "finding",
    "Symptom": "finding",
    "FailureCause": "finding",
    "MaintenanceActivity": "activity",
    "Remedy": "activity",
    "Check": "activity",
}
_DENIED = "ruledOut"
_CERTAIN = 0.9  # of the lower bound of precision


def measure_day_one(
    schema: Schema, extractor: TextExtractor, format_name: str, path: Path
) -> dict[str, Any]:
    """Precision and recall of accepted statements on a file of labelled texts.

    `statements`: how many were accepted and can be judged, how many are right, `precision` and
    its lower bound; `by_relation` the same for each. `recall`: the share of labelled components,
    findings and activities that an accepted statement quotes. Statements of a sort that the set
    does not label at all are counted as `not_judged`; and where people marked only what stands in a
    tie, what is said of records is right more often than such labels show: `lower_bounds`.
    Raises BadInput for the file.
    """
    from extraction.learning.formats import read_corpus

    reading = {"level": 3} if format_name == "maintie" else {}
    corpus = read_corpus(format_name, path, **reading)
    return measure_examples(schema, extractor, corpus.items)


def measure_examples(
    schema: Schema, extractor: TextExtractor, examples: Iterable[Example]
) -> dict[str, Any]:
    """The same for examples."""
    texts = list(examples)
    labels = sorted({span.label for example in texts for span in example.spans})
    ties = sorted({tie.label for example in texts for tie in example.ties})
    meaning = read_labels(schema, labels, ties, Path())
    known = {sort for label in labels if (sort := _sort(schema, meaning.class_of(label)))}
    relations = {name for _, name, _ in meaning.rows()} & schema.relations.keys()
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    not_judged: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    is_partial = _is_partial(texts)
    partly: Counter[str] = Counter()
    partly_right: Counter[str] = Counter()
    for example in texts:
        claims = extractor.extract(example.text, 0, 0, CONTEXT).claims
        accepted = [claim for claim in claims if claim.status == "accepted"]
        gold = _Gold(schema, meaning, example)
        for claim in accepted:
            verdict = gold.judge(claim, known, relations)
            if verdict is None:
                not_judged[claim.predicate] += 1
            elif is_partial and claim.subject in (CONTEXT.record, CONTEXT.asset):
                partly[claim.predicate] += 1
                partly_right[claim.predicate] += verdict
            else:
                judged[claim.predicate] += 1
                right[claim.predicate] += verdict
        for start, end, sort in gold.spans:
            labelled[sort] += 1
            found[sort] += any(
                c.start < end and start < c.end and gold.sort_of(c.object) == sort for c in accepted
            )
    return {
        "texts": len(texts),
        "statements": _share(right.total(), judged.total()),
        "by_relation": {name: _share(right[name], judged[name]) for name in sorted(judged)},
        "lower_bounds": {name: _share(partly_right[name], partly[name]) for name in sorted(partly)},
        "not_judged": dict(sorted(not_judged.items())),
        "recall": {
            "micro": _recall(found.total(), labelled.total()),
            **{sort: _recall(found[sort], labelled[sort]) for sort in SORTS if labelled[sort]},
        },
    }


def _is_partial(examples: list[Example]) -> bool:
    """Whether nothing is marked but the ends of ties."""
    return any(example.ties for example in examples) and all(
        {end for tie in example.ties for end in tie[:2]} == set(range(len(example.spans)))
        for example in examples
    )


class _Gold:
    """What people labelled in one text, by sort of thing and by relation."""

    def __init__(self, schema: Schema, meaning: LabelMap, example: Example) -> None:
        self._schema = schema
        self.spans = [
            (span.start, span.end, sort)
            for span in example.spans
            if (sort := _sort(schema, meaning.class_of(span.label)))
        ]
        self._ties: list[tuple[str, tuple[int, int], tuple[int, int]]] = []
        for tie in example.ties:
            source, target = example.spans[tie.source], example.spans[tie.target]
            relation = meaning.relation_of(tie.label, source.label, target.label)
            if relation is not None:
                ends = (source.start, source.end), (target.start, target.end)
                self._ties.append((relation.relation, *ends))

    def sort_of(self, key: str) -> str | None:
        """The sort of thing behind a node's key."""
        concept = self._schema.concepts.get(key)
        return _sort(self._schema, concept.cls if concept else self._schema.class_of_key(key))

    def judge(self, claim: Claim, known: set[str], relations: set[str]) -> bool | None:
        """Whether `claim` is right; None where the labels say nothing about its like."""
        if claim.predicate == _DENIED:
            return None  # people mark what is there
        if claim.subject in (CONTEXT.record, CONTEXT.asset):
            sort = self.sort_of(claim.object)
            if sort not in known:
                return None
            return any(
                s == sort and claim.start < end and start < claim.end
                for start, end, s in self.spans
            )
        if claim.predicate not in relations:
            return None
        return any(
            relation == claim.predicate
            and all(claim.start < end and start < claim.end for start, end in ends)
            for relation, *ends in self._ties
        )


def _sort(schema: Schema, cls: str | None) -> str | None:
    if cls is None or cls not in schema.classes:
        return None
    return next((sort for top, sort in _SORT_OF_CLASS.items() if schema.is_a(cls, top)), None)


def _share(right: int, judged: int) -> dict[str, Any]:
    from extraction.learning.calibration import lower_bound

    return {
        "accepted": judged,
        "right": right,
        "precision": round(right / judged, 4) if judged else None,
        "precision_at_least": round(lower_bound(right, judged, _CERTAIN), 4) if judged else None,
    }


def _recall(found: int, labelled: int) -> dict[str, Any]:
    return {
        "labelled": labelled,
        "found": found,
        "recall": round(found / labelled, 4) if labelled else None,
    }
