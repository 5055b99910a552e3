"""What is looked out for in every row, beyond single cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from extraction.tables.columns import Column, Issue
from extraction.tables.conditions import Condition, compile_condition
from extraction.tables.refusals import RowSkipped
from extraction.tables.specification import CheckSpec
from extraction.tables.splitting import Items
from extraction.tables.templates import compile_template, text_of
from extraction.tables.terms import Quoted, Terms
from kg.model.claims import Claim
from kg.model.keys import kind_of, normal_code, normal_name
from ontology.schema import Schema

_CODE = re.compile(r"[A-Za-z0-9]+(?:[-/._#][A-Za-z0-9]+)*")
_MOST_CODES = 500_000
# From when on a table tells which code goes with a concept. On made-up work orders with 9 % wrong
# codes, half of what these find is wrong indeed, and two in five of the wrong ones are found.
_FEWEST = 8  # rows that speak of it
_MOSTLY = 0.5  # share of them with the usual code
_SELDOM = 0.1  # share of the others with the row's own code


class RowChecks:
    """The checks of a mapping, compiled for one table."""

    def __init__(self, terms: Terms, columns: Mapping[str, Column]) -> None:
        slot_of = terms.slot_of
        self._conditions: list[tuple[Condition, CheckSpec, Any]] = []
        self._tags: list[_OtherTag] = []
        self._concepts: list[_OtherConcept] = []
        for check in terms.spec.checks:
            if check.when is not None:
                condition = compile_condition(check.when, slot_of)
                message = compile_template(check.message or "", slot_of)
                self._conditions.append((condition, check, message))
                continue
            other, text = check.names_other or "", check.text or ""
            if other in columns:
                self._tags.append(_OtherTag(terms.slots[text], columns[other]))
            else:
                cell = columns[text].cell
                if cell is not None:
                    self._concepts.append(_OtherConcept(terms.schema, terms.things[other], cell))

        self.has_conditions = bool(self._conditions)
        self.wants_codes = bool(self._tags)  # whether `learn` and `after` are of any use

    def learn(self, rows: Sequence[Sequence[str | None]]) -> None:
        """Remember the codes that rows use, so that they are known when a text names one."""
        for tag in self._tags:
            tag.learn(rows)

    def before(self, values: Sequence[Any], issues: list[Issue]) -> None:
        """Conditions of the mapping. Raises RowSkipped for a row that is none."""
        for condition, check, message in self._conditions:
            if not condition(values):
                continue
            if check.then == "skip":
                raise RowSkipped
            text = message(values) or check.message or ""
            issues.append(Issue(check.code or "check", text, check.then))

    def after(self, values: Sequence[Any], issues: list[Issue]) -> None:
        """Texts that name another code than the row's column does."""
        for tag in self._tags:
            tag.check(values, issues)

    def after_texts(
        self, keys: Sequence[Any], text_claims: Sequence[Claim], quoted: Quoted
    ) -> None:
        """Take note of what codes and words (`text_claims`) of a row say; see `conflicts`."""
        if text_claims:
            for concept in self._concepts:
                concept.note(keys, text_claims, quoted)

    def conflicts(self) -> Iterator[tuple[int, str]]:
        """Passages of a chunk whose codes contradict their texts, with a sentence each."""
        for concept in self._concepts:
            yield from concept.conflicts()


class _OtherTag:
    """A text that names another code of the same kind than the row's column does."""

    def __init__(self, text: int, column: Column) -> None:
        self._text = text
        self._column = column
        self._known: set[str] = set()

    def learn(self, rows: Sequence[Sequence[str | None]]) -> None:
        cell = self._column.cell
        if cell is None or len(self._known) >= _MOST_CODES:
            return
        for code in {row[cell] for row in rows}:
            # Short or digitless codes are words too often.
            if code and _is_telling(code):
                self._known.add(normal_code(code))

    def check(self, values: Sequence[Any], issues: list[Issue]) -> None:
        text, own = values[self._text], values[self._column.slot]
        if text is None or own is None or not self._known:
            return
        mine = own.values if isinstance(own, Items) else [own]
        codes = {normal_code(text_of(value)) for value in mine}
        for word in _CODE.findall(str(text)):
            code = normal_code(word)
            if code in self._known and code not in codes:
                issues.append(
                    Issue(
                        "text-code-conflict",
                        f"The text names {word}, but {self._column.name} is {text_of(mine[0])}.",
                        "report",
                    )
                )
                return


def _is_telling(code: str) -> bool:
    """Whether a code is not likely to be a word or a number of something else."""
    return len(code) >= 3 and any(c.isdigit() for c in code) and any(c.isalpha() for c in code)


class _OtherConcept:
    """A code that other rows with the same words do not carry.

    A text rarely says what its code says: where the code means blockage, people write that nothing
    flows. So the table itself tells what goes together. A row is in conflict where its words
    mostly come with one other code, and almost never with its own.
    """

    def __init__(self, schema: Schema, thing: int, cell: int) -> None:
        self._thing = thing
        self._cell = cell
        self._schema = schema
        self._meant: dict[str, str] = {}
        for concept in schema.concepts.values():
            kind = kind_of(concept.key)
            words = [*concept.words.label.values(), concept.name, *concept.codes]
            words += [w for alts in concept.words.alt.values() for w in alts]
            for word in words:
                self._meant.setdefault(f"{kind}:{normal_name(word)}", concept.key)
        self._with: dict[str, Counter[str]] = {}  # how often each code comes with a concept
        self._noted: list[tuple[int, str, frozenset[str]]] = []

    def note(self, keys: Sequence[Any], claims: Sequence[Claim], quoted: Quoted) -> None:
        """Remember what a row's code and text say."""
        key = keys[self._thing]
        if not isinstance(key, str):
            return
        start, end = quoted.span(self._cell)
        spoken = frozenset(
            claim.object
            for claim in claims
            if start <= claim.start < end and claim.predicate in ("observed", "foundCause")
        )
        if not spoken:
            return
        coded = self._meant.get(key, key)
        for concept in spoken:
            self._with.setdefault(concept, Counter())[coded] += 1
        self._noted.append((quoted.passage, coded, spoken))

    def conflicts(self) -> Iterator[tuple[int, str]]:
        """Passages noted since the last call whose code contradicts their text, with a sentence."""
        for passage, coded, spoken in self._noted:
            if any(self._are_near(coded, concept) for concept in spoken):
                continue
            telling = [c for c in spoken if self._with[c].total() >= _FEWEST]
            if any(self._share(c, coded) >= _SELDOM for c in telling):
                continue
            for concept in sorted(telling):
                usual, count = self._with[concept].most_common(1)[0]
                total = self._with[concept].total()
                if usual != coded and count >= _MOSTLY * total:
                    yield (
                        passage,
                        f"The code says {_name(coded)}, but the text speaks of {_name(concept)},"
                        f" which comes with {_name(usual)} in {count} of {total} rows.",
                    )
                    break
        self._noted.clear()

    def _share(self, concept: str, coded: str) -> float:
        """How often the other rows with a concept carry the code."""
        counts = self._with[concept]
        return (counts[coded] - 1) / (counts.total() - 1)

    def _are_near(self, one: str, other: str) -> bool:
        return one in self._schema.broader_of(other) or other in self._schema.broader_of(one)


def _name(key: str) -> str:
    return key.partition(":")[2]
