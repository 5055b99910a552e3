"""Whether a document or an event is EPCIS 2.0, and if not, which field of which event is wrong.

What is checked follows the standard (GS1 EPCIS 2.0, section 9): which fields there are, which must
be there, which words and forms their values may have. Names with a prefix (`example:field`) are
extensions and may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from extraction.epcis import vocabulary as words

Json = Any
EVENT_TYPES = (
    "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
    "AssociationEvent",
)  # fmt: skip

_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+$")
_OFFSET = re.compile(r"^[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)$")
_VERSION = re.compile(r"^\d+(\.\d+)*$")
_UOM = re.compile(r"^[A-Z0-9]{2,3}$")
_HEX = re.compile(r"^[A-Fa-f0-9]+$")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)
_NI = re.compile(r"^ni:///sha-256;[0-9a-f]{64}(\?ver=CBV\d+\.\d+(\.\d+)?)?$")
_CBV = re.compile(r"^(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)", re.IGNORECASE)
_WEB = re.compile(r"^https?://(www\.)?gs1\.org/voc/", re.IGNORECASE)

_COMMON = {"@context", "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID",
           "certificationInfo", "errorDeclaration"}  # fmt: skip
_WHERE = {"bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
          "destinationList", "sensorElementList"}  # fmt: skip
_FIELDS = {
    "ObjectEvent": _COMMON | _WHERE
    | {"epcList", "quantityList", "action", "persistentDisposition", "ilmd"},
    "AggregationEvent": _COMMON | _WHERE
    | {"parentID", "childEPCs", "childQuantityList", "action"},
    "TransactionEvent": _COMMON | _WHERE | {"parentID", "epcList", "quantityList", "action"},
    "TransformationEvent": _COMMON | _WHERE
    | {"inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList",
       "transformationID", "persistentDisposition", "ilmd"},
    "AssociationEvent": _COMMON | _WHERE
    | {"parentID", "childEPCs", "childQuantityList", "action"},
}  # fmt: skip
_DOCUMENT = {"@context", "id", "type", "schemaVersion", "creationDate", "instanceIdentifier",
             "sender", "receiver", "epcisHeader", "epcisBody"}  # fmt: skip
_REPORT = {
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod",
    "bizRules", "time", "microorganism", "chemicalSubstance", "coordinateReferenceSystem", "value",
    "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue",
    "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom",
}  # fmt: skip
_METADATA = {"time", "deviceID", "deviceMetadata", "rawData", "startTime", "endTime",
             "dataProcessingMethod", "bizRules"}  # fmt: skip


class Invalid(NamedTuple):
    """Why something is not EPCIS."""

    event: int | None  # from 1; None where the document itself is wrong
    field: str
    reason: str

    @property
    def sentence(self) -> str:
        """The same for people."""
        where = "The document" if self.event is None else f"Event {self.event}"
        return f"{where}: {self.field} {self.reason}."


Problem = tuple[str, str]  # field, reason


def check_document(document: Json) -> list[Invalid]:
    """All that is wrong with an EPCIS document, query document or single event."""
    if not isinstance(document, dict):
        return [Invalid(None, "the document", "must be a JSON object")]
    kind = document.get("type")
    if not isinstance(kind, str):
        return [Invalid(None, "type", _must(kind, "say what it is, such as EPCISDocument"))]
    if kind not in {"EPCISDocument", "EPCISQueryDocument"}:
        found = [Invalid(1, *problem) for problem in check_event(document)]
        if "@context" not in document:
            found.append(Invalid(1, "@context", "is missing; a single event must have it"))
        return found
    found = [Invalid(None, *problem) for problem in _check_envelope(document)]
    events = events_of(document)
    if events is None:
        path = "epcisBody.eventList"
        if kind == "EPCISQueryDocument":
            path = "epcisBody.queryResults.resultsBody.eventList"
        return [*found, Invalid(None, path, "must be a list of events")]
    for number, event in enumerate(events, 1):
        found += [Invalid(number, *problem) for problem in check_event(event)]
    return found


def events_of(document: Mapping[str, Json]) -> list[Json] | None:
    """The events of a document or query document, or the event that it is; None without any."""
    if document.get("type") not in {"EPCISDocument", "EPCISQueryDocument"}:
        return [document]
    body = document.get("epcisBody")
    if isinstance(body, dict) and document.get("type") == "EPCISQueryDocument":
        results = body.get("queryResults")
        body = results.get("resultsBody") if isinstance(results, dict) else None
    events = body.get("eventList") if isinstance(body, dict) else None
    return events if isinstance(events, list) else None


def _check_envelope(document: Mapping[str, Json]) -> Iterator[Problem]:
    is_query = document["type"] == "EPCISQueryDocument"
    required = ["@context", "epcisBody"]
    if not is_query:
        required += ["schemaVersion", "creationDate"]
    yield from (
        (name, "is missing; the standard requires it") for name in required if name not in document
    )
    yield from _names(document, _DOCUMENT, "")
    yield from _optional(document, "schemaVersion", _version)
    yield from _optional(document, "creationDate", _time)
    yield from _optional(document, "id", _uri)
    for name in ("instanceIdentifier", "sender", "receiver"):
        yield from _optional(document, name, _text)
    if "epcisBody" in document and not isinstance(document["epcisBody"], dict):
        yield "epcisBody", "must be an object"
    if is_query and isinstance(document.get("epcisBody"), dict):
        results = document["epcisBody"].get("queryResults")
        if not isinstance(results, dict) or not isinstance(results.get("queryName"), str):
            yield "epcisBody.queryResults.queryName", "is missing; the standard requires it"


def check_event(event: Json) -> list[Problem]:
    """All that is wrong with one event, as fields with reasons."""
    if not isinstance(event, dict):
        return [("the event", "must be a JSON object")]
    kind = event.get("type")
    if not isinstance(kind, str):
        return [("type", _must(kind, f"be one of {', '.join(EVENT_TYPES)}"))]
    found = [
        (name, "is missing; the standard requires it")
        for name in ("eventTime", "eventTimeZoneOffset")
        if name not in event
    ]
    found += _optional(event, "eventTime", _time)
    found += _optional(event, "recordTime", _time)
    found += _optional(event, "eventTimeZoneOffset", _offset)
    found += _optional(event, "eventID", _event_id)
    found += _optional(event, "certificationInfo", _uri_or_uris)
    if "errorDeclaration" in event:
        found += _check_error(event["errorDeclaration"])
    if kind not in _FIELDS:
        if not _is_extension(kind):
            found.append(("type", f"is {_short(kind)}; it must be one of {', '.join(EVENT_TYPES)}"))
        return found
    found += _names(event, _FIELDS[kind], "")
    found += _check_what(event, kind)
    found += _check_why(event)
    return found


def _check_what(event: Mapping[str, Json], kind: str) -> Iterator[Problem]:
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        yield from _each(event, name, _uri, unique=name != "childEPCs")
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        for path, element in _objects(event, name):
            yield from _quantity(element, path)
    for name in ("parentID", "transformationID"):
        yield from _optional(event, name, _uri)
    if kind != "TransformationEvent":
        if "action" not in event:
            yield "action", "is missing; the standard requires it"
        else:
            yield from _optional(event, "action", _one_of(words.ACTIONS))
    action = event.get("action")
    if kind == "ObjectEvent":
        senses = event.get("sensorElementList") and "readPoint" in event
        if "epcList" not in event and not event.get("quantityList") and not senses:
            yield "epcList", "is missing; say what was seen, in epcList or quantityList"
        if "ilmd" in event and action != "ADD":
            yield "ilmd", f"may only be there where action is ADD, not {action}"
    if kind == "TransactionEvent":
        if not event.get("bizTransactionList"):
            yield "bizTransactionList", "is missing or empty; name at least one transaction"
        if "epcList" not in event and not event.get("quantityList") and action != "DELETE":
            yield "epcList", "is missing; say what the transaction is about"
    if kind in {"AggregationEvent", "AssociationEvent"}:
        has_children = event.get("childEPCs") or event.get("childQuantityList")
        if not has_children and action != "DELETE":
            yield "childEPCs", "is missing or empty; only DELETE may leave the children out"
        if "parentID" not in event and (kind == "AssociationEvent" or action != "OBSERVE"):
            yield "parentID", "is missing; only an observed aggregation may leave it out"
    if kind == "TransformationEvent":
        has_in = event.get("inputEPCList") or event.get("inputQuantityList")
        has_out = event.get("outputEPCList") or event.get("outputQuantityList")
        if not (has_in and has_out) and not ("transformationID" in event and (has_in or has_out)):
            missing = "outputEPCList" if has_in else "inputEPCList"
            yield missing, "is missing; without a transformationID inputs and outputs must be there"
    if "ilmd" in event:
        yield from _names_of(event["ilmd"], frozenset(), "ilmd")


def _check_why(event: Mapping[str, Json]) -> Iterator[Problem]:
    yield from _optional(event, "bizStep", _word(words.STEPS))
    yield from _optional(event, "disposition", _word(words.DISPOSITIONS))
    if "persistentDisposition" in event:
        yield from _persistent(event["persistentDisposition"])
    for name in ("readPoint", "bizLocation"):
        if name in event:
            place = event[name]
            if not isinstance(place, dict) or "id" not in place:
                yield name, "must be an object with an id"
            else:
                yield from _optional(place, "id", _uri, name + ".")
    for path, element in _objects(event, "bizTransactionList"):
        yield from _names(element, {"type", "bizTransaction"}, path, extensions=False)
        yield from _required(element, "bizTransaction", _uri, path)
        yield from _optional(element, "type", _word(words.TRANSACTIONS), path)
    for name, one in (("sourceList", "source"), ("destinationList", "destination")):
        for path, element in _objects(event, name):
            yield from _names(element, {"type", one}, path, extensions=False)
            yield from _required(element, "type", _word(words.PARTIES), path)
            yield from _required(element, one, _uri, path)
    for path, element in _objects(event, "sensorElementList"):
        yield from _names(element, {"sensorMetadata", "sensorReport"}, path)
        yield from _sensor(element, path)


def _sensor(element: Mapping[str, Json], path: str) -> Iterator[Problem]:
    metadata = element.get("sensorMetadata", {})
    if not isinstance(metadata, dict):
        yield path + "sensorMetadata", "must be an object"
    else:
        yield from _names(metadata, _METADATA, path + "sensorMetadata.")
        for name in ("time", "startTime", "endTime"):
            yield from _optional(metadata, name, _time, path + "sensorMetadata.")
    if not element.get("sensorReport"):
        yield path + "sensorReport", "is missing or empty; give at least one report"
        return
    for where, report in _objects(element, "sensorReport", path):
        yield from _names(report, _REPORT, where)
        yield from _required(report, "type", _word(words.MEASUREMENTS, _WEB), where)
        yield from _optional(report, "exception", _word(words.ALERTS, _WEB), where)
        yield from _optional(report, "component", _word(words.COMPONENTS), where)
        yield from _optional(report, "time", _time, where)
        numbers = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
        for name in numbers:
            yield from _optional(report, name, _number, where)
        yield from _optional(report, "booleanValue", _boolean, where)
        yield from _optional(report, "hexBinaryValue", _hex, where)
        for name in ("stringValue", "uom"):
            yield from _optional(report, name, _text, where)
        for name in ("deviceID", "rawData", "microorganism", "chemicalSubstance", "uriValue",
                     "deviceMetadata", "dataProcessingMethod", "bizRules",
                     "coordinateReferenceSystem"):  # fmt: skip
            yield from _optional(report, name, _uri, where)


def _check_error(error: Json) -> Iterator[Problem]:
    if not isinstance(error, dict):
        yield "errorDeclaration", "must be an object"
        return
    path = "errorDeclaration."
    yield from _names(error, {"declarationTime", "reason", "correctiveEventIDs"}, path)
    yield from _required(error, "declarationTime", _time, path)
    yield from _optional(error, "reason", _word(words.REASONS), path)
    yield from _each(error, "correctiveEventIDs", _event_id, path)


def _persistent(value: Json) -> Iterator[Problem]:
    if not isinstance(value, dict) or not value.keys() & {"set", "unset"}:
        yield "persistentDisposition", "must be an object with set or unset"
        return
    yield from _names(value, {"set", "unset"}, "persistentDisposition.", extensions=False)
    for name in ("set", "unset"):
        if name in value and not value[name]:
            yield f"persistentDisposition.{name}", "must not be empty"
        yield from _each(
            value, name, _word(words.DISPOSITIONS), "persistentDisposition.", unique=True
        )


def _quantity(element: Mapping[str, Json], path: str) -> Iterator[Problem]:
    yield from _names(element, {"epcClass", "quantity", "uom"}, path, extensions=False)
    yield from _required(element, "epcClass", _uri, path)
    yield from _optional(element, "quantity", _number, path)
    yield from _optional(element, "uom", _uom, path)


# -- forms: what is wrong with a value, or nothing ---------------------------------------------

Form = Callable[[Json], str]


def _uri(value: Json) -> str:
    if isinstance(value, str) and _URI.match(value):
        return ""
    return _must(value, "be a URI")


def _event_id(value: Json) -> str:
    wrong = _uri(value)
    if not wrong and str(value).startswith("ni:") and not _NI.match(str(value)):
        return _must(
            value, "be a hash of the form ni:///sha-256;<64 hexadecimal digits>?ver=CBV2.0"
        )
    return wrong


def _uri_or_uris(value: Json) -> str:
    values = value if isinstance(value, list) else [value]
    return next((wrong for one in values if (wrong := _uri(one))), "")


def _time(value: Json) -> str:
    if isinstance(value, str) and _TIME.match(value):
        try:
            datetime.fromisoformat(value.upper())
        except ValueError:
            return _must(value, "be a time that there is")
        return ""
    return _must(value, "be a time with a zone, such as 2026-03-01T08:00:00Z")


def _offset(value: Json) -> str:
    if isinstance(value, str) and _OFFSET.match(value):
        return ""
    return _must(value, "be an offset such as +08:00")


def _version(value: Json) -> str:
    if isinstance(value, str) and _VERSION.match(value):
        return ""
    return _must(value, "be a version such as 2.0")


def _text(value: Json) -> str:
    return "" if isinstance(value, str) else _must(value, "be text")


def _number(value: Json) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number else _must(value, "be a number")


def _boolean(value: Json) -> str:
    return "" if isinstance(value, bool) else _must(value, "be true or false")


def _hex(value: Json) -> str:
    is_hex = isinstance(value, str) and _HEX.match(value)
    return "" if is_hex else _must(value, "be hexadecimal digits")


def _uom(value: Json) -> str:
    if isinstance(value, str) and _UOM.match(value):
        return ""
    return _must(value, "be a unit of two or three capitals or digits, such as KGM")


def _one_of(allowed: Collection[str]) -> Form:
    def check(value: Json) -> str:
        if isinstance(value, str) and value in allowed:
            return ""
        return _must(value, f"be one of {', '.join(sorted(allowed))}")

    return check


def _word(allowed: Collection[str], own: re.Pattern[str] = _CBV) -> Form:
    """A bare word of the vocabulary, its address, or an address of somebody else's word."""

    def check(value: Json) -> str:
        if not isinstance(value, str):
            return _must(value, "be a word of the vocabulary")
        if value in allowed:
            return ""
        if _URI.match(value):
            if own.match(value) and words.bare(value) not in allowed:
                return _must(value, "be a word of the vocabulary")
            return ""
        return _must(value, "be a word of the vocabulary or a URI")

    return check


