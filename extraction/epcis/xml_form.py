"""EPCIS 1.2 and 2.0 in XML, turned into the JSON form, which is then checked as such."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from kg.model.errors import UnreadableFile

_LISTS = {
    "epcList": "epc", "childEPCs": "epc", "inputEPCList": "epc", "outputEPCList": "epc",
    "correctiveEventIDs": "correctiveEventID",
}  # fmt: skip
_QUANTITIES = {
    "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList",
}  # fmt: skip
_PARTIES = {"sourceList": "source", "destinationList": "destination",
            "bizTransactionList": "bizTransaction"}  # fmt: skip
_NUMBERS = {"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"}
_EVENTS = {"ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
           "AssociationEvent"}  # fmt: skip
_CBV = re.compile(r"^urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):", re.IGNORECASE)


def events_of_xml(content: bytes, shown: str) -> dict[str, Any]:
    """The document in its JSON form. Raises UnreadableFile."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException) as error:
        raise UnreadableFile(f"{shown} is no safe, well-formed XML: {error}.") from error
    if _local(root) not in {"EPCISDocument", "EPCISQueryDocument"}:
        raise UnreadableFile(f"{shown} is no EPCIS document but <{_local(root)}>.")
    events = [_event(node) for node in root.iter() if _local(node) in _EVENTS]
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": root.get("schemaVersion", "1.2"),
        "creationDate": _time(root.get("creationDate", "")),
        "epcisHeader": {"epcisMasterData": {"vocabularyList": _vocabularies(root)}},
        "epcisBody": {"eventList": events},
    }


def _vocabularies(root: Element) -> list[dict[str, Any]]:
    """The vocabularies of the header in the JSON form."""
    return [
        {
            "type": vocabulary.get("type", ""),
            "vocabularyElementList": [
                _element(node) for node in vocabulary.iter() if _local(node) == "VocabularyElement"
            ],
        }
        for vocabulary in root.iter()
        if _local(vocabulary) == "Vocabulary"
    ]


def _element(node: Element) -> dict[str, Any]:
    attributes = [
        {"id": one.get("id", ""), "attribute": " ".join("".join(one.itertext()).split())}
        for one in node
        if _local(one) == "attribute"
    ]
    children = [_text(child) for one in node if _local(one) == "children" for child in one]
    return {"id": node.get("id", ""), "attributes": attributes, "children": children}


def _event(node: Element) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _local(node)}
    for child in node:
        _field(found, child)
    return found


def _field(found: dict[str, Any], node: Element) -> None:
    name = _local(node)
    if node.tag.startswith("{") and name not in _KNOWN:
        prefix = re.sub(r"[^A-Za-z0-9]+", "-", node.tag[1:].partition("}")[0]).strip("-")
        found[f"{prefix}:{name}"] = _extension(node)
    elif name in {"baseExtension", "extension"}:
        for child in node:
            _field(found, child)
    elif name in _LISTS:
        found[name] = [_text(child) for child in node]
    elif name in _QUANTITIES:
        found[name] = [_quantity(child) for child in node]
    elif name in _PARTIES:
        one = _PARTIES[name]
        found[name] = [
            {key: value for key, value in (("type", _word(child.get("type"))), (one, _text(child)))
             if value}
            for child in node
        ]  # fmt: skip
    elif name in {"readPoint", "bizLocation"}:
        found[name] = {"id": next((_text(c) for c in node if _local(c) == "id"), "")}
    elif name == "errorDeclaration":
        error: dict[str, Any] = {}
        for child in node:
            _field(error, child)
        found[name] = error
    elif name == "persistentDisposition":
        found[name] = {
            way: [_word(_text(child)) for child in node if _local(child) == way]
            for way in ("set", "unset") if any(_local(child) == way for child in node)
        }  # fmt: skip
    elif name == "sensorElementList":
        found[name] = [_sensor(child) for child in node]
    elif name == "ilmd":
        found[name] = {f"xml:{_local(child)}": _extension(child) for child in _flat(node)}
    elif name in {"bizStep", "disposition", "reason"}:
        found[name] = _word(_text(node))
    elif name in {"eventTime", "recordTime", "declarationTime"}:
        found[name] = _time(_text(node))
    else:
        found[name] = _text(node)


_KNOWN = {
    *_LISTS, *_QUANTITIES, *_PARTIES, "baseExtension", "extension", "readPoint", "bizLocation",
    "errorDeclaration", "persistentDisposition", "sensorElementList", "ilmd", "bizStep",
    "disposition", "reason", "eventTime", "recordTime", "declarationTime", "eventTimeZoneOffset",
    "eventID", "parentID", "transformationID", "action", "certificationInfo",
}  # fmt: skip


def _flat(node: Element) -> list[Element]:
    return [
        inner for child in node for inner in (child if _local(child) == "extension" else [child])
    ]


def _sensor(node: Element) -> dict[str, Any]:
    found: dict[str, Any] = {"sensorReport": []}
    for child in node:
        values: dict[str, Any] = {
            name.rpartition("}")[2]: float(value) if name in _NUMBERS else value
            for name, value in child.attrib.items()
        }
        for name in ("time", "startTime", "endTime"):
            if name in values:
                values[name] = _time(values[name])
        if "booleanValue" in values:
            values["booleanValue"] = values["booleanValue"] == "true"
        if "type" in values:
            values["type"] = values["type"].removeprefix("gs1:")
        if _local(child) == "sensorReport":
            found["sensorReport"].append(values)
        elif _local(child) == "sensorMetadata":
            found["sensorMetadata"] = values
        else:
            found[f"xml:{_local(child)}"] = _extension(child)
    return found


def _quantity(node: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in node:
        text = _text(child)
        if _local(child) == "quantity":
            try:
                number = float(text)
            except ValueError:
                found["quantity"] = text
                continue
            found["quantity"] = int(number) if number.is_integer() else number
        else:
            found[_local(child)] = text
    return found


def _extension(node: Element) -> Any:
    if len(node):
        return {f"xml:{_local(child)}": _extension(child) for child in node}
    return _text(node)


def _word(text: str | None) -> str:
    """A word of the vocabulary without its address, which the XML form always carries."""
    return _CBV.sub("", text or "")


def _time(text: str) -> str:
    """A time; one without a zone is taken as UTC, as XML leaves it open."""
    text = text.strip()
    return text if re.search(r"(Z|[+-]\d\d:\d\d)$", text, re.IGNORECASE) else text + "Z"


def _local(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _text(node: Element) -> str:
    return (node.text or "").strip()
