"""Whether a mapping's entries fit together and fit the ontology. All problems at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from extraction.tables.conditions import columns_of_condition, compile_condition
from extraction.tables.headers import suggest_nearest
from extraction.tables.mapping import Mapping as TableMapping
from extraction.tables.mapping import explain_problems
from extraction.tables.moments import NUMERIC_FORMATS, compile_format, read_zone
from extraction.tables.properties import column_of_property
from extraction.tables.specification import ClassChoice, Fixed, MappingSpec, ThingSpec
from extraction.tables.templates import columns_in, compile_template
from extraction.tables.things import concept_key
from extraction.tables.units import find_unit
from kg.model.errors import BadMapping
from ontology.schema import Schema

Path = tuple[str | int, ...]


def check_mapping(mapping: TableMapping, schema: Schema) -> None:
    """Raises BadMapping that names every problem by file, line and entry, with what to do."""
    problems = _problems_of(mapping.text, mapping.spec.mapping, _Hashed(mapping.spec, schema))
    if problems:
        raise BadMapping(explain_problems(list(problems), mapping.text, mapping.origin))


class _Hashed:
    """A spec and a schema as a key of the cache: compared by identity."""

    __slots__ = ("schema", "spec")

    def __init__(self, spec: MappingSpec, schema: Schema) -> None:
        self.spec = spec
        self.schema = schema

    def __hash__(self) -> int:
        return hash((id(self.spec), self.schema.digest))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Hashed)
            and self.spec is other.spec
            and self.schema.digest == other.schema.digest
        )


@lru_cache(maxsize=256)
def _problems_of(text: str, name: str, both: _Hashed) -> tuple[tuple[Path, str], ...]:
    del text, name
    checker = _Checker(both.spec, both.schema)
    checker.check()
    return tuple(checker.problems)


class _Checker:
    def __init__(self, spec: MappingSpec, schema: Schema) -> None:
        self.spec = spec
        self.schema = schema
        self.problems: list[tuple[Path, str]] = []
        self._names = {*spec.columns, *spec.constants}

    def check(self) -> None:
        """Collect the problems."""
        spec = self.spec
        for name in spec.constants.keys() & spec.columns.keys():
            self._say(("constants", name), "is a column as well; rename one of them.")
        for index, name in enumerate(spec.source.fill_down):
            self._column(("source", "fill_down", index), name, plain=True)
        for index, name in enumerate(spec.source.same_as_above):
            self._column(("source", "same_as_above", index), name, plain=True)
        for index, entries in enumerate(spec.needs):
            for name in (name for entry in entries for name in entry.split("|")):
                self._column(("needs", index), name, plain=True)
        for name in spec.unlike.unless if spec.unlike is not None else ():
            self._column(("unlike", "unless"), name, plain=True)
        if spec.time_zone:
            self._try(("time_zone",), read_zone, spec.time_zone)
        for name in spec.columns:
            self._check_column(name)
        for name, thing in spec.things.items():
            self._check_thing(name, thing)
        for index in range(len(spec.statements)):
            self._check_statement(index)
        self._check_texts()
        self._check_checks()

    def _say(self, path: Path, sentence: str) -> None:
        self.problems.append((path, sentence))

    def _try(self, path: Path, function: Callable[..., Any], *args: Any) -> None:
        try:
            function(*args)
        except (ValueError, re.error) as error:
            self._say(path, f"{error}.")

    def _column(self, path: Path, name: str | None, *, plain: bool = False) -> None:
        if name is None or (name in self.spec.columns) or (name in self._names and not plain):
            return
        self._say(
            path,
            f"there is no column {name!r} in this mapping."
            f"{suggest_nearest(name, self._names)} Columns are called by the name that stands"
            " before the colon under columns.",
        )

    def _thing(self, path: Path, name: str | None) -> None:
        if name is not None and name not in self.spec.things:
            self._say(
                path,
                f"there is no thing {name!r} in this mapping."
                f"{suggest_nearest(name, self.spec.things)}",
            )

    def _template(self, path: Path, template: str | None) -> None:
        if template is None:
            return
        for name in columns_in(template):
            self._column(path, name)
        self._try(path, compile_template, template, lambda name: 0)
        rest = re.sub(r"\{[^{}]*\}", "", template)
        if "{" in rest or "}" in rest:
            self._say(path, f"{template!r} has a bracket {{ or }} without its partner.")

    def _condition(self, path: Path, condition: dict[str, Any] | None) -> None:
        if condition is None:
            return
        for name in sorted(columns_of_condition(condition)):
            self._column((*path, name), name)
        self._try(path, compile_condition, condition, lambda name: 0)

    def _check_column(self, name: str) -> None:
        column = self.spec.columns[name]
        path: Path = ("columns", name)
        self._template((*path, "value"), column.value)
        self._template((*path, "default"), column.default)
        if column.value is not None and name in columns_in(column.value):
            self._say((*path, "value"), "uses itself; name another column.")
        if column.unit_column is not None:
            self._column((*path, "unit_column"), column.unit_column, plain=True)
        if column.unit is not None and find_unit(column.unit) is None:
            self._say((*path, "unit"), f"we know no unit {column.unit!r}; write one such as bar.")
        if column.time_zone:
            self._try((*path, "time_zone"), read_zone, column.time_zone)
        for index, text in enumerate(column.formats):
            if text not in NUMERIC_FORMATS:
                self._try((*path, "formats", index), compile_format, text)
        if column.extract is not None:
            self._try((*path, "extract"), re.compile, column.extract)
        if column.lookup is not None and column.lookup.table not in self.spec.tables:
            self._say(
                (*path, "lookup", "table"),
                f"there is no table {column.lookup.table!r} under tables."
                f"{suggest_nearest(column.lookup.table, self.spec.tables)}",
            )

    def _check_thing(self, name: str, thing: ThingSpec) -> None:
        path: Path = ("things", name)
        classes: Iterable[str]
        if isinstance(thing.class_, ClassChoice):
            self._column((*path, "class", "column"), thing.class_.column)
            default = [thing.class_.default] if thing.class_.default else []
            classes = dict.fromkeys([*thing.class_.map.values(), *default])
        else:
            classes = [thing.class_]
        for cls in classes:
            self._check_class(path, cls, thing)
        key = concept_key(thing, self.schema)
        if key is not None and key not in self.schema.concepts:
            names = [c.name for c in self.schema.concepts.values() if c.cls == thing.class_]
            self._say(
                (*path, "concept"),
                f"the ontology has no {thing.class_} {thing.concept!r}."
                f"{suggest_nearest(str(thing.concept), names)}",
            )
        for field, template in (("code", thing.code), ("name", thing.name)):
            self._template((*path, field), template)
            if template is not None and not columns_in(template) and not self._is_fixed(template):
                self._say(
                    (*path, field),
                    f"{template!r} is the same for every row; write a column in brackets, such as"
                    f" {{{next(iter(self.spec.columns), 'column')}}}.",
                )
        for index, template in enumerate(thing.other_names):
            self._template((*path, "other_names", index), template)
        self._check_properties(path, thing.properties)
        self._check_times(path, thing)
        self._condition((*path, "when"), thing.when)

    def _is_fixed(self, template: str) -> bool:
        # A fixed code or name is fine where it is meant: a class, a plant, a step.
        return template not in self.spec.columns

    def _check_class(self, path: Path, cls: str, thing: ThingSpec) -> None:
        term = self.schema.classes.get(cls)
        if term is None:
            self._say(
                (*path, "class"),
                f"the ontology has no class {cls!r}.{suggest_nearest(cls, self.schema.classes)}",
            )
            return
        if thing.concept is not None or thing.code is not None or thing.name is not None:
            return
        wanted = "name" if term.identified_by == "name" else "code"
        self._say(path, f"needs a {wanted}: what tells one {cls} from another.")

    def _check_properties(self, path: Path, properties: dict[str, Any]) -> None:
        for name, value in properties.items():
            here = (*path, "properties", name)
            if name not in self.schema.attributes:
                self._say(
                    here,
                    f"the ontology has no attribute {name!r}."
                    f"{suggest_nearest(name, self.schema.attributes)}",
                )
            if isinstance(value, Fixed):
                continue
            if "{" in value:
                self._template(here, value)
                continue
            taken = column_of_property(value, self.spec.columns) or value
            if value == f"{taken}.scale" and self.spec.columns[taken].scale is None:
                self._say(
                    here, f"the column {taken} has no scale; write scale: auto, or scale: 10."
                )
            if taken not in self._names:
                self._say(
                    here,
                    f"there is no column {value!r} in this mapping."
                    f"{suggest_nearest(value, self._names)} For a text that is the same in every"
                    f" row write {{fixed: {value}}}.",
                )

    def _check_times(self, path: Path, entry: Any) -> None:
        for field, name in (("at", entry.at), ("from", entry.from_), ("to", entry.to)):
            self._column((*path, field), name, plain=True)
            column = self.spec.columns.get(name or "")
            if column is not None and column.type not in (None, "date"):
                self._say(
                    (*path, field), f"the column {name} is a {column.type}; make it type: date."
                )

    def _check_statement(self, index: int) -> None:
        statement = self.spec.statements[index]
        path: Path = ("statements", index)
        subject, predicate, object_ = statement.say.split()
        self._thing(path, subject)
        self._thing(path, object_)
        relation = self.schema.relations.get(predicate)
        if relation is None:
            self._say(
                path,
                f"the ontology has no relation {predicate!r}."
                f"{suggest_nearest(predicate, self.schema.relations)}",
            )
        else:
            self._check_end(path, subject, relation.domain, f"{predicate} starts from")
            self._check_end(path, object_, relation.range, f"{predicate} leads to")
        self._check_properties(path, statement.properties)
        self._check_times(path, statement)
        self._condition((*path, "when"), statement.when)
        if isinstance(statement.confidence, str):
            self._column((*path, "confidence"), statement.confidence, plain=True)
        if statement.quote is not None:
            self._column((*path, "quote"), statement.quote, plain=True)

    def _check_end(self, path: Path, thing: str, allowed: tuple[str, ...], says: str) -> None:
        spec = self.spec.things.get(thing)
        if spec is None or not allowed:
            return
        choice = spec.class_
        classes = [choice] if isinstance(choice, str) else list(choice.map.values())
        known = [cls for cls in classes if cls in self.schema.classes]
        fits = any(self.schema.is_a(cls, a) for cls in known for a in allowed)
        if known and not fits:
            self._say(
                path, f"{says} {' or '.join(allowed)}, but {thing} is a {' or '.join(known)}."
            )

    def _check_texts(self) -> None:
        for index, text in enumerate(self.spec.texts):
            path: Path = ("texts", index)
            self._column((*path, "column"), text.column, plain=True)
            self._thing((*path, "record"), text.record)
            self._thing((*path, "asset"), text.asset)
            self._column((*path, "at"), text.at, plain=True)
            self._condition((*path, "when"), text.when)

    def _check_checks(self) -> None:
        for index, check in enumerate(self.spec.checks):
            path: Path = ("checks", index)
            self._condition((*path, "when"), check.when)
            self._template((*path, "message"), check.message)
            self._column((*path, "text"), check.text, plain=True)
            other = check.names_other
            if other is not None and other not in self.spec.things:
                self._column((*path, "names_other"), other, plain=True)
