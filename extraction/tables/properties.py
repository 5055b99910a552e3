"""Properties of nodes and statements: from a row's values to what the ontology's datatypes want."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from extraction.tables.amounts import Quantity, read_integer, read_number, read_yes_no
from extraction.tables.moments import Moment, local_date
from extraction.tables.specification import Fixed, PropertySpec
from extraction.tables.splitting import Items
from extraction.tables.templates import compile_template, text_of
from extraction.tables.terms import Terms
from kg.model.claims import Value

PropertyReader = Callable[[Sequence[Any]], Value | None]


class Property(NamedTuple):
    """An attribute with the function that reads its value from a row's values."""

    name: str
    read: PropertyReader


def compile_properties(
    properties: Mapping[str, PropertySpec], terms: Terms
) -> tuple[Property, ...]:
    """Readers of all `properties`, in the datatypes of the ontology's attributes."""
    return tuple(
        Property(name, _compile(spec, terms.datatypes.get(name, "string"), terms))
        for name, spec in properties.items()
    )


def column_of_property(spec: PropertySpec, columns: Mapping[str, object]) -> str | None:
    """The column that a property takes as it is; None for templates and fixed values."""
    if isinstance(spec, Fixed) or "{" in spec:
        return None
    return spec if spec in columns else spec.rpartition(".")[0]


def _compile(spec: PropertySpec, datatype: str, terms: Terms) -> PropertyReader:
    slot_of, columns = terms.slot_of, terms.spec.columns
    adapt: Callable[[Any], Any] = _ADAPTERS.get(datatype, _as_string)
    if isinstance(spec, Fixed):
        constant = adapt(spec.fixed)
        return lambda values: _value(constant)
    if "{" in spec:
        fill = compile_template(spec, slot_of)

        def read_template(values: Sequence[Any]) -> Value | None:
            text = fill(values)
            return None if text is None else _value(adapt(text))

        return read_template
    part = "" if spec in columns else spec.rpartition(".")[2]
    if part == "scale":
        rated, scale = slot_of(spec.rpartition(".")[0]), terms.scales[spec.rpartition(".")[0]]
        return lambda values: None if values[rated] is None else scale
    slot = slot_of(spec if not part else spec.rpartition(".")[0])

    def read_column(values: Sequence[Any]) -> Value | None:
        value = values[slot]
        if value is None:
            return None
        if part:
            value = getattr(value, part, None)
            if value is None:
                return None
        elif value.__class__ is Items:
            return [str(adapted) for v in value.values if (adapted := adapt(v)) is not None]
        return _value(adapt(value))

    return read_column


def _value(adapted: Any) -> Value | None:
    return adapted  # type: ignore[no-any-return]


def _as_string(value: Any) -> str | None:
    if value.__class__ is str:
        return value
    return text_of(value)


def _as_decimal(value: Any) -> float | None:
    if value.__class__ is float:
        return value
    if isinstance(value, Quantity):
        return value.amount
    if isinstance(value, str):
        try:
            return read_number(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) else None


def _as_integer(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            return read_integer(value)
        except ValueError:
            return None
    number = _as_decimal(value)
    return int(number) if number is not None and number == int(number) else None


def _as_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    try:
        return read_yes_no(text_of(value))
    except ValueError:
        return None


def _as_date_time(value: Any) -> str | None:
    return value.text if isinstance(value, Moment) else text_of(value)


def _as_date(value: Any) -> str | None:
    return local_date(value) if isinstance(value, Moment) else text_of(value)


_ADAPTERS: Mapping[str, Callable[[Any], Any]] = {
    "string": _as_string,
    "decimal": _as_decimal,
    "double": _as_decimal,
    "float": _as_decimal,
    "integer": _as_integer,
    "boolean": _as_boolean,
    "dateTime": _as_date_time,
    "date": _as_date,
}
COLUMN_TYPES: Mapping[str, str] = {
    "decimal": "number",
    "double": "number",
    "float": "number",
    "integer": "integer",
    "boolean": "yes_no",
    "dateTime": "date",
    "date": "date",
}
"""The type that a column has when nothing but an attribute of this datatype uses it."""
