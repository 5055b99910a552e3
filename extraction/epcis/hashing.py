"""The identifier that an event has by what it says: the event hash of the Core Business Vocabulary.

An event without an id can be told by two documents; both then give it the same id, whatever the
order of its fields, the form of its identifiers and the zone of its times. The canonical string and
its order are those of CBV 2.0, section 8.9; ids, times of recording and error declarations do not
count, so that an error declaration finds the event that it takes back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from extraction.epcis.identifiers import identify
from extraction.epcis.vocabulary import bare
from kg.model.instants import parse_instant, to_datetime

Json = Any
_ORDER = (
    "eventTime", "eventTimeZoneOffset", "certificationInfo", "epcList", "parentID",
    "inputEPCList", "childEPCs", "quantityList", "childQuantityList", "inputQuantityList",
    "outputEPCList", "outputQuantityList", "action", "transformationID", "bizStep", "disposition",
    "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
    "destinationList", "sensorElementList", "ilmd",
)  # fmt: skip
_QUANTITY = ("epcClass", "quantity", "uom")
_METADATA = ("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData",
             "dataProcessingMethod", "bizRules")  # fmt: skip
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
    "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue",
    "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank",
    "percValue", "uom", "coordinateReferenceSystem",
)  # fmt: skip
_EPCS = {"epcList", "childEPCs", "inputEPCList", "outputEPCList"}
_TIMES = {"eventTime", "time", "startTime", "endTime"}
_PARTIES = {"bizTransactionList": ("bizTransaction", "BTT"), "sourceList": ("source", "SDT"),
            "destinationList": ("destination", "SDT")}  # fmt: skip
_WORDS = {"bizStep": "cbv/BizStep-", "disposition": "cbv/Disp-", "component": "cbv/Comp-"}
_CBV = "https://ref.gs1.org/"
_VOC = "https://gs1.org/voc/"
# What an event says of itself and not of what happened.
_ASIDE = {"type", "eventID", "recordTime", "errorDeclaration", "@context"}
_KNOWN = {"gs1": _VOC, "epcis": f"{_CBV}epcis/", "cbv": f"{_CBV}cbv/",
          "cbvmda": "urn:epcglobal:cbv:mda:"}  # fmt: skip
_ELEMENT = re.compile(r"\((\d{2,4})\)")
_QUALIFIERS = {"21", "10", "235", "254", "8011"}

Namespaces = Mapping[str, str]


def event_hash(event: Mapping[str, Json], context: Json = None) -> str:
    """The event's hash as a named-information URI (RFC 6920).

    `context` is the document's, which says what prefixes stand for; an event's own counts too.
    """
    text = canonical_text(event, context)
    return f"ni:///sha-256;{hashlib.sha256(text.encode()).hexdigest()}?ver=CBV2.0"


def canonical_text(event: Mapping[str, Json], context: Json = None) -> str:
    """The string that is hashed."""
    spaces = {**_KNOWN, **_namespaces(context), **_namespaces(event.get("@context"))}
    told = [f"eventType={event['type']}"]
    told += [
        _field(name, event[name], spaces)
        for name in _ORDER
        if event.get(name) not in (None, [], {})
    ]
    told += _extensions(event, spaces, {*_ORDER, *_ASIDE})
    return "".join(told)


def _field(name: str, value: Json, spaces: Namespaces) -> str:
    if name in _EPCS:
        return name + "".join(sorted(f"epc={_text('epc', one, spaces)}" for one in value))
    if name.endswith("uantityList"):
        return name + "".join(sorted(
            "quantityElement" + _values(element, _QUANTITY, spaces) for element in value
        ))  # fmt: skip
    if name == "persistentDisposition":
        words = [
            f"{way}={_cbv(_WORDS['disposition'], one)}"
            for way in ("set", "unset") for one in sorted(value.get(way, ()))
        ]  # fmt: skip
        return name + "".join(words)
    if name in {"readPoint", "bizLocation"}:
        return f"{name}id={_text('id', value['id'], spaces)}" + "".join(
            _extensions(value, spaces, {"id"})
        )
    if name in _PARTIES:
        one, kind = _PARTIES[name]
        return name + "".join(sorted(_typed(element, one, kind, spaces) for element in value))
    if name == "sensorElementList":
        return name + "".join(sorted(_sensor(element, spaces) for element in value))
    if name == "ilmd":
        return name + "".join(_extensions(value, spaces, set()))
    listed = value if isinstance(value, list) else [value]
    return "".join(sorted(f"{name}={_text(name, one, spaces)}" for one in listed))


def _typed(element: Mapping[str, Json], one: str, kind: str, spaces: Namespaces) -> str:
    """The kind first, as published implementations have it."""
    told = f"type={_cbv(f'cbv/{kind}-', element['type'])}" if "type" in element else ""
    return f"{told}{one}={_text(one, element[one], spaces)}"


def _sensor(element: Mapping[str, Json], spaces: Namespaces) -> str:
    told = "sensorElement"
    if "sensorMetadata" in element:
        told += "sensorMetadata" + _values(element["sensorMetadata"], _METADATA, spaces)
    told += "".join(
        sorted("sensorReport" + _values(r, _REPORT, spaces) for r in element["sensorReport"])
    )
    return told + "".join(_extensions(element, spaces, {"sensorMetadata", "sensorReport"}))


def _values(element: Mapping[str, Json], names: Sequence[str], spaces: Namespaces) -> str:
    told = [f"{name}={_text(name, element[name], spaces)}" for name in names if name in element]
    return "".join([*told, *_extensions(element, spaces, set(names))])


def _extensions(holder: Mapping[str, Json], spaces: Namespaces, known: set[str]) -> list[str]:
    """Fields of other vocabularies, sorted, each under the full name of its namespace."""
    told = [
        one
        for name, value in holder.items()
        if name not in known and not name.startswith("@") and name != "rdfs:comment"
        for one in _extension(_full(name, spaces), value, spaces)
    ]
    return sorted(told)


def _extension(name: str, value: Json, spaces: Namespaces) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _extension(name, one, spaces)
    elif isinstance(value, Mapping) and "@value" in value:
        yield f"{name}={_text('', value['@value'], spaces)}"
    elif isinstance(value, Mapping):
        own = [f"={_text('', value['@id'], spaces)}"] if set(value) == {"@id"} else []
        yield name + "".join([*own, *_extensions(value, spaces, set())])
    else:
        yield f"{name}={_text('', value, spaces)}"


def _full(name: str, spaces: Namespaces) -> str:
    prefix, colon, local = name.partition(":")
    space = spaces.get(prefix)
    return f"{{{space}}}{local}" if colon and space is not None else f"{{{prefix}}}{local}"


def _text(name: str, value: Json, spaces: Namespaces) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = format(Decimal(repr(value)).normalize(), "f")
        return "0" if number == "-0" else number
    text = str(value).strip()
    if name in _TIMES:
        return to_datetime(parse_instant(text)).strftime("%Y-%m-%dT%H:%M:%S.") + (
            f"{parse_instant(text) % 1000:03d}Z"
        )
    if name in _WORDS:
        return _cbv(_WORDS[name], text)
    if name in {"type", "exception"}:
        is_bare = ":" not in text or text.startswith("gs1:")
        return f"{_VOC}{bare(text.removeprefix('gs1:'))}" if is_bare else _expanded(text, spaces)
    return _link(_expanded(text, spaces))


def _expanded(text: str, spaces: Namespaces) -> str:
    """A compact address in full; anything else as it is."""
    prefix, colon, local = text.partition(":")
    if colon and prefix in spaces and not local.startswith("//"):
        return spaces[prefix] + local
    return text


def _cbv(kind: str, word: str) -> str:
    """A word of the vocabulary as its address; any other as it is."""
    text = str(word).strip()
    is_foreign = ":" in text and not text.startswith(("urn:epcglobal:cbv:", "cbv:", _CBV))
    return text if is_foreign else f"{_CBV}{kind}{bare(text)}"


def _link(text: str) -> str:
    """An identifier of GS1 as its canonical Digital Link; anything else as it is."""
    code = identify(text).code
    if not code.startswith("("):
        return text
    parts: list[str] = []
    rest = code
    while match := _ELEMENT.match(rest):
        following = next(
            (m for m in _ELEMENT.finditer(rest, match.end()) if m[1] in _QUALIFIERS), None
        )
        end = following.start() if following is not None else len(rest)
        parts += [match[1], quote(rest[match.end() : end], safe="!'()*+,:;=@~$&")]
        rest = rest[end:]
    return "https://id.gs1.org/" + "/".join(parts)


def _namespaces(context: Json) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in context if isinstance(context, list) else [context]:
        if isinstance(one, Mapping):
            found.update((k, v) for k, v in one.items() if isinstance(v, str))
    return found
