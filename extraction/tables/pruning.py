"""A mapping cut down to the columns that a file has: the start of a mapping of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extraction.tables.conditions import columns_of_condition
from extraction.tables.properties import column_of_property
from extraction.tables.specification import (
    ClassChoice,
    ColumnSpec,
    ConditionSpec,
    Fixed,
    MappingSpec,
    PropertySpec,
    StatementSpec,
    ThingSpec,
    TimedSpec,
)
from extraction.tables.templates import columns_in


def prune(spec: MappingSpec, present: Mapping[str, str]) -> dict[str, Any]:
    """The parts of `spec` that work with the columns in `present` (header by column id).

    As plain data in the order of a mapping file: columns, things, statements, texts, checks.
    """
    columns = _prune_columns(spec, present)
    kept = {*columns, *spec.constants}
    things = {
        name: entry
        for name, thing in spec.things.items()
        if (entry := _prune_thing(thing, kept, spec)) is not None
    }
    statements = [
        entry
        for statement in spec.statements
        if (entry := _prune_statement(statement, kept, things, spec)) is not None
    ]
    used = {word for entry in statements for word in _say(entry).split()[::2]}
    texts = [
        {"column": text.column, "role": text.role}
        | ({"record": text.record} if text.record in things else {})
        | ({"asset": text.asset} if text.asset in things else {})
        for text in spec.texts
        if text.column in columns
    ]
    used |= {str(text.get("record")) for text in texts}
    first = next(iter(things), None)
    things = {
        name: thing
        for name, thing in things.items()
        if name in used or name == first or "properties" in thing
    }
    return {
        "columns": columns,
        "things": things,
        "statements": statements,
        "texts": texts,
        "constants": dict(spec.constants),
    }


def _prune_columns(spec: MappingSpec, present: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    waiting = dict(spec.columns)
    while waiting:
        before = len(waiting)
        for name, column in list(waiting.items()):
            needed = columns_in(column.value or "")
            if name in present:
                kept[name] = {"header": present[name], **_how(column, kept, spec)}
            elif needed and all(n in kept or n in spec.constants for n in needed):
                kept[name] = {"value": column.value, **_how(column, kept, spec)}
            elif column.default and _can_fill(column.default, kept, spec):
                # The column itself is not there: what stood in for it becomes its value.
                how = _how(column, kept, spec)
                how.pop("default", None)
                kept[name] = {"value": column.default, **how}
            else:
                continue
            del waiting[name]
        if len(waiting) == before:
            break
    return {name: kept[name] for name in spec.columns if name in kept}


def _can_fill(template: str, kept: Mapping[str, Any], spec: MappingSpec) -> bool:
    needed = columns_in(template)
    return bool(needed) and all(n in kept or n in spec.constants for n in needed)


def _how(column: ColumnSpec, kept: Mapping[str, Any], spec: MappingSpec) -> dict[str, Any]:
    written = column.model_dump(exclude_defaults=True, by_alias=True)
    for gone in ("header", "value", "lookup"):
        written.pop(gone, None)
    default = written.get("default")
    if default and columns_in(default) and not _can_fill(default, kept, spec):
        del written["default"]
    if written.get("unit_column") and written["unit_column"] not in kept:
        del written["unit_column"]
    return written


def _prune_thing(thing: ThingSpec, kept: set[str], spec: MappingSpec) -> dict[str, Any] | None:
    entry: dict[str, Any] = {}
    if isinstance(thing.class_, ClassChoice):
        if thing.class_.column in kept:
            entry["class"] = thing.class_.model_dump(exclude_none=True)
        elif thing.class_.default:
            entry["class"] = thing.class_.default
        else:
            return None
    else:
        entry["class"] = thing.class_
    if thing.concept:
        entry["concept"] = thing.concept
    for field in ("code", "name"):
        template = getattr(thing, field)
        if template and all(column in kept for column in columns_in(template)):
            entry[field] = template
    if not {"code", "name", "concept"} & entry.keys():
        return None
    if (thing.code and "code" not in entry) and not thing.concept:
        return None
    others = [t for t in thing.other_names if all(c in kept for c in columns_in(t))]
    if others:
        entry["other_names"] = others
    entry |= _prune_times(thing, kept)
    properties = _prune_properties(thing.properties, kept, spec)
    if properties:
        entry["properties"] = properties
    condition, can_hold = _prune_condition(thing.when, kept)
    if not can_hold:
        return None
    if condition:
        entry["when"] = condition
    for field in ("if_missing", "unique", "number_repeats", "confidence"):
        value = getattr(thing, field)
        if value not in (None, False, "ignore"):
            entry[field] = value
    return entry


def _prune_times(entry: TimedSpec, kept: set[str]) -> dict[str, str]:
    times = {"at": entry.at, "from": entry.from_, "to": entry.to}
    return {field: name for field, name in times.items() if name is not None and name in kept}


def _prune_properties(
    properties: Mapping[str, PropertySpec], kept: set[str], spec: MappingSpec
) -> dict[str, Any]:
    left: dict[str, Any] = {}
    for name, value in properties.items():
        if isinstance(value, Fixed):
            left[name] = {"fixed": value.fixed}
            continue
        taken = column_of_property(value, spec.columns)
        needed = [taken] if taken else columns_in(value)
        if all(column in kept for column in needed):
            left[name] = value
    if all(isinstance(value, dict) for value in left.values()) and left.keys() == {"currency"}:
        return {}  # a currency without a cost
    return left


def _prune_statement(
    statement: StatementSpec, kept: set[str], things: Mapping[str, Any], spec: MappingSpec
) -> Any:
    subject, _, object_ = statement.say.split()
    condition, can_hold = _prune_condition(statement.when, kept)
    if subject not in things or object_ not in things or not can_hold:
        return None
    entry: dict[str, Any] = {"say": statement.say}
    if condition:
        entry["when"] = condition
    entry |= _prune_times(statement, kept)
    properties = _prune_properties(statement.properties, kept, spec)
    if properties:
        entry["properties"] = properties
    for field in ("confidence", "suggested", "always", "once", "pairwise"):
        value = getattr(statement, field)
        if value not in (None, False):
            entry[field] = value
    return statement.say if len(entry) == 1 else entry


def _say(entry: Any) -> str:
    return str(entry["say"]) if isinstance(entry, dict) else str(entry)


def _prune_condition(
    condition: ConditionSpec | None, kept: set[str]
) -> tuple[ConditionSpec | None, bool]:
    """The condition on what is left, and whether it can hold where the rest is always empty."""
    left: ConditionSpec = {}
    for key, value in (condition or {}).items():
        missing = columns_of_condition({key: value}) - kept
        if not missing:
            left[key] = value
        elif key in ("not", "any"):
            continue
        elif value == "empty" or (isinstance(value, dict) and set(value) == {"is_not"}):
            continue  # an absent column is always empty
        else:
            return None, False
    return left or None, True
