"""How well a model reads: precision, recall, F1, accuracy and error reduction.

Spans count as right when start, end and label agree; every labelled span counts, nested ones too.
A tie is right *strictly* when both spans with their labels and the tie's label agree, *loosely*
when the places of both spans and the tie's label do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from extraction.learning.examples import Example
from extraction.learning.protocol import Reading


class Counts(NamedTuple):
    """What was found, what is there, and what of it agrees."""

    found: int
    there: int
    right: int

    def scores(self) -> dict[str, float | int]:
        """Precision, recall and F1 in [0, 1] (0 where undefined), and the support."""
        precision = self.right / self.found if self.found else 0.0
        recall = self.right / self.there if self.there else 0.0
        total = self.found + self.there
        return {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * self.right / total, 4) if total else 0.0,
            "support": self.there,
        }


def score_spans(examples: Sequence[Example], readings: Sequence[Reading]) -> dict[str, Any]:
    """Scores of spans and ties, in the shape that `gemba evaluate` prints."""
    found: list[set[Hashable]] = []
    there: list[set[Hashable]] = []
    found_ties: list[set[Hashable]] = []
    there_ties: list[set[Hashable]] = []
    for example, reading in zip(examples, readings, strict=True):
        there.append({tuple(span) for span in example.spans})
        found.append({(s.start, s.end, s.label) for s in reading.spans})
        there_ties.append(
            {
                (tuple(example.spans[t.source]), tuple(example.spans[t.target]), t.label)
                for t in example.ties
            }
        )
        found_ties.append(
            {
                (reading.spans[t.source][:3], reading.spans[t.target][:3], t.label)
                for t in reading.ties
            }
        )
    return {
        "entities": _by_class(found, there),
        "relations": {
            "strict": _by_class(found_ties, there_ties),
            "loose": _by_class([_loosen(t) for t in found_ties], [_loosen(t) for t in there_ties]),
        },
    }


def _loosen(ties: Iterable[Any]) -> set[Hashable]:
    return {(source[:2], target[:2], label) for source, target, label in ties}


def _by_class(found: Sequence[set[Any]], there: Sequence[set[Any]]) -> dict[str, Any]:
    counts: dict[str, list[int]] = {}
    for one, other in zip(found, there, strict=True):
        for column, things in enumerate((one, other, one & other)):
            for thing in things:
                counts.setdefault(thing[-1], [0, 0, 0])[column] += 1
    total = (
        Counts(*(sum(column) for column in zip(*counts.values(), strict=True)))
        if counts
        else (Counts(0, 0, 0))
    )
    return {
        "micro": total.scores(),
        "classes": {label: Counts(*counts[label]).scores() for label in sorted(counts)},
    }


def score_labels(gold: Sequence[str], given: Sequence[str], control: str) -> dict[str, Any]:
    """Accuracy, macro F1 over the labels that occur, and the control: always the same label.

    `error_reduction`: the share of the control's errors that the model does not make.
    """
    classes = _by_class(
        [{(n, label)} for n, label in enumerate(given)],
        [{(n, label)} for n, label in enumerate(gold)],
    )["classes"]
    accuracy = _accuracy(gold, given)
    base = _accuracy(gold, [control] * len(gold))
    return {
        "accuracy": round(accuracy, 4),
        "macro_f1": round(sum(c["f1"] for c in classes.values()) / max(1, len(classes)), 4),
        "error_reduction": _error_reduction(accuracy, base),
        "support": len(gold),
        "classes": classes,
        "control": {"label": control, "accuracy": round(base, 4)},
    }


def score_words(
    written: Sequence[str],
    meant: Sequence[str],
    given: Sequence[str],
    most_frequent: Sequence[str],
) -> dict[str, Any]:
    """Accuracy over words and error reduction against leaving every word as it was written.

    Error reduction rate: (accuracy - accuracy of leaving) / (1 - accuracy of leaving), as in van
    der Goot et al., MultiLexNorm (W-NUT 2021). Macro F1 is over the meant words. Controls: leaving
    every word, and the most frequent replacement in training.
    """
    accuracy = _accuracy(meant, given)
    leaving = _accuracy(meant, written)
    frequent = _accuracy(meant, most_frequent)
    f1 = _macro_f1(meant, given)
    return {
        "accuracy": round(accuracy, 4),
        "macro_f1": round(f1, 4),
        "error_reduction": _error_reduction(accuracy, leaving),
        "support": len(meant),
        "control": {
            "leave_as_is": {"accuracy": round(leaving, 4), "error_reduction": 0.0},
            "most_frequent": {
                "accuracy": round(frequent, 4),
                "error_reduction": _error_reduction(frequent, leaving),
            },
        },
    }


def _accuracy(gold: Sequence[str], given: Sequence[str]) -> float:
    return sum(g == h for g, h in zip(gold, given, strict=True)) / len(gold) if gold else 0.0


def _error_reduction(accuracy: float, base: float) -> float | None:
    return round((accuracy - base) / (1 - base), 4) if base < 1 else None


def _macro_f1(gold: Sequence[str], given: Sequence[str]) -> float:
    there, found = Counter(gold), Counter(given)
    right = Counter(g for g, h in zip(gold, given, strict=True) if g == h)
    return sum(2 * right[w] / (there[w] + found[w]) for w in there) / max(1, len(there))
