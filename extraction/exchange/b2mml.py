"""ISA-95 in B2MML: work performance (work, operations or production performance) and material lots.

Elements go by their local names, so that versions 4 to 7 of the schema are read alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from extraction.exchange.telling import Teller
from extraction.tables.moments import read_zone
from kg.model.errors import UnreadableFile
from kg.model.instants import Instant, to_instant, to_text
from kg.model.keys import code_key

Json = Any
_ROOTS = (b"WorkPerformance", b"OperationsPerformance", b"ProductionPerformance", b"MaterialLot",
          b"WorkResponse", b"ProductionResponse", b"MaterialInformation", b"OperationsResponse",
          b"SyncMaterialLot", b"ProcessWorkPerformance")  # fmt: skip
_SEGMENTS = {"SegmentResponse", "JobResponse"}
_RESPONSES = {"WorkResponse", "OperationsResponse", "ProductionResponse"}
_MATERIALS = {
    "MaterialActual": "", "MaterialConsumedActual": "consumed",
    "MaterialProducedActual": "produced",
}  # fmt: skip
_USES = {
    "consumed": "consumed", "consumable": "consumed", "produced": "produced",
    "by-product produced": "produced", "co-product produced": "produced",
    "material consumed": "consumed", "material produced": "produced",
}  # fmt: skip


def is_b2mml(head: bytes) -> bool:
    """Whether XML is B2MML, by its beginning."""
    return any(root in head for root in _ROOTS) and (
        b"B2MML" in head.upper() or b"mesa.org" in head.lower() or b"isa-95" in head.lower()
    )


def records_of(content: bytes, shown: str, time_zone: str) -> list[dict[str, Json]]:
    """Segment responses and material lots as records. Raises UnreadableFile."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException) as error:
        raise UnreadableFile(f"{shown} is no safe, well-formed XML: {error}.") from error
    zone = read_zone(time_zone)
    found = list(_segments(root, None, zone))
    lots = (n for n in root.iter() if _local(n) == "MaterialLot" and n.find("./") is not None)
    found += [_lot(node) for node in lots]
    if not found:
        raise UnreadableFile(
            f"{shown} is B2MML, but holds no work performance and no material lot; "
            "those are what is read."
        )
    return found


def _segments(node: Element, request: str | None, zone: Any) -> Iterator[dict[str, Json]]:
    for child in node:
        name = _local(child)
        inner = request
        if name in _RESPONSES:
            inner = (
                _first(child, "WorkRequestID", "ProductionRequestID", "OperationsRequestID")
                or _first(child, "ID")
                or request
            )
        if name in _SEGMENTS:
            yield _segment(child, request, zone)
        yield from _segments(child, inner, zone)


def _segment(node: Element, request: str | None, zone: Any) -> dict[str, Json]:
    materials = []
    for child in node.iter():
        use = _MATERIALS.get(_local(child))
        if use is None:
            continue
        told = (_first(child, "MaterialUse") or use).strip().lower()
        quantity = next((c for c in child if _local(c) == "Quantity"), None)
        materials.append(
            {
                "use": _USES.get(told, told),
                "lot": _first(child, "MaterialLotID"),
                "sublot": _first(child, "MaterialSubLotID"),
                "material": _first(child, "MaterialDefinitionID"),
                "quantity": None if quantity is None else _first(quantity, "QuantityString"),
                "unit": None if quantity is None else _first(quantity, "UnitOfMeasure"),
            }
        )
    return {
        "segment": _first(node, "ID"),
        "request": request,
        "step": _first(node, "ProcessSegmentID", "WorkMasterID", "OperationsSegmentID",
                       "SegmentID"),
        "start": _time(_first(node, "ActualStartTime", "StartTime"), zone),
        "end": _time(_first(node, "ActualEndTime", "EndTime"), zone),
        "materials": materials,
        "equipment": [_first(c, "EquipmentID") for c in node if _local(c) == "EquipmentActual"],
        "persons": [_first(c, "PersonID") for c in node if _local(c) == "PersonnelActual"],
        "assets": [_first(c, "PhysicalAssetID") for c in node
                   if _local(c) == "PhysicalAssetActual"],
    }  # fmt: skip


def _lot(node: Element) -> dict[str, Json]:
    quantity = next((c for c in node if _local(c) == "Quantity"), None)
    sublots = [
        _first(c, "ID") or _text(c)
        for c in node
        if _local(c) in {"MaterialSubLot", "MaterialSublot"}
    ]
    return {
        "materialLot": _first(node, "ID"),
        "material": _first(node, "MaterialDefinitionID"),
        "status": _first(node, "Status", "Disposition"),
        "location": _first(node, "StorageLocation", "Location"),
        "quantity": None if quantity is None else _first(quantity, "QuantityString"),
        "unit": None if quantity is None else _first(quantity, "UnitOfMeasure"),
        "sublots": [one for one in sublots if one],
        "assembledFrom": [_text(c) for c in node if _local(c) == "AssemblyLotID"],
    }


