"""A mapping compiled for one table: a row's cells in, claims out.

Everything that can be decided once is decided here, so that a row costs dictionary look-ups and
a few function calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from extraction.tables.things import Found, Thing, Validity
from extraction.text.protocol import TextContext, TextExtractor
from kg.model.claims import Claim, NodeClaim
from ontology.schema import Schema


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
        self._columns = columns
        self._extractor = extractor
        self._extractors = tuple(extractors)
        by_name = {column.name: column for column in columns}
        self._constants = [
            (constants or {}).get(name, value) or None for name, value in spec.constants.items()
        ]
        slots = {column.name: column.slot for column in columns}
        for name in spec.constants:
            slots.setdefault(name, len(slots))
        self._width = len(slots)
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
        self._timed = [index for index, thing in enumerate(self.things) if thing.has_time]

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
        self, cells: Sequence[str], quoted: Quoted, said: Said, *, read_texts: bool = True
    ) -> list[Issue]:
        """Add what a row says to `said`; returns what was noticed.

        Raises RowRefused and RowSkipped, having added nothing.
        """
        values: list[Any] = [None] * self._width
        if self._constants:
            values[-len(self._constants) :] = self._constants
        issues: list[Issue] = []
        for column in self._columns:
            noticed = column.evaluate(cells, values)
            if noticed:
                issues.extend(noticed)
        self.checks.before(values, issues)
        keys: list[str | Found | None] = [thing.find(values, issues) for thing in self.things]
        for index, name, dealing in self._required:
            if keys[index] is None:
                issues.append(Issue(f"missing-{name}", f"The row tells no {name}.", dealing))
        for issue in issues:
            if issue.dealing == "reject":
                raise RowRefused(issue.code, issue.message)

        times: list[Validity | None] = [None] * len(keys)
        for index in self._timed:
            if keys[index] is not None:
                times[index] = self.things[index].validity(values, issues)

        for thing, key in zip(self.things, keys, strict=True):
            if key is None:
                continue
            if isinstance(key, Found):
                for one, view in zip(key.keys, key.views, strict=True):
                    thing.describe(one, view, quoted, said.nodes)
            else:
                thing.describe(key, values, quoted, said.nodes)

        claims = said.claims
        for statement in self.statements:
            subject, object_ = keys[statement.subject], keys[statement.object]
            if subject is None or object_ is None:
                continue
            if statement.when is not None and not statement.when(values):
                continue
            validity = statement.validity(values, times, issues)
            claims.extend(statement.make(subject, object_, values, validity, quoted))
        first_text_claim = len(claims)
        if read_texts and self._extractors and self._texts:
            self._read_texts(values, keys, times, quoted, said)
        self.checks.after(values, keys, claims[first_text_claim:], issues)
        return issues

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
            for extractor in self._extractors:
                found = extractor.extract(str(value), quoted.passage, offset, context)
                said.nodes.extend(found.nodes)
                said.claims.extend(found.claims)


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