# -- structure -------------------------------------------------------------------------------


def _optional(record: Mapping[str, Json], name: str, form: Form, path: str = "") -> list[Problem]:
    if name not in record:
        return []
    wrong = form(record[name])
    return [(path + name, wrong)] if wrong else []


def _required(record: Mapping[str, Json], name: str, form: Form, path: str) -> list[Problem]:
    if name not in record:
        return [(path + name, "is missing; the standard requires it")]
    return _optional(record, name, form, path)


def _each(
    record: Mapping[str, Json], name: str, form: Form, path: str = "", *, unique: bool = False
) -> Iterator[Problem]:
    if name not in record:
        return
    values = record[name]
    if not isinstance(values, list):
        yield path + name, "must be a list"
        return
    for place, value in enumerate(values):
        if wrong := form(value):
            yield f"{path}{name}[{place}]", wrong
    texts = [value for value in values if isinstance(value, str)]
    if unique and len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        yield path + name, f"names {_short(twice)} twice"


def _objects(
    record: Mapping[str, Json], name: str, path: str = ""
) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The objects of a list with their paths. What is no list of objects is told as one problem
    by giving an object that nothing fits."""
    values = record.get(name, [])
    if not isinstance(values, list):
        yield f"{path}{name} (not a list).", {"": None}
        return
    for place, value in enumerate(values):
        yield f"{path}{name}[{place}].", value if isinstance(value, dict) else {"": None}


def _names(
    record: Mapping[str, Json], known: Collection[str], path: str, *, extensions: bool = True
) -> list[Problem]:
    return [
        (path + name, "is not a field of the standard; extensions carry a prefix")
        for name in record
        if name not in known and not (extensions and _is_extension(name))
        and not name.startswith("@")
    ]  # fmt: skip


def _names_of(value: Json, known: Collection[str], path: str) -> list[Problem]:
    if not isinstance(value, dict):
        return [(path, "must be an object")]
    return _names(value, known, path + ".")


def _is_extension(name: str) -> bool:
    return ":" in name


def _must(value: Json, what: str) -> str:
    if value is None:
        return f"is missing; it must {what}"
    return f"is {_short(value)}; it must {what}"


def _short(value: Json) -> str:
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= 80 else text[:77] + "…"
