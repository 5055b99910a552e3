"""A mapping compiled for one table: a row's cells in, claims out.

Everything that can be decided once is decided here, so that a row costs dictionary look-ups and
a few function calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extraction.tables.checks import RowChecks
from extraction.tables.columns import Column, Issue
from extraction.tables.conditions import Condition, compile_condition
from extraction.tables.refusals import RowRefused
from extraction.tables.specification import MappingSpec
from extraction.tables.statements import Statement
from extraction.tables.templates import columns_in
from extraction.tables.terms import Quoted, Terms
from extraction.tables.things import ALWAYS, Found, Thing, Validity
from extraction.text.counting import SentenceCounter
from extraction.text.protocol import TextContext, TextExtractor, prepare_texts
from kg.model.claims import Claim, NodeClaim
from ontology.schema import Schema

_new = tuple.__new__  # named tuples without the call of their own constructor


@dataclass(slots=True)
class Said:
    """What one row, or many, said."""

    nodes: list[NodeClaim] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Text:
    column: int  # slot
    cell: int | None
    role: str
    record: int | None  # thing
    asset: int | None  # thing
    at: int | None  # slot
    when: Condition | None
    language: str | None


class Program:
    """See `compile_program`."""

    def __init__(
        self,
        spec: MappingSpec,
        schema: Schema,
        columns: Sequence[Column],
        extractor: str,
        extractors: Sequence[TextExtractor],
        *,
        scales: Mapping[str, int],
        constants: Mapping[str, str] | None,
    ) -> None:
        self._extractor = extractor
        self._extractors = tuple(extractors)
        self.counter = SentenceCounter()
        self.reads_ahead = any(getattr(e, "reads_ahead", False) for e in extractors)
        by_name = {column.name: column for column in columns}
        self._plain = [(c.slot, c.cell) for c in columns if c.plain and c.cell is not None]
        self._coded = [(c.slot, c.cell, c) for c in columns if c.coded and c.cell is not None]
        self._simple = [
            (c.slot, c.cell, c.cache, c) for c in columns if c.simple and c.cell is not None
        ]
        self._other = [
            c
            for c in columns
            if not (c.plain or c.coded or c.simple)
            and (c.cell is not None or c.text or c.default or c.missing)
        ]
        slots = {column.name: column.slot for column in columns}
        for name in spec.constants:
            slots.setdefault(name, len(slots))
        self._blank: list[Any] = [None] * len(slots)
        for name, value in spec.constants.items():
            self._blank[slots[name]] = (constants or {}).get(name, value) or None
        thing_slot = {name: index for index, name in enumerate(spec.things)}
        terms = Terms(spec, schema, slots, thing_slot, scales)
        slot_of = terms.slot_of
        self.things = [Thing(name, thing, terms) for name, thing in spec.things.items()]
        origins = {name: self._origin(spec, thing, by_name) for name, thing in spec.things.items()}
        timed = {thing.name: thing.has_time for thing in self.things}
        self.statements = [
            Statement(
                statement,
                terms,
                origins,
                timed,
                by_name[statement.quote].cell if statement.quote else None,
            )
            for statement in spec.statements
        ]
        self._texts = [
            _Text(
                column=slots[text.column],
                cell=by_name[text.column].cell,
                role=text.role,
                record=thing_slot[text.record] if text.record else None,
                asset=thing_slot[text.asset] if text.asset else None,
                at=slots[text.at] if text.at else None,
                when=compile_condition(text.when, slot_of) if text.when else None,
                language=text.language or spec.language,
            )
            for text in spec.texts
        ]
        self.checks = RowChecks(terms, by_name)
        self._required = [
            (index, thing.name, thing.if_missing)
            for index, thing in enumerate(self.things)
            if thing.if_missing != "ignore"
        ]
        things = list(enumerate(self.things))
        self._timed = [(index, thing) for index, thing in things if thing.has_time]
        self._speaking = [(index, thing) for index, thing in things if thing.speaks]
        self._find = [(i, thing.bare_slot, thing.make_key or str, thing) for i, thing in things]
        self._plan = [
            (s, s.subject, s.object, -1 if s.place is None else s.place.cell)
            for s in self.statements
        ]

    @staticmethod
    def _origin(
        spec: MappingSpec, thing: Any, by_name: Mapping[str, Column]
    ) -> tuple[int, bool] | None:
        templates = [t for t in (thing.code or thing.name,) if t]
        used = {column for t in templates for column in columns_in(t) if column in by_name}
        if thing.concept and thing.when:
            used = set(thing.when)
        cells: set[int] = set()
        direct = True
        for name in used:
            cell, is_direct = _cell_of(name, spec, by_name)
            direct = direct and is_direct
            cells |= cell
        return (cells.pop(), direct) if len(cells) == 1 else None

    def run(
        self, cells: Sequence[str | None], quoted: Quoted, said: Said, *, read_texts: bool = True
    ) -> list[Issue]:
        """Add what a row says to `said`; returns what was noticed.

        Raises RowRefused and RowSkipped, having added nothing.
        """
        values: list[Any] = self._blank.copy()
        issues: list[Issue] = []
        for slot, cell in self._plain:
            values[slot] = cells[cell]
        for slot, cell, column in self._coded:
            raw = cells[cell]
            if raw is not None:
                # Only what a spreadsheet may have done to a code needs a second look.
                tricky = raw[-2:] == ".0" or raw[0] == "="
                values[slot] = column.learn(raw)[0] if tricky else raw
        for slot, cell, cache, column in self._simple:
            raw = cells[cell]
            if raw is None:
                if column.missing:
                    issues += column.missing
                continue
            reading = cache.get(raw) or column.learn(raw)
            values[slot] = reading[0]
            if reading[1]:
                issues += reading[1]
        for column in self._other:
            noticed = column.evaluate(cells, values)
            if noticed:
                issues += noticed
        if self.checks.has_conditions:
            self.checks.before(values, issues)

        keys: list[str | Found | None] = [None] * len(self.things)
        for index, slot, key_of, thing in self._find:
            if slot >= 0:
                value = values[slot]
                if value is None:
                    continue
                if value.__class__ is str:
                    keys[index] = key_of(value)
                    continue
            keys[index] = thing.find(values, issues)
        for index, name, dealing in self._required:
            if keys[index] is None:
                issues.append(Issue(f"missing-{name}", f"The row tells no {name}.", dealing))
        for issue in issues:
            if issue.dealing == "reject":
                raise RowRefused(issue.code, issue.message)

        times: list[Validity | None] = [None] * len(keys)
        for index, thing in self._timed:
            if keys[index] is not None:
                times[index] = thing.validity(values, issues)
        nodes = said.nodes
        for index, thing in self._speaking:
            key = keys[index]
            if key.__class__ is str:
                thing.describe(key, values, quoted, nodes)
            elif key is not None:
                assert isinstance(key, Found)
                for one, view in zip(key.keys, key.views, strict=True):
                    thing.describe(one, view, quoted, nodes)
        claims = said.claims
        first_text_claim = len(claims)
        self._state(keys, values, times, quoted, claims, issues=issues)
        if read_texts and self._texts and self._extractors:
            first_text_claim = len(claims)
            self._read_texts(values, keys, times, quoted, said)
            self.checks.after_texts(keys, claims[first_text_claim:], quoted)
        if self.checks.wants_codes:
            self.checks.after(values, issues)
        return issues

    def prepare_texts(self, rows: Iterable[Sequence[str | None]]) -> None:
        """Show the free texts of rows that `run` will be called for to who reads ahead."""
        slots = [text.cell for text in self._texts if text.cell is not None]
        prepare_texts(self._extractors, (t for cells in rows for s in slots if (t := cells[s])))

    def _state(
        self,
        keys: Sequence[str | Found | None],
        values: Sequence[Any],
        times: Sequence[Validity | None],
        quoted: Quoted,
        claims: list[Claim],
        *,
        issues: list[Issue],
    ) -> None:
        """Add the claims of a row. The loop in which most of the time is spent."""
        passage, extractor, cells, starts = quoted
        for statement, subject_at, object_at, cell in self._plan:
            subject = keys[subject_at]
            if subject is None:
                continue
            object_ = keys[object_at]
            if object_ is None or (statement.when is not None and not statement.when(values)):
                continue
            timed_by = statement.timed_by
            validity: Validity | None
            if timed_by >= 0:
                validity = times[timed_by]
            elif statement.own_time:
                validity = statement.validity(values, times, issues)
            else:
                validity = ALWAYS
            if subject.__class__ is not str or object_.__class__ is not str:
                claims += statement.make_several(
                    subject, object_, values, validity or ALWAYS, quoted
                )
                continue
            if statement.once and statement.is_said(subject, object_):
                continue
            start = end = -1
            if cell >= 0:
                start = starts[cell]
                if start >= 0:
                    end = start + len(cells[cell] or "")
            valid_from, valid_to = validity or ALWAYS
            props = statement.read_properties(values) if statement.properties else None
            claims.append(
                _new(
                    Claim,
                    (
                        subject,
                        statement.predicate,
                        object_,
                        passage,
                        statement.confidence
                        if statement.confidence_slot < 0
                        else statement.sureness(values),
                        statement.status,
                        extractor,
                        start,
                        end,
                        valid_from,
                        valid_to,
                        props,
                    ),
                )
            )

    def _read_texts(
        self,
        values: Sequence[Any],
        keys: Sequence[str | Found | None],
        times: Sequence[Validity | None],
        quoted: Quoted,
        said: Said,
    ) -> None:
        for text in self._texts:
            value = values[text.column]
            offset = quoted.starts[text.cell] if text.cell is not None else -1
            if value is None or offset < 0 or (text.when is not None and not text.when(values)):
                continue
            at = values[text.at].instant if text.at is not None and values[text.at] else None
            if at is None and text.record is not None:
                validity = times[text.record]
                at = validity[0] if validity else None
            context = TextContext(
                record=_first(keys, text.record),
                asset=_first(keys, text.asset),
                at=at,
                role=text.role,
                language=text.language,
            )
            first = len(said.claims)
            for extractor in self._extractors:
                found = extractor.extract(str(value), quoted.passage, offset, context)
                said.nodes.extend(found.nodes)
                said.claims.extend(found.claims)
            self.counter.add(str(value), offset, said.claims[first:])


def _first(keys: Sequence[str | Found | None], thing: int | None) -> str | None:
    if thing is None:
        return None
    key = keys[thing]
    return key.keys[0] if isinstance(key, Found) else key


def _cell_of(name: str, spec: MappingSpec, by_name: Mapping[str, Column]) -> tuple[set[int], bool]:
    """The cells that a column's value comes from, and whether it is that cell's text as it is."""
    column = by_name[name]
    if column.cell is not None:
        return {column.cell}, True
    template = spec.columns[name].value or ""
    bare = re.fullmatch(r"\{([^{}|]+)\}", template)
    if bare and bare[1] in by_name and by_name[bare[1]].plain:
        return _cell_of(bare[1], spec, by_name)
    cells: set[int] = set()
    for part in columns_in(template):
        if part in by_name:
            cells |= _cell_of(part, spec, by_name)[0]
    return cells, False
