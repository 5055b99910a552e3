"""The standard's simple event query: parameters as they stand in an address, and what fits them.

Several values of a parameter are separated by `|`, and any of them will do; all parameters must
fit. `MATCH_` parameters take a pattern that ends in `*`. See GS1 EPCIS 2.0, section 8.2.7.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.epcis.identifiers import identify
from extraction.epcis.master_data_query import Attributes, master_data_test
from extraction.epcis.sensor_query import sensor_test
from extraction.epcis.validation import EVENT_TYPES
from extraction.epcis.vocabulary import bare
from kg.model.errors import BadInput
from kg.model.instants import Instant, parse_instant

Json = Any
Event = Mapping[str, Json]
Test = Callable[[Event], bool]

_EPC_FIELDS = {
    "MATCH_epc": ("epcList", "childEPCs"),
    "MATCH_parentID": ("parentID",),
    "MATCH_inputEPC": ("inputEPCList",),
    "MATCH_outputEPC": ("outputEPCList",),
    "MATCH_anyEPC": ("epcList", "childEPCs", "inputEPCList", "outputEPCList", "parentID"),
}
_CLASS_FIELDS = {
    "MATCH_epcClass": ("quantityList", "childQuantityList"),
    "MATCH_inputEPCClass": ("inputQuantityList",),
    "MATCH_outputEPCClass": ("outputQuantityList",),
    "MATCH_anyEPCClass": (
        "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList",
    ),
}  # fmt: skip
_ALL_QUANTITIES = _CLASS_FIELDS["MATCH_anyEPCClass"]
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "EQ": lambda a, b: a == b, "GT": lambda a, b: a > b, "GE": lambda a, b: a >= b,
    "LT": lambda a, b: a < b, "LE": lambda a, b: a <= b,
}  # fmt: skip
_EXTENSION = "(254)"  # of a location number: a part of the place
_PAGING = {"perPage", "nextPageToken", "orderBy", "orderDirection", "eventCountLimit",
           "maxEventCount"}  # fmt: skip
_LISTS = {"bizTransaction": ("bizTransactionList", "bizTransaction"),
          "source": ("sourceList", "source"),
          "destination": ("destinationList", "destination")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A query that was understood."""

    tests: tuple[Test, ...]
    order_by: str = "eventTime"
    is_descending: bool = True
    limit: int | None = None  # of events in all
    most: int | None = None  # more than that is an error
    since: Instant | None = None  # events before then never fit
    until: Instant | None = None  # nor those from then on
    epcs: tuple[str, ...] = ()  # one of these must be in it; none: any

    def fits(self, event: Event) -> bool:
        """Whether an event is asked for."""
        return all(test(event) for test in self.tests)


def read_query(
    parameters: Sequence[tuple[str, str]], attributes: Attributes | None = None
) -> EventQuery:
    """The query of an address. Raises BadInput naming the parameter that is wrong.

    `attributes` is how HASATTR and EQATTR look into master data; without it nothing has any.
    """
    tests: list[Test] = []
    said: dict[str, str] = {}
    epcs: tuple[str, ...] = ()
    for name, value in parameters:
        if name in said:
            raise BadInput(f"The parameter {name} is given twice; separate values by |.")
        said[name] = value
        if name in _PAGING:
            continue
        values = [part for part in value.split("|") if part]
        if not values:
            raise BadInput(f"The parameter {name} has no value.")
        master = master_data_test(name, values, attributes)
        tests.append(master if master is not None else _test(name, values))
        if (name in _EPC_FIELDS or name in _CLASS_FIELDS) and "*" not in value:
            epcs = tuple(values)
    order = said.get("orderBy", "eventTime")
    if order not in {"eventTime", "recordTime"}:
        raise BadInput(f"orderBy is {order!r}; it must be eventTime or recordTime.")
    direction = said.get("orderDirection", "DESC")
    if direction not in {"ASC", "DESC"}:
        raise BadInput(f"orderDirection is {direction!r}; it must be ASC or DESC.")
    if "eventCountLimit" in said and "maxEventCount" in said:
        raise BadInput("eventCountLimit and maxEventCount exclude each other; give one.")
    return EventQuery(
        tuple(tests),
        order,
        direction == "DESC",
        _count(said, "eventCountLimit"),
        _count(said, "maxEventCount"),
        _instant("GE_eventTime", said["GE_eventTime"]) if "GE_eventTime" in said else None,
        _instant("LT_eventTime", said["LT_eventTime"]) if "LT_eventTime" in said else None,
        epcs,
    )