def tell_record(teller: Teller, record: Mapping[str, Json]) -> None:
    """What a segment response or a material lot says."""
    if "materialLot" in record:
        _tell_lot(teller, record)
    else:
        _tell_segment(teller, record)


def _tell_segment(teller: Teller, record: Mapping[str, Json]) -> None:
    number = record["segment"]
    request = record["request"]
    if not number:
        teller.find("b2mml-no-id", "A segment response has no ID; its order names it instead.")
        number = f"{request or 'response'}-{record['start'] or ''}"
    code = f"{request}/{number}" if request and request not in number else number
    operation = code_key("op", code)
    start, end = record["start"], record["end"]
    props = {
        name: to_text(moment)
        for name, moment in (("startedAt", start), ("endedAt", end))
        if moment is not None
    }
    if start is not None and end is not None and end < start:
        teller.find("ends-before-start", f"{code} ends before it begins; only its start is used.")
        end = None
        props.pop("endedAt")
    teller.node(operation, "Operation", None, props)
    span = {"since": start, "until": end if end is not None else start}
    if record["step"]:
        step = code_key("step", record["step"])
        teller.node(step, "ProcessStep", record["step"])
        teller.say(operation, "ofStep", step, **span)
    if request:
        order = code_key("order", request)
        teller.node(order, "ProductionOrder")
        teller.say(operation, "forOrder", order, **span)
    for name, kind, cls, relation in (
        ("equipment", "asset", "Asset", "performedOn"),
        ("assets", "asset", "Asset", "performedOn"),
        ("persons", "person", "Person", "performedBy"),
    ):
        for one in filter(None, record[name]):
            teller.node(code_key(kind, one), cls)
            teller.say(operation, relation, code_key(kind, one), **span)
    for material in record["materials"]:
        _tell_material(teller, operation, code, material, span)


def _tell_material(
    teller: Teller, operation: str, code: str, material: Mapping[str, Json], span: Mapping[str, Any]
) -> None:
    lot = material["sublot"] or material["lot"]
    if not lot:
        teller.find("b2mml-no-lot", f"{code} used or made {material['material'] or 'something'} "
                    "without naming a lot; it is not traced.")  # fmt: skip
        return
    key = code_key("lot", lot)
    teller.node(key, "MaterialLot")
    if material["sublot"] and material["lot"]:
        parent = code_key("lot", material["lot"])
        teller.node(parent, "MaterialLot")
        teller.say(key, "madeOf", parent)
    if material["material"]:
        product = code_key("product", material["material"])
        teller.node(product, "Product")
        teller.say(key, "ofProduct", product)
    relation = material["use"]
    if relation not in {"consumed", "produced"}:
        teller.find("b2mml-unknown-use", f"{code} names the lot {lot} with the use "
                    f"{relation or 'none'}; only Consumed and Produced are followed.")  # fmt: skip
        return
    teller.say(operation, relation, key, props=_amount(teller, code, lot, material), **span)


def _amount(teller: Teller, code: str, lot: str, record: Mapping[str, Json]) -> dict[str, Json]:
    props: dict[str, Json] = {}
    try:
        number = float(record["quantity"])
    except (TypeError, ValueError):
        teller.find("no-quantity", f"{lot} in {code} has no quantity.")
    else:
        props["quantity"] = int(number) if number.is_integer() else number
        if number < 0:
            teller.find("negative-quantity", f"{lot} in {code} has the quantity {number:g}.")
    if record["unit"]:
        props["unitOfMeasure"] = record["unit"]
    return props


def _tell_lot(teller: Teller, record: Mapping[str, Json]) -> None:
    if not record["materialLot"]:
        teller.find("b2mml-no-id", "A material lot has no ID; it is left out.")
        return
    key = code_key("lot", record["materialLot"])
    props = {"status": record["status"]} if record["status"] else {}
    teller.node(key, "MaterialLot", None, props)
    if record["material"]:
        product = code_key("product", record["material"])
        teller.node(product, "Product")
        teller.say(key, "ofProduct", product)
    if record["location"]:
        location = code_key("location", record["location"])
        teller.node(location, "Location")
        teller.say(key, "locatedIn", location)
    for sublot in record["sublots"]:
        part = code_key("lot", sublot)
        if part != key:
            teller.node(part, "MaterialLot")
            teller.say(part, "madeOf", key)
    for source in filter(None, record["assembledFrom"]):
        origin = code_key("lot", source)
        if origin != key:
            teller.node(origin, "MaterialLot")
            teller.say(key, "madeOf", origin)


def _time(text: str | None, zone: Any) -> Instant | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _first(node: Element, *names: str) -> str | None:
    for name in names:
        for child in node:
            if _local(child) == name:
                inner = next((c for c in child if _local(c) in {"ID", "EquipmentID"}), None)
                return _text(child if inner is None else inner) or None
    return None


def _local(node: Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _text(node: Element) -> str:
    return (node.text or "").strip()
