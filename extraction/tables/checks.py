"""What is looked out for in every row, beyond single cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from extraction.tables.columns import Column, Issue
from extraction.tables.conditions import Condition, compile_condition
from extraction.tables.refusals import RowSkipped
from extraction.tables.specification import CheckSpec
from extraction.tables.splitting import Items
from extraction.tables.templates import compile_template, text_of
from extraction.tables.terms import Terms
from kg.model.claims import Claim
from kg.model.keys import kind_of, normal_code, normal_name
from ontology.schema import Schema

_CODE = re.compile(r"[A-Za-z0-9]+(?:[-/._#][A-Za-z0-9]+)*")
_MOST_CODES = 500_000


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
                self._concepts.append(_OtherConcept(terms.schema, terms.things[other]))

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
        self, keys: Sequence[Any], text_claims: Sequence[Claim], issues: list[Issue]
    ) -> None:
        """Conflicts between what codes and what words (`text_claims`) say."""
        if text_claims:
            for concept in self._concepts:
                concept.check(keys, text_claims, issues)


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
    """A text that speaks of another concept than the row's code does."""

    def __init__(self, schema: Schema, thing: int) -> None:
        self._thing = thing
        self._schema = schema
        self._meant: dict[str, str] = {}
        for concept in schema.concepts.values():
            kind = kind_of(concept.key)
            words = [*concept.words.label.values(), concept.name, *concept.codes]
            words += [w for alts in concept.words.alt.values() for w in alts]
            for word in words:
                self._meant.setdefault(f"{kind}:{normal_name(word)}", concept.key)

    def check(self, keys: Sequence[Any], claims: Sequence[Claim], issues: list[Issue]) -> None:
        key = keys[self._thing]
        if not isinstance(key, str):
            return
        coded = self._meant.get(key, key)
        if coded not in self._schema.concepts:
            return
        kind = kind_of(coded)
        spoken = {
            claim.object
            for claim in claims
            if claim.object.startswith(kind + ":") and claim.predicate in ("observed", "foundCause")
        }
        if not spoken or any(self._are_near(coded, other) for other in spoken):
            return
        said = ", ".join(sorted(s.partition(":")[2] for s in spoken))
        issues.append(
            Issue(
                "text-code-conflict",
                f"The code says {coded.partition(':')[2]}, but the text speaks of {said}.",
                "report",
            )
        )

    def _are_near(self, one: str, other: str) -> bool:
        return one in self._schema.broader_of(other) or other in self._schema.broader_of(one)