def _test(name: str, values: list[str]) -> Test:
    if name == "eventType":
        return _event_type(values)
    if name in _EPC_FIELDS:
        return _matcher(_EPC_FIELDS[name], values)
    if name in _CLASS_FIELDS:
        return _class_matcher(_CLASS_FIELDS[name], values)
    how, _, rest = name.partition("_")
    if how in {"GE", "LT"} and rest in {"eventTime", "recordTime", "errorDeclarationTime"}:
        return _time_test(name, how, rest, values)
    if how in _COMPARE and rest == "quantity":
        return _quantity_test(name, how, values)
    if how == "EQ" and rest in {"bizStep", "disposition"}:
        words = {bare(value) for value in values}
        return lambda event: bare(event.get(rest)) in words
    if how == "EQ" and rest in {"action", "eventID", "transformationID"}:
        return lambda event: event.get(rest) in values
    if how in {"EQ", "WD"} and rest in {"readPoint", "bizLocation"}:
        return _place_test(rest, values, with_descendants=how == "WD")
    if how == "EQ" and rest in {"persistentDisposition_set", "persistentDisposition_unset"}:
        way = rest.rpartition("_")[2]
        words = {bare(value) for value in values}
        return lambda event: any(
            bare(one) in words for one in event.get("persistentDisposition", {}).get(way, ())
        )
    if name == "EXISTS_errorDeclaration":
        return lambda event: "errorDeclaration" in event
    if name == "EQ_errorReason":
        words = {bare(value) for value in values}
        return lambda event: bare(event.get("errorDeclaration", {}).get("reason")) in words
    if name == "EQ_correctiveEventID":
        return lambda event: bool(
            set(values) & set(event.get("errorDeclaration", {}).get("correctiveEventIDs", ()))
        )
    kind, _, of_type = rest.partition("_")
    if how == "EQ" and kind in _LISTS and of_type:
        return _typed(kind, of_type, values)
    of_sensor = sensor_test(name, how, rest, values)
    if of_sensor is not None:
        return of_sensor
    extension = rest.removeprefix("INNER_").removeprefix("ILMD_")
    if how in {"EQ", "EXISTS", *_COMPARE} and ":" in extension:
        return _extension(name, how, extension, "ILMD_" in rest, values)
    raise BadInput(f"There is no query parameter {name[:80]!r} in EPCIS 2.0, or it is not read.")


def _place_test(field: str, values: list[str], *, with_descendants: bool) -> Test:
    """Whether an event was at a place; with descendants also at a part of it, as far as its GS1
    number tells: a location number, and the same with an extension."""
    codes = {identify(value) for value in values}

    def test(event: Event) -> bool:
        if field not in event:
            return False
        place = identify(event[field]["id"])
        whole = place._replace(code=place.code.partition(_EXTENSION)[0])
        return place in codes or (with_descendants and whole in codes)

    return test


def _event_type(values: list[str]) -> Test:
    strange = [value for value in values if value not in EVENT_TYPES]
    if strange:
        raise BadInput(f"eventType is {strange[0]!r}; it must be one of {', '.join(EVENT_TYPES)}.")
    return lambda event: event.get("type") in values


def _texts(event: Event, fields: Sequence[str]) -> Iterator[str]:
    for name in fields:
        value = event.get(name, ())
        yield from [value] if isinstance(value, str) else value


def _patterns(values: list[str]) -> Callable[[str], bool]:
    exact = {identify(value) for value in values if "*" not in value}
    loose = [
        re.compile(re.escape(value).replace(r"\*", ".*") + "$") for value in values if "*" in value
    ]
    return lambda text: identify(text) in exact or any(p.match(text) for p in loose)


def _matcher(fields: Sequence[str], values: list[str]) -> Test:
    fits = _patterns(values)
    return lambda event: any(fits(text) for text in _texts(event, fields))


def _class_matcher(fields: Sequence[str], values: list[str]) -> Test:
    fits = _patterns(values)
    return lambda event: any(
        fits(element["epcClass"]) for name in fields for element in event.get(name, ())
    )


def _time_test(name: str, how: str, field: str, values: list[str]) -> Test:
    limit = _instant(name, values[0])

    def test(event: Event) -> bool:
        holder = event.get("errorDeclaration", {}) if field == "errorDeclarationTime" else event
        text = holder.get("declarationTime" if field == "errorDeclarationTime" else field)
        if text is None:
            return False
        at = parse_instant(text)
        return at >= limit if how == "GE" else at < limit

    return test


def _quantity_test(name: str, how: str, values: list[str]) -> Test:
    try:
        limit = float(values[0])
    except ValueError:
        raise BadInput(f"The parameter {name} is {values[0]!r}; it must be a number.") from None
    compare = _COMPARE[how]
    return lambda event: any(
        compare(element["quantity"], limit)
        for field in _ALL_QUANTITIES
        for element in event.get(field, ())
        if "quantity" in element
    )


def _typed(kind: str, of_type: str, values: list[str]) -> Test:
    list_name, one = _LISTS[kind]
    codes = {identify(value) for value in values}
    return lambda event: any(
        bare(element.get("type")) == bare(of_type) and identify(element[one]) in codes
        for element in event.get(list_name, ())
    )


def _extension(name: str, how: str, field: str, in_ilmd: bool, values: list[str]) -> Test:
    def inner(value: Json) -> Iterator[Json]:
        if isinstance(value, Mapping):
            for key, one in value.items():
                if key == field:
                    yield one
                if "INNER_" in name:
                    yield from inner(one)
        elif isinstance(value, list) and "INNER_" in name:
            for one in value:
                yield from inner(one)

    def test(event: Event) -> bool:
        found = list(inner(event.get("ilmd", {}) if in_ilmd else event))
        if how == "EXISTS":
            return bool(found)
        if how == "EQ":
            return any(str(one) in values for one in found)
        try:
            limit = float(values[0])
            return any(_COMPARE[how](float(one), limit) for one in found)
        except (TypeError, ValueError):
            return False

    return test


def _instant(name: str, text: str) -> Instant:
    try:
        return parse_instant(text.replace(" ", "+"))
    except ValueError:
        raise BadInput(
            f"The parameter {name} is {text[:40]!r}; it must be a time such as "
            "2026-03-01T08:00:00Z."
        ) from None


def _count(said: Mapping[str, str], name: str) -> int | None:
    if name not in said:
        return None
    if not said[name].isdigit() or int(said[name]) < 1:
        raise BadInput(f"The parameter {name} is {said[name]!r}; it must be a positive number.")
    return int(said[name])
