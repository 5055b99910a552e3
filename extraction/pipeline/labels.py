"""What the labels of a trained model stand for in the ontology: a small editable table.

    label,stands_for,reversed
    PhysicalObject,Component,
    hasPart,hasComponent,
    State>hasPatient>PhysicalObject,exhibits,yes
    Person,,                                       (nothing: left out)

A label of a span stands for a class, one of a tie for a relation; `reversed` where the model's
source is the relation's object. A tie's label may be told apart by the labels of its ends, before
and behind `>`. A path (`PhysicalObject/Substance`) that has no line of its own counts as what is
above it. What no table has is proposed from its name (see `propose`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from extraction.pipeline.lists import digest_rows, read_rows, write_rows
from extraction.pipeline.proposals import propose_class, propose_relation
from kg.model.errors import BadInput
from ontology.schema import Schema

COLUMNS = ("label", "stands_for", "reversed")
SHIPPED = "labels.csv"
_T = TypeVar("_T")
_YES = frozenset({"yes", "true", "1", "x"})


class Meaning(NamedTuple):
    """A relation of the ontology, and whether the model's source is its object."""

    relation: str
    is_reversed: bool


class LabelMap:
    """Classes by span label and relations by tie label; None: stands for nothing."""

    def __init__(
        self, classes: Mapping[str, str | None], relations: Mapping[str, Meaning | None]
    ) -> None:
        self._classes = dict(classes)
        self._relations = dict(relations)

    def class_of(self, label: str) -> str | None:
        """The class for a span's label."""
        return _nearest(self._classes, label)

    def relation_of(self, label: str, source: str, target: str) -> Meaning | None:
        """The relation for a tie's label between spans with the labels `source` and `target`."""
        for one in _above(source):
            for other in _above(target):
                key = f"{one}>{label}>{other}"
                if key in self._relations:
                    return self._relations[key]
        return _nearest(self._relations, label)

    def rows(self) -> list[tuple[str, str, str]]:
        """The map as lines of a table."""
        found = [(label, cls or "", "") for label, cls in self._classes.items()]
        found += [
            (label, m.relation if m else "", "yes" if m and m.is_reversed else "")
            for label, m in self._relations.items()
        ]
        return sorted(found)

    def write(self, path: Path) -> None:
        """Write the table for people to correct."""
        write_rows(path, COLUMNS, self.rows())

    @property
    def digest(self) -> str:
        """Of what the map says."""
        return digest_rows(self.rows())


def read_labels(
    schema: Schema,
    span_labels: Sequence[str],
    tie_labels: Sequence[str],
    folder: Path,
    named: str | None = None,
) -> LabelMap:
    """The map for a model's labels: from the named table, the shipped one, or proposed.

    Raises BadInput where a table names what the ontology does not have.
    """
    classes: dict[str, str | None] = {}
    relations: dict[str, Meaning | None] = {}
    shipped = read_rows(folder, None, SHIPPED, COLUMNS)
    own = read_rows(folder, named, SHIPPED, COLUMNS) if named is not None else []
    wanted_ties = set(tie_labels)
    for rows, shown in ((shipped, f"data/pipeline/{SHIPPED}"), (own, named or "")):
        for label, stands_for, turned in rows:
            if stands_for and stands_for not in {*schema.relations, *schema.classes}:
                raise BadInput(
                    f"{shown}: {label!r} stands for {stands_for!r}, which is neither a class nor a "
                    "relation of the ontology; `gemba ontology show` lists them."
                )
            middle = label.split(">")[1] if label.count(">") == 2 else label
            if middle in wanted_ties and stands_for not in schema.classes:
                meaning = Meaning(stands_for, turned.casefold() in _YES) if stands_for else None
                relations[label] = meaning
            if stands_for not in schema.relations and any(
                label in _above(known) for known in span_labels
            ):
                classes[label] = stands_for or None
    for label in span_labels:
        if not any(above in classes for above in _above(label)):
            classes[label] = propose_class(schema, label)
    for label in tie_labels:
        if label not in relations and not any(f">{label}>" in known for known in relations):
            proposed = propose_relation(schema, label)
            relations[label] = Meaning(*proposed) if proposed else None
    return LabelMap(classes, relations)


def _above(label: str) -> list[str]:
    """`A/B/C`, `A/B`, `A`."""
    parts = label.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _nearest(known: Mapping[str, _T | None], label: str) -> _T | None:
    return next((known[above] for above in _above(label) if above in known), None)
