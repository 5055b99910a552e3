"""What unknown labels may stand for: by their names, and by where the lexicon agrees with them.

A proposal is written into the table of labels, where people see and correct it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import JaroWinkler

from extraction.learning.examples import Example
from extraction.text.reading import Reader
from extraction.text.tokens import HAN
from ontology.schema import ClassTerm, Relation, Schema

_NEAR = 0.9
_PARTS = re.compile(rf"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[{HAN}]+")
_CLASS_OF_KIND = {
    "component": "Component",
    "mode": "FailureMode",
    "symptom": "Symptom",
    "activity": "MaintenanceActivity",
    "cause": "FailureCause",
}
_ENOUGH = 5  # spans of a label that the lexicon must know
_SHARE = 0.6  # of these that must be of one class


def propose_class(schema: Schema, label: str) -> str | None:
    """The class whose name or label is that of `label`, or nearly so; None where none is near."""
    path = label.split("/")
    return next((found for part in reversed(path) if (found := _near_class(schema, part))), None)


def propose_relation(schema: Schema, label: str) -> tuple[str, bool] | None:
    """The relation with that name, label or verb, and whether it is turned round."""
    wanted = _words(label)
    for relation in schema.relations.values():
        if wanted in {_words(name) for name in _names(relation)}:
            return relation.name, False
        if wanted in {_words(verb) for verb in relation.inverse_verb.values()}:
            return relation.name, True
    return None


def propose_from_texts(
    reader: Reader, examples: Iterable[Example]
) -> dict[str, tuple[str, float, int]]:
    """Class, share and count by span label, from labelled texts that the lexicon reads as well.

    A label stands for the class of most of the mentions that its spans share ends with or overlap.
    """
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for example in examples:
        mentions = reader.read(example.text).mentions
        for span in example.spans:
            kinds = {m.kind for m in mentions if m.start < span.end and span.start < m.end}
            if len(kinds) == 1:
                seen[span.label][_CLASS_OF_KIND[kinds.pop()]] += 1
    found: dict[str, tuple[str, float, int]] = {}
    for label, counts in seen.items():
        total = counts.total()
        cls, count = counts.most_common(1)[0]
        # a failure mode or a symptom: both are what was observed
        finding = counts["FailureMode"] + counts["Symptom"]
        if finding > count:
            cls, count = "FailureMode", finding
        if total >= _ENOUGH and count / total >= _SHARE:
            found[label] = (cls, count / total, total)
    return found


def propose_ties(
    schema: Schema,
    examples: Sequence[Example],
    class_of: dict[str, str | None],
    usual: frozenset[str] = frozenset({"exhibits", "hasComponent", "indicates", "appliesTo"}),
) -> dict[str, tuple[str, bool] | None]:
    """Relations for tie labels by the classes that they join, most often, in labelled texts.

    Only where the ontology has exactly one relation for these classes, in either direction, or one
    of the `usual` ones of texts; ties between things of one class are left to people.
    """
    joined: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for example in examples:
        for tie in example.ties:
            source = class_of.get(example.spans[tie.source].label)
            target = class_of.get(example.spans[tie.target].label)
            if source and target and source != target:
                ends = example.spans[tie.source].label, example.spans[tie.target].label
                key = f"{ends[0]}>{tie.label}>{ends[1]}"
                joined[key][source, target] += 1
    found: dict[str, tuple[str, bool] | None] = {}
    for key, counts in joined.items():
        (source, target), _ = counts.most_common(1)[0]
        forward = [r.name for r in schema.relations.values() if fits(schema, r, source, target)]
        backward = [r.name for r in schema.relations.values() if fits(schema, r, target, source)]
        fitting = [(name, False) for name in forward] + [(name, True) for name in backward]
        if len(fitting) > 1:
            fitting = [(name, turned) for name, turned in fitting if name in usual]
        if len(fitting) == 1:
            found[key] = fitting[0]
    return found


def fits(schema: Schema, relation: Relation, source: str, target: str) -> bool:
    """Whether `relation` may hold from a thing of class `source` to one of class `target`."""
    return (
        bool(relation.domain and relation.range)
        and any(schema.is_a(source, cls) for cls in relation.domain)
        and any(schema.is_a(target, cls) for cls in relation.range)
    )


def _near_class(schema: Schema, name: str) -> str | None:
    wanted = _words(name)
    if not wanted:
        return None
    best, score = None, _NEAR
    for term in schema.classes.values():
        for form in _names(term):
            known = _words(form)
            near = 1.0 if known == wanted else JaroWinkler.similarity(known, wanted)
            # names of a few letters are near to too many others
            if near > score and (near == 1.0 or len(wanted) >= 6):
                best, score = term.name, near
    return best


def _names(term: ClassTerm | Relation) -> list[str]:
    alternative = [word for words in term.words.alt.values() for word in words]
    return [term.name, *term.words.label.values(), *alternative]


def _words(name: str) -> str:
    return " ".join(part.casefold() for part in _PARTS.findall(name))
