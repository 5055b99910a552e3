"""Query parameters that look into master data: `HASATTR_field` and `EQATTR_field_attribute`.

An event fits where one of the identifiers in the field has the attribute, or has it with one of the
values (GS1 EPCIS 2.0, section 8.2.7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from extraction.epcis.master_data import bare_attribute
from kg.model.errors import BadInput

Json = Any
Event = Mapping[str, Json]
# What master data says of an identifier: values by the attribute's own name.
Attributes = Callable[[str], Mapping[str, str]]

_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_LISTS = {"bizTransaction": "bizTransactionList", "source": "sourceList",
          "destination": "destinationList"}  # fmt: skip
_EPCS = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
_FIELDS = ("readPoint", "bizLocation", "epcClass", "parentID", *_LISTS, *sorted(_EPCS))


def master_data_test(
    name: str, values: Sequence[str], attributes: Attributes | None
) -> Callable[[Event], bool] | None:
    """The test of such a parameter; None for any other. Raises BadInput where its field is none."""
    how, _, rest = name.partition("_")
    if how not in {"HASATTR", "EQATTR"}:
        return None
    field = next((f for f in _FIELDS if rest == f or rest.startswith(f"{f}_")), None)
    attribute = rest[len(field) + 1 :] if field is not None else ""
    if field is None or (how == "EQATTR") != bool(attribute):
        raise BadInput(
            f"The parameter {name[:80]} is written HASATTR_field or EQATTR_field_attribute, with a"
            f" field out of {', '.join(_FIELDS)}."
        )
    look = attributes if attributes is not None else _nothing
    if how == "HASATTR":
        wanted = {bare_attribute(value) for value in values}
        return lambda event: any(wanted & look(i).keys() for i in _identifiers(event, field))
    own = bare_attribute(attribute)
    return lambda event: any(look(i).get(own) in values for i in _identifiers(event, field))


def _identifiers(event: Event, field: str) -> Iterator[str]:
    if field == "epcClass":
        for listed in _QUANTITIES:
            yield from (str(element["epcClass"]) for element in event.get(listed, ()))
    elif field in _LISTS:
        yield from (str(element[field]) for element in event.get(_LISTS[field], ()))
    elif field in _EPCS:
        yield from map(str, event.get(field, ()))
    elif field in event:
        value = event[field]
        yield str(value["id"]) if isinstance(value, Mapping) else str(value)


def _nothing(_identifier: str) -> Mapping[str, str]:
    return {}
