"""What sensor reports of an event say: measurements, of what, by which device."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from extraction.epcis.claiming import IDENTIFIER, Claiming, Item
from extraction.epcis.identifiers import identify
from extraction.epcis.vocabulary import bare
from kg.model.instants import parse_instant, to_text
from kg.model.keys import code_key, kind_of

Json = Any


def tell_sensors(claims: Claiming, items: Sequence[Item]) -> None:
    """The measurements of the event, each of its characteristic and of the things in the event."""
    for element in claims.event.get("sensorElementList", ()):
        metadata = element.get("sensorMetadata", {})
        for report in element["sensorReport"]:
            _tell_report(claims, metadata, report, items)


def _tell_report(
    claims: Claiming,
    metadata: Mapping[str, Json],
    report: Mapping[str, Json],
    items: Sequence[Item],
) -> None:
    number = report.get("value", report.get("meanValue"))
    if number is None:
        return
    told = orjson.dumps([claims.key, metadata, report], option=orjson.OPT_SORT_KEYS)
    key = code_key("measurement", hashlib.sha256(told).hexdigest()[:24])
    at = report.get("time") or metadata.get("time") or claims.event["eventTime"]
    kind = bare(report["type"])
    props: dict[str, Any] = {"value": number, "startedAt": to_text(parse_instant(at))}
    if "uom" in report:
        props["unitOfMeasure"] = report["uom"]
    claims.node(key, "Measurement", None, props)
    characteristic = code_key("characteristic", kind)
    claims.node(characteristic, "Characteristic", kind, {}, IDENTIFIER)
    claims.say(key, "ofCharacteristic", characteristic)
    claims.say(claims.key, "measured", key)
    device = report.get("deviceID", metadata.get("deviceID"))
    if isinstance(device, str):
        sensor = code_key("sensor", identify(device).code)
        claims.node(sensor, "Sensor", device, {}, IDENTIFIER)
        claims.say(sensor, "measured", key)
    for item in items:
        if kind_of(item.key) in {"unit", "lot", "container", "asset"}:
            claims.say(key, "measuredOn", item.key)
