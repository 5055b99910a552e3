"""Statements: the relations that a row tells between its things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from extraction.tables.columns import Issue
from extraction.tables.conditions import Condition, compile_condition
from extraction.tables.properties import Property, compile_properties
from extraction.tables.specification import StatementSpec
from extraction.tables.terms import Quoted, Terms
from extraction.tables.things import ALWAYS, Found, Validity, bounds
from kg.model.claims import Claim, ClaimStatus, Value

_REMEMBERED = 100_000


class Place(NamedTuple):
    """The cell that a statement is quoted from."""

    cell: int
    of: str  # "subject", "object" or "row"


class Statement:
    """One statement of a mapping, compiled for one table."""

    def __init__(
        self,
        spec: StatementSpec,
        terms: Terms,
        origins: Mapping[str, tuple[int, bool] | None],
        timed: Mapping[str, bool],
        quote: int | None,
    ) -> None:
        """`origins`: the one cell that each thing comes from, where it is one, and whether the
        spans of its items are offsets in that cell. `timed`: which things have their own time."""
        slot_of = terms.slot_of
        subject, self.predicate, object_ = spec.say.split()
        self.subject, self.object = terms.things[subject], terms.things[object_]
        self.when: Condition | None = (
            compile_condition(spec.when, slot_of) if spec.when is not None else None
        )
        self.confidence = terms.spec.confidence
        self.confidence_slot = -1  # of the column that says how sure the row is
        if isinstance(spec.confidence, str):
            self.confidence_slot = slot_of(spec.confidence)
        elif spec.confidence is not None:
            self.confidence = spec.confidence
        self.status: ClaimStatus = "suggested" if spec.suggested else "accepted"
        self.properties: tuple[Property, ...] = compile_properties(spec.properties, terms)
        self._at = slot_of(spec.at) if spec.at else None
        self._from = slot_of(spec.from_) if spec.from_ else None
        self._to = slot_of(spec.to) if spec.to else None
        self._label = spec.say
        self.own_time = bool(spec.at or spec.from_ or spec.to)
        self.timed_by = -1  # the thing whose time holds for the statement
        if not spec.always and not self.own_time:
            if timed[subject]:
                self.timed_by = self.subject
            elif timed[object_]:
                self.timed_by = self.object
        self.pairwise = spec.pairwise
        self.once = spec.once
        self._said: set[int] = set()
        self.place: Place | None = None
        if quote is not None:
            self.place = Place(quote, "row")
        else:
            for of, origin in (("object", origins[object_]), ("subject", origins[subject])):
                if origin is not None:
                    self.place = Place(origin[0], of if origin[1] else "row")
                    break

    def sureness(self, values: Sequence[Any]) -> float:
        """The confidence of what a row says."""
        if self.confidence_slot < 0:
            return self.confidence
        stated = values[self.confidence_slot]
        if stated is None or not 0 < stated <= 1:
            return self.confidence
        return float(stated)

    def is_said(self, subject: str, object_: str) -> bool:
        """Whether a statement to be made once was made before; remembers it."""
        if not self.once:
            return False
        form = hash((subject, object_))
        if form in self._said:
            return True
        if len(self._said) >= _REMEMBERED:
            self._said.clear()
        self._said.add(form)
        return False

    def validity(
        self, values: Sequence[Any], times: Sequence[Validity | None], issues: list[Issue]
    ) -> Validity:
        """From when to when the row says it held."""
        if self.timed_by >= 0:
            return times[self.timed_by] or ALWAYS
        if not self.own_time:
            return ALWAYS
        at = values[self._at] if self._at is not None else None
        start = values[self._from] if self._from is not None else None
        end = values[self._to] if self._to is not None else None
        return bounds(at, start, end, self._label, issues)

    def read_properties(self, values: Sequence[Any]) -> dict[str, Value] | None:
        """The qualifiers that the row gives; None where there are none."""
        props: dict[str, Value] = {}
        for name, read in self.properties:
            value = read(values)
            if value is not None and value != "":
                props[name] = value
        return props or None

    def make_several(
        self,
        subject: str | Found,
        object_: str | Found,
        values: Sequence[Any],
        validity: Validity,
        quoted: Quoted,
    ) -> list[Claim]:
        """The claims of a row in which subject or object are several things."""
        place = self.place
        start, end = quoted.span(place.cell) if place is not None else (-1, -1)
        subjects, objects = _several(subject, values), _several(object_, values)
        pairwise = self.pairwise and len(subjects.keys) == len(objects.keys)
        of = place.of if place is not None else "row"
        made: dict[tuple[str, str], Claim] = {}
        for i, one in enumerate(subjects.keys):
            for j, other in enumerate(objects.keys):
                if (pairwise and i != j) or (one, other) in made or self.is_said(one, other):
                    continue
                span = (
                    objects.spans[j]
                    if of == "object"
                    else subjects.spans[i]
                    if of == "subject"
                    else None
                )
                at = (start + span[0], start + span[1]) if span and start >= 0 else (start, end)
                view = objects.views[j] if objects.is_list else subjects.views[i]
                props = self.read_properties(view) if self.properties else None
                made[one, other] = self._claim(
                    one, other, quoted, at, validity, props=props, confidence=self.sureness(view)
                )
        return list(made.values())

    def _claim(
        self,
        subject: str,
        object_: str,
        quoted: Quoted,
        at: tuple[int, int],
        validity: Validity,
        *,
        props: dict[str, Value] | None,
        confidence: float,
    ) -> Claim:
        return Claim(
            subject,
            self.predicate,
            object_,
            quoted.passage,
            confidence,
            self.status,
            quoted.extractor,
            at[0],
            at[1],
            validity[0],
            validity[1],
            props,
        )


def _several(thing: str | Found, values: Sequence[Any]) -> Found:
    if isinstance(thing, Found):
        return thing
    return Found((thing,), (values,), (None,), is_list=False)
